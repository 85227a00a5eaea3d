"""The watcher against a scripted server: what is asked for, and when."""

import asyncio
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.api.client import Client
from replicate_tui.core.history.store import Store
from replicate_tui.core.watching import pace
from replicate_tui.core.watching.waits import Clocks
from replicate_tui.core.watching.watcher import Watcher
from tests.core.scripted import SCOPE, Asked, History, Reply, Scripted, opened, run_object, says
from tests.core.watched import NEVER, SOON, begun, last, lists, paced, put, singles, watching
from tests.waiting import eventually


class CountingStore(Store):
    """Counts how often somebody looks which runs are active: the watcher does, whenever it wakes up."""

    looks = 0

    @property
    def active(self) -> frozenset[str]:
        self.looks += 1
        return super().active


# -- when nothing is due ------


async def test_with_nothing_active_and_no_list_shown_nothing_is_asked_and_nothing_wakes_up(
    server: Scripted, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    timers: list[asyncio.Task[Any] | None] = []
    loop = asyncio.get_running_loop()
    call_at = loop.call_at

    def noting(*given: Any, **named: Any) -> asyncio.TimerHandle:
        timers.append(asyncio.current_task())
        return call_at(*given, **named)

    monkeypatch.setattr(loop, "call_at", noting)
    server.script = lambda asked: says({"username": "acme"})
    async with opened(tmp_path / "history.db") as plain:
        store = CountingStore(plain.database, SCOPE)
        await put(store, run_object("r1", "succeeded"))
        task = asyncio.create_task(Watcher(client, store).run())
        await client.account()  # the loop turns meanwhile
        looks = store.looks
        await client.account()
        assert looks > 0
        assert store.looks == looks
        assert task not in timers
        assert server.paths() == ["/v1/account"] * 2
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_run_that_becomes_active_by_anybodys_answer_wakes_it_up(
    server: Scripted, client: Client, tmp_path: Path
) -> None:
    history = History()
    history.put(run_object("r1", "succeeded"))
    server.script = history
    async with opened(tmp_path / "history.db") as plain:
        store = CountingStore(plain.database, SCOPE)
        async with watching(client, store):
            await eventually(lambda: store.looks, "its first look")
            await put(store, run_object("r1"))
            await eventually(lambda: not store.active, "the end")
    assert len(lists(server)) == 1


# -- how often ------


async def test_a_followed_run_is_fetched_singly_with_growing_intervals(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, fastest=0.01, slowest=0.2)
    monkeypatch.setattr(pace, "_SLOWING", 2.0)
    await begun(server, store, run_object("r1"))

    def gaps() -> list[float]:
        return [after.at - before.at for before, after in pairwise(server.asked)]

    async with watching(client, store) as watcher:
        with watcher.following("r1"):
            await eventually(lambda: sum(gap >= 0.19 for gap in gaps()) >= 2, "the slow intervals")
    assert set(server.paths()) == {"/v1/predictions/r1"}
    first_slow = next(n for n, gap in enumerate(gaps()) if gap >= 0.19)
    assert first_slow >= 3
    assert min(gaps()[first_slow:]) >= 0.19


async def test_a_run_is_looked_at_often_near_the_usual_end_of_its_models_runs(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, fastest=0.01, slowest=NEVER)
    monkeypatch.setattr(pace, "_SLOWING", 0.001)
    asked: list[str] = []

    def usual(model: str) -> float | None:
        asked.append(model)
        return 0.4

    await begun(server, store, run_object("r1"))
    async with watching(client, store, usual=usual) as watcher:
        with watcher.following("r1"):
            await eventually(lambda: len(singles(server)) >= 8, "looks near the end")
    assert set(asked) == {"acme/painter"}
    waited = server.asked[-1].at - server.asked[0].at
    assert waited >= 0.3, "none of them came long before it"


async def test_a_run_followed_when_the_clock_has_just_begun_is_fetched_at_once(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    beginning = time.monotonic()
    paced(monkeypatch, followed=NEVER)
    await begun(server, store, run_object("r1", "succeeded", logs="all"))
    async with watching(client, store, clocks=Clocks(lambda: time.monotonic() - beginning)) as watcher:
        assert (await last(watcher, store, "r1")).logs == "all"


async def test_many_active_runs_are_covered_by_one_list_request_a_round(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, pages_active=SOON)
    await begun(server, store, *(run_object(f"r{n}") for n in range(50)))
    async with watching(client, store):
        await eventually(lambda: len(lists(server)) >= 4, "four rounds")
    assert singles(server) == []
    times = [asked.at for asked in lists(server)]
    assert min(after - before for before, after in pairwise(times)) >= SOON / 2


# -- one at a time ------


async def test_a_refresh_in_flight_is_not_doubled(server: Scripted, client: Client, store: Store) -> None:
    history = await begun(server, store, run_object("r1"))
    may_answer = asyncio.Event()

    async def script(asked: Asked) -> Reply:
        await may_answer.wait()
        return history(asked)

    server.script = script
    async with watching(client, store) as watcher:
        await eventually(lambda: server.asked, "the page")
        for _ in range(5):
            watcher.refresh()
            watcher.wake()
        await put(store, run_object("r2"))
        may_answer.set()
        await eventually(lambda: store.connection.state == "online", "the answer")
    assert server.most_open == 1
    assert len(lists(server)) == 1


async def test_a_run_that_is_followed_no_more_is_covered_by_the_list_again(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, followed=SOON, pages_active=SOON)
    await begun(server, store, run_object("r1"))
    async with watching(client, store) as watcher:
        with watcher.following("r1"):
            await eventually(lambda: len(singles(server)) > 2, "single looks")
            assert lists(server) == []
        await eventually(lambda: lists(server), "a page")
