"""`python -m tests.bench.batch`: many short runs through `batch`, beside the official Python client 1.x with threads.

A server is started fresh on loopback; the contestants take turns, so that a busy moment of the machine hits all of
them. Ours is the whole command: its start, its history, its results on disk and its saved files are in the time.
The second part sends a thousand runs at once, and counts what the server has and what the results tell.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.contestants import environ
from tests.clients.driving import CLIENTS, PROGRAMS
from tests.local.serving import Server, serving

TARGET = 0.8
"""What ours may take, in parts of what the client takes."""
AT_ONCE = 1_000
LIMIT = 600.0
WAYS = {"run": "held until the end", "poll": "asked for again and again"}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, end."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.batch", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="so many turns (default: %(default)s)")
    parser.add_argument("--rows", type=int, default=100, help="rows of one second each (default: %(default)s)")
    parser.add_argument("--concurrency", type=int, default=10, help="runs at a time (default: %(default)s)")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="rows of the second part (default: %(default)s)")
    given = parser.parse_args(arguments)
    workers = str(given.concurrency + 2)
    with TemporaryDirectory() as name, serving(Path(name), "--workers", workers) as server:
        _warm(server, given.concurrency)
        _contest(server, given.rounds, given.rows, given.concurrency)
        if given.at_once:
            _flood(server, given.at_once)


def _warm(server: Server, workers: int) -> None:
    """As many workers as there will be runs at a time: whoever comes first does not wait for them."""
    for prediction in [server.create("local/sleeper", seconds=0.5) for _ in range(workers)]:
        server.ended(prediction)


def _contest(server: Server, rounds: int, rows: int, concurrency: int) -> None:
    taken: dict[str, list[float]] = {}
    python = CLIENTS / "python-1" / PROGRAMS / "python"
    for turn in range(rounds):
        table = "seconds\n" + "1\n" * rows
        took, _ = _batch(server, f"contest-{turn}", "local/sleeper", table, concurrency)
        taken.setdefault("batch", []).append(took)
        for way, words in WAYS.items() if python.exists() else ():
            driver = Path(__file__).with_name("drivers") / "batch_replicate_1.py"
            command = [str(python), str(driver), server.url, str(rows), str(concurrency), way]
            began = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True, env=environ(server.folder), timeout=LIMIT)
            taken.setdefault(f"replicate 1.x, {words}", []).append(time.perf_counter() - began)
    ours = statistics.median(taken["batch"])
    _say(f"{rows} rows of 1 s, {concurrency} at a time; seconds of the whole process, median of {rounds}")
    for name, each in taken.items():
        median = statistics.median(each)
        ratio = "" if name == "batch" else f"  batch takes {ours / median:.2f} of it (target {TARGET})"
        _say(f"  {name:<44} {median:6.2f}{ratio}")


def _flood(server: Server, rows: int) -> None:
    table = "text\n" + "".join(f"number {number} of the flood\n" for number in range(rows))
    before = _count(server)
    took, told = _batch(server, "flood", "local/hello-world", table, rows)
    sent = _count(server) - before
    succeeded = {each["row"] for each in told if each["status"] == "succeeded"}
    rightly = sum(f"number {each['row'] - 1} of" in str(each["output"]) for each in told)
    _say(f"{rows} rows at once: {took:.1f} s; {sent} runs at the server, {len(succeeded)} rows succeeded,")
    _say(f"  {len(told)} results, {rightly} of them with the output of their row")


def _batch(
    server: Server, name: str, model: str, table: str, concurrency: int
) -> tuple[float, list[dict[str, object]]]:
    """What the command took in seconds, and its results."""
    folder = server.folder / name
    folder.mkdir()
    (folder / "t.csv").write_text(table, "utf-8")
    ours = {
        "REPLICATE_TUI_HOME": str(server.folder / "home"),
        "REPLICATE_BASE_URL": server.url,
        "REPLICATE_API_TOKEN": "r8_of_the_bench",
        "PYTHONPATH": str(Path.cwd()),
    }
    command = [sys.executable, "-m", "replicate_tui", "batch", model, "t.csv", "--concurrency", str(concurrency)]
    began = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env={**environ(server.folder), **ours}, capture_output=True, text=True, timeout=LIMIT
    )
    took = time.perf_counter() - began
    if done.returncode:
        sys.stderr.write(done.stderr)
    return took, [json.loads(line) for line in done.stdout.splitlines()]


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _count(server: Server) -> int:
    """How many runs the server has."""
    count, url = 0, "/v1/predictions"
    while url:
        page = server.client.get(url).json()
        count, url = count + len(page["results"]), page["next"]
    return count


if __name__ == "__main__":
    main()
