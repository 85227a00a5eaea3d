"""The watcher against a scripted server: what is asked, when, and what comes of trouble."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.errors import NetworkError, NotFound, RateLimited, Unauthorized
from replicate_tui.api.resources import Prediction
from replicate_tui.core import streaming
from replicate_tui.core import watcher as watcher_module
from replicate_tui.core.runs import Run
from replicate_tui.core.store import Connection, Store
from replicate_tui.core.watcher import Watcher
from tests.core.scripted import (
    HANG_UP,
    SCOPE,
    Asked,
    History,
    Reply,
    Scripted,
    event,
    opened,
    problem,
    run_object,
    says,
)
from tests.waiting import TIME_LIMIT, eventually

SOON = 0.02
"""Seconds between refreshes where a test wants many."""
NEVER = 1000.0
"""Seconds between refreshes where a test wants no second one."""


class CountingStore(Store):
    """Counts how often somebody looks which runs are active: the watcher does, whenever it wakes up."""

    looks = 0

    @property
    def active(self) -> frozenset[str]:
        self.looks += 1
        return super().active


@pytest.fixture
def intervals(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets the watcher's intervals, in seconds, by their names."""

    def be(**values: float) -> None:
        if "followed" in values:
            monkeypatch.setattr(watcher_module, "_AGES", ())
            monkeypatch.setattr(watcher_module, "_SLOWEST", values.pop("followed"))
        for name, value in values.items():
            monkeypatch.setattr(watcher_module, name.upper(), value)

    return be


@asynccontextmanager
async def watching(client: Client, store: Store, **options: Any) -> AsyncIterator[Watcher]:
    watcher = Watcher(client, store, **options)
    task = asyncio.create_task(watcher.run())
    try:
        yield watcher
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def put(store: Store, *objects: dict[str, Any]) -> None:
    for each in objects:
        await store.put(Prediction.of(each), now=time.time())


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
    return [asked for asked in server.asked if asked.path == "/v1/predictions"]


def connections(store: Store) -> list[Connection]:
    """Every state of the connection from now on."""
    seen: list[Connection] = []
    store.subscribe_connection(seen.append)
    return seen


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
    monkeypatch.setattr(watcher_module, "_AGES", ((0.4, 0.01),))
    monkeypatch.setattr(watcher_module, "_SLOWEST", 0.5)
    history = History()
    history.put(run_object("r1"))
    server.script = history
    await put(store, run_object("r1"))

    def gaps() -> list[float]:
        return [after.at - before.at for before, after in pairwise(server.asked)]

    async with watching(client, store) as watcher:
        with watcher.following("r1"):
            await eventually(lambda: sum(gap >= 0.45 for gap in gaps()) >= 2, "the slow intervals")
    assert set(server.paths()) == {"/v1/predictions/r1"}
    first_slow = next(n for n, gap in enumerate(gaps()) if gap >= 0.45)
    assert first_slow >= 3
    assert min(gaps()[first_slow:]) >= 0.45


