"""Keeps finished runs on this machine, before Replicate deletes them an hour after their end.

Every run that has something to keep is saved, what expires soonest first. Of several programs on one history file
the one that holds the run's lease saves it; the others look again later.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

from replicate_tui.api.client import Client
from replicate_tui.api.errors import APIError, RateLimited, ReplicateError, ServerError
from replicate_tui.core import outputs
from replicate_tui.core.history import runs
from replicate_tui.core.history.database import DatabaseError, RunRow
from replicate_tui.core.history.leases import Leases
from replicate_tui.core.history.runs import RETENTION, Run
from replicate_tui.core.history.store import Store
from replicate_tui.core.keeping import arriving
from replicate_tui.core.keeping.after_saving import AfterSaving
from replicate_tui.core.keeping.disk_trouble import in_words
from replicate_tui.core.keeping.file_names import folder_name
from replicate_tui.core.keeping.saving import AT_ONCE, Saved, save
from replicate_tui.core.keeping.turns import Turns
from replicate_tui.core.keeping.unfinished import Unfinished

RUNS_AT_ONCE = 8
"""Runs that are being saved at the same time; they share the turns to fetch a file."""
FIRST_RETRY = 30.0
"""Seconds until what failed is tried again, twice as many after each failure, fewer when it is about to expire."""
SLOWEST_RETRY = 300.0
"""So many seconds between two tries at the most."""
LAST_RETRIES = 1.0
"""So many seconds between two tries just before it expires."""
CLAIMED_RETRY = 10.0
"""Seconds until a run that another program is saving is looked at again."""
CLOCK_SLACK = 60.0
"""Seconds by which our clock may be wrong without changing what is saved."""
LONGEST_RUN = 86_400.0
"""Seconds from a run's creation to its end, as far as runs that ended before the start are looked for."""

DELETED = "Replicate has deleted its files"


@dataclass(slots=True)
class _Wanted:
    """A run to save until `deadline` on the monotonic clock. `kept`: its files are, though its last logs may lack."""

    deadline: float
    delay: float
    kept: bool = False


