"""A batch: a run for each row of a table, so many at a time, each sent once whatever happens in between.

Which row a run is of is written into the history together with the run, before it is sent. A batch that goes on after
a kill finds its runs by that, waits until it is known of each whether it exists, and sends only those that do not.
"""

import asyncio
import contextlib
import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from replicate_tui.api.errors import InvalidInput, NetworkError, NotFound, UnknownFate
from replicate_tui.core.forms.options import RunOptions
from replicate_tui.core.history import runs
from replicate_tui.core.history.redaction import redact, secrets_of
from replicate_tui.core.history.runs import Run
from replicate_tui.core.models.target import Target
from replicate_tui.core.sending import batch_history, reconcile
from replicate_tui.core.sending.as_written import secrets_in, shown
from replicate_tui.core.sending.batch_history import RowOptions
from replicate_tui.core.sending.batch_results import NotUsable, Result, Results
from replicate_tui.core.sending.batch_table import Ready
from replicate_tui.core.sending.launch_queue import Removed

if TYPE_CHECKING:
    from replicate_tui.core.session import Session

PATIENCE: Final = 900.0
"""Seconds for which a row that the API refuses as too early is sent again."""
DOUBT: Final = 240.0
"""Seconds for which it is waited to learn whether a run whose answer was lost exists."""
FOLLOWED: Final = 16
"""So many runs are looked at one by one; of more than that lists tell."""

_LOOK: Final = 1.0
"""Seconds between two looks at what is in doubt."""
_TURN: Final = 5.0
"""Seconds after which a run that lists tell of is looked at by itself, if there is room."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How far a batch is, in rows. `failed` are those without a result, whatever the reason."""

    rows: int
    succeeded: int
    failed: int
    active: int

    @property
    def done(self) -> int:
        """Rows that came to their end."""
        return self.succeeded + self.failed


def new_id() -> str:
    """An id for a batch that begins."""
    return f"batch-{secrets.token_hex(8)}"


