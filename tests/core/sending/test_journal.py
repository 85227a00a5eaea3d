"""The journal against a scripted server: what is asked, and what becomes of runs that nobody answered."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.errors import NotFound
from replicate_tui.api.resources import Prediction
from replicate_tui.core.forms.inputs import REDACTED
from replicate_tui.core.history import runs
from replicate_tui.core.history.database import Asked as Order
from replicate_tui.core.history.database import Database
from replicate_tui.core.history.leases import LENGTH, Leases, sleeps
from replicate_tui.core.history.leases import program as program_lease
from replicate_tui.core.history.runs import Run
from replicate_tui.core.history.store import Connection, Store
from replicate_tui.core.sending import account_list, reconcile
from replicate_tui.core.sending import journal as journal_module
from replicate_tui.core.sending.journal import CannotResolve, Journal
from replicate_tui.core.session import Session
from tests.core.scripted import HANG_UP, SCOPE, Asked, Reply, Said, Scripted, problem, says
from tests.waiting import TIME_LIMIT, eventually

SOON = 0.02
HERON = {"prompt": "a heron"}
LONG_AGO = 300.0
"""Seconds ago: what was sent then would be in the list by now."""


@dataclass
class Account:
    """The account's list as the API tells it, newest first, filtered and in pages of so many."""

    size: int = 100
    runs: list[dict[str, Any]] = field(default_factory=list)

    def put(self, run_id: str, ago: float, inputs: dict[str, Any] | None = None, **values: Any) -> None:
        raw = {
            "id": run_id,
            "status": "succeeded",
            "model": "acme/painter",
            "version": "hidden",
            "input": HERON if inputs is None else inputs,
            "created_at": datetime.fromtimestamp(time.time() - ago, UTC).isoformat(),
            "completed_at": datetime.fromtimestamp(time.time() - ago + 1, UTC).isoformat(),
            "source": "api",
            "urls": {},
            **values,
        }
        self.runs.append(raw)
        self.runs.sort(key=lambda each: each["created_at"], reverse=True)

    def __call__(self, asked: Asked) -> Reply:
        if asked.path == "/v1/predictions":
            return self._page(asked.query)
        found = [each for each in self.runs if each["id"] == asked.path.rpartition("/")[2]]
        return says(found[0]) if found else problem(404, "The requested resource could not be found.")

    def _page(self, query: dict[str, str]) -> Said:
        after, before = query.get("created_after", ""), query.get("created_before", "9")
        found = [each for each in self.runs if after <= each["created_at"] < before]
        begin = int(query.get("cursor", "0"))
        end = begin + self.size
        following = f"https://api.test/v1/predictions?cursor={end}" if end < len(found) else None
        return says({"previous": None, "next": following, "results": found[begin:end]})


@pytest.fixture
def account(server: Scripted) -> Account:
    account = Account()
    server.script = account
    return account


@pytest.fixture
def leases(database: Database) -> Leases:
    return Leases(database)


@pytest.fixture
def journal(client: Client, store: Store, leases: Leases) -> Journal:
    return Journal(client, store, leases)


@pytest.fixture
async def other(path: Path, database: Database) -> AsyncIterator[Store]:
    """The store of another program on the same file."""
    opened = Database.open(path)
    yield Store(opened, SCOPE)
    await opened.close()


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The programs of these tests are all in this process; one whose lease ended is gone all the same."""
    monkeypatch.setattr("replicate_tui.core.history.leases.sleeps", lambda holder: False)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets the seconds between looks."""
    return lambda *seconds: monkeypatch.setattr(journal_module, "PAUSES", seconds)


