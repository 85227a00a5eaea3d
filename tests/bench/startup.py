"""`python -m tests.bench.startup [ROUNDS]`: how soon a command answers, beside a bare typer program.

Every program is started once in each round, one after the other, so that a busy moment of the machine meets them all;
medians of the clock and of the processor's time are told. Wanted: `--help` and `--version` within twice the bare
program, a completion within a quarter of a second, also with ten thousand models and runs in the history. It is judged
by the time of the processor, which others on the machine do not change.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from replicate_tui.core import credentials
from replicate_tui.core.history.database import Database, ModelRow, Scope
from replicate_tui.core.settings import Flags, load
from tests.core.rows import made_at

ROUNDS = 15
MODELS = RUNS = 10_000
TWICE = 2.0
QUICK = 0.25
OFFICIAL = Path(".clients/python-1/bin/python")

BARE = """\
import typer
app = typer.Typer()
@app.command()
def main(name: str = "x") -> None:
    print(name)
app()
"""
SCHEMA = {
    "components": {
        "schemas": {
            "Input": {
                "properties": {f"input_{n}": {"type": "string", "enum": ["one", "two"]} for n in range(40)},
            }
        }
    }
}


@dataclass
class Program:
    """A program to start, and what each of its starts took: seconds by the clock and of the processor."""

    name: str
    command: list[str]
    clock: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Run it once to its end."""
        begun, before = time.perf_counter(), os.times()
        subprocess.run(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
        after = os.times()
        self.clock.append(time.perf_counter() - begun)
        spent = after.children_user + after.children_system - before.children_user - before.children_system
        self.processor.append(spent)


def main() -> None:
    """Make a history, measure, tell."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"REPLICATE_TUI_HOME": folder, "REPLICATE_API_TOKEN": "r8_bench"}
        bare_file = Path(folder) / "bare.py"
        bare_file.write_text(BARE)
        asyncio.run(_fill())
        bare, *others = programs = _programs(bare_file)
        for program in programs:  # compiled and read once before it counts
            program.start()
        for program in programs:
            program.clock.clear()
            program.processor.clear()
        for _ in range(rounds):
            for program in programs:
                program.start()
    _tell(bare, others, rounds)


def _programs(bare_file: Path) -> list[Program]:
    ours = [sys.executable, "-P", "-m", "replicate_tui"]

    def asked(line: str) -> list[str]:
        return [*ours, "--complete", "bash", f"replicate-tui {line}", "=:"]

    found = [
        Program("bare typer --help", [sys.executable, str(bare_file), "--help"]),
        Program("--version", [*ours, "--version"]),
        Program("--help", [*ours, "--help"]),
        Program("run --help", [*ours, "run", "--help"]),
        Program("completion: commands", asked("mod")),
        Program("completion: models", asked("run acme/painter-1")),
        Program("completion: inputs", asked("run acme/painter-1 input_1")),
        Program("completion: runs", asked("prediction show ")),
    ]
    if OFFICIAL.exists():
        found.append(Program("official client: import replicate", [str(OFFICIAL), "-c", "import replicate"]))
    return found


async def _fill() -> None:
    """A history of many models, each with a schema, and many runs."""
    settings = load(Flags())
    scope = Scope(settings.host, credentials.fingerprint(settings.require_token()))
    database = Database.open(settings.database_file)
    try:
        names = [f"acme/painter-{number}" for number in range(MODELS)]
        raw: dict[str, Any] = {"latest_version": {"id": "v1", "openapi_schema": SCHEMA}}
        models = [(ModelRow(name, "It paints", number, False), raw) for number, name in enumerate(names)]
        await database.save_models(settings.host, models, time.time())
        for number in range(RUNS):
            row = made_at(float(number), id=f"r{number}")
            await database.save_run(scope, row, {"id": row.id}, "")
    finally:
        await database.close()


def _tell(bare: Program, others: list[Program], rounds: int) -> None:
    print(f"medians of {rounds} starts each; {MODELS:,} models and {RUNS:,} runs in the history")  # noqa: T201
    for program in (bare, *others):
        clock, processor = statistics.median(program.clock), statistics.median(program.processor)
        ratio = processor / statistics.median(bare.processor)
        wanted = _wanted(program, ratio, processor)
        print(f"{program.name:<36} {clock:6.3f} s  {processor:6.3f} s of processor  × {ratio:4.2f}{wanted}")  # noqa: T201


def _wanted(program: Program, ratio: float, processor: float) -> str:
    """Whether it is as quick as is wanted; "" where nothing is."""
    if program.name.startswith("completion"):
        return "" if processor <= QUICK else f"  more than {QUICK} s"
    if program.name.startswith("--"):
        return "" if ratio <= TWICE else f"  more than × {TWICE}"
    return ""


if __name__ == "__main__":
    main()
