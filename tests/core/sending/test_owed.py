"""A history file that cannot be written while a run is on its way: what became of the run is written later."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.api.client import Client
from replicate_tui.core.forms.inputs import fields
from replicate_tui.core.history import runs
from replicate_tui.core.history.database import Database, DatabaseError
from replicate_tui.core.history.leases import Leases
from replicate_tui.core.history.store import Store
from replicate_tui.core.models.target import Target
from replicate_tui.core.sending import launch
from replicate_tui.core.sending.journal import Journal
from replicate_tui.core.sending.launch import submit
from replicate_tui.core.sending.launch_queue import LaunchQueue
from replicate_tui.core.sending.owed import NotKept
from replicate_tui.core.sending.request import Launch
from tests.core.scripted import HANG_UP, SCOPE, Asked, Reply, Scripted, run_object, says
from tests.waiting import eventually

HERON = Launch(Target("acme/painter", "v1", "acme/painter", fields(None), None), {"prompt": "a heron"})


@pytest.fixture(autouse=True)
async def impatient(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for long until the file is free."""
    monkeypatch.setattr(launch, "KEPT_PAUSES", (0.01,))
    await database.write(lambda db: db.execute("PRAGMA busy_timeout = 20").fetchall())


@pytest.fixture
def journal(client: Client, store: Store) -> Journal:
    return Journal(client, store, Leases(store.database))


@pytest.fixture
def other(path: Path, database: Database) -> Iterator[sqlite3.Connection]:
    """Another program's connection to the file."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    yield connection
    connection.close()


def rows(path: Path) -> list[tuple[str, str]]:
    """Id and status of the rows on disk."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute("SELECT id, status FROM runs").fetchall()
    finally:
        connection.close()


def locking(other: sqlite3.Connection, reply: Reply) -> Callable[[Asked], Reply]:
    """An API that creates the run while the file gets locked."""

    def script(asked: Asked) -> Reply:
        other.execute("BEGIN IMMEDIATE")
        return reply

    return script


async def not_kept(sending: Any) -> NotKept:
    with pytest.raises(NotKept) as raised:
        await sending
    return raised.value


async def test_a_run_that_was_created_while_the_file_was_locked_takes_its_place_later(
    server: Scripted, client: Client, store: Store, journal: Journal, other: sqlite3.Connection, path: Path
) -> None:
    server.script = locking(other, says(run_object("r1", "starting"), 201))
    error = await not_kept(submit(client, store, HERON))
    assert "r1 was created" in str(error)
    ((key, status),) = rows(path)
    assert (key[:4], status) == (runs.LOCAL_ID, runs.SUBMITTING)
    journal.owe(error.owed)
    with pytest.raises(DatabaseError):
        await journal.settle()
    other.execute("ROLLBACK")
    await journal.settle()
    assert rows(path) == [("r1", "starting")]
    assert store.ids() == ["r1"]
    assert store.run(key) is None
    assert store.database.asked(store.scope, "r1").owner == store.database.program
    await journal.settle()
    assert len(server.asked) == 1, "nobody had to be asked about it"


async def test_a_run_that_was_created_while_the_disk_was_full_takes_its_place_later(
    server: Scripted, client: Client, store: Store, journal: Journal, database: Database, path: Path
) -> None:
    def limit(pages: int) -> Callable[[sqlite3.Connection], object]:
        return lambda db: db.execute(f"PRAGMA max_page_count = {pages}").fetchall()

    async def script(asked: Asked) -> Reply:
        await database.write(limit(1))  # no page more than there are
        return says(run_object("r1", "starting", logs="log " * 100_000), 201)

    server.script = script
    error = await not_kept(submit(client, store, HERON))
    assert "full" in str(error)
    assert [status for _, status in rows(path)] == [runs.SUBMITTING]
    journal.owe(error.owed)
    with pytest.raises(DatabaseError):
        await journal.settle()
    await database.write(limit(1_000_000))
    await journal.settle()
    assert rows(path) == [("r1", "starting")]


async def test_that_an_answer_was_lost_is_written_later(
    server: Scripted, client: Client, store: Store, journal: Journal, other: sqlite3.Connection, path: Path
) -> None:
    server.script = locking(other, HANG_UP)
    error = await not_kept(submit(client, store, HERON))
    other.execute("ROLLBACK")
    assert [status for _, status in rows(path)] == [runs.SUBMITTING]
    journal.owe(error.owed)
    await journal.settle()
    assert [status for _, status in rows(path)] == [runs.UNKNOWN]


@contextlib.asynccontextmanager
async def paused(client: Client) -> AsyncIterator[LaunchQueue]:
    queue = LaunchQueue(client.limiter)
    queue.paused = True
    giving = asyncio.create_task(queue.run())
    try:
        yield queue
    finally:
        giving.cancel()
        await asyncio.wait([giving])


async def test_what_could_not_go_on_because_of_the_file_was_not_sent_and_says_so_later(
    server: Scripted, client: Client, store: Store, journal: Journal, other: sqlite3.Connection, path: Path
) -> None:
    async with paused(client) as queue:
        sending = asyncio.create_task(submit(client, store, HERON, queue))
        await eventually(lambda: rows(path), "the row")
        other.execute("BEGIN IMMEDIATE")
        queue.paused = False
        error = await not_kept(sending)
    other.execute("ROLLBACK")
    assert [status for _, status in rows(path)] == [runs.WAITING]
    journal.owe(error.owed)
    await journal.settle()
    assert [status for _, status in rows(path)] == [runs.NOT_SUBMITTED]
    assert server.asked == []


async def test_a_run_of_which_not_even_the_row_could_be_written_leaves_none(
    server: Scripted, client: Client, store: Store, journal: Journal, other: sqlite3.Connection, path: Path
) -> None:
    other.execute("BEGIN IMMEDIATE")
    error = await not_kept(submit(client, store, HERON))
    other.execute("ROLLBACK")
    journal.owe(error.owed)
    await journal.settle()
    assert rows(path) == []
    assert store.run(error.owed.row.id) is None
    assert server.asked == []


async def test_what_another_program_has_settled_meanwhile_stays_as_it_says(
    server: Scripted, client: Client, store: Store, journal: Journal, other: sqlite3.Connection, path: Path
) -> None:
    server.script = locking(other, HANG_UP)
    error = await not_kept(submit(client, store, HERON))
    other.execute("ROLLBACK")
    database = Database.open(path)
    try:
        theirs = Store(database, SCOPE)
        row = theirs.run(error.owed.row.id)
        assert row is not None
        await theirs.save(runs.with_status(row, runs.NOT_SUBMITTED, "it is not there"))
    finally:
        await database.close()
    journal.owe(error.owed)
    await journal.settle()
    assert [status for _, status in rows(path)] == [runs.NOT_SUBMITTED]
    kept = store.run(error.owed.row.id)
    assert kept is not None
    assert kept.prediction.error == "it is not there"
