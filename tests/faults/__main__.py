"""`python -m tests.faults`: what takes too long for every day. Kills by many seeds, and a thousand runs at once."""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.killing import killed_and_recovered
from tests.faults.many import submitted_at_once

RUNS = 1000


def main(arguments: Sequence[str] | None = None) -> int:
    """Do as asked; 1 if anything was lost, paid for twice or not accounted for."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seeds", type=int, default=0, help="kill so many workloads of 100 runs, each by a seed")
    parser.add_argument("--first", type=int, default=0, help="the first of these seeds")
    parser.add_argument("--many", action="store_true", help=f"submit {RUNS} runs at once")
    given = parser.parse_args(arguments)
    if not given.seeds and not given.many:
        parser.error("--seeds or --many: there is nothing else to do")
    failures = sum(not _killed(seed) for seed in range(given.first, given.first + given.seeds))
    failures += given.many and not _many()
    return 1 if failures else 0


def _killed(seed: int) -> bool:
    begun = time.monotonic()
    with TemporaryDirectory() as folder:
        try:
            ended = asyncio.run(killed_and_recovered(Path(folder), seed))
        except AssertionError as error:
            return _say(f"seed {seed}: {error}", good=False)
    return _say(f"seed {seed}: {dict(ended)} in {time.monotonic() - begun:.1f} s", good=True)


def _many() -> bool:
    begun = time.monotonic()
    with TemporaryDirectory() as folder:
        try:
            ended = asyncio.run(submitted_at_once(Path(folder), RUNS))
        except AssertionError as error:
            return _say(f"{RUNS} at once: {error}", good=False)
    return _say(f"{RUNS} at once: {dict(ended)} in {time.monotonic() - begun:.1f} s", good=True)


def _say(words: str, *, good: bool) -> bool:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
    return good


if __name__ == "__main__":
    sys.exit(main())
