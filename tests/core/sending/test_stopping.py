"""Runs that are to be stopped: waiting, uploading, just being sent, unanswered; in this program and in another."""

import asyncio
import contextlib
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.errors import NetworkError, NotFound, RateLimited, UnknownFate
from replicate_tui.api.resources import Prediction
from replicate_tui.core.forms.inputs import Upload, fields
from replicate_tui.core.forms.options import RunOptions, from_json
from replicate_tui.core.history import runs
from replicate_tui.core.history.database import Asked as Order
from replicate_tui.core.history.leases import Leases
from replicate_tui.core.history.runs import Run
from replicate_tui.core.history.scopes import Scope
from replicate_tui.core.history.store import Store
from replicate_tui.core.models.target import Target
from replicate_tui.core.sending import launch as launch_module
from replicate_tui.core.sending import own_rows, reconcile, stopping
from replicate_tui.core.sending.journal import Journal
from replicate_tui.core.sending.launch import Canceled, submit
from replicate_tui.core.sending.launch_queue import LaunchQueue, Removed
from replicate_tui.core.sending.request import Launch
from tests.core.scripted import HANG_UP, Asked, Reply, Scripted, opened, problem, run_object, says
from tests.waiting import TIME_LIMIT, eventually

PAINTER = Target("acme/painter", "v1", "acme/painter", fields(None), None)
HERON = {"prompt": "a heron"}
CANCEL = "/v1/predictions/r1/cancel"


def order(**values: Any) -> Launch:
    return Launch(PAINTER, values or HERON, RunOptions(lifetime="5m"))


class Api:
    """Creates r1 when `gate` is open and cancels it; both can be told to answer otherwise."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.created: Callable[[], Reply] = lambda: says(run_object("r1", "starting"), 201)
        self.canceled: Callable[[], Reply] = lambda: says(run_object("r1", "canceled"))

    async def __call__(self, asked: Asked) -> Reply:
        if asked.path == CANCEL:
            return self.canceled()
        if asked.method == "GET":
            return says(
                {"previous": None, "next": None, "results": [run_object("r1", created_at=_now(), source="api")]}
            )
        await self.gate.wait()
        return self.created()


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


@pytest.fixture
def api(server: Scripted) -> Api:
    api = Api()
    server.script = api
    return api


@pytest.fixture
async def queue(client: Client) -> AsyncIterator[LaunchQueue]:
    queue = LaunchQueue(client.limiter)
    giving = asyncio.create_task(queue.run())
    yield queue
    giving.cancel()
    await asyncio.wait([giving])


@contextlib.asynccontextmanager
async def on_its_way(store: Store, sending: Any, status: str) -> AsyncIterator[tuple[str, asyncio.Task[Run]]]:
    """The run's local id, once its row has that status, and what sends it."""
    task: asyncio.Task[Run] = asyncio.create_task(sending)
    try:
        await eventually(lambda: any(row_status(store, key) == status for key in store.ids()), status)
        (key,) = store.ids()
        yield key, task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def row_status(store: Store, run_id: str) -> str:
    row = store.row(run_id)
    return row.status if row else ""