@pytest.fixture
def soonest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two looks may be close together."""
    monkeypatch.setattr(journal_module, "SOONEST", SOON)


@asynccontextmanager
async def running(journal: Journal) -> AsyncIterator[None]:
    task = asyncio.create_task(journal.run())
    try:
        yield
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def order(
    store: Store, key: str, status: str, *, ago: float = 0.0, inputs: dict[str, Any] | None = None, owner: str = ""
) -> Run:
    """A row of this program's, or of another's, in one of our own states."""
    now = time.time() - ago
    values = HERON if inputs is None else inputs
    run = runs.ordered(f"new-{key}", "acme/painter", "1" * 64, values, now=now, status=status)
    return await store.save(run, asked=Order("", owner or store.database.program))


async def lose(store: Store, key: str, *, ago: float = LONG_AGO, inputs: dict[str, Any] | None = None) -> Run:
    """A row whose answer was lost that long ago."""
    run = await order(store, key, runs.SUBMITTING, ago=ago, inputs=inputs)
    return await store.save(reconcile.lost(run, "no answer", since=time.time() - ago + 1))


def state(store: Store, run_id: str) -> tuple[str, str]:
    """The status and the error of a run."""
    run = store.run(run_id)
    assert run is not None
    return run.status, run.prediction.error or ""


def lists(server: Scripted) -> list[Asked]:
    return [asked for asked in server.asked if asked.path == "/v1/predictions"]


# -- what a program left behind ------


@pytest.fixture
def stopped() -> Iterator[subprocess.Popen[bytes]]:
    """A program that was stopped, as by ctrl+z."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        process.send_signal(signal.SIGSTOP)
        yield process
        process.kill()


@pytest.mark.skipif(os.name == "nt", reason="asking about a process would end it there")
async def test_what_a_program_that_was_stopped_is_sending_is_left_alone_until_it_is_gone(
    journal: Journal, store: Store, stopped: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("replicate_tui.core.history.leases.sleeps", sleeps)
    await order(store, "a", runs.SUBMITTING, owner=f"{stopped.pid:x}-abc")
    await order(store, "b", runs.SUBMITTING, ago=2 * reconcile.LONGEST_SENDING, owner=f"{stopped.pid:x}-abc")
    await journal.settle()
    assert state(store, "new-a")[0] == runs.SUBMITTING
    assert state(store, "new-b")[0] == runs.UNKNOWN, "nobody sleeps for so long"
    stopped.kill()
    await asyncio.to_thread(stopped.wait)
    await journal.settle()
    assert state(store, "new-a")[0] == runs.UNKNOWN


async def test_another_programs_run_that_comes_meanwhile_is_settled_when_that_program_is_gone(
    journal: Journal, store: Store, other: Store, pauses: Callable[..., None]
) -> None:
    pauses()
    async with running(journal):
        run = runs.ordered("new-late", "acme/painter", "1" * 64, HERON, now=time.time())
        await other.save(run, asked=Order("", "gone"))
        store.notice_others()
        await eventually(lambda: state(store, "new-late")[0] == runs.UNKNOWN, "the word about it")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (runs.SUBMITTING, runs.UNKNOWN, "ended while this was being sent"),
        (runs.UPLOADING, runs.NOT_SUBMITTED, "ended before this was sent"),
        (runs.WAITING, runs.NOT_SUBMITTED, "ended before this was sent"),
    ],
)
async def test_what_a_program_that_is_gone_left_on_its_way_says_so(
    journal: Journal, store: Store, before: str, after: str, words: str
) -> None:
    await order(store, "a", before, owner="gone")
    await journal.settle()
    status, error = state(Store(store.database, SCOPE), "new-a")
    assert status == after
    assert words in error


async def test_what_a_living_program_is_sending_is_left_alone(
    journal: Journal, store: Store, leases: Leases, other: Store
) -> None:
    await order(store, "ours", runs.SUBMITTING)
    await order(other, "theirs", runs.WAITING)
    async with Leases(other.database).holding(f"program:{other.database.program}"):
        await journal.settle()
        assert state(store, "new-ours")[0] == runs.SUBMITTING
        assert state(store, "new-theirs")[0] == runs.WAITING
    await journal.settle()
    assert state(store, "new-ours")[0] == runs.SUBMITTING
    assert state(store, "new-theirs")[0] == runs.NOT_SUBMITTED


async def test_a_row_without_an_owner_is_left_alone_as_long_as_sending_may_take(journal: Journal, store: Store) -> None:
    for key, ago in (("young", 10.0), ("old", 2 * reconcile.LONGEST_SENDING)):
        row = runs.ordered(f"new-{key}", "acme/painter", "v1", HERON, now=time.time() - ago)
        await store.save(row)
    await journal.settle()
    assert state(store, "new-young")[0] == runs.SUBMITTING
    assert state(store, "new-old")[0] == runs.UNKNOWN