class Archive:
    """Saves every run that ends while it runs, and those that ended shortly before, each into a folder in `folder`.

    `after` is the command for each saved run, empty for none. `failures` says, by run, what could not be kept or
    done; it is tried again until Replicate has deleted it. `tell` is called with the run and the reason when a
    failure is new.
    """

    def __init__(self, client: Client, store: Store, folder: Path, after: Sequence[str] = ()) -> None:
        self._client = client
        self._store = store
        self._folder = folder
        self._leases = Leases(store.database)
        self._unfinished = Unfinished(folder)
        self._after = AfterSaving(after, store, self._unfinished, self._claim, self._report)
        self._turns = Turns(AT_ONCE)
        self._queue: asyncio.PriorityQueue[tuple[float, int, str]] = asyncio.PriorityQueue()
        self._number = count()
        self._wanted: dict[str, _Wanted] = {}
        self._settled: set[str] = set()
        self._seen_working = set(store.active)
        self._notes: dict[str, str] = {}
        self.failures: dict[str, str] = {}
        self.tell: Callable[[str, str], None] = lambda run_id, reason: None

    async def run(self) -> None:
        """Save what is wanted, until cancelled."""
        unsubscribe = self._store.subscribe(self._look)
        try:
            self._look_at_all()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._take_up_unfinished())
                group.create_task(self._mind_the_clock())
                group.create_task(self._after.run())
                for _ in range(RUNS_AT_ONCE):
                    group.create_task(self._work(group))
        finally:
            unsubscribe()

    # -- what is wanted ------

    def _look_at_all(self) -> None:
        """Want what ended while nobody looked, and remember what is still working."""
        for run_id in [*self._store.active, *_lately_ended(self._store, self._now())]:
            self._look(run_id)

    def _look(self, run_id: str) -> None:
        if not run_id:
            self._look_at_all()
            return
        row = self._store.row(run_id)
        if row is None or row.kind != "prediction" or row.folder or run_id in self._wanted or run_id in self._settled:
            return
        if row.status in runs.OURS:
            return
        if not _is_over(row):
            self._seen_working.add(run_id)
        elif not row.removed and self._left(row) > 0:
            self._want(row)

    def _want(self, row: RunRow) -> None:
        self._wanted[row.id] = wanted = _Wanted(time.monotonic() + self._left(row), FIRST_RETRY)
        self._put(row.id, wanted)

    def _left(self, row: RunRow) -> float:
        """Seconds until Replicate deletes it. The two clocks need not agree: what ended under our eyes is there."""
        if row.id in self._seen_working or row.completed_at is None:
            return RETENTION
        return min(RETENTION, row.completed_at + RETENTION - self._now())

    def _now(self) -> float:
        """The server's wall clock, as far as we know it: it decides when files are deleted."""
        return time.time() + (self._client.clock.offset or 0.0)

    async def _mind_the_clock(self) -> None:
        """Look again once the server has told its clock, if ours is wrong."""
        await self._client.clock.told.wait()
        if abs(self._client.clock.offset or 0.0) < CLOCK_SLACK:
            return
        for run_id, wanted in self._wanted.items():
            if (row := self._store.row(run_id)) is not None:
                wanted.deadline = time.monotonic() + self._left(row)
        self._look_at_all()

    async def _take_up_unfinished(self) -> None:
        """Go on with what an earlier start left behind, or clear it away where nothing can be saved any more."""
        for run_id in await asyncio.to_thread(self._unfinished.ids):
            row = self._store.row(run_id)
            if row is None:
                continue  # another profile's, which saves into the same folder
            if row.folder:
                await self._after.want(run_id)
            elif row.removed:
                await self._clear(run_id)
            elif _is_over(row) and run_id not in self._wanted:
                self._want(row)  # our clock may be wrong: only the server can tell that it is too late

    # -- saving ------

    async def _work(self, group: asyncio.TaskGroup) -> None:
        while True:
            *_, run_id = await self._queue.get()
            wanted = self._wanted[run_id]
            delay = await self._try(run_id, wanted)
            if delay is None:
                del self._wanted[run_id]
                self._settled.add(run_id)
            else:
                group.create_task(self._later(delay, run_id, wanted))

    def _put(self, run_id: str, wanted: _Wanted) -> None:
        self._queue.put_nowait((wanted.deadline, next(self._number), run_id))

    async def _later(self, delay: float, run_id: str, wanted: _Wanted) -> None:
        await asyncio.sleep(delay)
        self._put(run_id, wanted)

    def _claim(self, run_id: str) -> AbstractAsyncContextManager[bool]:
        return self._leases.holding(f"archive:{self._store.scope.host}:{run_id}")

    async def _try(self, run_id: str, wanted: _Wanted) -> float | None:
        """Try once; in how many seconds to try again, None if nothing is left to do."""
        if self._is_kept(run_id, wanted):
            return None
        try:
            async with self._claim(run_id) as ours:
                if ours:
                    return await self._save(run_id, wanted)
        except (DatabaseError, OSError) as error:
            reason = in_words(error, self._folder) if isinstance(error, OSError) else str(error)
            return await self._failed(run_id, wanted, f"cannot save {run_id}: {reason}")
        return CLAIMED_RETRY

    async def _save(self, run_id: str, wanted: _Wanted) -> float | None:
        if self._is_kept(run_id, wanted):
            return None
        trouble = await self._last_look(run_id)
        run = self._store.run(run_id)
        if run is None:
            return None
        if not _has_anything(run):
            return await self._failed(run_id, wanted, trouble) if trouble else None
        await asyncio.to_thread(self._unfinished.begin, run_id)
        turn = partial(self._turns.turn, wanted.deadline)
        saved = await save(self._client, run, self._folder_of(run_id), keep=True, turn=turn)
        if not saved.failures:
            await self._store.set_folder(run_id, saved.folder)
            wanted.kept = True
            self._notes.update({run_id: saved.note} if saved.note else {})
        if saved.lost and run.prediction.data_removed:
            wanted.deadline = time.monotonic()
        if saved.failures or trouble:
            return await self._failed(run_id, wanted, (*saved.failures, trouble)[0], saved)
        self._report(run_id, "")
        await self._after.want(run_id)
        return None

    def _is_kept(self, run_id: str, wanted: _Wanted) -> bool:
        """Whether another program has saved it meanwhile, or it is known no more."""
        self._store.notice_others()
        row = self._store.row(run_id)
        return row is None or (row.folder is not None and not wanted.kept)

    async def _last_look(self, run_id: str) -> str:
        """The list tells that it ended; only a look at the run itself has its last logs. What went wrong, or ""."""
        try:
            await self._store.put(await self._client.predictions.get(run_id), now=time.time())
        except (RateLimited, ServerError) as error:
            return str(error)
        except APIError:
            return ""
        except ReplicateError as error:
            return str(error)
        return ""

    def _folder_of(self, run_id: str) -> Path:
        return self._folder / folder_name(run_id)

    # -- what went wrong ------

    async def _failed(self, run_id: str, wanted: _Wanted, reason: str, saved: Saved | None = None) -> float | None:
        """In how many seconds to try again, None if it is too late for that."""
        left = wanted.deadline - time.monotonic()
        if left > 0 or not self._client.clock.told.is_set():
            self._report(run_id, f"{reason}; it is tried again")
            delay = min(wanted.delay, max(LAST_RETRIES, left / 2))
            wanted.delay = min(SLOWEST_RETRY, 2 * wanted.delay)
            return delay
        self._report(run_id, DELETED if saved is not None and saved.lost else reason)
        await (self._after.want(run_id) if wanted.kept else self._give_up(run_id, saved))
        return None

    async def _give_up(self, run_id: str, saved: Saved | None) -> None:
        """Leave it at what was kept: that counts if there is any of the output's files among it."""
        run = self._store.run(run_id)
        files = len(outputs.files(run.prediction.output)) if run is not None else 0
        if saved is not None and saved.lacking < files:
            await self._store.set_folder(run_id, saved.folder)
        await self._clear(run_id)

    async def _clear(self, run_id: str) -> None:
        await asyncio.to_thread(arriving.clear, self._folder_of(run_id))
        await asyncio.to_thread(self._unfinished.end, run_id)

    def _report(self, run_id: str, reason: str) -> None:
        """Remember why it failed; "" when all went well, but for what is to be said all the same."""
        reason = reason or self._notes.get(run_id, "")
        if not reason:
            self.failures.pop(run_id, None)
            return
        is_new = run_id not in self.failures
        self.failures[run_id] = reason
        if is_new:
            self.tell(run_id, reason)


def _is_over(row: RunRow) -> bool:
    return row.status in runs.ENDED or row.completed_at is not None


def _has_anything(run: Run) -> bool:
    return bool(run.logs) or run.prediction.output not in (None, "", [], {})


def _lately_ended(store: Store, now: float) -> list[str]:
    """Runs without a folder whose files Replicate may still have, what ended first first."""
    scope = store.scope
    query = (
        "SELECT id FROM runs WHERE host = ? AND account = ? AND created_at > ? AND folder IS NULL AND NOT removed "
        "AND coalesce(completed_at, created_at) > ? ORDER BY coalesce(completed_at, created_at)"
    )
    since = now - RETENTION
    found = store.database.read(query, (scope.host, scope.account, since - LONGEST_RUN, since))
    return [str(run_id) for (run_id,) in found]
