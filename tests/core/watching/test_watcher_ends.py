"""The watcher and the ends of runs: the last look at each, and what comes of one that fails."""

import asyncio

import pytest

from replicate_tui.api.client import Client
from replicate_tui.core.history.store import Store
from tests.core.scripted import HANG_UP, History, Scripted, problem, run_object
from tests.core.watched import NEVER, SOON, last, lists, paced, put, singles, watching
from tests.waiting import eventually


async def test_a_run_that_ends_on_a_page_is_fetched_once_more_for_its_logs(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, pages_active=SOON)
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
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, pages_active=SOON, first_backoff=SOON)
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
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, followed=NEVER, pages_active=SOON)
    history = History()
    history.put(run_object("r1", logs="half"), run_object("other"))
    server.script = history
    await put(store, *history.runs.values())
    async with watching(client, store) as watcher:
        following = asyncio.create_task(last(watcher, store, "r1"))
        await eventually(lambda: singles(server), "the first look")
        history.put(run_object("r1", "succeeded", logs="half and half"))
        assert (await following).logs == "half and half"
