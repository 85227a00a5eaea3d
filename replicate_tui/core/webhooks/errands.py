"""What is done with webhooks after they were answered: one after the other, beside the receiving."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from replicate_tui.core.webhooks.events import Arrived

MOST_WAITING: Final = 1_000
GRACE: Final = 5.0
"""Seconds that what still waits gets at the end."""

Work = Callable[[Arrived], Awaitable[None]]


class Errands:
    """Does something with each webhook, in their order; made by `errands`."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._waiting: asyncio.Queue[Arrived] = asyncio.Queue(MOST_WAITING)
        self._task = asyncio.create_task(self._run())

    def add(self, event: Arrived) -> bool:
        """Have it done in its turn; False where too many wait already. A bug in the work is raised here."""
        if self._task.done():
            self._task.result()
        try:
            self._waiting.put_nowait(event)
        except asyncio.QueueFull:
            return False
        return True

    async def finish(self, grace: float) -> None:
        """Give what waits so many seconds, then end."""
        joined = asyncio.create_task(self._waiting.join())
        await asyncio.wait((joined, self._task), timeout=grace, return_when=asyncio.FIRST_COMPLETED)
        await self.end(joined)

    async def end(self, *others: "asyncio.Task[None]") -> None:
        """End at once; a bug in the work is raised here."""
        for task in (self._task, *others):
            task.cancel()
        await asyncio.wait((self._task, *others))
        if not self._task.cancelled():
            self._task.result()

    async def _run(self) -> None:
        while True:
            await self._work(await self._waiting.get())
            self._waiting.task_done()


@contextlib.asynccontextmanager
async def errands(work: Work, *, grace: float = GRACE) -> AsyncIterator[Errands]:
    """Errands for as long as the block lasts; what waits at its end gets some seconds, unless the block failed."""
    found = Errands(work)
    try:
        yield found
    except BaseException:
        await found.end()
        raise
    await found.finish(grace)