async def test_a_run_followed_when_the_clock_has_just_begun_is_fetched_at_once(
    server: Scripted, client: Client, store: Store, intervals: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = time.monotonic()

    class Clock:
        time = staticmethod(time.time)

        @staticmethod
        def monotonic() -> float:
            return time.monotonic() - begun

    monkeypatch.setattr(watcher_module, "time", Clock)
    intervals(followed=NEVER)
    history = History()
    history.put(run_object("r1", "succeeded", logs="all"))
    server.script = history
    await put(store, run_object("r1"))
    async with watching(client, store) as watcher:
        assert (await last(watcher, store, "r1")).logs == "all"


async def test_many_active_runs_are_covered_by_one_list_request_a_round(
    server: Scripted, client: Client, store: Store, intervals: Callable[..., None]
) -> None:
    intervals(page_interval_active=SOON)
    history = History()
    history.put(*(run_object(f"r{n}") for n in range(50)))
    server.script = history
    await put(store, *history.runs.values())
    async with watching(client, store):
        await eventually(lambda: len(lists(server)) >= 4, "four rounds")
    assert singles(server) == []
    times = [asked.at for asked in lists(server)]
    assert min(after - before for before, after in pairwise(times)) >= SOON


async def test_runs_on_older_pages_are_covered_by_those_pages(
    server: Scripted, client: Client, store: Store, intervals: Callable[..., None]
) -> None:
    intervals(page_interval_active=NEVER)
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
    server: Scripted, client: Client, store: Store, intervals: Callable[..., None]
) -> None:
    intervals(page_interval_active=SOON, stray_interval=SOON, stray_spacing=0.0)
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
    server: Scripted, client: Client, store: Store, intervals: Callable[..., None]
) -> None:
    intervals(page_interval_active=NEVER, stray_interval=0.0, stray_spacing=0.1)
    history = History()
    history.runs |= {f"old{n}": run_object(f"old{n}") for n in range(30)}
    server.script = history
    await put(store, *history.runs.values())
    async with watching(client, store):
        await eventually(lambda: len(singles(server)) >= 4, "four single looks")
    times = [asked.at for asked in server.asked if asked.path != "/v1/predictions"]
    assert min(after - before for before, after in pairwise(times)) >= 0.09


# -- the end of a run ------


async def test_a_run_that_ends_on_a_page_is_fetched_once_more_for_its_logs(
    server: Scripted, client: Client, store: Store, intervals: Callable[..., None]
) -> None:
    intervals(page_interval_active=SOON)
    history = History()
    history.put(run_object("r1"), run_object("r2"))
    server.script = history
    await put(store, *history.runs.values())
    shown: list[tuple[bool, str]] = []

    def note(run_id: str) -> None:
        run = store.run(run_id)
        assert run is not None
        shown.append((run.over, run.logs))

    async with watching(client, store):
        await eventually(lambda: lists(server), "a page")
        store.subscribe(note)
        history.put(run_object("r1", "failed", logs="why\n"))
        await eventually(lambda: "r1" not in store.active, "its end")
        before = len(lists(server))
        await eventually(lambda: len(lists(server)) > before + 2, "more pages")
    assert singles(server) == ["r1"]
    assert shown == [(True, "why\n")]


async def test_a_last_look_that_fails_is_made_again(
    server: Scripted, client: Client, store: Store, intervals: Callable[..., None]
) -> None:
    intervals(page_interval_active=SOON, first_backoff=SOON)
    history = History()
    history.put(run_object("r1", "succeeded", logs="all"))
    failing = True
    server.script = lambda asked: HANG_UP if failing and asked.path != "/v1/predictions" else history(asked)
    await put(store, run_object("r1"))
    async with watching(client, store):
        await eventually(lambda: store.connection.state == "offline", "trouble")
        assert store.run("r1").active  # type: ignore[union-attr]
        failing = False
        await eventually(lambda: not store.active, "its end")
    assert store.run("r1").logs == "all"  # type: ignore[union-attr]


async def test_a_run_that_ended_and_cannot_be_fetched_any_more_ended_all_the_same(
    server: Scripted, client: Client, store: Store
) -> None:
    history = History()
    history.put(run_object("r1", "succeeded"))
    server.script = lambda asked: history(asked) if asked.path == "/v1/predictions" else problem(404)
    await put(store, run_object("r1"))
    async with watching(client, store):
        await eventually(lambda: not store.active, "its end")
    assert store.run("r1").status == "succeeded"  # type: ignore[union-attr]


async def test_a_follower_gets_the_last_logs_of_a_run_that_a_page_told_to_be_over(
    server: Scripted, client: Client, store: Store, intervals: Callable[..., None]
) -> None:
    intervals(followed=NEVER, page_interval_active=SOON)
    history = History()
    history.put(run_object("r1", logs="half"), run_object("other"))
    server.script = history
    await put(store, *history.runs.values())
    async with watching(client, store) as watcher:
        following = asyncio.create_task(last(watcher, store, "r1"))
        await eventually(lambda: singles(server), "the first look")
        history.put(run_object("r1", "succeeded", logs="half and half"))
        assert (await following).logs == "half and half"


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
    server: Scripted, client: Client, store: Store, intervals: Callable[..., None]
) -> None:
    intervals(followed=SOON, page_interval_active=SOON)
    history = History()
    history.put(run_object("r1"))
    server.script = history
    await put(store, run_object("r1"))
    async with watching(client, store) as watcher:
        with watcher.following("r1"):
            await eventually(lambda: len(singles(server)) > 2, "single looks")
            assert lists(server) == []
        await eventually(lambda: lists(server), "a page")


