"""`python -m tests.bench.watching`: what it costs to watch many active runs, and how soon a change is in the store.

One local server, started fresh; as many sleepers as are to be watched, of which a few work at a time, so that all the
while some begin and some end. One of them is followed, as the run on screen is. At last all that are left are canceled
at once. A change's age is the store's time less the server's own timestamp of it; both are on one machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from replicate_tui.api.client import Client
from replicate_tui.api.limits import UNPUBLISHED, Buckets, Kind
from replicate_tui.core.history.database import Database, Scope
from replicate_tui.core.history.store import Store
from replicate_tui.core.watching.watcher import Watcher
from tests.bench.report import machine
from tests.local.serving import Server, serving
from tests.waiting import eventually

SLOTS = 4
"""Runs that work at a time."""
LENGTHS = (5.3, 6.1, 7.7, 8.9, 10.7)
"""Seconds that runs work, in turn; in step with no interval of the watcher."""
REST = 4.0
"""Seconds without a request after which everything is known."""


@dataclass
class Part:
    """What one part of it cost: requests and seconds of a core, in so many seconds, and how old its changes were.

    `requests` are the moments of them on the monotonic clock.
    """

    name: str
    seconds: float = 0.0
    requests: list[float] = field(default_factory=list)
    cpu: float = 0.0
    ages: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, float | int | str]:
        """The numbers for a person."""
        ages = sorted(self.ages) or [float("nan")]
        return {
            "part": self.name,
            "seconds": round(self.seconds, 1),
            "requests a second": round(len(self.requests) / self.seconds, 2),
            "most in a second": self._most_in_a_second(),
            "cpu percent": round(100 * self.cpu / self.seconds, 1),
            "changes": len(self.ages),
            "p50 s": round(ages[len(ages) // 2], 2),
            "p95 s": round(ages[min(len(ages) - 1, int(0.95 * len(ages)))], 2),
            "longest s": round(ages[-1], 2),
        }

    def _most_in_a_second(self) -> int:
        first, most = 0, 0
        for number, moment in enumerate(self.requests):
            while self.requests[first] <= moment - 1.0:
                first += 1
            most = max(most, number + 1 - first)
        return most


class Counting(Buckets):
    """A limiter that notes the moment of each request."""

    def __init__(self) -> None:
        super().__init__(rates=UNPUBLISHED)
        self.requests: list[float] = []

    async def admit(self, kind: Kind) -> float:
        self.requests.append(time.monotonic())
        return await super().admit(kind)

    def rests(self) -> bool:
        """Whether nothing was asked for a while."""
        return time.monotonic() > self.requests[-1] + REST


class Ages:
    """How old each beginning and end of a run was when the store told it."""

    def __init__(self, store: Store) -> None:
        self.all: list[float] = []
        self._store = store
        self._since = time.time()
        self._seen: set[tuple[str, str]] = set()
        store.subscribe(self._changed)

    def _changed(self, run_id: str) -> None:
        run = self._store.run(run_id)
        if run is None:
            return
        for what in ("started_at", "completed_at"):
            moment: datetime | None = getattr(run.prediction, what)
            if moment is not None and (run_id, what) not in self._seen:
                self._seen.add((run_id, what))
                if moment.timestamp() > self._since:
                    self.all.append(time.time() - moment.timestamp())


@dataclass
class Watching:
    """A watcher at work, and what is measured of it."""

    watcher: Watcher
    store: Store
    counting: Counting
    ages: Ages
    parts: list[Part] = field(default_factory=list)

    @asynccontextmanager
    async def part(self, name: str) -> AsyncIterator[None]:
        """Measure the block."""
        begun, cpu, requests, changes = (
            time.monotonic(),
            time.process_time(),
            len(self.counting.requests),
            len(self.ages.all),
        )
        yield
        seconds = time.monotonic() - begun
        spent = time.process_time() - cpu
        self.parts.append(Part(name, seconds, self.counting.requests[requests:], spent, self.ages.all[changes:]))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, end."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.watching", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--runs", type=int, default=200, help="active runs (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=30.0, help="length of the long part (default: %(default)s)")
    given = parser.parse_args(arguments)
    with TemporaryDirectory() as name, serving(Path(name), "--workers", str(SLOTS)) as server:
        created = _create(server, given.runs)
        parts = asyncio.run(_measured(server, Path(name) / "history.db", created, given.seconds))
    figures = [part.figures() for part in parts]
    document = {"machine": machine(), "runs": given.runs, "parts": figures}
    sys.stdout.write(f"{json.dumps(document, indent=2)}\n" if given.json else _table(document["machine"], figures))


def _create(server: Server, runs: int) -> list[dict[str, Any]]:
    with ThreadPoolExecutor(8) as threads:
        lengths = islice(cycle(LENGTHS), runs)
        orders = [threads.submit(server.create, "local/sleeper", seconds=length) for length in lengths]
        return [order.result() for order in orders]


async def _measured(server: Server, file: Path, created: list[dict[str, Any]], seconds: float) -> list[Part]:
    counting = Counting()
    database = Database.open(file)
    try:
        async with Client(server.url, "any", limiter=counting) as client:
            store = Store(database, Scope("bench", "local"))
            ages = Ages(store)
            watching = Watching(Watcher(client, store), store, counting, ages)
            watching.watcher.listing = True
            work = asyncio.create_task(watching.watcher.run())
            try:
                await _all(watching, server, created, seconds)
            finally:
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)
    finally:
        await database.close()
    return watching.parts


async def _all(watching: Watching, server: Server, created: list[dict[str, Any]], seconds: float) -> None:
    store = watching.store
    async with watching.part("from nothing to all known"):
        await eventually(lambda: len(store.ids()) == len(created), "the runs")
    async with watching.part(f"{len(store.active)} active"):
        await asyncio.sleep(seconds)
    with watching.watcher.following(created[-1]["id"]):
        async with watching.part(f"{len(store.active)} active, one of them followed"):
            await asyncio.sleep(seconds / 2)
    async with watching.part(f"{len(store.active)} canceled at once"):
        await asyncio.to_thread(_cancel, server, sorted(store.active))
        await eventually(lambda: not store.active, "all ends", limit=60.0)
    async with watching.part("their last looks"):
        await eventually(watching.counting.rests, "the last one", limit=len(created))
    async with watching.part("nothing active"):
        await asyncio.sleep(seconds / 2)


def _cancel(server: Server, runs: Sequence[str]) -> None:
    with ThreadPoolExecutor(8) as threads:
        for answer in threads.map(lambda run: server.client.post(f"/v1/predictions/{run}/cancel"), runs):
            answer.raise_for_status()


def _table(title: str, figures: Sequence[dict[str, Any]]) -> str:
    rows = [list(figures[0]), *([str(value) for value in each.values()] for each in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([title, "", *lines, ""])


if __name__ == "__main__":
    main()
