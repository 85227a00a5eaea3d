"""Where runs find workers: pools that keep them warm, on hardware whose slots bound how many work at once."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

from replicate_tui.local import background
from replicate_tui.local.changes import Changes
from replicate_tui.local.work.jobs import Program, SetupFailed, Worker
from replicate_tui.local.work.limits import Limits

log = logging.getLogger(__name__)


STARTS_AT_ONCE = os.cpu_count() or 1
"""How many workers of one program are set up at the same time: more would only slow each other down."""

LOOK_SECONDS = 0.5
"""How often an idle worker is looked at: one that has died is noticed then."""

PREPARE_AGAIN_SECONDS = (1.0, 10.0, 60.0)
"""The pauses after which a worker that is kept, and could not be set up, is tried again; then it is left to a run."""


class Place(Protocol):
    """Where a run may work."""

    def worker(self, program: Program) -> AbstractAsyncContextManager[Worker]:
        """A worker for one run, once it is that run's turn. Raises `SetupFailed`."""
        ...


class Pool:
    """At most `limit` workers of any programs, each kept warm for `idle_seconds` after its last run.

    `hardware` are the slots in which they work, and `limits` those of programs: both are shared with other pools.
    `keep` workers stay however long they idle (see `warm`).
    """

    def __init__(
        self, limit: int, idle_seconds: float, *, hardware: asyncio.Semaphore, limits: Limits, keep: int = 0
    ) -> None:
        self._limit = limit
        self._idle_seconds = idle_seconds
        self._hardware = hardware
        self._limits = limits
        self._keep = keep
        self._kept: Program | None = None
        self._retired = False
        self._slots = asyncio.Semaphore(limit)
        self._starting: Counter[Program] = Counter()
        self._changes = Changes()
        self._workers: dict[Worker, Program] = {}
        self._idle: dict[Worker, asyncio.TimerHandle] = {}
        self._preparing: set[asyncio.Task[None]] = set()
        self._stopping: set[asyncio.Task[None]] = set()
        limits.holders.add(self)

    @property
    def size(self) -> int:
        """How many workers there are, idle ones and those that are being set up included."""
        return len(self._workers) + self._starting.total()

    @property
    def empty(self) -> bool:
        """Whether there is no worker, nor one that is about to end."""
        return self.size == 0 and not self._stopping

    @asynccontextmanager
    async def worker(self, program: Program) -> AsyncIterator[Worker]:
        """A worker for this program, for one run, once there is a slot for it. Raises `SetupFailed`."""
        async with self._limits.turn(program), self._slots:
            worker = await self._found(program)
            used = False
            try:
                async with self._hardware:
                    used = True
                    yield worker
            except BaseException:
                # What a run has done to it is not known.
                if used:
                    self._discard(worker)
                else:
                    self._give_back(worker)
                raise
            self._give_back(worker)

    async def warm(self, program: Program) -> None:
        """Set up the workers that are kept, before anybody asks; from now on those that are lost are replaced.

        What fails is tried again some times, and by the next run. A worker that another pool took, because there can
        be no more of the program, comes back with the next run here.
        """
        self._kept = program
        if program.limit is not None:
            self._keep = min(self._keep, program.limit)
        await asyncio.gather(*(self._prepare(program, PREPARE_AGAIN_SECONDS) for _ in range(self._keep)))

    def spare(self, program: Program) -> Worker | None:
        """The worker of this program that has had nothing to do for longest."""
        return next((worker for worker in self._idle if self._workers[worker] == program), None)

    def end(self, worker: Worker) -> None:
        """End a worker that has nothing to do."""
        self._discard(worker)

    def retire(self) -> None:
        """Start nothing in advance any more; workers end as soon as they have nothing to do."""
        self._keep, self._retired = 0, True
        for worker in list(self._idle):
            self._discard(worker)
        self._limits.holders.discard(self)

    async def close(self) -> None:
        """End every worker."""
        self.retire()
        for task in self._preparing:
            task.cancel()
        await asyncio.gather(*self._preparing, return_exceptions=True)
        for worker in list(self._workers):
            self._discard(worker)
        await asyncio.gather(*self._stopping, return_exceptions=True)

    async def _found(self, program: Program) -> Worker:
        """An idle worker, or a new one; whichever is there first, for only so many are set up at the same time."""
        while (worker := self._take_idle(program)) is None:
            if self._starting[program] < STARTS_AT_ONCE:
                return await self._start(program)
            await self._changes.wait()
        return worker

    def _take_idle(self, program: Program) -> Worker | None:
        for worker in reversed(list(self._idle)):
            if self._workers[worker] != program:
                continue
            if worker.alive:
                self._idle.pop(worker).cancel()
                return worker
            self._discard(worker)
        return None

    async def _prepare(self, program: Program, pauses: Sequence[float]) -> None:
        """One more of the workers that are kept, if one is missing; it waits for its turn as a run's worker does."""
        try:
            async with self._limits.turn(program), self._slots:
                while self._starting[program] >= STARTS_AT_ONCE:
                    await self._changes.wait()
                if self.size < self._keep and not self._limits.is_taken(program):
                    self._give_back(await self._start(program))
        except (SetupFailed, OSError) as error:
            log.warning("a worker could not be set up in advance: %s", error)
            if pauses and self._keep:
                self._begin(self._prepare_after(program, *pauses))

    async def _prepare_after(self, program: Program, pause: float, *pauses: float) -> None:
        await asyncio.sleep(pause)
        await self._prepare(program, pauses)

    async def _start(self, program: Program) -> Worker:
        while self.size >= self._limit and self._idle:
            self._discard(next(iter(self._idle)))
        self._starting[program] += 1
        try:
            worker = await self._limits.started(program)
        finally:
            self._starting[program] -= 1
            self._changes.announce()
        self._workers[worker] = program
        return worker

    def _give_back(self, worker: Worker) -> None:
        if worker in self._workers and worker.alive and not self._retired:
            self._rest(worker, self._idle_seconds)
            self._changes.announce()
        else:
            self._discard(worker)

    def _rest(self, worker: Worker, seconds: float) -> None:
        pause = min(seconds, LOOK_SECONDS)
        loop = asyncio.get_running_loop()
        self._idle[worker] = loop.call_later(pause, self._look, worker, seconds - pause)

    def _look(self, worker: Worker, seconds: float) -> None:
        """See to a worker that idles, and may idle for so many seconds more."""
        if worker.alive and seconds > 0:
            self._rest(worker, seconds)
        elif worker.alive and len(self._workers) <= self._keep:
            self._rest(worker, self._idle_seconds)
        else:
            self._discard(worker)

    def _discard(self, worker: Worker) -> None:
        if timer := self._idle.pop(worker, None):
            timer.cancel()
        program = self._workers.pop(worker, None)
        if program is None:
            return
        task = background.start(self._limits.ended(program, worker), "the end of a worker")
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)
        if self._kept is not None and self.size < self._keep:
            self._begin(self._prepare(self._kept, PREPARE_AGAIN_SECONDS))

    def _begin(self, preparation: Coroutine[Any, Any, None]) -> None:
        task = background.start(preparation, "the setup of a worker in advance")
        self._preparing.add(task)
        task.add_done_callback(self._preparing.discard)
