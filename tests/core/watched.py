"""What the watcher's tests share: a watcher that runs, its intervals set, and what it asked for."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any

import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.resources import Prediction
from replicate_tui.core.history.runs import Run
from replicate_tui.core.history.store import Connection, Store
from replicate_tui.core.watching import connection, looks, pace, pages, spare, waits, walking
from replicate_tui.core.watching.watcher import Watcher
from tests.core.scripted import Asked, History, Scripted, run_object
from tests.waiting import TIME_LIMIT

SOON = 0.02
"""Seconds between refreshes where a test wants many."""
NEVER = 1000.0
"""Seconds between refreshes where a test wants no second one."""

_WHERE: dict[str, ModuleType] = {
    "pages_active": pace,
    "pages_idle": pace,
    "slowest": pace,
    "fastest": pace,
    "stray_interval": pages,
    "few_strays": pages,
    "rate": spare,
    "longest": spare,
    "logs_spacing": looks,
    "first_backoff": connection,
    "longest_backoff": connection,
    "slice": waits,
    "spacing": walking,
    "unreadable": walking,
}


def paced(monkeypatch: pytest.MonkeyPatch, **intervals: float) -> None:
    """Set the watcher's intervals, in seconds, by their names; `followed` stands for both of a followed run's."""
    if "followed" in intervals:
        intervals["slowest"] = intervals["fastest"] = intervals.pop("followed")
    for name, value in intervals.items():
        monkeypatch.setattr(_WHERE[name], name.upper(), value)


@asynccontextmanager
async def watching(client: Client, store: Store, **options: Any) -> AsyncIterator[Watcher]:
    """A watcher that runs while the block lasts; `listing` may be among its options. A bug in it is raised."""
    listing = options.pop("listing", False)
    watcher = Watcher(client, store, **options)
    watcher.listing = listing
    task = asyncio.create_task(watcher.run())
    try:
        yield watcher
    finally:
        task.cancel()
        [ended] = await asyncio.gather(task, return_exceptions=True)
    assert isinstance(ended, asyncio.CancelledError), ended


async def put(store: Store, *objects: dict[str, Any]) -> None:
    """Have the store know these runs."""
    for each in objects:
        await store.put(Prediction.of(each), now=time.time())


async def begun(server: Scripted, store: Store, *objects: dict[str, Any]) -> History:
    """An account whose page one tells of these runs; the store knows them as they were before, at work."""
    history = History()
    history.put(*objects)
    server.script = history
    await put(store, *(run_object(each["id"], urls=each["urls"]) for each in objects))
    return history


async def last(watcher: Watcher, store: Store, run_id: str) -> Run:
    """The run as its follower saw it last."""
    async with asyncio.timeout(TIME_LIMIT):
        async for _ in watcher.follow(run_id):
            pass
    run = store.run(run_id)
    assert run is not None
    return run


def singles(server: Scripted) -> list[str]:
    """Ids of the runs that were asked for, in order."""
    return [path.rpartition("/")[2] for path in server.paths("/v1/predictions/")]


def lists(server: Scripted) -> list[Asked]:
    """The list pages that were asked for, in order."""
    return [asked for asked in server.asked if asked.path == "/v1/predictions"]


def connections(store: Store) -> list[Connection]:
    """Every state of the connection from now on."""
    seen: list[Connection] = []
    store.subscribe_connection(seen.append)
    return seen
