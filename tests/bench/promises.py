"""What the screen promises, what was measured of it, and what stands beside: one table, and the verdicts."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Unit = Literal["s", "ms", "%", "MB", "×"]
SCALES: Mapping[Unit, float] = {"s": 1.0, "ms": 1000.0, "%": 100.0, "MB": 1.0, "×": 1.0}
HEADINGS = ("what", "measured", "target", "verdict", "beside")


@dataclass(frozen=True)
class Promise:
    """One number in seconds, parts of a core, megabytes or a ratio, and the most that it may be; None: only told.

    `more` says what else was measured of it, `beside` what the same took in other programs.
    """

    what: str
    value: float
    unit: Unit
    target: float | None = None
    more: str = ""
    beside: Mapping[str, str] = field(default_factory=dict)

    @property
    def kept(self) -> bool:
        """Whether it is as promised."""
        return self.target is None or self.value <= self.target

    def cells(self) -> tuple[str, ...]:
        """The row of the table."""
        told = f"{amount(self.value, self.unit)}{f' ({self.more})' if self.more else ''}"
        verdict = "" if self.target is None else "kept" if self.kept else "MISSED"
        target = "" if self.target is None else f"≤ {amount(self.target, self.unit)}"
        return self.what, told, target, verdict, ", ".join(f"{name} {text}" for name, text in self.beside.items())


def amount(value: float, unit: Unit) -> str:
    """The number in its unit."""
    scaled = value * SCALES[unit]
    digits = 2 if unit in ("s", "×") else 0 if scaled >= 100 else 1
    return f"{scaled:.{digits}f} {unit}"


def p50(values: Iterable[float]) -> float:
    """The median."""
    return statistics.median(values)


def p95(values: Iterable[float]) -> float:
    """What nineteen in twenty do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]


def table(promises: Sequence[Promise]) -> str:
    """All of them, in columns."""
    rows = [HEADINGS, *(promise.cells() for promise in promises)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(lines) + "\n"
