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
from tests.core.watched import NEVER, SOON, last, lists, paced, put, singles, watching
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
    history = History()
    history.put(run_object("r1"))
    server.script = history
    await put(store, run_object("r1"))

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

    history = History()
    history.put(run_object("r1"))
    server.script = history
    await put(store, run_object("r1"))
    async with watching(client, store, usual=usual) as watcher:
        with watcher.following("r1"):
            await eventually(lambda: len(singles(server)) >= 8, "looks near the end")
    assert set(asked) == {"acme/painter"}
    waited = server.asked[-1].at - server.asked[0].at
    assert waited >= 0.3, "none of them came long before it"


async def test_a_run_followed_when_the_clock_has_just_begun_is_fetched_at_once(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = time.monotonic()

    paced(monkeypatch, followed=NEVER)
    history = History()
    history.put(run_object("r1", "succeeded", logs="all"))
    server.script = history
    await put(store, run_object("r1"))
    async with watching(client, store, clocks=Clocks(lambda: time.monotonic() - begun)) as watcher:
        assert (await last(watcher, store, "r1")).logs == "all"


async def test_many_active_runs_are_covered_by_one_list_request_a_round(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, pages_active=SOON)
    history = History()
    history.put(*(run_object(f"r{n}") for n in range(50)))
    server.script = history
    await put(store, *history.runs.values())
    async with watching(client, store):
        await eventually(lambda: len(lists(server)) >= 4, "four rounds")
    assert singles(server) == []
    times = [asked.at for asked in lists(server)]
    assert min(after - before for before, after in pairwise(times)) >= SOON / 2


async def test_runs_on_older_pages_are_covered_by_those_pages(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, pages_active=NEVER)
    history = History(pages=[[], []])
    history.put(*(run_object(f"new{n}") for n in range(20)))
    older = {f"old{n}": run_object(f"old{n}") for n in range(20)}
    await put(store, *history.runs.values(), *older.values())
    history.runs |= {run_id: {**run, "output": "half"} for run_id, run in older.items()}
    history.pages[1] = list(older)
    server.script = history
    async with watching(client, store):
        await eventually(lambda: all(store.run(each).prediction.output == "half" for each in older), "page two")  # type: ignore[union-attr]
    assert [asked.query.get("cursor") for asked in lists(server)] == [None, "1"]
    assert singles(server) == []


async def test_a_run_that_left_the_pages_is_fetched_singly_in_turn(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, pages_active=SOON, stray_interval=SOON, stray_spacing=0.0)
    history = History()
    history.put(run_object("new"))
    history.runs |= {"old1": run_object("old1"), "old2": run_object("old2")}
    server.script = history
    await put(store, *history.runs.values())
    async with watching(client, store):
        await eventually(lambda: len(singles(server)) >= 6, "six single looks")
        asked = singles(server)[:6]
        assert {*asked} == {"old1", "old2"}
        assert all(first != second for first, second in pairwise(asked))
        history.runs["old1"] = run_object("old1", "succeeded", logs="all")
        await eventually(lambda: "old1" not in store.active, "its end")
    assert store.run("old1").logs == "all"  # type: ignore[union-attr]


async def test_single_looks_at_runs_off_the_pages_keep_their_distance(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, pages_active=NEVER, stray_interval=0.0, stray_spacing=0.1)
    history = History()
    history.runs |= {f"old{n}": run_object(f"old{n}") for n in range(30)}
    server.script = history
    await put(store, *history.runs.values())
    async with watching(client, store):
        await eventually(lambda: len(singles(server)) >= 4, "four single looks")
    times = [asked.at for asked in server.asked if asked.path != "/v1/predictions"]
    assert min(after - before for before, after in pairwise(times)) >= 0.09


# -- one at a time ------


async def test_a_refresh_in_flight_is_not_doubled(server: Scripted, client: Client, store: Store) -> None:
    history = History()
    history.put(run_object("r1"))
    may_answer = asyncio.Event()

    async def script(asked: Asked) -> Reply:
        await may_answer.wait()
        return history(asked)

    server.script = script
    await put(store, run_object("r1"))
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
    history = History()
    history.put(run_object("r1"))
    server.script = history
    await put(store, run_object("r1"))
    async with watching(client, store) as watcher:
        with watcher.following("r1"):
            await eventually(lambda: len(singles(server)) > 2, "single looks")
            assert lists(server) == []
        await eventually(lambda: lists(server), "a page")
