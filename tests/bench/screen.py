"""`python -m tests.bench.screen [PART …]`: what the screen promises, measured in a terminal, beside other programs.

Each program runs in a pty of its own: a minimal Textual app, Textual's own table, posting and ours, in turns where
they are compared. A key counts from its writing to the end of the first frame after it. The time of a core stands
beside the clock, for others may be at work on the machine. It ends with 1 when a promise is not kept.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench import opening, pressing
from tests.bench.promises import Promise, table
from tests.bench.report import machine
from tests.bench.scenery import MODELS, Scenery, scenery

RUNS = 10_000
MANY = 100_000

Part = Callable[[Scenery, int], Iterator[Promise]]


def main() -> int:
    """Measure, print; the exit code."""
    given = _parser().parse_args()
    promises: list[Promise] = []
    with TemporaryDirectory() as name, scenery(Path(name)) as shown_on:
        for part in given.parts or PARTS:
            for promise in PARTS[part](shown_on, given.rounds):
                promises.append(promise)
                sys.stderr.write(f"{'  '.join(promise.cells())}\n")
    sys.stdout.write(f"{machine()}\n{table(promises)}")
    return 0 if all(promise.kept for promise in promises) else 1


def _starts(shown_on: Scenery, rounds: int) -> Iterator[Promise]:
    known = shown_on.home("known")
    with known.screen() as program:  # seen once: its models are known
        program.shown("local/")
    long = shown_on.home("long at the start", RUNS, MODELS)
    yield from opening.Opening(shown_on, known, long).measured(rounds)


def _keys(shown_on: Scenery, _: int) -> Iterator[Promise]:
    yield from pressing.keys(shown_on, shown_on.home("long for keys", RUNS, MODELS))


def _many(shown_on: Scenery, _: int) -> Iterator[Promise]:
    yield from pressing.hundred_thousand(shown_on, shown_on.home("many", MANY), MANY)


def _logs(shown_on: Scenery, _: int) -> Iterator[Promise]:
    yield from pressing.logs(shown_on, shown_on.home("logs"))


def _forms(shown_on: Scenery, rounds: int) -> Iterator[Promise]:
    yield from pressing.forms(shown_on, shown_on.home("forms"), rounds)


def _search(shown_on: Scenery, _: int) -> Iterator[Promise]:
    yield from pressing.search(shown_on.home("search", models=MODELS))


PARTS: Mapping[str, Part] = {
    "starts": _starts,
    "keys": _keys,
    "many": _many,
    "logs": _logs,
    "forms": _forms,
    "search": _search,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.screen", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--rounds", type=int, default=opening.ROUNDS, help="of starts and forms (default: %(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
