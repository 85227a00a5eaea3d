"""Programs of which there can be only so many workers at once, however many pools want them."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, Protocol

from replicate_tui.local.work.jobs import Program, Worker


class Holder(Protocol):
    """Whoever keeps workers that have nothing to do."""

    def spare(self, program: Program) -> Worker | None:
        """A worker of the program that has nothing to do."""
        ...

    def end(self, worker: Worker) -> None:
        """Let it go."""
        ...


class Limits:
    """Counts the workers of programs with a limit, in all pools together. `holders` are those that may keep some."""

    def __init__(self) -> None:
        self.holders: set[Holder] = set()
        self._turns: dict[Program, asyncio.Semaphore] = {}
        self._rooms: dict[Program, asyncio.Semaphore] = {}

    def turn(self, program: Program) -> AbstractAsyncContextManager[Any]:
        """The queue for a worker of the program; whoever stands in it takes nothing from other programs yet."""
        if program.limit is None:
            return nullcontext()
        return self._turns.setdefault(program, asyncio.Semaphore(program.limit))

    def is_taken(self, program: Program) -> bool:
        """Whether one more worker would be the end of another that has nothing to do."""
        room = self._room(program)
        return room is not None and room.locked() and self._holder(program) is not None

    async def started(self, program: Program) -> Worker:
        """A new worker, after the end of another where there can be no more. Raises `SetupFailed`.

        The caller has its turn, so that there is always one that ends by itself, is spare or was never started.
        """
        room = self._room(program)
        if room is None:
            return await program.start()
        if room.locked() and (holder := self._holder(program)) and (worker := holder.spare(program)):
            holder.end(worker)
        await room.acquire()
        try:
            return await program.start()
        except BaseException:
            room.release()
            raise

    async def ended(self, program: Program, worker: Worker) -> None:
        """Stop a worker; there can be another one then."""
        try:
            await worker.stop()
        finally:
            if room := self._room(program):
                room.release()

    def _room(self, program: Program) -> asyncio.Semaphore | None:
        if program.limit is None:
            return None
        return self._rooms.setdefault(program, asyncio.Semaphore(program.limit))

    def _holder(self, program: Program) -> Holder | None:
        return next((holder for holder in self.holders if holder.spare(program)), None)
