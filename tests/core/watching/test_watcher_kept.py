"""What is kept fresh besides runs: when it is asked for, and whose trouble its trouble is."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest

from replicate_tui.api.client import Client
from replicate_tui.core.history.store import Store
from replicate_tui.core.watching.watcher import Watcher
from tests.core.scripted import HANG_UP, Reply, Scripted, problem, run_object, says
from tests.core.watched import NEVER, SOON, begun, connections, last, lists, paced, watching
from tests.waiting import TIME_LIMIT, eventually

ACCOUNT = {"type": "user", "username": "acme", "name": "Acme"}


def accounts(server: Scripted) -> int:
    return len(server.paths("/v1/account"))


async def test_it_is_refreshed_at_once_and_again_after_each_interval_while_it_is_shown(
    server: Scripted, client: Client, store: Store
) -> None:
    found = {"models": [], "collections": [], "pages": [], "query": "anything"}
    server.script = lambda asked: says(ACCOUNT if asked.path == "/v1/account" else found)
    async with watching(client, store) as watcher:
        with watcher.keeping(client.account, 0.05):
            await eventually(lambda: accounts(server) >= 4, "refreshes")
        await eventually(lambda: not server.open, "the last answer")
        before = accounts(server)
        for _ in range(3):
            watcher.wake()
            await client.search("anything")
    assert accounts(server) == before
    times = [asked.at for asked in server.asked if asked.path == "/v1/account"]
    assert min(after - before for before, after in pairwise(times)) >= 0.045


async def test_what_is_kept_seldom_is_asked_for_once_until_somebody_wants_it_fresh(
    server: Scripted, client: Client, store: Store
) -> None:
    server.script = lambda asked: says(ACCOUNT)
    seen: list[str] = []

    async def one() -> None:
        seen.append("one")
        await client.account()

    async def other() -> None:
        seen.append("other")
        await client.account()

    async with watching(client, store) as watcher:
        with watcher.keeping(one, NEVER), watcher.keeping(other, NEVER):
            await eventually(lambda: store.connection.state == "online", "both")
            assert sorted(seen) == ["one", "other"]
            for _ in range(3):
                watcher.wake()
                await client.account()
            assert len(seen) == 2
            watcher.refresh()
            await eventually(lambda: sorted(seen) == ["one", "one", "other", "other"], "both again")


@pytest.mark.parametrize("status", [403, 404])
async def test_a_refusal_of_one_thing_ends_its_refreshing_quietly_until_the_next_time(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    paced(monkeypatch, pages_active=SOON)
    history = await begun(server, store, run_object("r1"))
    server.script = lambda asked: problem(status) if asked.path == "/v1/account" else history(asked)
    states = connections(store)
    async with watching(client, store) as watcher:
        with watcher.keeping(client.account, SOON):
            await eventually(lambda: accounts(server) and len(lists(server)) > 4, "pages")
            assert accounts(server) == 1
            watcher.refresh()
            await eventually(lambda: accounts(server) == 2, "a look because somebody asked")
        with watcher.keeping(client.account, SOON):
            await eventually(lambda: accounts(server) == 3, "a look of the next time")
    assert {state.state for state in states} == {"online"}


async def test_a_thing_that_cannot_be_read_is_asked_for_again_and_is_no_trouble_of_the_connection(
    server: Scripted, client: Client, store: Store
) -> None:
    server.script = lambda asked: says(["no", "account"])
    states = connections(store)
    async with watching(client, store) as watcher:
        with watcher.keeping(client.account, SOON):
            await eventually(lambda: accounts(server) >= 3, "looks")
    assert [state.state for state in states] == ["online"]


@pytest.mark.parametrize(
    ("trouble", "state"), [(HANG_UP, "offline"), (problem(500), "offline"), (problem(401), "unauthorized")]
)
async def test_trouble_of_the_network_is_the_connections_and_passes(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch, trouble: Reply, state: str
) -> None:
    paced(monkeypatch, first_backoff=SOON, longest_backoff=SOON)
    broken = True
    server.script = lambda asked: trouble if broken else says(ACCOUNT)
    async with watching(client, store) as watcher:
        with watcher.keeping(client.account, NEVER):
            await eventually(lambda: store.connection.state == state, "trouble")
            broken = False
            watcher.refresh()
            await eventually(lambda: store.connection.state == "online", "the end of it")


async def test_while_it_is_being_refreshed_it_is_not_asked_for_twice(
    server: Scripted, client: Client, store: Store
) -> None:
    server.script = lambda asked: says(ACCOUNT)
    at_once = most = done = 0

    async def refresh() -> None:
        nonlocal at_once, most, done
        at_once += 1
        most = max(most, at_once)
        watcher.refresh()
        await client.account()
        at_once -= 1
        done += 1

    async with watching(client, store) as watcher:
        with watcher.keeping(refresh, 0.0):
            await eventually(lambda: done >= 3, "refreshes")
    assert most == 1


async def test_runs_are_watched_beside_it(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, pages_active=SOON)
    history = await begun(server, store, run_object("r1", "succeeded", logs="all"))
    server.script = lambda asked: says(ACCOUNT) if asked.path == "/v1/account" else history(asked)
    async with watching(client, store) as watcher:
        with watcher.keeping(client.account, SOON):
            assert (await last(watcher, store, "r1")).logs == "all"


@pytest.mark.parametrize("raises", ["at once", "later"])
async def test_a_bug_in_it_is_raised_where_the_watcher_runs(client: Client, store: Store, raises: str) -> None:
    async def later() -> None:
        raise ZeroDivisionError("a bug")

    def at_once() -> Awaitable[object]:
        raise ZeroDivisionError("a bug")

    refresh: Callable[[], Awaitable[object]] = later if raises == "later" else at_once
    watcher = Watcher(client, store)
    with watcher.keeping(refresh, 1.0), pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(watcher.run(), TIME_LIMIT)
