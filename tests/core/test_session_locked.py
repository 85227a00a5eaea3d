"""A session whose history file is locked by another program for a while."""

import sqlite3
import time
from collections.abc import AsyncIterator

import pytest

from replicate_tui.core import session as session_module
from replicate_tui.core.history import runs
from replicate_tui.core.history.database import DatabaseError
from replicate_tui.core.sending import launch, reconcile
from replicate_tui.core.session import Session, open_session
from replicate_tui.core.settings import Settings
from tests.waiting import eventually


@pytest.fixture
async def impatient(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Session]:
    """A session that does not wait for long until the file is free, and tries again soon."""
    monkeypatch.setattr(session_module, "RESTART_DELAY", 0.05)
    monkeypatch.setattr(launch, "KEPT_PAUSES", (0.01,))
    async with open_session(settings) as opened:
        await opened.connect()
        opened.start()
        await opened.store.database.write(lambda db: db.execute("PRAGMA busy_timeout = 20").fetchall())
        yield opened


@pytest.fixture
async def other(impatient: Session) -> AsyncIterator[sqlite3.Connection]:
    """Another program's connection to the file."""
    connection = sqlite3.connect(impatient.store.database.path, isolation_level=None)
    yield connection
    connection.close()


async def test_work_that_met_a_locked_file_begins_anew_and_comes_to_its_end(
    impatient: Session, other: sqlite3.Connection
) -> None:
    store = impatient.store
    row = runs.ordered("new-a", "local/hello-world", "1" * 64, {"text": "never sent"}, now=time.time() - 300)
    await store.save(reconcile.lost(row, "no answer", since=time.time() - 300))
    troubles: list[str] = []
    store.subscribe_connection(lambda now: troubles.append(now.reason) if now.state == "offline" else None)
    other.execute("BEGIN IMMEDIATE")
    impatient.journal.wake()
    await eventually(lambda: troubles, "the trouble")
    assert "cannot be written" in troubles[0]
    assert troubles[0].endswith("it is tried again")
    assert store.database.ids_in(store.scope, {runs.UNKNOWN}) == ["new-a"]
    other.execute("ROLLBACK")
    await eventually(lambda: not store.database.ids_in(store.scope, {runs.UNKNOWN}), "the journal")
    settled = store.row("new-a")
    assert settled is not None
    assert settled.status == runs.NOT_SUBMITTED
    target = await impatient.target("local/hello-world")
    run = await impatient.run(target, {"text": "again"})
    assert [seen.status async for seen in impatient.follow(run.id)][-1] == "succeeded", "the watcher works"


async def test_a_run_that_could_not_be_kept_is_kept_by_itself_when_the_file_is_free(
    impatient: Session, other: sqlite3.Connection
) -> None:
    store = impatient.store
    target = await impatient.target("local/hello-world")

    def lock(run_id: str) -> None:
        run = store.run(run_id)
        if run is not None and runs.SENT_AT in run.prediction.raw and not other.in_transaction:
            other.execute("BEGIN IMMEDIATE")

    async def sent() -> None:
        leave = store.subscribe(lock)
        try:
            await impatient.run(target, {"text": "kept later"})
        finally:
            leave()

    with pytest.raises(DatabaseError):
        await sent()
    (key,) = store.database.ids_in(store.scope, {runs.SUBMITTING})
    other.execute("ROLLBACK")
    await eventually(lambda: key not in store.ids(), "the run")
    found = [run for run_id in store.ids() if (run := store.run(run_id)) is not None]
    # The server's list may have told of other tests' runs, too.
    (kept,) = [run for run in found if run.prediction.input == {"text": "kept later"}]
    assert not runs.is_local(kept.id)
