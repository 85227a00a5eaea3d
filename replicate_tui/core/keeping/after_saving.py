"""The user's own command for each saved run, such as a copy to object storage: once, and again where it failed."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from replicate_tui.core.history.database import DatabaseError
from replicate_tui.core.history.store import Store
from replicate_tui.core.keeping.commands import run_command
from replicate_tui.core.keeping.unfinished import Unfinished

AT_ONCE = 2
"""Commands that run at the same time."""
TRIES = 3
"""So often the command for one run is run, until it succeeds."""
RETRY = 30.0
"""Seconds between two tries, and until a run that another program works on is looked at again."""


class AfterSaving:
    """Runs `words` for every saved run that has a note in `unfinished`, and ends the note.

    `claim` makes sure that only one program does it, and `report` is told of each try why it failed, or "".
    """

    def __init__(
        self,
        words: Sequence[str],
        store: Store,
        unfinished: Unfinished,
        claim: Callable[[str], AbstractAsyncContextManager[bool]],
        report: Callable[[str, str], None],
    ) -> None:
        self._words = words
        self._store = store
        self._unfinished = unfinished
        self._claim = claim
        self._report = report
        self._wanted: asyncio.Queue[str] = asyncio.Queue()
        self._tries: dict[str, int] = {}

    async def want(self, run_id: str) -> None:
        """A run was saved."""
        if self._words:
            self._wanted.put_nowait(run_id)
        else:
            await asyncio.to_thread(self._unfinished.end, run_id)

    async def run(self) -> None:
        """Do what is wanted, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._work(group))

    async def _work(self, group: asyncio.TaskGroup) -> None:
        while True:
            run_id = await self._wanted.get()
            if not await self._is_done(run_id):
                group.create_task(self._later(run_id))

    async def _later(self, run_id: str) -> None:
        await asyncio.sleep(RETRY)
        self._wanted.put_nowait(run_id)

    async def _is_done(self, run_id: str) -> bool:
        """Try once; whether nothing is left to do."""
        try:
            async with self._claim(run_id) as ours:
                return ours and await self._try(run_id)
        except DatabaseError as error:
            self._report(run_id, str(error))
            return False

    async def _try(self, run_id: str) -> bool:
        run = self._store.run(run_id)
        if run is None or run.folder is None or not await asyncio.to_thread(self._unfinished.holds, run_id):
            return True
        self._tries[run_id] = self._tries.get(run_id, 0) + 1
        trouble = await run_command(self._words, run, run.folder)
        self._report(run_id, trouble)
        if trouble and self._tries[run_id] < TRIES:
            return False
        del self._tries[run_id]
        await asyncio.to_thread(self._unfinished.end, run_id)
        return True
