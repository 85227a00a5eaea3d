"""Waits that end early when the machine slept or its clock was set: what was planned before no longer counts then.

A wait is cut in slices, in which the wall clock is compared with the monotonic one. Where no moment is planned there
are none: nothing wakes up.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

SLICE = 2.0
"""Seconds after which the clocks are compared."""
JUMP = 5.0
"""Seconds by which the clocks disagree, or by which we are late, when something happened to the machine."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """Where time comes from: `monotonic` and `wall` (since the epoch), in seconds."""

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time


class Waits:
    """Waits by these clocks."""

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks
        self._apart = clocks.wall() - clocks.monotonic()

    async def until(self, moment: float | None, awakened: asyncio.Event) -> bool:
        """Wait for the event, or for a moment on the monotonic clock if there is one; whether the clocks jumped."""
        if moment is None:
            await awakened.wait()
            return False
        while not awakened.is_set() and (left := moment - self._clocks.monotonic()) > 0:
            length = min(left, SLICE)
            end = self._clocks.monotonic() + length
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(length):
                    await awakened.wait()
            if self._jumped(end):
                return True
        return False

    async def done(self, tasks: Collection[asyncio.Future[Any]]) -> bool:
        """Wait until all tasks are done, or the clocks jumped; whether they did."""
        pending = set(tasks)
        while pending:
            end = self._clocks.monotonic() + SLICE
            _, pending = await asyncio.wait(pending, timeout=SLICE)
            if self._jumped(end):
                return True
        return False

    def _jumped(self, end: float) -> bool:
        """Whether something happened to the machine since the last look, in a slice that was to end then."""
        monotonic, before = self._clocks.monotonic(), self._apart
        self._apart = self._clocks.wall() - monotonic
        # Not every monotonic clock stands while the machine sleeps: one that does not is late.
        return abs(self._apart - before) > JUMP or monotonic - end > JUMP
