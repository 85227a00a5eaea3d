"""`python -m tests.bench.history`: a history of 100,000 runs, how soon it is listed, searched, scrolled; its memory.

The screen is the built one, without a network: the API is an address where nobody answers. Of a key the work is told
that it makes for the processor until all is drawn, for the test's own waiting is longer than that.
"""

from __future__ import annotations

import asyncio
import os
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from replicate_tui.api.resources import Prediction
from replicate_tui.core import credentials
from replicate_tui.core.history import filters
from replicate_tui.core.history.database import Database, RunRow, RunText, Scope
from replicate_tui.core.history.listing import Listing
from replicate_tui.core.history.ordering import ORDERS, Order
from replicate_tui.core.history.store import Store
from replicate_tui.core.settings import Flags, load
from replicate_tui.tui.app import ReplicateApp
from tests.tui.driving import Driver

RUNS = 100_000
TRAININGS = RUNS // 100
KEYS = 200
AT_ONCE = 200
"""Runs that are handed to the writer together."""
BASE_URL = "http://127.0.0.1:9"
TOKEN = "r8_bench"
FILTERS = ("-status:failed", "model:model-3", "age<2d", "time<30s has:files", "heron -tag:draft")
WORDS = (
    "heron",
    "lighthouse",
    "boat",
    "dusk",
    "portrait",
    "harbour",
    "winter",
    "city",
    "forest",
    "train",
    "moon",
    "sea",
)


def main() -> None:
    """Make the history, measure, end."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"REPLICATE_TUI_HOME": folder, "REPLICATE_BASE_URL": BASE_URL, "REPLICATE_API_TOKEN": TOKEN}
        os.environ["TEXTUAL_ANIMATIONS"] = "none"
        settings = load(Flags())
        scope = Scope(settings.host, credentials.fingerprint(TOKEN))
        asyncio.run(_made(settings.database_file, scope))
        _read(settings.database_file, scope)
        asyncio.run(_show())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _say(f"memory at its highest {peak:.0f} MB (with the making of the history)")


async def _made(path: Path, scope: Scope) -> None:
    database = Database.open(path)
    begun = time.perf_counter()
    await fill(database, scope, RUNS)
    [(pages, page)] = database.read("SELECT * FROM pragma_page_count(), pragma_page_size()", ())
    size = int(pages * page)
    _say(f"{RUNS:,} runs written in {time.perf_counter() - begun:.0f} s, {size >> 20} MB")
    await database.close()


async def fill(database: Database, scope: Scope, runs: int) -> None:
    """Write so many finished runs, a minute apart, the last one now."""
    dice = random.Random(5)
    one = RunRow("", "prediction", "succeeded", "", "v", "", "", "", 0.0, 0.0, 0.0, 1.0, None, 1, None, False, 0.0)
    now = time.time()
    saves: list[Awaitable[None]] = []
    for number in range(runs):
        prompt = " ".join(dice.choices(WORDS, k=8))
        moment = now - 60.0 * number
        row = replace(one, id=f"{number:026}", model=f"acme/model-{number % 40}", what=prompt, created_at=moment)
        if number % 100 == 50:
            row = replace(row, kind="training")
        row = replace(row, started_at=moment, completed_at=moment + 3, seen_at=moment, folder="/kept")
        raw = {"id": row.id, "status": row.status, "model": row.model, "input": {"prompt": prompt}, "output": ["x"]}
        saves.append(database.save_run(scope, row, raw, "line\n" * 20, found_by=RunText(prompt)))
        if len(saves) == AT_ONCE or number == runs - 1:
            await asyncio.gather(*saves)
            saves.clear()


def _read(path: Path, scope: Scope) -> None:
    def timed(what: str, seconds: float) -> None:
        _say(f"{what:<44} {seconds * 1000:8.1f} ms")

    begun = time.perf_counter()
    database = Database.open(path)
    timed("the file opened", time.perf_counter() - begun)
    begun = time.perf_counter()
    store = Store(database, scope)
    timed("the store made", time.perf_counter() - begun)
    begun = time.perf_counter()
    assert len(store.ids()) == RUNS
    timed("all ids, newest first", time.perf_counter() - begun)
    begun = time.perf_counter()
    assert len(store.ids(kind="prediction")) == RUNS - TRAININGS
    timed("all predictions' ids", time.perf_counter() - begun)
    begun = time.perf_counter()
    assert len(store.ids(kind="training")) == TRAININGS
    timed("all trainings' ids", time.perf_counter() - begun)
    for words in (["her"], ["heron", "moon", "sea"], ["model-3"], ["nothing-like-it"], ["s"], ["->"], ["鹭"]):
        begun = time.perf_counter()
        found = len(store.ids(words))
        timed(f"{found:,} found by {' '.join(words)!r}", time.perf_counter() - begun)
    for text in FILTERS:
        begun = time.perf_counter()
        number = len(store.ids(wanted=filters.parse(text)))
        timed(f"{number:,} let through by {text!r}", time.perf_counter() - begun)
    for column in ORDERS:
        begun = time.perf_counter()
        store.ids(order=Order(column, descending=True))
        timed(f"all, by {column}", time.perf_counter() - begun)
    asyncio.run(_change(store, timed))
    asyncio.run(database.close())


async def _change(store: Store, timed: Callable[[str, float], None]) -> None:
    """What a change of a run, and a new one, cost a list that is shown."""
    for words in ([], ["heron"], ["heron", "moon", "sea"]):
        listing = Listing(store, "prediction")
        listing.ids(words)
        for what, run_id in (("change", f"{3:026}"), ("new run", f"new {words}")):
            text = {"prompt": " ".join(WORDS)}
            raw = {
                "id": run_id,
                "model": "acme/model-1",
                "status": "failed",
                "input": text,
                "error": " ".join(words) or "no",
            }
            await store.put(Prediction.of(raw), now=time.time())
            begun = time.perf_counter()
            listing.ids(words)
            timed(f"{what}, listed by {' '.join(words)!r}", time.perf_counter() - begun)


async def _show() -> None:
    app = ReplicateApp(load(Flags()))
    async with app.run_test(size=(160, 48)) as pilot:
        driver = Driver(app, pilot)
        await driver.until(lambda: app.session, "the session")
        begun = time.perf_counter()
        await driver.press("2")
        await driver.shows("newest first")
        _say(f"{'Predictions mode shown':<44} {(time.perf_counter() - begun) * 1000:8.1f} ms")
        for key in ("down", "pagedown"):
            took = sorted([await _work(driver, key) for _ in range(KEYS)])
            _say(f"{key:<44} {statistics.median(took):8.1f} ms   p95 {took[int(len(took) * 0.95)]:.1f} ms")


async def _work(driver: Driver, key: str) -> float:
    """Milliseconds of the processor for a key."""
    begun = time.process_time()
    await driver.press(key)
    return (time.process_time() - begun) * 1000


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
