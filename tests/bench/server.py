"""`python -m tests.bench.server`: how fast the local server answers, and how the clients fare at it, side by side.

One server process, started fresh on loopback with its data in a temporary folder. Several rounds, in which the
clients take turns, so that a busy moment of the machine hits all of them; when a part's time is over it begins no
round any more.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.answers import generator_alone, server_alone, server_with_streams
from tests.bench.contest import clients, starts
from tests.bench.contestants import contestants
from tests.bench.report import Report
from tests.bench.stage import Stage
from tests.local.serving import Server, serving

LIMIT = 85.0
"""Seconds after which everything is ended, whatever it is at."""

SLOTS = 16
"""How many models the server lets work at once by itself; half of them are left for what is created."""


@dataclass(frozen=True)
class Options:
    """How much is measured: at most so many `rounds`, and so many `streams` of so many `speakers`."""

    rounds: int
    streams: int
    speakers: int


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, end."""
    parser = _parser()
    given = parser.parse_args(arguments)
    options = Options(given.rounds, given.streams, min(given.speakers, given.streams))
    workers = max(SLOTS, options.speakers + SLOTS // 2)
    with TemporaryDirectory() as name, serving(Path(name), "--workers", str(workers)) as server:
        report = asyncio.run(_measured(server, options))
    sys.stdout.write(f"{json.dumps(report.as_json(), indent=2)}\n" if given.json else report.as_text())


async def _measured(server: Server, options: Options) -> Report:
    """What has come out when everything is done, or when the time is over."""
    report = Report(f"{options.streams} streams tell what {options.speakers} storytellers say")
    example = await asyncio.to_thread(server.run, "local/hello-world", text="bench")
    stage = Stage(server, options.rounds, report, example)
    try:
        async with asyncio.timeout(LIMIT):
            await _all(stage, options)
    except TimeoutError:
        report.notes.append(f"Ended after {LIMIT:.0f} s, not done.")
    if len({each.client for each in contestants()}) < 3:
        report.notes.append("An official client is not installed: tests/clients/install makes it.")
    report.seconds = stage.elapsed
    return report


async def _all(stage: Stage, options: Options) -> None:
    await generator_alone(stage)
    await server_alone(stage, end=17)
    await server_with_streams(stage, options.streams, options.speakers, end=34)
    await clients(stage, end=64)
    await starts(stage, end=76)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.server", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--rounds", type=int, default=5, help="at most so many rounds (default: %(default)s)")
    parser.add_argument("--streams", type=int, default=100, help="open streams (default: %(default)s)")
    parser.add_argument(
        "--speakers", type=int, default=8, help="storytellers that speak in them (default: %(default)s)"
    )
    return parser


if __name__ == "__main__":
    main()
