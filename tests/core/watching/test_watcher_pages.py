"""The watcher and active runs that have left page one: older pages in turn, single looks at the few that are left."""

from collections.abc import Sequence
from itertools import pairwise

import pytest

from replicate_tui.api.client import Client
from replicate_tui.core.history.store import Store
from tests.core.scripted import History, Scripted, problem, run_object
from tests.core.watched import NEVER, SOON, lists, paced, put, singles, watching
from tests.waiting import eventually

RATE = 500.0
PAGE = 20


async def paged(server: Scripted, store: Store, pages: Sequence[int]) -> History:
    """An account whose pages hold so many active runs each, among others; the store knows them."""
    history = History(pages=[[f"{number}-{n}" for n in range(runs)] for number, runs in enumerate(pages)])
    history.runs = {each: run_object(each) for page in history.pages for each in page}
    await put(store, *history.runs.values())
    others = {f"other{number}": run_object(f"other{number}", "succeeded") for number in range(len(pages))}
    history.runs |= others
    for page, other in zip(history.pages, others, strict=True):
        page.append(other)
    server.script = history
    return history


def cursors(server: Scripted) -> list[str | None]:
    return [asked.query.get("cursor") for asked in lists(server)]


def tells(store: Store, run_id: str) -> bool:
    """Whether the store has the news of a run."""
    run = store.run(run_id)
    return run is not None and run.prediction.output == "news"


async def test_pages_are_read_in_turn_as_far_down_as_active_runs_are(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, pages_active=NEVER, rate=RATE)
    history = await paged(server, store, [PAGE] * 10 + [0, 0])
    history.runs = {run_id: {**run, "output": "news"} for run_id, run in history.runs.items()}
    async with watching(client, store):
        await eventually(lambda: all(tells(store, each) for each in store.active), "news of all")
        await eventually(lambda: store.connection.state == "online", "the end of the round")
    assert cursors(server) == [None, *map(str, range(1, 10))]
    assert singles(server) == []


async def test_the_way_down_begins_anew_and_page_one_does_not_wait_for_its_end(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, pages_active=0.05, rate=60.0)
    history = await paged(server, store, [PAGE] * 10)
    async with watching(client, store):
        await eventually(lambda: "9" in cursors(server), "the last page")
        assert cursors(server).count(None) > 2
        history.runs["5-0"] = run_object("5-0", output="news")
        await eventually(lambda: tells(store, "5-0"), "news of page five")
    down = [cursor for cursor in cursors(server) if cursor is not None]
    assert down == [str(1 + number % 9) for number in range(len(down))]


async def test_many_active_runs_are_found_below_pages_without_any(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, pages_active=NEVER, rate=RATE)
    history = await paged(server, store, [0, 0, 0, PAGE])
    history.runs["3-0"] = run_object("3-0", output="news")
    async with watching(client, store):
        await eventually(lambda: tells(store, "3-0"), "news of the last page")
    assert cursors(server) == [None, "1", "2", "3"]
    assert singles(server) == []


async def test_a_few_that_lie_deep_are_looked_at_singly_and_no_more_pages_are_read_for_them(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, pages_active=SOON, rate=RATE, stray_interval=NEVER)
    await paged(server, store, [1, 0, 0, 0, 7])
    async with watching(client, store) as watcher:
        await eventually(lambda: len(singles(server)) == 7, "single looks")
        await eventually(lambda: cursors(server).count(None) > 4, "page one")
        assert cursors(server).count("1") == 1
        watcher.refresh()
        await eventually(lambda: cursors(server).count("1") == 2, "another try, as somebody wants to know")
    assert {*singles(server)} == {f"4-{number}" for number in range(7)}
    assert "3" not in cursors(server)


async def test_a_run_that_left_the_pages_is_fetched_singly_in_turn(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, pages_active=SOON, stray_interval=SOON, rate=RATE)
    history = await paged(server, store, [1, 2])
    async with watching(client, store):
        await eventually(lambda: len(singles(server)) >= 6, "six single looks")
        asked = singles(server)[:6]
        assert {*asked} == {"1-0", "1-1"}
        assert all(first != second for first, second in pairwise(asked))
        history.runs["1-0"] = run_object("1-0", "succeeded", logs="all")
        await eventually(lambda: "1-0" not in store.active, "its end")
    assert store.run("1-0").logs == "all"  # type: ignore[union-attr]


async def test_single_looks_at_runs_off_the_pages_keep_the_pace(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, pages_active=NEVER, stray_interval=0.0, few_strays=100, rate=10.0)
    await paged(server, store, [0, 30])
    async with watching(client, store):
        await eventually(lambda: len(singles(server)) >= 5, "five single looks")
    times = [asked.at for asked in server.asked][2:]
    assert (times[-1] - times[0]) / (len(times) - 1) >= 0.09


async def test_a_page_that_is_refused_is_nobodys_trouble_and_its_runs_are_looked_at_singly(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, pages_active=SOON, rate=RATE, stray_interval=NEVER)
    history = await paged(server, store, [1, PAGE])
    server.script = lambda asked: problem(400, "bad cursor") if "cursor" in asked.query else history(asked)
    async with watching(client, store):
        await eventually(lambda: len({*singles(server)}) == PAGE, "single looks")
        assert store.connection.state == "online"
    assert cursors(server).count("1") == 1
