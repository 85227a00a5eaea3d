"""The watcher and the ends of runs: the last look at each, when its turn comes, and what comes of one that fails."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.api.client import Client
from replicate_tui.core.history.store import Store
from replicate_tui.core.watching import spare
from tests.core.scripted import HANG_UP, Scripted, problem, run_object
from tests.core.watched import NEVER, SOON, begun, last, lists, paced, singles, watching
from tests.waiting import eventually

MANY = 50
RATE = 100.0


def logs(store: Store, run_id: str) -> str:
    run = store.run(run_id)
    assert run is not None
    return run.logs


def ended(number: int) -> dict[str, Any]:
    """A run that ended so many seconds after the first, with its logs."""
    completed = f"2026-01-02T03:{number // 60:02}:{number % 60:02}Z"
    return run_object(f"r{number}", "succeeded", completed_at=completed, logs="all")


async def test_an_end_that_a_page_tells_is_told_at_once_and_the_run_fetched_once_more_for_its_logs(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, pages_active=SOON)
    history = await begun(server, store, run_object("r1"), run_object("r2"))
    shown: list[tuple[bool, str]] = []

    def note(run_id: str) -> None:
        run = store.run(run_id)
        assert run is not None
        shown.append((run.over, run.logs))

    async with watching(client, store):
        await eventually(lambda: lists(server), "a page")
        store.subscribe(note)
        history.put(run_object("r1", "failed", logs="why\n"))
        await eventually(lambda: logs(store, "r1"), "its last logs")
        before = len(lists(server))
        await eventually(lambda: len(lists(server)) > before + 2, "more pages")
    assert singles(server) == ["r1"]
    assert shown == [(True, ""), (True, "why\n")]


async def test_many_ends_are_told_at_once_and_their_last_looks_keep_the_pace(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, pages_idle=NEVER, rate=RATE)
    await begun(server, store, *map(ended, reversed(range(MANY))))
    async with watching(client, store):
        await eventually(lambda: not store.active, "the ends")
        assert len(singles(server)) < MANY / 2
        await eventually(lambda: all(logs(store, f"r{number}") for number in range(MANY)), "all logs")
    assert singles(server) == [f"r{number}" for number in range(MANY)], "what expires first comes first, each once"
    times = [asked.at for asked in server.asked]
    assert times[-1] - times[0] >= 0.9 * (MANY - spare.BURST) / RATE


async def test_the_states_of_active_runs_are_told_before_the_last_logs_of_others(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, pages_active=SOON, rate=RATE, logs_spacing=NEVER)
    history = await begun(server, store, ended(1), ended(2), ended(3), run_object("active"))
    async with watching(client, store):
        await eventually(lambda: logs(store, "r1"), "the first")
        await eventually(lambda: len(lists(server)) > 4, "pages")
        assert singles(server) == ["r1"]
        history.put(run_object("active", "succeeded"))
        await eventually(lambda: logs(store, "r3"), "the last")


async def test_what_somebody_saved_meanwhile_needs_no_last_look(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    paced(monkeypatch, pages_active=SOON, rate=RATE, logs_spacing=NEVER)
    history = await begun(server, store, ended(1), ended(2), ended(3), run_object("active"))
    async with watching(client, store):
        await eventually(lambda: logs(store, "r1"), "the first")
        await store.set_folder("r2", tmp_path)
        history.put(run_object("active", "succeeded"))
        await eventually(lambda: logs(store, "r3"), "the last")
    assert "r2" not in singles(server)


async def test_a_last_look_that_fails_is_made_again(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, pages_active=SOON, first_backoff=SOON)
    history = await begun(server, store, run_object("r1", "succeeded", logs="all"))
    failing = True
    server.script = lambda asked: HANG_UP if failing and asked.path != "/v1/predictions" else history(asked)
    async with watching(client, store):
        await eventually(lambda: store.connection.state == "offline", "trouble")
        assert store.run("r1").over  # type: ignore[union-attr]
        failing = False
        await eventually(lambda: logs(store, "r1") == "all", "its logs")


@pytest.mark.parametrize("followed", [False, True])
async def test_a_run_that_ended_and_cannot_be_fetched_any_more_ended_all_the_same(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch, followed: bool
) -> None:
    paced(monkeypatch, pages_active=SOON, pages_idle=SOON)
    history = await begun(server, store, run_object("r1"), run_object("other"))
    gone = False
    server.script = lambda asked: problem(404) if gone and asked.path.endswith("/r1") else history(asked)
    async with watching(client, store, listing=True) as watcher:
        with watcher.following("r1" if followed else "other"):
            await eventually(lambda: singles(server) and lists(server), "the first looks")
            gone = True
            history.put(run_object("r1", "succeeded"))
            await eventually(lambda: "r1" not in store.active, "its end")
            await eventually(lambda: "r1" in singles(server), "its last look")
            before = len(lists(server))
            await eventually(lambda: len(lists(server)) > before + 2, "more pages")
    assert store.run("r1").status == "succeeded"  # type: ignore[union-attr]


async def test_a_follower_gets_the_last_logs_of_a_run_that_a_page_told_to_be_over_before_all_others(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, followed=NEVER, pages_active=SOON, rate=0.001, longest=NEVER)
    before = [run_object(f"r{number}") for number in range(10)]
    history = await begun(server, store, run_object("followed", logs="half"), run_object("active"), *before)
    async with watching(client, store) as watcher:
        following = asyncio.create_task(last(watcher, store, "followed"))
        await eventually(lambda: singles(server), "the first look")
        history.put(*map(ended, range(10)), run_object("followed", "succeeded", logs="half and half"))
        assert (await following).logs == "half and half"
    assert len(singles(server)) <= 2 + spare.BURST
