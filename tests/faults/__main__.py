"""`python -m tests.faults`: what takes too long for every day.

Kills by many seeds, a thousand runs at once, and long trouble with a program that waits as long as it does for
everybody.
"""

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.faults.killing import killed_and_recovered
from tests.faults.lasting import Lasted, cut_off, refused
from tests.faults.many import submitted_at_once

Work = Callable[[Path], Coroutine[Any, Any, Counter[str] | Lasted]]
"""What is done in a folder; what it saw."""

RUNS = 1000


def main(arguments: Sequence[str] | None = None) -> int:
    """Do as asked; 1 if anything was lost, paid for twice or not accounted for."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seeds", type=int, default=0, help="kill so many workloads of 100 runs, each by a seed")
    parser.add_argument("--first", type=int, default=0, help="the first of these seeds")
    parser.add_argument("--many", action="store_true", help=f"submit {RUNS} runs at once")
    parser.add_argument("--outage", type=float, metavar="SECONDS", help="cut the network for so long")
    parser.add_argument("--throttled", type=float, metavar="SECONDS", help="refuse everything for so long")
    given = parser.parse_args(arguments)
    ordered = list(_ordered(given))
    if not ordered:
        parser.error("--seeds, --many, --outage or --throttled: there is nothing else to do")
    return 1 if sum(not _done(label, work) for label, work in ordered) else 0


def _ordered(given: argparse.Namespace) -> Iterator[tuple[str, Work]]:
    for seed in range(given.first, given.first + given.seeds):
        yield f"seed {seed}", partial(killed_and_recovered, seed=seed)
    if given.many:
        yield f"{RUNS} at once", partial(submitted_at_once, runs=RUNS)
    if given.outage:
        yield f"{given.outage:.0f} s without a network", partial(cut_off, seconds=given.outage)
    if given.throttled:
        yield f"{given.throttled:.0f} s of too many requests", partial(refused, seconds=given.throttled)


def _done(label: str, work: Work) -> bool:
    begun = time.monotonic()
    with TemporaryDirectory() as folder:
        try:
            seen = asyncio.run(work(Path(folder)))
        except AssertionError as error:
            return _say(f"{label}: {error}", good=False)
    words = dict(seen) if isinstance(seen, Counter) else seen
    return _say(f"{label}: {words} in {time.monotonic() - begun:.1f} s", good=True)


def _say(words: str, *, good: bool) -> bool:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
    return good


if __name__ == "__main__":
    sys.exit(main())