# -- trouble ------


async def test_without_a_network_the_tries_become_rarer_up_to_a_bound(
    server: Scripted, client: Client, store: Store, intervals: Callable[..., None]
) -> None:
    intervals(first_backoff=100.0, longest_backoff=300.0)
    await put(store, run_object("r1"))
    waits: list[float] = []

    def note(now: Connection) -> None:
        assert now.state == "offline"
        assert now.retry_at is not None
        assert "no connection to 127.0.0.1" in now.reason
        waits.append(now.retry_at - time.monotonic())

    store.subscribe_connection(note)
    await server.stop()
    async with watching(client, store) as watcher:
        for tries in range(1, 5):
            await eventually(lambda: len(waits) >= tries, "a try")  # noqa: B023
            watcher.wake()
    assert waits[:4] == pytest.approx([100, 200, 300, 300], abs=50)


async def test_it_comes_back_by_itself_when_the_network_does(
    server: Scripted, client: Client, store: Store, intervals: Callable[..., None]
) -> None:
    intervals(first_backoff=SOON, longest_backoff=SOON)
    history = History()
    history.put(run_object("r1", "succeeded"))
    server.script = history
    await put(store, run_object("r1"))
    states = connections(store)
    await server.stop()
    async with watching(client, store):
        await eventually(lambda: len(states) >= 3, "three tries")
        await server.start()
        await eventually(lambda: not store.active, "the run's end")
        await eventually(lambda: store.connection == Connection("online"), "the news")
    assert {state.state for state in states} == {"offline", "online"}


async def test_a_refresh_ends_the_wait_for_the_network_at_once(
    server: Scripted, client: Client, store: Store, intervals: Callable[..., None]
) -> None:
    intervals(first_backoff=NEVER, followed=NEVER)
    history = History()
    history.put(run_object("r1", "succeeded", logs="all"))
    server.script = history
    await put(store, run_object("r1"))
    await server.stop()
    async with watching(client, store) as watcher:
        following = asyncio.create_task(last(watcher, store, "r1"))
        await eventually(lambda: store.connection.state == "offline", "trouble")
        await server.start()
        watcher.refresh()
        assert (await following).logs == "all"


async def test_the_next_try_comes_when_it_was_announced_even_where_lists_are_seldom(
    server: Scripted, client: Client, store: Store, intervals: Callable[..., None]
) -> None:
    intervals(first_backoff=SOON, page_interval_idle=NEVER)
    failing = True
    server.script = lambda asked: HANG_UP if failing else History()(asked)
    async with watching(client, store) as watcher:
        watcher.listing = True
        watcher.wake()
        await eventually(lambda: store.connection.state == "offline", "trouble")
        failing = False
        await eventually(lambda: store.connection.state == "online", "the next try")


async def test_a_token_that_is_refused_ends_the_asking_until_somebody_wants_to_know(
    server: Scripted, client: Client, store: Store, intervals: Callable[..., None]
) -> None:
    intervals(first_backoff=SOON, followed=SOON)
    history = History()
    history.put(run_object("r1", "succeeded"))
    server.script = lambda asked: problem(401, "Invalid token.")
    await put(store, run_object("r1"))
    states = connections(store)
    async with watching(client, store) as watcher:
        with pytest.raises(Unauthorized):
            await last(watcher, store, "r1")
        assert store.connection.state == "unauthorized"
        assert "Invalid token." in store.connection.reason
        assert store.connection.retry_at is None
        with pytest.raises(Unauthorized):
            await last(watcher, store, "r1")
        assert len(server.asked) == 2
        server.script = history
        watcher.wake()
        await eventually(lambda: store.connection.state == "online", "a better answer")
    assert [state.state for state in states] == ["unauthorized", "online"]


