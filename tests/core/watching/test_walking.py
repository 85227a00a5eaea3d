"""Reading the account's older runs in the background, against a scripted server and a real history file."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.api.client import Client
from replicate_tui.core.history.store import Store
from tests.core.scripted import HANG_UP, Asked, History, Reply, Scripted, opened, problem, run_object, says
from tests.core.watched import NEVER, SOON, connections, lists, paced, put, watching
from tests.waiting import eventually

PAGE = 3


def account(runs: int) -> History:
    """So many runs that ended, newest first on pages of three: r0 is the newest."""
    objects = [
        run_object(f"r{n}", "succeeded", created_at=f"2026-01-02T{23 - n // 60:02}:{59 - n % 60:02}:00Z")
        for n in range(runs)
    ]
    history = History({each["id"]: each for each in objects})
    names = list(history.runs)
    history.pages = [names[begin : begin + PAGE] for begin in range(0, runs, PAGE)] or [[]]
    return history


def cursors(server: Scripted) -> list[str | None]:
    return [asked.query.get("cursor") for asked in lists(server)]


def known(store: Store, runs: int) -> bool:
    return len(store.ids()) == runs


def moment(store: Store, run_id: str) -> float | None:
    row = store.row(run_id)
    return None if row is None else row.created_at


def tops(store: Store) -> list[float]:
    return [row[0] for row in store.database.read("SELECT top FROM walks", ())]


def written(store: Store) -> list[tuple[Any, ...]]:
    return store.database.read("SELECT host, account, cursor FROM walks", ())


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    paced(monkeypatch, spacing=SOON, pages_idle=NEVER)


@pytest.mark.usefixtures("quick")
async def test_every_older_run_is_read_once_and_then_nothing_more(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.script = account(11)
    async with watching(client, store, listing=True):
        await eventually(lambda: known(store, 11), "all runs")
        await eventually(lambda: written(store)[0][2] is None, "the end of the walk")
    assert cursors(server) == [None, "1", "2", "3"]
    assert written(store) == [(store.scope.host, store.scope.account, None)]


@pytest.mark.usefixtures("quick")
async def test_older_trainings_are_read_where_they_are_shown_and_remembered_apart(
    server: Scripted, client: Client, path: Path
) -> None:
    history = account(7)

    def script(asked: Asked) -> Reply:
        """An account with seven trainings and not one prediction."""
        if asked.path == "/v1/predictions":
            return says({"previous": None, "next": None, "results": []})
        return history(replace(asked, path=asked.path.replace("/trainings", "/predictions")))

    def cursors_of_trainings() -> list[str | None]:
        return [asked.query.get("cursor") for asked in server.asked if asked.path == "/v1/trainings"]

    server.script = script
    async with opened(path) as store, watching(client, store) as watcher:
        watcher.listing_trainings = True
        watcher.wake()
        await eventually(lambda: len(store.ids(kind="training")) == 7, "all trainings")
        await eventually(lambda: written(store) and written(store)[0][2] is None, "the end of the walk")
        assert cursors_of_trainings() == [None, "1", "2"]
        assert store.database.read("SELECT kind FROM walks", ()) == [("training",)]
    server.asked.clear()
    async with opened(path) as store, watching(client, store, listing=True) as watcher:
        watcher.listing_trainings = True
        watcher.wake()
        await eventually(lambda: cursors_of_trainings() and lists(server), "both lists")
        await eventually(lambda: store.connection.state == "online", "their answers")
    assert cursors_of_trainings() == [None]


@pytest.mark.usefixtures("quick")
async def test_a_walk_goes_on_after_a_restart_where_it_was(server: Scripted, client: Client, path: Path) -> None:
    server.script = account(12)
    async with opened(path) as store, watching(client, store, listing=True):
        await eventually(lambda: len(written(store)) == 1 and written(store)[0][2] == "2", "two pages")
    server.asked.clear()
    async with opened(path) as store, watching(client, store, listing=True):
        await eventually(lambda: known(store, 12), "all runs")
    assert cursors(server) in ([None, "2", "3"], [None, "3"])


async def test_pages_of_older_runs_keep_their_distance(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, spacing=0.1, pages_idle=NEVER)
    server.script = account(9)
    async with watching(client, store, listing=True):
        await eventually(lambda: known(store, 9), "all runs")
    times = [asked.at for asked in lists(server)]
    assert times[2] - times[1] >= 0.09


async def test_only_where_lists_are_shown_older_runs_are_read(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, spacing=SOON, pages_active=SOON)
    history = account(9)
    history.put(run_object("active"))
    server.script = history
    await put(store, run_object("active"))
    async with watching(client, store):
        await eventually(lambda: len(lists(server)) > 4, "pages")
    assert set(cursors(server)) == {None}
    assert written(store) == []


async def test_active_runs_come_before_older_ones(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, spacing=0.0, followed=0.0)
    history = account(9)
    history.put(run_object("active"))
    server.script = history
    await put(store, run_object("active"))
    async with watching(client, store, listing=True) as watcher:
        with watcher.following("active"):
            await eventually(lambda: len(server.paths("/v1/predictions/active")) > 10, "looks at the run")
            assert set(cursors(server)) == {None}
        await eventually(lambda: known(store, 10), "all runs")


@pytest.mark.usefixtures("quick")
async def test_a_cursor_that_the_api_does_not_take_any_more_makes_it_begin_anew(
    server: Scripted, client: Client, path: Path
) -> None:
    server.script = account(12)
    async with opened(path) as store, watching(client, store, listing=True):
        await eventually(lambda: len(store.ids()) >= 6, "two pages")
    history = account(12)
    refused = 0

    def script(asked: Asked) -> Reply:
        nonlocal refused
        if refused or "cursor" not in asked.query:
            return history(asked)
        refused += 1
        return problem(404, "Invalid cursor")

    server.script = script
    async with opened(path) as store, watching(client, store, listing=True) as watcher:
        states = connections(store)
        await eventually(lambda: refused, "the refusal")
        watcher.refresh()
        await eventually(lambda: known(store, 12), "all runs")
        await eventually(lambda: len(states) >= 1, "a state")
        assert {state.state for state in states} == {"online"}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("status", [400, 404, 422])
async def test_a_cursor_that_is_always_refused_is_not_asked_for_for_ever(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    paced(monkeypatch, pages_idle=SOON)
    history = account(6)
    server.script = lambda asked: problem(status, "Invalid cursor") if "cursor" in asked.query else history(asked)
    async with watching(client, store, listing=True):
        await eventually(lambda: len(lists(server)) > 12, "pages")
    assert cursors(server).count("1") == 2
    assert store.connection.state == "online"


@pytest.mark.usefixtures("quick")
async def test_a_page_that_leads_to_itself_is_read_once(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, pages_idle=SOON)
    history = account(3)

    def script(asked: Asked) -> Reply:
        results = [history.runs[each] for each in history.pages[0]] if "cursor" not in asked.query else []
        return says({"previous": None, "next": f"{server.url}/v1/predictions?cursor=same", "results": results})

    server.script = script
    async with watching(client, store, listing=True):
        await eventually(lambda: len(lists(server)) > 12, "pages")
    assert cursors(server).count("same") == 1


@pytest.mark.usefixtures("quick")
async def test_a_page_that_cannot_be_read_is_left_for_later_and_is_no_trouble_of_the_connection(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, unreadable=0.1)
    history = account(6)
    broken = 1

    def script(asked: Asked) -> Reply:
        nonlocal broken
        if broken and "cursor" in asked.query:
            broken -= 1
            return says({"results": "none"})
        return history(asked)

    server.script = script
    states = connections(store)
    async with watching(client, store, listing=True):
        await eventually(lambda: known(store, 6), "all runs")
    assert [state.state for state in states] == ["online"]
    times = [asked.at for asked in lists(server) if "cursor" in asked.query]
    assert times[1] - times[0] >= 0.09


@pytest.mark.usefixtures("quick")
async def test_without_a_network_the_walk_waits_and_then_goes_on(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, first_backoff=SOON, longest_backoff=SOON)
    history = account(9)
    cut = False
    server.script = lambda asked: HANG_UP if cut and "cursor" in asked.query else history(asked)
    states = connections(store)
    async with watching(client, store, listing=True):
        await eventually(lambda: states, "page one")
        cut = True
        await eventually(lambda: store.connection.state == "offline", "trouble")
        cut = False
        await eventually(lambda: known(store, 9), "all runs")


@pytest.mark.usefixtures("quick")
async def test_new_runs_that_page_one_shows_are_not_walked_to_after_a_restart(
    server: Scripted, client: Client, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = account(6)
    server.script = history
    async with opened(path) as store, watching(client, store, listing=True) as watcher:
        await eventually(lambda: [row[2] for row in written(store)] == [None], "the end of the walk")
        for n in range(2):
            new = run_object(f"new{n}", "succeeded", created_at=f"2026-01-03T0{n}:00:00Z")
            history.runs[new["id"]] = new
            history.pages[0] = [new["id"], *history.pages[0]][:PAGE]
            watcher.refresh()
            await eventually(lambda: tops(store) == [moment(store, f"new{n}")], "the news")  # noqa: B023
    server.asked.clear()
    async with opened(path) as store, watching(client, store, listing=True):
        await eventually(lambda: store.connection.state == "online", "page one")
        await client.predictions.list()
    assert cursors(server) == [None, None]


@pytest.mark.usefixtures("quick")
async def test_a_walk_is_the_accounts_as_soon_as_the_account_is_known(
    server: Scripted, client: Client, store: Store
) -> None:
    server.script = account(9)
    async with watching(client, store, listing=True) as watcher:
        await eventually(lambda: known(store, 9), "all runs")
        await eventually(lambda: written(store)[0][2] is None, "the end of the walk")
        await store.adopt("someone")
        assert written(store) == [(store.scope.host, "someone", None)]
        server.asked.clear()
        watcher.refresh()
        await eventually(lambda: len(lists(server)) > 0, "page one")
    assert written(store) == [(store.scope.host, "someone", None)]
    assert known(store, 9)
