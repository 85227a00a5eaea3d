"""What came out, as plain tables and as JSON."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.bench.measured import Measured, median


@dataclass
class Report:
    """All rounds so far. Keys are what was done and by whom; lists hold a number for each round."""

    title: str
    generator: dict[str, list[Measured]] = field(default_factory=dict)
    server: dict[str, list[Measured]] = field(default_factory=dict)
    streams: dict[str, dict[str, float | None]] = field(default_factory=dict)
    clients: dict[str, list[Measured]] = field(default_factory=dict)
    starts: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Medians, and how many rounds they are of."""
        tables = {"generator": self.generator, "server": self.server, "clients": self.clients}
        return {
            "machine": machine(),
            "title": self.title,
            **{
                name: {key: {**asdict(median(rounds)), "rounds": len(rounds)} for key, rounds in table.items()}
                for name, table in tables.items()
            },
            "streams": self.streams,
            "starts": {
                name: {"clock": _column(rounds, 0), "cpu": _column(rounds, 1), "rounds": len(rounds)}
                for name, rounds in self.starts.items()
            },
            "notes": self.notes,
            "seconds": self.seconds,
        }

    def as_text(self) -> str:
        """Plain tables."""
        parts = [
            f"{self.title}\n{machine()}",
            _measures("The generator alone, against a server that only answers", self.generator),
            _measures("The server, asked by the generator", self.server),
            _table(
                "The streams",
                ("", "events/s", "nominal", "longest gap ms", "server core"),
                [
                    (name, *(f"{row[key]:.0f}" for key in ("events", "nominal", "gap")), _share(row["server"]))
                    for name, row in self.streams.items()
                ],
            ),
            _measures("The clients", self.clients),
            _table(
                "Import and first request of a fresh process",
                ("", "ms", "cpu ms", "rounds"),
                [
                    (name, f"{_column(rounds, 0):.0f}", f"{_column(rounds, 1):.0f}", str(len(rounds)))
                    for name, rounds in self.starts.items()
                ],
            ),
            *self.notes,
            f"All numbers are medians over the rounds; cpu is that of the asking process. {self.seconds:.0f} s in all.",
        ]
        return "\n\n".join(parts) + "\n"


def machine() -> str:
    """What this was measured on."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    version = platform.python_version()
    return (
        f"{platform.system()} {platform.machine()}, {cores} cores{load}, {platform.python_implementation()} {version}"
    )


def _measures(title: str, measures: dict[str, list[Measured]]) -> str:
    headings = ("", "per second", "p50 ms", "p95 ms", "cpu ms each", "server core", "rounds")
    return _table(title, headings, [_row(name, rounds) for name, rounds in measures.items()])


def _row(name: str, rounds: Sequence[Measured]) -> tuple[str, ...]:
    of = median(rounds)
    numbers = (f"{of.rate:.0f}", f"{of.p50:.2f}", f"{of.p95:.2f}", f"{of.cpu:.2f}")
    return (name, *numbers, _share(of.server), str(len(rounds)))


def _column(rounds: Sequence[tuple[float, float]], index: int) -> float:
    return statistics.median(each[index] for each in rounds)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"


def _table(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    lines = [
        "  ".join(
            cell.rjust(width) if index else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in (headings, *rows)
    ]
    return "\n".join([title, *(line.rstrip() for line in lines)])