async def test_a_run_that_may_not_be_read_is_the_trouble_of_its_followers_only(
    server: Scripted, client: Client, store: Store, intervals: Callable[..., None]
) -> None:
    intervals(page_interval_active=SOON)
    history = History()
    history.put(run_object("r1"), run_object("r2"))
    server.script = lambda asked: problem(403) if asked.path.endswith("/r1") else history(asked)
    await put(store, *history.runs.values())
    async with watching(client, store) as watcher:
        with pytest.raises(Unauthorized):
            await last(watcher, store, "r1")
        await eventually(lambda: len(lists(server)) > 2, "pages")
        assert store.connection.state == "online"


async def test_when_throttled_it_waits_at_least_as_long_as_it_is_told(
    server: Scripted, client: Client, store: Store, intervals: Callable[..., None]
) -> None:
    intervals(first_backoff=0.01, followed=SOON)
    history = History()
    history.put(run_object("r1", "succeeded"))
    tries = 4  # the client itself tries so often
    server.script = lambda asked: (
        problem(429, "slow down", Retry_After="0.3") if len(server.asked) <= tries else history(asked)
    )
    await put(store, run_object("r1"))
    states = connections(store)
    async with watching(client, store) as watcher:
        following = asyncio.create_task(last(watcher, store, "r1"))
        await eventually(lambda: store.connection.state == "throttled", "the throttle")
        for _ in range(5):
            watcher.wake()
        await following
        await eventually(lambda: store.connection.state == "online", "the end of the round")
    assert len(server.asked) == tries + 1
    assert server.asked[-1].at - server.asked[-2].at >= 0.3
    assert [state.state for state in states] == ["throttled", "online"]
    assert "slow down" in states[0].reason


async def test_somebody_may_try_again_although_throttled(
    server: Scripted, client: Client, store: Store, intervals: Callable[..., None]
) -> None:
    history = History()
    history.put(run_object("r1", "succeeded"))
    server.script = lambda asked: problem(429, "slow down", Retry_After="50")
    await put(store, run_object("r1"))
    async with watching(client, store) as watcher:
        following = asyncio.create_task(last(watcher, store, "r1"))
        await eventually(lambda: store.connection.state == "throttled", "the throttle")
        server.script = history
        watcher.refresh()
        assert (await following).status == "succeeded"


async def test_a_run_that_the_api_does_not_know_ends_its_follow_and_is_asked_for_no_more(
    server: Scripted, client: Client, store: Store, intervals: Callable[..., None]
) -> None:
    intervals(followed=SOON, page_interval_active=SOON, stray_interval=SOON, stray_spacing=0.0)
    history = History()
    history.put(run_object("other"))
    server.script = history
    await put(store, run_object("gone"), run_object("other"))
    async with watching(client, store) as watcher:
        with pytest.raises(NotFound):
            await last(watcher, store, "gone")
        before = len(lists(server))
        await eventually(lambda: len(lists(server)) > before + 2, "pages")
        assert singles(server) == ["gone"]
        with pytest.raises(NotFound):
            await last(watcher, store, "gone")
        assert singles(server) == ["gone", "gone"]


async def test_with_only_lost_runs_left_it_comes_to_rest(
    server: Scripted, client: Client, store: Store, intervals: Callable[..., None]
) -> None:
    intervals(page_interval_active=SOON, stray_interval=SOON, stray_spacing=0.0)
    server.script = lambda asked: says({"username": "acme"}) if asked.path == "/v1/account" else History()(asked)
    await put(store, run_object("gone"))
    async with watching(client, store):
        await eventually(lambda: singles(server), "the look at it")
        await eventually(lambda: server.open == 0, "the answer")
        before = len(server.asked)
        while len(server.paths("/v1/account")) < 20:
            await client.account()
        assert len(server.asked) - before <= 20 + 1