async def test_a_run_that_the_api_says_is_waiting_is_not_ours_to_settle(journal: Journal, store: Store) -> None:
    queued = {"id": "r1", "status": runs.WAITING, "model": "acme/painter", "input": HERON, "urls": {}}
    await store.put(Prediction.of(queued), now=time.time() - 5000)
    await journal.settle()
    assert state(store, "r1") == (runs.WAITING, "")


async def test_the_end_of_a_killed_program_bounds_when_its_run_may_have_been_created(
    journal: Journal, store: Store
) -> None:
    run = await order(store, "a", runs.SUBMITTING, ago=90_000, owner="gone")
    sent = time.time() - 80_000
    await store.save(Run(Prediction.of({**run.prediction.raw, runs.SENT_AT: sent}), None, run.seen_at))
    await journal.settle()
    settled = store.run("new-a")
    assert settled is not None
    assert reconcile.span(settled)[1] == sent + reconcile.LONGEST_SENDING + reconcile.MARGIN


# -- what the list tells ------


async def test_with_nothing_unknown_nothing_is_asked(journal: Journal, store: Store, server: Scripted) -> None:
    await order(store, "a", runs.SUBMITTING)
    await order(store, "b", runs.NOT_SUBMITTED)
    await journal.reconcile()
    assert server.asked == []


async def test_a_run_that_is_there_takes_the_place_of_its_row(
    journal: Journal, store: Store, account: Account, server: Scripted
) -> None:
    row = await lose(store, "a")
    account.put("p1", LONG_AGO - 1, status="processing", completed_at=None)
    await journal.reconcile()
    assert store.ids() == ["p1"]
    run = store.run("p1")
    assert run is not None
    assert (run.status, run.prediction.error, run.seen_at) == ("processing", None, row.seen_at)
    assert runs.UNKNOWN_SINCE not in run.prediction.raw
    assert store.active == {"p1"}
    assert store.database.asked(SCOPE, "p1").owner == store.database.program
    assert len(server.asked) == 1, "one page told of all that time"


async def test_a_run_that_is_not_there_was_never_submitted_and_says_what_to_do(
    journal: Journal, store: Store, account: Account
) -> None:
    await lose(store, "a")
    account.put("p1", LONG_AGO - 1, {"prompt": "an owl"})
    await journal.reconcile()
    status, error = state(Store(store.database, SCOPE), "new-a")
    assert status == runs.NOT_SUBMITTED
    assert "nothing was charged" in error
    assert "run it again" in error


async def test_a_run_that_was_lost_just_now_waits(journal: Journal, store: Store, account: Account) -> None:
    await store.save(runs.with_status(await order(store, "a", runs.SUBMITTING), runs.UNKNOWN, "no answer"))
    await journal.reconcile()
    assert state(store, "new-a") == (runs.UNKNOWN, "no answer")
    run = Store(store.database, SCOPE).run("new-a")
    assert run is not None
    since = run.prediction.raw[runs.UNKNOWN_SINCE]
    assert abs(since - time.time()) < 20, "the next program knows how long it has waited"


async def test_what_the_watcher_saw_before_is_adopted_and_what_we_sent_ourselves_is_not(
    journal: Journal, store: Store, account: Account
) -> None:
    account.put("p1", LONG_AGO - 1)
    account.put("p2", LONG_AGO - 2)
    await order(store, "b", runs.SUBMITTING, ago=LONG_AGO)
    await store.put(Prediction.of(account.runs[1]), now=time.time(), instead_of="new-b")
    await store.put(Prediction.of(account.runs[0]), now=time.time())
    await lose(store, "a")
    await journal.reconcile()
    assert sorted(store.ids()) == ["p1", "p2"]
    assert store.database.asked(SCOPE, "p2").owner == store.database.program


