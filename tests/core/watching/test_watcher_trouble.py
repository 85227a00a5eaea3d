"""The watcher in trouble: what becomes of the connection's state, of its asking, and of those who follow a run."""

import asyncio
import time

import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.errors import NetworkError, NotFound, RateLimited, Unauthorized
from replicate_tui.core.history.store import Connection, Store
from tests.core.scripted import HANG_UP, History, Reply, Scripted, problem, run_object, says
from tests.core.watched import NEVER, SOON, begun, connections, last, lists, paced, put, singles, watching
from tests.waiting import eventually


async def test_without_a_network_the_tries_become_rarer_up_to_a_bound(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, first_backoff=100.0, longest_backoff=300.0)
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
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, first_backoff=SOON, longest_backoff=SOON)
    await begun(server, store, run_object("r1", "succeeded"))
    states = connections(store)
    await server.stop()
    async with watching(client, store):
        await eventually(lambda: len(states) >= 3, "three tries")
        await server.start()
        await eventually(lambda: not store.active, "the run's end")
        await eventually(lambda: store.connection == Connection("online"), "the news")
    assert {state.state for state in states} == {"offline", "online"}


async def test_a_refresh_ends_the_wait_for_the_network_at_once(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, first_backoff=NEVER, followed=NEVER)
    await begun(server, store, run_object("r1", "succeeded", logs="all"))
    await server.stop()
    async with watching(client, store) as watcher:
        following = asyncio.create_task(last(watcher, store, "r1"))
        await eventually(lambda: store.connection.state == "offline", "trouble")
        await server.start()
        watcher.refresh()
        assert (await following).logs == "all"


async def test_the_next_try_comes_when_it_was_announced_even_where_lists_are_seldom(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, first_backoff=SOON, pages_idle=NEVER)
    failing = True
    server.script = lambda asked: HANG_UP if failing else History()(asked)
    async with watching(client, store) as watcher:
        watcher.listing = True
        watcher.wake()
        await eventually(lambda: store.connection.state == "offline", "trouble")
        failing = False
        await eventually(lambda: store.connection.state == "online", "the next try")


async def test_a_token_that_is_refused_ends_the_asking_until_somebody_wants_to_know(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, first_backoff=SOON, followed=SOON)
    history = await begun(server, store, run_object("r1", "succeeded"))
    server.script = lambda asked: problem(401, "Invalid token.")
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
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, pages_active=SOON)
    history = await begun(server, store, run_object("r1"), run_object("r2"))
    server.script = lambda asked: problem(403) if asked.path.endswith("/r1") else history(asked)
    async with watching(client, store) as watcher:
        with pytest.raises(Unauthorized):
            await last(watcher, store, "r1")
        await eventually(lambda: len(lists(server)) > 2, "pages")
        assert store.connection.state == "online"


async def test_when_throttled_it_waits_at_least_as_long_as_it_is_told(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, first_backoff=0.01, followed=SOON)
    history = await begun(server, store, run_object("r1", "succeeded"))
    tries = 4  # the client itself tries so often
    server.script = lambda asked: (
        problem(429, "slow down", Retry_After="0.3") if len(server.asked) <= tries else history(asked)
    )
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
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = await begun(server, store, run_object("r1", "succeeded"))
    server.script = lambda asked: problem(429, "slow down", Retry_After="50")
    async with watching(client, store) as watcher:
        following = asyncio.create_task(last(watcher, store, "r1"))
        await eventually(lambda: store.connection.state == "throttled", "the throttle")
        server.script = history
        watcher.refresh()
        assert (await following).status == "succeeded"


async def test_a_run_that_the_api_does_not_know_ends_its_follow_and_is_asked_for_no_more(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, followed=SOON, pages_active=SOON, stray_interval=SOON)
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
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, pages_active=SOON, stray_interval=SOON)
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
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, first_backoff=SOON, longest_backoff=SOON)
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
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, first_backoff=SOON, longest_backoff=SOON)
    await begun(server, store, run_object("r1", "succeeded"))
    states = connections(store)
    await server.stop()
    async with watching(client, store) as watcher:
        following = asyncio.create_task(last(watcher, store, "r1"))
        await eventually(lambda: len(states) >= 3, "three tries")
        await server.start()
        assert (await following).status == "succeeded"


# -- what it says ------


@pytest.mark.parametrize(
    ("trouble", "state", "words"),
    [
        (HANG_UP, "offline", ["the connection to 127.0.0.1", "tried again by itself", "what was submitted goes on"]),
        (problem(503, "down for a while"), "offline", ["down for a while", "tried again by itself"]),
        (problem(429, "slow down", Retry_After="50"), "throttled", ["slow down", "goes on by itself"]),
        (problem(401, "Invalid token."), "unauthorized", ["Invalid token.", "set REPLICATE_API_TOKEN", "start again"]),
        (problem(403, "Not yours."), "unauthorized", ["Not yours.", "the token may not do this: use one of"]),
    ],
)
async def test_each_trouble_says_why_and_what_comes_next_and_passes(
    server: Scripted,
    client: Client,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Reply,
    state: str,
    words: list[str],
) -> None:
    paced(monkeypatch, first_backoff=NEVER)
    history = await begun(server, store, run_object("r1", "succeeded"))
    server.script = lambda asked: trouble
    async with watching(client, store) as watcher:
        await eventually(lambda: store.connection.state == state, state)
        told = store.connection
        assert [word for word in words if word not in told.reason] == []
        assert (told.retry_at is None) == (state == "unauthorized")
        assert told.retry_at is None or told.retry_at > time.monotonic() + 40
        server.script = history
        watcher.refresh()
        await eventually(lambda: store.connection == Connection("online"), "the end of it")


async def test_a_refused_token_is_tried_again_when_something_new_is_to_be_known(
    server: Scripted, client: Client, store: Store
) -> None:
    history = History()
    history.put(run_object("r1", "succeeded"), run_object("r2", "succeeded"))
    server.script = lambda asked: problem(401, "Invalid token.")
    await put(store, run_object("r1"))
    async with watching(client, store):
        await eventually(lambda: store.connection.state == "unauthorized", "the refusal")
        server.script = history
        await put(store, run_object("r2"))
        await eventually(lambda: not store.active, "the ends")
    assert store.connection == Connection("online")