async def test_patience_ends_the_follow_and_not_the_run(
    server: Scripted, client: Client, store: Store, intervals: Callable[..., None]
) -> None:
    intervals(first_backoff=SOON, longest_backoff=SOON)
    await put(store, run_object("r1"))
    await server.stop()
    begun = time.monotonic()
    async with watching(client, store, patience=0.2) as watcher:
        with pytest.raises(NetworkError, match="no connection"):
            await last(watcher, store, "r1")
    assert time.monotonic() - begun >= 0.2
    assert store.run("r1").active  # type: ignore[union-attr]
    assert store.active == {"r1"}


async def test_patience_ends_at_once_when_the_server_asks_for_more_than_it(
    server: Scripted, client: Client, store: Store
) -> None:
    server.script = lambda asked: problem(429, "slow down", Retry_After="600")
    await put(store, run_object("r1"))
    async with watching(client, store, patience=60.0) as watcher:
        with pytest.raises(RateLimited):
            await last(watcher, store, "r1")


async def test_without_patience_a_follower_waits_for_the_network(
    server: Scripted, client: Client, store: Store, intervals: Callable[..., None]
) -> None:
    intervals(first_backoff=SOON, longest_backoff=SOON)
    history = History()
    history.put(run_object("r1", "succeeded"))
    server.script = history
    await put(store, run_object("r1"))
    states = connections(store)
    await server.stop()
    async with watching(client, store) as watcher:
        following = asyncio.create_task(last(watcher, store, "r1"))
        await eventually(lambda: len(states) >= 3, "three tries")
        await server.start()
        assert (await following).status == "succeeded"


# -- streams ------


def streamed(run_id: str, server: Scripted, **values: Any) -> dict[str, Any]:
    return run_object(run_id, urls={"stream": f"{server.url}/stream/{run_id}"}, **values)


def tokens(run: Run | None) -> list[str]:
    assert run is not None
    return run.prediction.output or []


async def test_a_stream_that_breaks_half_way_falls_back_to_fetching_and_loses_nothing(
    server: Scripted, client: Client, store: Store
) -> None:
    words = ["Grey", " herons", " wade", " slowly", "."]
    history = History()
    history.put(streamed("r1", server))
    broken = 0

    async def three(again: bool) -> AsyncIterator[bytes]:
        nonlocal broken
        broken += 1
        for number, word in enumerate([] if again else words[:3]):
            yield event("output", word, number)

    def script(asked: Asked) -> Reply:
        if asked.path.startswith("/stream/"):
            return three("last-event-id" in asked.headers)
        if tokens(store.run("r1")) == words[:3]:
            history.put(run_object("r1", "succeeded", output=words, logs="5 tokens\n"))
        return history(asked)

    server.script = script
    await put(store, streamed("r1", server))
    async with watching(client, store) as watcher:
        async with asyncio.timeout(TIME_LIMIT):
            seen = [list(tokens(store.run("r1"))) async for _ in watcher.follow("r1")]
    assert broken > 1
    assert [len(each) for each in seen] == sorted(len(each) for each in seen)
    assert words[:3] in seen
    assert seen[-1] == words
    assert store.run("r1").logs == "5 tokens\n"  # type: ignore[union-attr]


async def test_a_flood_of_tokens_reaches_the_store_ten_times_a_second_and_wholly(
    server: Scripted, client: Client, store: Store, intervals: Callable[..., None]
) -> None:
    intervals(followed=NEVER)
    history = History()
    history.put(streamed("r1", server))
    told: list[float] = []
    more = asyncio.Event()

    async def flood() -> AsyncIterator[bytes]:
        for number in range(200):
            yield event("output", f"{number} ", number)
            await asyncio.to_thread(int)  # so that they arrive one by one
        await more.wait()
        for number in range(200, 400):
            yield event("output", f"{number} ", number)
        yield event("logs", "400 tokens", 400)
        yield event("done", "{}", 401)

    held = asyncio.Event()

    async def script(asked: Asked) -> Reply:
        if asked.path.startswith("/stream/"):
            return flood()
        await held.wait()
        return history(asked)

    server.script = script
    await put(store, streamed("r1", server))
    store.subscribe(lambda _: told.append(time.monotonic()))
    async with watching(client, store) as watcher:
        with watcher.following("r1"):
            await eventually(lambda: len(tokens(store.run("r1"))) == 200, "the first half")
            more.set()
            await eventually(lambda: singles(server), "the look after the stream")
            run = store.run("r1")
            assert tokens(run) == [f"{number} " for number in range(400)]
            assert run is not None
            assert run.logs == "400 tokens"
            held.set()
    assert len(told) <= (told[-1] - told[0]) / streaming.FLUSH_INTERVAL + 2
    reopened = Store(store.database, store.scope)
    assert len(tokens(reopened.run("r1"))) == 400


