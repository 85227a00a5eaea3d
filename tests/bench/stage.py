"""What all parts of a run share: the one server, what it costs, and when a part has had its time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.bench.load import Target
from tests.bench.measured import processor
from tests.bench.report import Report
from tests.local.serving import Server
from tests.waiting import until


@dataclass
class Stage:
    """One server, and one `example` of a run on it. A part takes at most so many `rounds`."""

    server: Server
    rounds: int
    report: Report
    example: dict[str, Any]
    began: float = field(default_factory=time.monotonic)

    @property
    def target(self) -> Target:
        """Where requests go."""
        return Target(self.server.state["host"], self.server.state["port"])

    @property
    def used(self) -> Callable[[], float | None]:
        """Tells how many seconds of a core the server has taken so far."""
        return processor(self.server.process.pid)

    @property
    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self.began

    def turns(self, end: float) -> Iterator[int]:
        """The rounds of a part: at least one, and none that would hardly be over `end` seconds after the start."""
        longest = 0.0
        for turn in range(self.rounds):
            began = self.elapsed
            if turn and began + longest > end:
                return
            yield turn
            longest = max(longest, self.elapsed - began)

    async def drained(self, besides: int = 0) -> None:
        """Return when the server has nothing left to run, `besides` runs that last."""
        await asyncio.to_thread(until, lambda: self.server.health()["active"] <= besides, "the end of the runs")