async def test_what_it_may_be_is_named_for_the_person(
    journal: Journal, store: Store, account: Account, server: Scripted
) -> None:
    await lose(store, "a")
    for number in range(7):
        account.put(f"p{number}", LONG_AGO - number)
    await journal.reconcile()
    status, error = state(store, "new-a")
    assert status == runs.UNKNOWN
    assert "p0 or p1 or p2 or p3 or p4 and 2 more" in error
    assert "never submitted" in error
    run = store.run("new-a")
    assert run is not None
    assert reconcile.candidates_of(run) == tuple(f"p{number}" for number in range(7))
    told: list[str] = []
    store.subscribe(told.append)
    await journal.reconcile()
    assert told == [], "it is said once"


async def test_an_input_that_we_saw_before_it_was_removed_counts(
    journal: Journal, store: Store, account: Account
) -> None:
    account.put("p1", LONG_AGO - 1, {"prompt": "an owl"})
    await store.put(Prediction.of(account.runs[0]), now=time.time())
    account.runs.clear()
    account.put("p1", LONG_AGO - 1, {}, data_removed=True)
    await lose(store, "a")
    await lose(store, "b", inputs={"prompt": "an owl"})
    await journal.reconcile()
    assert state(store, "new-a")[0] == runs.NOT_SUBMITTED
    run = store.run("p1")
    assert run is not None
    assert run.prediction.input == {"prompt": "an owl"}
    assert store.run("new-b") is None


async def test_a_removed_input_that_nobody_saw_is_left_to_the_person(
    journal: Journal, store: Store, account: Account
) -> None:
    await lose(store, "a")
    account.put("p1", LONG_AGO - 1, {}, data_removed=True)
    await journal.reconcile()
    status, error = state(store, "new-a")
    assert status == runs.UNKNOWN
    assert "it may be p1: look at that run" in error


async def test_a_run_whose_input_differs_in_part_is_left_to_the_person_and_not_offered_again(
    journal: Journal, store: Store, account: Account
) -> None:
    await lose(store, "a", inputs={**HERON, "width": 1000})
    account.put("p1", LONG_AGO - 1, {**HERON, "width": 1024, "format": "png"})
    await journal.reconcile()
    status, error = state(Store(store.database, SCOPE), "new-a")
    assert status == runs.UNKNOWN
    assert "it may be p1: look at that run" in error


async def test_secrets_stay_hidden_in_what_is_adopted(journal: Journal, store: Store, account: Account) -> None:
    await lose(store, "a", inputs={**HERON, "api_key": REDACTED})
    account.put("p1", LONG_AGO - 1, {**HERON, "api_key": "sk-1"})
    await Store(store.database, SCOPE).put(Prediction.of(account.runs[0]), now=time.time())
    await journal.reconcile()
    kept = store.database.run(SCOPE, "p1")
    assert kept is not None
    assert kept[1]["input"] == {**HERON, "api_key": REDACTED}
    assert store.run("new-a") is None


async def test_the_list_is_read_as_far_back_as_the_oldest_and_no_further(
    journal: Journal, store: Store, account: Account, server: Scripted
) -> None:
    account.size = 3
    await lose(store, "old", ago=50_000)
    await lose(store, "new", ago=LONG_AGO)
    for number in range(30):
        account.put(f"r{number:02}", 100 + number * 3000, {"prompt": str(number)})
    account.put("p1", 49_999)
    await journal.reconcile()
    assert store.run("new-old") is None
    assert state(store, "p1")[0] == "succeeded"
    assert state(store, "new-new")[0] == runs.NOT_SUBMITTED
    assert len(server.asked) == 2
    assert set(server.asked[1].query) == {"created_after", "created_before"}


async def test_a_list_that_is_too_long_leaves_the_rest_for_later(
    journal: Journal, store: Store, account: Account, server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_list, "MOST_PAGES", 2)
    account.size = 3
    for number in range(30):
        account.put(f"r{number:02}", 5100 + number, {"prompt": str(number)})
    await lose(store, "a", ago=5130)
    await journal.reconcile()
    assert state(store, "new-a") == (runs.UNKNOWN, "no answer")
    assert len(server.asked) == 3
    assert "cursor" in server.asked[2].query
    assert server.asked[2].query.keys() >= {"created_after", "created_before"}


async def test_a_listed_run_that_cannot_be_read_may_be_the_one(
    journal: Journal, store: Store, account: Account
) -> None:
    await lose(store, "a")
    account.put("p1", LONG_AGO - 1, status=None)
    await journal.reconcile()
    assert state(store, "new-a")[0] == runs.UNKNOWN