async def test_leaving_early_ends_the_stream_and_coming_back_begins_it_anew(
    server: Scripted, client: Client, store: Store, intervals: Callable[..., None]
) -> None:
    intervals(followed=NEVER)
    history = History()
    history.put(streamed("r1", server))
    await put(store, streamed("r1", server))

    async def first_and_silence() -> AsyncIterator[bytes]:
        yield event("output", "Once", 0)
        await asyncio.Event().wait()

    server.script = lambda asked: first_and_silence() if asked.path.startswith("/stream/") else history(asked)
    async with watching(client, store) as watcher:
        for times in (1, 2):
            async with aclosing(watcher.follow("r1")) as changes:
                await anext(changes)
                await eventually(lambda: server.paths("/stream/") == ["/stream/r1"] * times, "the stream")  # noqa: B023
                await eventually(lambda: tokens(store.run("r1")), "a token")
            await eventually(lambda: server.open == 0, "the stream's end")
    assert server.paths("/stream/") == ["/stream/r1"] * 2


async def test_a_stream_that_goes_silent_for_ever_does_not_hide_the_end(
    server: Scripted, client: Client, store: Store, intervals: Callable[..., None]
) -> None:
    intervals(followed=SOON)
    history = History()
    history.put(streamed("r1", server))

    async def silence() -> AsyncIterator[bytes]:
        yield b": hi\n\n"
        history.put(run_object("r1", "succeeded", output=["all"], logs="logs"))
        await asyncio.Event().wait()

    server.script = lambda asked: silence() if asked.path.startswith("/stream/") else history(asked)
    await put(store, streamed("r1", server))
    async with watching(client, store) as watcher:
        run = await last(watcher, store, "r1")
    assert (run.status, tokens(run), run.logs) == ("succeeded", ["all"], "logs")


async def test_a_stream_that_is_refused_is_not_asked_for_again(
    server: Scripted, client: Client, store: Store, intervals: Callable[..., None]
) -> None:
    intervals(followed=SOON)
    history = History()
    history.put(streamed("r1", server))
    server.script = lambda asked: problem(404) if asked.path.startswith("/stream/") else history(asked)
    await put(store, streamed("r1", server))
    async with watching(client, store) as watcher:
        following = asyncio.create_task(last(watcher, store, "r1"))
        await eventually(lambda: len(singles(server)) >= 3, "three looks")
        history.put(run_object("r1", "succeeded"))
        await following
    assert len(server.paths("/stream/")) == 1


async def test_a_bug_in_reading_a_stream_is_raised_where_the_watcher_runs(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(url: str) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(client.predictions, "stream", broken)
    await put(store, streamed("r1", server))
    watcher = Watcher(client, store)
    with watcher.following("r1"), pytest.raises(ExceptionGroup) as raised:
        await asyncio.wait_for(watcher.run(), TIME_LIMIT)
    assert raised.group_contains(ZeroDivisionError)


async def test_a_bug_in_keeping_a_stream_is_raised_although_the_stream_goes_on(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(store, streamed("r1", server))

    async def endless() -> AsyncIterator[bytes]:
        yield event("output", "Once", 0)
        await asyncio.Event().wait()

    def broken(*given: object) -> None:
        raise ZeroDivisionError("a bug")

    server.script = lambda asked: endless()
    monkeypatch.setattr(streaming.Prediction, "of", broken)
    watcher = Watcher(client, store)
    with watcher.following("r1"), pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(watcher.run(), TIME_LIMIT)
