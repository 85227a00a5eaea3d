"""Where runs find workers: pools that keep them warm, and hardware whose slots bound how many work at once."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, Protocol

from replicate_tui.local.changes import Changes
from replicate_tui.local.work import Program, SetupFailed, Worker

log = logging.getLogger(__name__)


STARTS_AT_ONCE = os.cpu_count() or 1
"""How many workers of one program are set up at the same time: more would only slow each other down."""


class Place(Protocol):
    """Where a run may work."""

    def worker(self, program: Program) -> AbstractAsyncContextManager[Worker]:
        """A worker for one run, once it is that run's turn. Raises `SetupFailed`."""
        ...


class Pool:
    """At most `limit` workers of any programs, each kept warm for `idle_seconds` after its last run.

    `keep` of them stay however long they idle (see `warm`).
    """

    def __init__(self, limit: int, idle_seconds: float, keep: int = 0) -> None:
        self._limit = limit
        self._idle_seconds = idle_seconds
        self._keep = keep
        self._kept: Program | None = None
        self._retired = False
        self._slots = asyncio.Semaphore(limit)
        self._lines: dict[Program, asyncio.Semaphore] = {}
        self._starting: Counter[Program] = Counter()
        self._changes = Changes()
        self._workers: dict[Worker, Program] = {}
        self._idle: dict[Worker, asyncio.TimerHandle] = {}
        self._preparing: set[asyncio.Task[None]] = set()
        self._stopping: set[asyncio.Task[None]] = set()

    @property
    def size(self) -> int:
        """How many workers there are, idle ones and those that are being set up included."""
        return len(self._workers) + self._starting.total()

    @asynccontextmanager
    async def worker(self, program: Program) -> AsyncIterator[Worker]:
        """A worker for this program, for one run; waits in line for a free slot. Raises `SetupFailed`."""
        async with self._line(program), self._slots:
            worker = await self._found(program)
            try:
                yield worker
            except BaseException:
                self._discard(worker)
                raise
            self._give_back(worker)

    async def warm(self, program: Program) -> None:
        """Set up the workers that are kept, before anybody asks; from now on those that are lost are replaced.

        What fails is tried again by the next run.
        """
        self._kept = program
        await asyncio.gather(*(self._prepare(program) for _ in range(self._keep)))

    def retire(self) -> None:
        """Start nothing in advance any more; workers end as soon as they have nothing to do."""
        self._keep, self._retired = 0, True
        for worker in list(self._idle):
            self._discard(worker)

    async def close(self) -> None:
        """End every worker."""
        self.retire()
        for task in self._preparing:
            task.cancel()
        await asyncio.gather(*self._preparing, return_exceptions=True)
        for worker in list(self._workers):
            self._discard(worker)
        await asyncio.gather(*self._stopping)

    def _line(self, program: Program) -> AbstractAsyncContextManager[Any]:
        """The queue before a program that can have only so many workers, so that it takes no slot from others."""
        if program.limit is None:
            return nullcontext()
        return self._lines.setdefault(program, asyncio.Semaphore(program.limit))

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
            self._idle.pop(worker).cancel()
            if worker.alive:
                return worker
            self._discard(worker)
        return None

    async def _prepare(self, program: Program) -> None:
        """One more of the workers that are kept, if one is missing; it takes a slot, as a run's own worker does."""
        try:
            async with self._slots:
                if self.size < self._keep:
                    self._give_back(await self._start(program))
        except (SetupFailed, OSError) as error:
            log.warning("a worker could not be set up in advance: %s", error)

    async def _start(self, program: Program) -> Worker:
        while self.size >= self._limit and self._idle:
            self._discard(next(iter(self._idle)))
        self._starting[program] += 1
        try:
            worker = await program.start()
        finally:
            self._starting[program] -= 1
            self._changes.announce()
        self._workers[worker] = program
        return worker

    def _give_back(self, worker: Worker) -> None:
        if worker in self._workers and worker.alive and not self._retired:
            loop = asyncio.get_running_loop()
            self._idle[worker] = loop.call_later(self._idle_seconds, self._retire, worker)
            self._changes.announce()
        else:
            self._discard(worker)

    def _retire(self, worker: Worker) -> None:
        if worker.alive and len(self._workers) <= self._keep:
            self._give_back(worker)
        else:
            self._discard(worker)

    def _discard(self, worker: Worker) -> None:
        self._workers.pop(worker, None)
        if timer := self._idle.pop(worker, None):
            timer.cancel()
        task = asyncio.create_task(worker.stop())
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)
        self._replace()

    def _replace(self) -> None:
        if self._kept is not None and self.size < self._keep:
            task = asyncio.create_task(self._prepare(self._kept))
            self._preparing.add(task)
            task.add_done_callback(self._preparing.discard)


class Hardware:
    """One kind of machine: a pool of workers of which only so many work at once."""

    def __init__(self, pool: Pool, slots: asyncio.Semaphore) -> None:
        self._pool = pool
        self._slots = slots

    @asynccontextmanager
    async def worker(self, program: Program) -> AsyncIterator[Worker]:
        """A worker with a slot of the machine. Raises `SetupFailed`."""
        async with self._pool.worker(program) as worker, self._slots:
            yield worker