async def test_a_server_whose_clock_is_ahead_is_understood(journal: Journal, store: Store, account: Account) -> None:
    await lose(store, "a")
    account.put("p1", LONG_AGO - 7200)
    account.put("p2", -7100, {"prompt": "an owl"})
    await journal.reconcile()
    assert state(store, "p1")[0] == "succeeded"
    assert store.run("new-a") is None


async def test_a_run_that_another_program_is_just_sending_may_be_what_was_found(
    journal: Journal, store: Store, account: Account, other: Store
) -> None:
    await lose(store, "a")
    await order(other, "b", runs.SUBMITTING, ago=LONG_AGO)
    account.put("p1", LONG_AGO - 1)
    await journal.reconcile()
    assert state(store, "new-a") == (runs.UNKNOWN, "no answer")
    await other.put(Prediction.of(account.runs[0]), now=time.time(), instead_of="new-b")
    await journal.reconcile()
    assert state(store, "new-a")[0] == runs.NOT_SUBMITTED


async def test_another_programs_lost_run_is_reconciled_once_for_both(
    journal: Journal, store: Store, client: Client, account: Account, other: Store, server: Scripted
) -> None:
    await lose(other, "a")
    account.put("p1", LONG_AGO - 1)
    async with Leases(other.database).holding(f"reconcile:{SCOPE.host}:{SCOPE.account}"):
        await journal.reconcile()
        assert server.asked == []
    await journal.reconcile()
    other.notice_others()
    assert other.ids() == store.ids() == ["p1"]
    assert other.run("new-a") is None


async def test_against_a_real_server_what_was_created_is_found_and_what_was_not_is_absent(session: Session) -> None:
    target = await session.target("local/sleeper")
    journal = Journal(session.client, session.store, Leases(session.store.database))
    created = await session.client.predictions.create(target.identifier, {"seconds": 0.00271828})
    for key, seconds in (("new-a", 0.00271828), ("new-b", 0.00314159)):
        row = runs.ordered(key, target.model, target.version, {"seconds": seconds}, now=time.time())
        await session.store.save(reconcile.lost(row, "no answer", since=time.time() - reconcile.SETTLING))
    await journal.reconcile()
    assert session.store.run("new-a") is None
    assert session.store.run(created.id) is not None
    left = session.store.run("new-b")
    assert left is not None
    assert left.status == runs.NOT_SUBMITTED


# -- by itself ------


