"""Clocks that pass as a test wants them to."""

import asyncio
import heapq
from itertools import count

from replicate_tui.api.limits import Clock


class LeapingClock:
    """Time that leaps ahead by as much as anybody sleeps. For one sleeper at a time."""

    def __init__(self) -> None:
        self.moment = 0.0
        self.pauses: list[float] = []
        self.clock = Clock(lambda: self.moment, self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.moment += seconds


class HeldClock:
    """Time that stands until the test moves it on. For any number of sleepers."""

    def __init__(self) -> None:
        self.moment = 1000.0
        self.clock = Clock(lambda: self.moment, self.sleep)
        self._number = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.moment + seconds, next(self._number), woken))
        await woken

    async def settle(self) -> None:
        """Let everybody do what can be done without time passing."""
        for _ in range(100):
            await asyncio.sleep(0)

    async def advance(self, seconds: float) -> None:
        """Let so much time pass, waking each sleeper at its moment."""
        end = self.moment + seconds
        await self.settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            self.moment, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                woken.set_result(None)
            await self.settle()
        self.moment = end
