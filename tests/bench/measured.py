"""Numbers: what many repetitions of one thing took, and their medians over several rounds."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Order:
    """One task, so many times, so many at once."""

    task: str
    count: int
    at_once: int


@dataclass(frozen=True)
class Measured:
    """One thing, done many times. Times are in milliseconds; `cpu` is what one of it cost the process that asked.

    `server` is how much of one core the server's own process took meanwhile, None where the system does not tell.
    """

    rate: float
    p50: float
    p95: float
    cpu: float
    server: float | None = None

    @classmethod
    def of(cls, latencies: Sequence[float], seconds: float, cpu: float, server: float | None = None) -> Measured:
        """From the seconds that each took, and that all of it took by the clock, by us and by the server."""
        ordered = sorted(latencies)
        return cls(
            rate=len(ordered) / seconds,
            p50=1000 * statistics.median(ordered),
            p95=1000 * ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))],
            cpu=1000 * cpu / len(ordered),
            server=None if server is None else server / seconds,
        )


def median(rounds: Sequence[Measured]) -> Measured:
    """Each number's median: a noisy moment decides nothing."""
    told = [each.server for each in rounds if each.server is not None]
    return Measured(
        rate=statistics.median(each.rate for each in rounds),
        p50=statistics.median(each.p50 for each in rounds),
        p95=statistics.median(each.p95 for each in rounds),
        cpu=statistics.median(each.cpu for each in rounds),
        server=statistics.median(told) if told else None,
    )


def processor(pid: int) -> Callable[[], float | None]:
    """Tells, whenever called, how many seconds of a core a process has used; None where the system does not tell."""
    file = Path(f"/proc/{pid}/stat")

    def used() -> float | None:
        if not file.exists():
            return None
        user, system = file.read_text("ascii", "replace").rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    return used


def spent(before: float | None, after: float | None) -> float | None:
    """The difference, where there is one."""
    return None if before is None or after is None else after - before