async def test_at_rest_nothing_is_asked_and_nothing_wakes_up(
    journal: Journal, store: Store, client: Client, server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    timers: list[asyncio.Task[Any] | None] = []
    loop = asyncio.get_running_loop()
    call_at = loop.call_at

    def noting(*given: Any, **named: Any) -> asyncio.TimerHandle:
        timers.append(asyncio.current_task())
        return call_at(*given, **named)

    monkeypatch.setattr(loop, "call_at", noting)
    server.script = lambda asked: says({"username": "acme"})
    await order(store, "a", runs.SUBMITTING)
    task = asyncio.create_task(journal.run())
    for _ in range(3):
        await client.account()  # the loop turns meanwhile
    assert server.paths() == ["/v1/account"] * 3
    assert task not in timers
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_at_the_start_a_killed_programs_run_is_settled_and_found(
    journal: Journal, store: Store, account: Account
) -> None:
    await order(store, "a", runs.SUBMITTING, ago=50, owner="gone")
    account.put("p1", 49)
    async with running(journal):
        await eventually(lambda: store.run("p1"), "the run")
    assert store.ids() == ["p1"]


async def test_it_looks_again_until_the_run_appears(
    journal: Journal, store: Store, account: Account, server: Scripted, pauses: Callable[..., None]
) -> None:
    pauses(*[SOON] * 1000)
    await store.save(runs.with_status(await order(store, "a", runs.SUBMITTING), runs.UNKNOWN, "no answer"))
    async with running(journal):
        await eventually(lambda: len(server.asked) > 2, "three looks")
        assert state(store, "new-a")[0] == runs.UNKNOWN
        account.put("p1", 0)
        await eventually(lambda: store.run("p1"), "the run")
        await eventually(lambda: server.open == 0, "the answer")
        before = len(server.asked)
        journal.wake()
        await eventually(lambda: store.ids() == ["p1"], "the end")
        assert len(server.asked) == before


async def test_it_looks_a_bounded_number_of_times_and_anew_when_woken(
    journal: Journal, store: Store, account: Account, server: Scripted, pauses: Callable[..., None]
) -> None:
    pauses(SOON, SOON)
    await lose(store, "a", ago=1)
    async with running(journal):
        await eventually(lambda: len(server.asked) == 3, "three looks")
        journal.wake()
        await eventually(lambda: len(server.asked) == 6, "three more")
    assert state(store, "new-a")[0] == runs.UNKNOWN


async def test_what_only_a_person_can_decide_is_looked_at_once(
    journal: Journal, store: Store, account: Account, server: Scripted, pauses: Callable[..., None]
) -> None:
    pauses(0.0, 0.0, 0.0)
    await lose(store, "a")
    account.put("p1", LONG_AGO - 1)
    account.put("p2", LONG_AGO - 1)
    async with running(journal):
        await eventually(lambda: "may be p1 or p2" in state(store, "new-a")[1], "the question")
        await eventually(lambda: server.open == 0, "the answer")
        account.put("other", 0)
        await lose(store, "b", inputs={"prompt": "an owl"})
        assert len(server.asked) == 1
        journal.wake()
        await eventually(lambda: state(store, "new-b")[0] == runs.NOT_SUBMITTED, "the next look")
    assert len(server.asked) == 2


async def test_trouble_with_the_network_is_not_fatal_and_its_end_makes_it_look_again(
    journal: Journal, store: Store, account: Account, server: Scripted, pauses: Callable[..., None]
) -> None:
    pauses()
    await lose(store, "a")
    account.put("p1", LONG_AGO - 1)
    server.script = lambda asked: HANG_UP
    async with running(journal):
        await eventually(lambda: journal._unreached, "a failure")
        server.script = account
        store.connection = Connection("online")
        await eventually(lambda: store.run("p1"), "the run")


async def test_a_program_that_dies_later_is_noticed(
    journal: Journal, store: Store, account: Account, other: Store, pauses: Callable[..., None]
) -> None:
    pauses(*[SOON] * 1000)
    await order(other, "a", runs.WAITING)
    theirs, name = Leases(other.database), f"program:{other.database.program}"
    assert await theirs.take(name)
    async with running(journal):
        await eventually(lambda: journal._outlook.unfinished, "a look")
        assert state(store, "new-a")[0] == runs.WAITING
        await theirs.give_back(name)
        await eventually(lambda: state(store, "new-a")[0] == runs.NOT_SUBMITTED, "its end")


async def test_the_end_of_a_killed_programs_lease_is_waited_for_and_no_longer(
    journal: Journal, store: Store, account: Account, other: Store, pauses: Callable[..., None], soonest: None
) -> None:
    pauses()
    await order(other, "a", runs.WAITING)
    assert await Leases(other.database).take(f"program:{other.database.program}", 0.3)
    async with running(journal):
        await eventually(lambda: journal._outlook.unfinished, "a look")
        assert state(store, "new-a")[0] == runs.WAITING
        await eventually(lambda: state(store, "new-a")[0] == runs.NOT_SUBMITTED, "its end")


async def test_what_may_still_come_to_be_is_looked_for_when_it_must_have(
    journal: Journal,
    store: Store,
    account: Account,
    server: Scripted,
    pauses: Callable[..., None],
    soonest: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses()
    monkeypatch.setattr(reconcile, "SETTLING", 0.5)
    await store.save(reconcile.lost(await order(store, "a", runs.SUBMITTING), "no answer", since=time.time()))
    async with running(journal):
        await eventually(lambda: journal._outlook.unfinished and lists(server), "a look")
        assert state(store, "new-a")[0] == runs.UNKNOWN
        await eventually(lambda: state(store, "new-a")[0] == runs.NOT_SUBMITTED, "its end")
    assert len(lists(server)) < 10


async def test_a_bug_is_raised_where_it_runs(
    journal: Journal, store: Store, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: object) -> None:
        raise ZeroDivisionError("a bug")

    await lose(store, "a")
    monkeypatch.setattr(reconcile, "clock_skew", broken)
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(journal.run(), TIME_LIMIT)


# -- a person decides ------


async def test_a_person_says_which_one_it_is_and_the_rest_is_decided(
    journal: Journal, store: Store, account: Account, pauses: Callable[..., None]
) -> None:
    await lose(store, "a")
    await lose(store, "b", inputs=HERON)
    for number in range(3):
        account.put(f"p{number}", LONG_AGO - 1, logs="all")
    async with running(journal):
        await eventually(lambda: "may be" in state(store, "new-b")[1], "the question")
        run = await journal.resolve("new-a", "p1")
        assert (run.id, run.status, run.logs) == ("p1", "succeeded", "all")
        with pytest.raises(CannotResolve, match="another run of yours"):
            await journal.resolve("new-b", "p1")
        await eventually(
            lambda: (run := store.run("new-b")) and reconcile.candidates_of(run) == ("p0", "p2"), "what is left"
        )
        await journal.resolve("new-b", "p0")
    assert sorted(store.ids()) == ["p0", "p1"]


async def test_a_person_says_that_it_was_never_submitted(journal: Journal, store: Store, server: Scripted) -> None:
    await lose(store, "a")
    run = await journal.resolve("new-a", None)
    assert run.status == runs.NOT_SUBMITTED
    assert "you said" in state(Store(store.database, SCOPE), "new-a")[1]
    assert server.asked == []


async def test_what_cannot_be_is_refused(journal: Journal, store: Store, account: Account) -> None:
    await lose(store, "a")
    account.put("p1", LONG_AGO - 1, model="acme/writer")
    with pytest.raises(CannotResolve, match="run of acme/writer"):
        await journal.resolve("new-a", "p1")
    with pytest.raises(NotFound):
        await journal.resolve("new-a", "nothing")
    with pytest.raises(CannotResolve, match="no run new-b"):
        await journal.resolve("new-b", None)
    await order(store, "c", runs.SUBMITTING)
    with pytest.raises(CannotResolve, match="it is submitting"):
        await journal.resolve("new-c", None)
    assert state(store, "new-a") == (runs.UNKNOWN, "no answer")


# -- programs that may have ended ------


async def test_it_is_told_when_it_will_be_known_whether_another_program_has_ended(
    store: Store, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    await order(store, "a", runs.SUBMITTING, owner="other")
    await order(store, "b", runs.WAITING)
    await store.database.write(partial(hold, "other"))
    await journal.settle()
    assert state(store, "new-a")[0] == runs.SUBMITTING
    (seconds,) = journal.elsewhere().values()
    assert seconds is not None
    assert 0 < seconds <= LENGTH
    monkeypatch.setattr("replicate_tui.core.history.leases.sleeps", lambda holder: True)
    assert journal.elsewhere() == {"new-a": None}


def hold(holder: str, db: sqlite3.Connection) -> None:
    """A program has taken its lease."""
    db.execute("INSERT INTO leases VALUES (?, ?, ?)", (program_lease(holder), holder, time.time() + LENGTH))


async def test_nobody_waits_for_the_lease_of_a_program_that_has_ended_here(store: Store, journal: Journal) -> None:
    told = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", "from replicate_tui.core.history import program; print(program.named())"],
        capture_output=True,
        text=True,
        check=True,
    )
    gone = told.stdout.strip()
    await order(store, "a", runs.SUBMITTING, owner=gone)
    await order(store, "b", runs.WAITING, owner=gone)
    elsewhere = f"{gone.partition('-')[0]}-{'0' * 12}-{gone.rpartition('-')[2]}"
    await order(store, "c", runs.WAITING, owner=elsewhere)
    for holder in (gone, elsewhere):
        await store.database.write(partial(hold, holder))
    await journal.settle()
    assert state(store, "new-a")[0] == runs.UNKNOWN
    assert state(store, "new-b")[0] == runs.NOT_SUBMITTED
    assert state(store, "new-c")[0] == runs.WAITING, "another machine's processes have other numbers"