def on_disk(path: Path) -> list[tuple[str, str, str]]:
    """Id, status and error of the rows, as another program reads them."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute("SELECT id, status, error FROM runs ORDER BY id").fetchall()
    finally:
        connection.close()


# -- before it is sent ------


async def test_what_waits_in_the_queue_is_not_sent(
    api: Api, server: Scripted, client: Client, store: Store, queue: LaunchQueue, path: Path
) -> None:
    queue.paused = True
    async with on_its_way(store, submit(client, store, order(), queue), runs.WAITING) as (key, sending):
        stopped = await stopping.stop(client, store, key)
        assert stopping.told(stopped) == f"not submitted: {stopping.CANCELED}"
        with pytest.raises(Canceled):
            await sending
        assert queue.waiting == ()
    assert on_disk(path) == [(key, runs.NOT_SUBMITTED, stopping.CANCELED)]
    assert server.asked == []


async def test_what_uploads_its_files_is_not_sent(
    api: Api, server: Scripted, client: Client, store: Store, path: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(b"picture")
    launch = order(image=Upload(tmp_path / "a.png"))
    async with on_its_way(store, submit(client, store, launch), runs.UPLOADING) as (key, sending):
        await eventually(lambda: server.asked, "the upload")
        await stopping.stop(client, store, key)
        with pytest.raises(Canceled):
            await sending
    api.gate.set()
    assert on_disk(path) == [(key, runs.NOT_SUBMITTED, stopping.CANCELED)]
    assert server.paths() == ["/v1/files"]


async def test_what_waits_in_another_programs_queue_leaves_it(
    api: Api, server: Scripted, client: Client, store: Store, queue: LaunchQueue, path: Path
) -> None:
    queue.paused = True
    async with on_its_way(store, submit(client, store, order(), queue), runs.WAITING) as (key, sending):
        async with opened(path, store.scope) as theirs:
            await stopping.stop(client, theirs, key)
        store.notice_others()
        with pytest.raises(Canceled):
            await sending
        assert queue.waiting == ()
    assert on_disk(path) == [(key, runs.NOT_SUBMITTED, stopping.CANCELED)]
    assert server.asked == []


async def test_another_program_that_has_not_noticed_looks_before_it_sends(
    api: Api, server: Scripted, client: Client, store: Store, queue: LaunchQueue, path: Path
) -> None:
    queue.paused = True
    async with on_its_way(store, submit(client, store, order(), queue), runs.WAITING) as (key, sending):
        async with opened(path, store.scope) as theirs:
            await stopping.stop(client, theirs, key)
        queue.paused = False
        with pytest.raises(Canceled):
            await sending
    assert on_disk(path) == [(key, runs.NOT_SUBMITTED, stopping.CANCELED)]
    assert server.asked == []


async def test_one_that_the_stopping_program_knew_in_an_earlier_state_is_reached_all_the_same(
    api: Api, server: Scripted, client: Client, store: Store, queue: LaunchQueue, path: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(b"picture")
    queue.paused = True
    launch = order(image=Upload(tmp_path / "a.png"))
    async with (
        on_its_way(store, submit(client, store, launch, queue), runs.WAITING) as (key, sending),
        opened(path, store.scope) as theirs,
    ):
        assert row_status(theirs, key) == runs.WAITING
        queue.paused = False
        await eventually(lambda: server.asked, "the upload")
        assert (await stopping.stop(client, theirs, key)).status == runs.NOT_SUBMITTED
        store.notice_others()
        with pytest.raises(Canceled):
            await sending
    assert server.paths() == ["/v1/files"]


# -- while it is sent ------


async def test_one_that_was_known_to_wait_and_is_being_sent_by_now_is_not_taken_for_unsent(
    api: Api, server: Scripted, client: Client, store: Store, queue: LaunchQueue, path: Path
) -> None:
    queue.paused = True
    async with (
        on_its_way(store, submit(client, store, order(), queue), runs.WAITING) as (key, sending),
        opened(path, store.scope) as theirs,
    ):
        assert row_status(theirs, key) == runs.WAITING
        assert theirs.run(key) is not None
        queue.paused = False
        await eventually(lambda: server.asked, "the request")
        assert (await stopping.stop(client, theirs, key)).status == runs.SUBMITTING
        api.gate.set()
        assert (await sending).status == "canceled"
    assert on_disk(path) == [("r1", "canceled", "")]


async def test_one_that_found_no_network_is_not_tried_again(
    server: Scripted, client: Client, store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wished(tries: int) -> float:
        """Another program notes the wish between two tries."""
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("UPDATE runs SET asked = ?", (json.dumps({"stop": True}),))
        other.close()
        return 0.0

    monkeypatch.setattr(launch_module, "pause", wished)
    await server.stop()
    with pytest.raises(Removed, match="canceled before it was sent"):
        await submit(client, store, order())
    assert [row[1:] for row in on_disk(path)] == [(runs.NOT_SUBMITTED, stopping.CANCELED)]


@pytest.mark.parametrize("program", ["this", "another"])
async def test_what_is_just_being_sent_is_stopped_as_soon_as_it_has_an_id(
    api: Api, server: Scripted, client: Client, store: Store, path: Path, program: str
) -> None:
    async with (
        on_its_way(store, submit(client, store, order()), runs.SUBMITTING) as (key, sending),
        opened(path, store.scope) as theirs,
    ):
        await eventually(lambda: server.asked, "the request")
        told = await stopping.stop(client, store if program == "this" else theirs, key)
        assert stopping.told(told) == "submitting: it is stopped as soon as Replicate has answered"
        assert server.paths() == ["/v1/predictions"]
        api.gate.set()
        assert (await sending).status == "canceled"
    assert server.paths() == ["/v1/predictions", CANCEL]
    assert on_disk(path) == [("r1", "canceled", "")]
    kept = store.database.asked(store.scope, "r1").options
    assert from_json(kept) == RunOptions(lifetime="5m")
    assert not stopping.is_wanted(store, "r1")


async def test_a_run_that_nobody_wants_stopped_goes_on(
    api: Api, server: Scripted, client: Client, store: Store
) -> None:
    api.gate.set()
    assert (await submit(client, store, order())).status == "starting"
    assert server.paths() == ["/v1/predictions"]


async def test_one_that_is_refused_as_too_early_is_not_sent_again(
    api: Api, server: Scripted, client: Client, store: Store, queue: LaunchQueue, path: Path
) -> None:
    def refused() -> Reply:
        queue.paused = True
        return problem(429, "Request was throttled.", retry_after="0")

    api.created = refused
    async with on_its_way(store, submit(client, store, order(), queue), runs.SUBMITTING) as (key, sending):
        await eventually(lambda: server.asked, "the request")
        await stopping.stop(client, store, key)
        api.gate.set()
        with pytest.raises(Removed):
            await asyncio.wait_for(sending, TIME_LIMIT)
    assert on_disk(path) == [(key, runs.NOT_SUBMITTED, stopping.CANCELED)]
    assert len(server.asked) == 1


async def test_one_that_waits_again_after_it_came_too_early_leaves_the_queue(
    api: Api, server: Scripted, client: Client, store: Store, queue: LaunchQueue, path: Path
) -> None:
    api.gate.set()

    def refused() -> Reply:
        queue.paused = True
        return problem(429, "Request was throttled.", retry_after="0")

    api.created = refused
    async with on_its_way(store, submit(client, store, order(), queue), runs.WAITING) as (key, sending):
        await stopping.stop(client, store, key)
        with pytest.raises(Canceled):
            await sending
    assert on_disk(path) == [(key, runs.NOT_SUBMITTED, stopping.CANCELED)]
    assert len(server.asked) == 1


async def test_a_wish_that_comes_just_after_the_id_reaches_the_run_under_it(
    api: Api, server: Scripted, client: Client, store: Store, path: Path
) -> None:
    async with (
        on_its_way(store, submit(client, store, order()), runs.SUBMITTING) as (key, sending),
        opened(path, store.scope) as theirs,
    ):
        assert row_status(theirs, key) == runs.SUBMITTING
        assert theirs.run(key) is not None
        api.gate.set()
        await sending
        assert (await stopping.stop(client, theirs, key)).status == "canceled"
    assert server.paths() == ["/v1/predictions", CANCEL]


# -- later ------


async def test_a_wish_that_was_not_answered_stays_for_the_journal(
    api: Api, server: Scripted, client: Client, store: Store
) -> None:
    api.canceled = lambda: HANG_UP
    async with on_its_way(store, submit(client, store, order()), runs.SUBMITTING) as (key, sending):
        await eventually(lambda: server.asked, "the request")
        await stopping.stop(client, store, key)
        api.gate.set()
        assert (await sending).status == "starting"
    assert stopping.is_wanted(store, "r1")
    journal = Journal(client, store, Leases(store.database))
    with pytest.raises(NetworkError):
        await journal.reconcile()
    api.canceled = lambda: says(run_object("r1", "canceled"))
    await journal.reconcile()
    assert row_status(store, "r1") == "canceled"
    asked = len(server.asked)
    await journal.reconcile()
    assert len(server.asked) == asked


@pytest.mark.parametrize("known", [True, False])
async def test_who_may_not_write_stops_nothing_and_the_wish_stays(
    api: Api, server: Scripted, client: Client, store: Store, known: bool
) -> None:
    row = runs.ordered("new-a", "acme/painter", "v1", HERON, now=time.time())
    await store.save(reconcile.lost(row, "no answer", since=time.time()), asked=Order("", store.database.program))
    await stopping.stop(client, store, "new-a")
    found = run_object("r1", "processing")
    server.script = lambda asked: says(found)
    journal = Journal(client, store, Leases(store.database), may_stop=False)
    if known:
        await own_rows.adopt(store, store.run("new-a") or row, Prediction.of(found))
        await journal.reconcile()
    else:
        await journal.resolve("new-a", "r1")
    assert not [asked for asked in server.asked if asked.method == "POST"]
    assert stopping.is_wanted(store, "r1")


async def test_a_wish_that_the_api_refuses_for_good_is_not_repeated(
    api: Api, server: Scripted, client: Client, store: Store
) -> None:
    api.canceled = lambda: problem(404, "The requested resource could not be found.")
    async with on_its_way(store, submit(client, store, order()), runs.SUBMITTING) as (key, sending):
        await eventually(lambda: server.asked, "the request")
        await stopping.stop(client, store, key)
        api.gate.set()
        assert (await sending).status == "starting"
    assert not stopping.is_wanted(store, "r1")


@pytest.mark.parametrize("when", ["before the answer was lost", "after it"])
async def test_an_unanswered_run_is_stopped_when_it_is_found(
    api: Api, server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    monkeypatch.setattr(reconcile, "SETTLING", 0.0)
    api.created = lambda: HANG_UP
    async with on_its_way(store, submit(client, store, order()), runs.SUBMITTING) as (key, sending):
        await eventually(lambda: server.asked, "the request")
        if when != "after it":
            await stopping.stop(client, store, key)
        api.gate.set()
        with pytest.raises(UnknownFate):
            await sending
    if when == "after it":
        told = await stopping.stop(client, store, key)
        assert stopping.told(told) == "unknown: it is stopped if it is found on Replicate"
    await Journal(client, store, Leases(store.database)).reconcile()
    assert store.ids() == ["r1"]
    assert row_status(store, "r1") == "canceled"
    assert server.paths()[-1] == CANCEL


async def test_an_unanswered_run_is_stopped_when_a_person_says_which_one_it_is(
    api: Api, server: Scripted, client: Client, store: Store
) -> None:
    row = runs.ordered("new-a", "acme/painter", "v1", HERON, now=time.time())
    await store.save(reconcile.lost(row, "no answer", since=time.time()), asked=Order("", store.database.program))
    await stopping.stop(client, store, "new-a")
    found = run_object("r1", "processing")
    server.script = lambda asked: api.canceled() if asked.path == CANCEL else says(found)
    settled = await Journal(client, store, Leases(store.database)).resolve("new-a", "r1")
    assert settled.status == "canceled"


async def test_the_wish_reaches_a_row_whose_account_another_program_has_just_learned(
    client: Client, path: Path
) -> None:
    scope = Scope("api.replicate.com", "token", "token")
    async with opened(path, scope) as ours, opened(path, scope) as theirs:
        run = runs.ordered("new-a", "acme/painter", "v1", HERON, now=time.time(), status=runs.UNKNOWN)
        await ours.save(run)
        await theirs.adopt("acme")
        assert (await stopping.stop(client, ours, "new-a")).status == runs.UNKNOWN
        assert stopping.is_wanted(ours, "new-a")
        assert ours.scope.account == "acme"


async def test_what_was_never_sent_stays_so(client: Client, store: Store, server: Scripted) -> None:
    row = runs.ordered("new-a", "acme/painter", "v1", HERON, now=time.time())
    await store.save(runs.with_status(row, runs.NOT_SUBMITTED, "refused"))
    assert stopping.told(await stopping.stop(client, store, "new-a")) == "not submitted: refused"
    with pytest.raises(stopping.NoSuchRun):
        await stopping.stop(client, store, "new-b")
    assert server.asked == []


# -- many ------


async def test_many_are_stopped_some_at_the_same_time_and_each_has_its_outcome() -> None:
    gone, open_now, most = NotFound(404, "no such run"), 0, 0

    async def stop(run_id: str) -> Run:
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        for _ in range(3):
            await asyncio.to_thread(int)
        open_now -= 1
        if run_id == "r3":
            raise gone
        return runs.ordered(run_id, "acme/painter", "v1", {}, now=1.0, status="canceled")

    ids = [f"r{number}" for number in range(40)]
    async with contextlib.aclosing(stopping.each(stop, ids)) as outcomes:
        seen = [outcome async for outcome in outcomes]
    assert [outcome.id for outcome in seen] == ids
    assert [outcome.error for outcome in seen if outcome.run is None] == [gone]
    assert [outcome.run.id for outcome in seen if outcome.run] == [each for each in ids if each != "r3"]
    assert most == stopping.AT_ONCE


async def test_who_stops_listening_to_the_outcomes_leaves_nothing_behind() -> None:
    never = asyncio.Event()
    begun: list[str] = []

    async def stop(run_id: str) -> Run:
        begun.append(run_id)
        if run_id == "r0":
            raise RateLimited(429, "slow down")
        await never.wait()
        raise AssertionError

    before = asyncio.all_tasks()
    async with contextlib.aclosing(stopping.each(stop, [f"r{number}" for number in range(20)])) as outcomes:
        assert (await anext(outcomes)).id == "r0"
    assert len(begun) <= stopping.AT_ONCE + 1
    assert asyncio.all_tasks() == before


async def test_all_that_goes_on_is_what_is_on_its_way_what_is_listed_and_what_was_known(
    server: Scripted, client: Client, store: Store
) -> None:
    for key, status in (("a", runs.WAITING), ("b", runs.SUBMITTING), ("c", runs.NOT_SUBMITTED), ("d", runs.UNKNOWN)):
        await store.save(runs.ordered(f"new-{key}", "acme/painter", "v1", HERON, now=time.time(), status=status))
    for key in ("old", "ended", "gone"):
        await store.put(Prediction.of(run_object(key)), now=time.time())
    pages = [[run_object("p1"), run_object("p2", "succeeded")], [run_object("p3", "starting")]]

    def script(asked: Asked) -> Reply:
        if asked.path != "/v1/predictions":
            run_id = asked.path.rpartition("/")[2]
            told = {"old": run_object("old"), "ended": run_object("ended", "succeeded")}
            return says(told[run_id]) if run_id in told else problem(404)
        number = int(asked.query.get("cursor", "0"))
        following = None if number else "https://api.test/v1/predictions?cursor=1"
        return says({"previous": None, "next": following, "results": pages[number]})

    server.script = script
    assert set(stopping.known(store)) == {"new-a", "new-b", "old", "ended", "gone"}
    assert await stopping.going(client, store) == ("new-a", "new-b", "p1", "p3", "old")