class Batch:
    """One batch. `told` is called with each result once it is on disk, `moved` whenever the tally changed."""

    def __init__(
        self,
        session: "Session",
        target: Target,
        options: RunOptions,
        rows: Sequence[Ready],
        results: Results,
        *,
        told: Callable[[Result], None] = lambda _: None,
        moved: Callable[[], None] = lambda: None,
    ) -> None:
        self._session = session
        self._target = target
        self._options = options
        self._rows = rows
        self._results = results
        self._told = told
        self._moved = moved
        self._pending: deque[Ready] = deque()
        self._doubtful: deque[Ready] = deque()
        self._ids: dict[int, str] = {}
        self._active = 0
        self._following = 0
        self._ended = {row: result.succeeded for row, result in results.finished.items()}
        self._waiting: dict[str, asyncio.Event] = {}

    @property
    def tally(self) -> Tally:
        """How far it is."""
        succeeded = sum(self._ended.values())
        return Tally(len(self._rows), succeeded, len(self._ended) - succeeded, self._active)

    async def run(self, concurrency: int) -> None:
        """Bring every row to its end, so many at a time. Whatever ends this early, rows that were sent go on.

        Raises:
            NotUsable: the history does not know the runs of the batch.
            ReplicateError: the API refuses every row or stays out of reach; what is left can be resumed.
            OSError: the folder cannot be written.
        """
        self._sort()
        self._session.queue.patience = PATIENCE
        leave = self._session.store.subscribe(self._changed)
        try:
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(self._session.watch())
                workers = [group.create_task(self._work()) for _ in range(min(concurrency, len(self._rows)))]
                await asyncio.wait(workers)
                watching.cancel()
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        finally:
            leave()

    # -- which rows ------

    def _sort(self) -> None:
        """First the rows that were sent before, then those that never were; what is in doubt last: it takes time."""
        known = batch_history.known(self._session.store, self._results.plan.id)
        self._refuse_strange(known)
        sent: list[Ready] = []
        unsent: list[Ready] = []
        for row in self._rows:
            if row.number in self._results.finished:
                continue
            found = known.get(row.number)
            if found is None:
                unsent.append(row)
                continue
            # The program that sent it is gone, and with it what it knew of the run's secrets.
            self._session.store.hidden.keep(found.id, secrets_in(self._target.fields, row.input))
            if found.status in runs.OURS:
                self._doubtful.append(row)
            else:
                self._ids[row.number] = found.id
                sent.append(row)
        self._pending.extend((*sent, *unsent))

    def _refuse_strange(self, known: Mapping[int, batch_history.Known]) -> None:
        """Without the history nobody knows what was sent, and all of it might be paid for again."""
        account = self._session.store.scope.account
        lost = [row for row in self._results.sent if row not in known]
        if lost:
            raise NotUsable(
                f"the history of this machine does not know the runs of this batch (row {lost[0]} is "
                f"{self._results.sent[lost[0]]}): resume it with the profile that it was begun with"
            )
        if any(found.account != account for found in known.values()):
            raise NotUsable("this batch was begun by another account: resume it with that one's token")

    async def _work(self) -> None:
        while self._pending or self._doubtful:
            doubtful = not self._pending
            row = (self._doubtful if doubtful else self._pending).popleft()
            self._active += 1
            self._moved()
            try:
                result = await self._brought(row, doubtful=doubtful)
                if result is not None:
                    await self._results.add(result)
                    self._ended[row.number] = result.succeeded
            finally:
                self._active -= 1
            if result is not None:
                self._told(result)
            self._moved()

    # -- one row ------

    async def _brought(self, row: Ready, *, doubtful: bool) -> Result | None:
        """What became of the row in the end; None if its answer was lost, and it was put off."""
        run = await self._settled(row) if doubtful else self._standing(row)
        if run is None:
            asked = RowOptions.of(self._options, self._results.plan.id, row.number)
            try:
                run = await self._session.run(self._target, row.input, asked)
            except UnknownFate:
                self._doubtful.append(row)
                return None
            except (InvalidInput, Removed, OSError) as error:
                return self._result(row, runs.NOT_SUBMITTED, error=_reason(error, self._target, row))
            await self._results.note_sent(row.number, run.id)
        if run.status in runs.OURS:
            return self._result(row, run.status, run, error=run.prediction.error)
        try:
            ended = await self._followed(run)
        except NotFound as error:
            return self._result(row, run.status, run, error=str(error))
        return await self._kept(row, ended)

    def _standing(self, row: Ready) -> Run | None:
        """The run that was sent for the row before."""
        return self._session.store.run(self._ids[row.number]) if row.number in self._ids else None

    async def _settled(self, row: Ready) -> Run | None:
        """The run of a row once it is known whether it exists: None if it was never sent. It may stay unknown."""
        until = time.monotonic() + DOUBT
        while True:
            self._session.store.notice_others()
            found = batch_history.known(self._session.store, self._results.plan.id).get(row.number)
            run = self._session.store.run(found.id) if found else None
            if run is None or run.status not in runs.OURS:
                return run
            if reconcile.candidates_of(run) or time.monotonic() > until:
                return run
            await asyncio.sleep(_LOOK)

    async def _followed(self, run: Run) -> Run:
        """The run at its end."""
        while not run.over:
            if self._following < FOLLOWED:
                self._following += 1
                try:
                    async for _ in self._session.follow(run.id):
                        pass
                finally:
                    self._following -= 1
            else:
                await self._listed(run.id)
            run = self._session.store.run(run.id) or run
        return run

    async def _listed(self, run_id: str) -> None:
        """Wait for a while, or until a list tells that the run ended."""
        over = self._waiting.setdefault(run_id, asyncio.Event())
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TURN):
                    await over.wait()
        finally:
            del self._waiting[run_id]

    def _changed(self, run_id: str) -> None:
        if run_id in self._waiting:
            run = self._session.store.run(run_id)
            if run is not None and run.over:
                self._waiting[run_id].set()

    async def _kept(self, row: Ready, run: Run) -> Result:
        """The result of a run that ended, with its files in the row's folder."""
        with contextlib.suppress(NetworkError):  # only its logs would be missing
            await self._session.complete(run)
        run = self._session.store.run(run.id) or run
        saved = await self._session.save(run, self._results.folder_of(row.number))
        files = tuple(sorted(path.relative_to(self._results.folder).as_posix() for path in saved.files))
        return self._result(row, run.status, run, files=files, unsaved=saved.failures, error=run.prediction.error)

    def _result(
        self,
        row: Ready,
        status: str,
        run: Run | None = None,
        *,
        error: str | None,
        files: tuple[str, ...] = (),
        unsaved: tuple[str, ...] = (),
    ) -> Result:
        return Result(
            row.number,
            status,
            run.id if run else None,
            shown(self._target.fields, row.input),
            run.prediction.output if run else None,
            files,
            error,
            unsaved,
        )


def _reason(error: Exception, target: Target, row: Ready) -> str:
    """An error as it is kept: a server may quote what it refuses."""
    return str(redact(str(error), secrets_of(secrets_in(target.fields, row.input))))
