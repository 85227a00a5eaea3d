"""What becomes of what is watched when the history file is deleted or replaced under an open store."""

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.api.resources import Prediction
from replicate_tui.core.history import memory, runs
from replicate_tui.core.history import store as store_module
from replicate_tui.core.history.database import Asked, Database, DatabaseError
from replicate_tui.core.history.leases import Leases
from replicate_tui.core.history.runs import Run
from replicate_tui.core.history.store import Store
from tests.core.scripted import SCOPE, opened, run_object
from tests.waiting import eventually

pytestmark = pytest.mark.skipif(os.name == "nt", reason="an open file cannot be deleted there")

NOW = 1_770_000_000.0


async def put(store: Store, document: dict[str, Any]) -> Run:
    return await store.put(Prediction.of(document), now=NOW)


@asynccontextmanager
async def elsewhere(path: Path) -> AsyncIterator[Store]:
    """What a program sees that opens the file now."""
    async with opened(path) as store:
        yield store


def delete(path: Path) -> None:
    path.unlink()


def delete_all(path: Path) -> None:
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()


def move_folder(path: Path) -> None:
    path.parent.rename(path.parent.with_name("moved"))


def move_file(path: Path, target: Path) -> None:
    path.rename(target)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "profile" / "history.db"


@pytest.mark.parametrize("lose", [delete, delete_all, move_folder])
async def test_a_deleted_file_is_begun_anew_with_what_was_watched(path: Path, lose: Callable[[Path], None]) -> None:
    async with opened(path) as store:
        await put(store, run_object("r1", logs="half\n"))
        await put(store, run_object("r2", "succeeded", output="done", input={"prompt": "a lighthouse"}))
        ordered = runs.ordered("new-1", "acme/painter", "v", {"prompt": "x"}, now=NOW, status=runs.WAITING)
        await store.save(ordered, asked=Asked("options", "owner"))
        lose(path)
        assert store.database.fate() == "deleted"
        told: list[str] = []
        warnings: list[str] = []
        store.subscribe(told.append)
        store.warn = warnings.append
        await store.notice_loss()
        assert store.database.fate() == ""
        assert told == [""]
        assert len(warnings) == 1
        assert f"{path} was deleted" in warnings[0]
        await put(store, run_object("r3"))
        assert await store.advance(runs.with_status(ordered, runs.UPLOADING, None), runs.WAITING)
        await store.notice_loss()
        assert len(warnings) == 1
        async with elsewhere(path) as other:
            for seen in (store, other):
                assert sorted(seen.ids()) == ["new-1", "r1", "r2", "r3"]
                assert seen.active == {"r1", "r3"}
                assert seen.ids(["lighthouse"]) == ["r2"]
                run = seen.run("r1")
                assert run is not None
                assert (run.logs, run.seen_at) == ("half\n", NOW)
                assert seen.database.asked(SCOPE, "new-1") == Asked("options", "owner")
            moving = other.row("new-1")
            assert moving is not None
            assert moving.status == runs.UPLOADING


async def test_active_runs_that_are_not_in_memory_are_put_back_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "KEPT_RUNS", 3)
    monkeypatch.setattr(memory, "KEPT_ROWS", 3)
    async with opened(path) as store:
        for number in range(9):
            await put(store, run_object(f"r{number}", logs=f"of {number}\n"))
        delete(path)
        await store.notice_loss()
        async with elsewhere(path) as other:
            assert sorted(other.ids()) == [f"r{number}" for number in range(9)]
            assert [run.logs for number in range(9) if (run := other.run(f"r{number}"))] == [
                f"of {number}\n" for number in range(9)
            ]


async def test_what_is_being_written_meanwhile_is_not_lost(path: Path) -> None:
    async with opened(path) as store:
        await put(store, run_object("r0"))
        before = [asyncio.create_task(put(store, run_object(f"a{number}"))) for number in range(30)]
        delete(path)
        noticing = asyncio.create_task(store.notice_loss())
        after = [asyncio.create_task(put(store, run_object(f"b{number}"))) for number in range(30)]
        await asyncio.gather(*before, noticing, *after)
        async with elsewhere(path) as other:
            assert len(other.ids()) == len(store.ids()) == 61
            assert other.active == store.active


async def another_history(folder: Path, *documents: dict[str, Any]) -> Path:
    async with opened(folder / "history.db") as store:
        for document in documents:
            await put(store, document)
    return folder / "history.db"


async def test_a_file_put_in_its_place_is_used_and_given_what_was_watched(path: Path, tmp_path: Path) -> None:
    other_file = await another_history(
        tmp_path / "other", run_object("r1", "succeeded", logs="all\n"), run_object("r2"), run_object("r9")
    )
    async with opened(path) as store:
        await put(store, run_object("r1", logs="half\n"))
        await put(store, run_object("r2", "failed", error="no"))
        await put(store, run_object("r3"))
        other_file.replace(path)
        warnings: list[str] = []
        store.warn = warnings.append
        assert store.database.fate() == "replaced"
        await store.notice_loss()
        assert len(warnings) == 1
        assert f"{path} was replaced" in warnings[0]
        async with elsewhere(path) as other:
            for seen in (store, other):
                assert sorted(seen.ids()) == ["r1", "r2", "r3", "r9"]
                assert seen.active == {"r3", "r9"}
                states = [run.status for run_id in ("r1", "r2") if (run := seen.run(run_id))]
                assert states == ["succeeded", "failed"], "what has ended in either of the two has ended"
            assert other.database.read("PRAGMA integrity_check", ()) == [("ok",)]


async def test_programs_that_lose_one_file_find_each_other_in_the_next(path: Path) -> None:
    async with opened(path) as one, opened(path) as two:
        await put(one, run_object("r1"))
        two.notice_others()
        await put(two, run_object("r2"))
        held = Leases(one.database)
        assert await held.take("watching")
        delete(path)
        await one.notice_loss()
        await put(one, run_object("r3"))
        await two.notice_loss()
        one.notice_others()
        two.notice_others()
        await put(two, run_object("r1", "succeeded"))
        one.notice_others()
        assert sorted(one.ids()) == sorted(two.ids()) == ["r1", "r2", "r3"]
        assert one.active == two.active == {"r2", "r3"}
        assert Leases(two.database).held_by("watching") == held.holder


async def test_listening_notices_the_loss(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "OTHERS_INTERVAL", 0.01)
    async with opened(path) as store:
        await put(store, run_object("r1"))
        listening = asyncio.create_task(store.listen())
        delete(path)
        await eventually(lambda: path.exists() and store.database.fate() == "", "a new file")
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening
        async with elsewhere(path) as other:
            assert other.ids() == ["r1"]


async def test_whoever_ends_amid_the_change_leaves_all_of_it_done(path: Path) -> None:
    async with opened(path) as store:
        await put(store, run_object("r1"))
        delete(path)
        noticing = asyncio.create_task(store.notice_loss())
        await eventually(path.exists, "a new file")
        noticing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await noticing
    async with elsewhere(path) as other:
        assert other.ids() == ["r1"]


async def test_where_there_can_be_no_file_nothing_is_lost_until_there_can(path: Path) -> None:
    async with opened(path) as store:
        await put(store, run_object("r1"))
        move_folder(path)
        path.parent.write_text("a file where a folder belongs")
        with pytest.raises(DatabaseError):
            await store.notice_loss()
        await put(store, run_object("r2"))
        path.parent.unlink()
        await store.notice_loss()
        async with elsewhere(path) as other:
            assert sorted(other.ids()) == sorted(store.ids()) == ["r1", "r2"]


async def test_a_damaged_file_put_in_its_place_is_set_aside(path: Path, tmp_path: Path) -> None:
    async with opened(path) as store:
        await put(store, run_object("r1"))
        damaged = tmp_path / "damaged"
        damaged.write_bytes(b"just text " * 99)
        damaged.replace(path)
        warnings: list[str] = []
        store.warn = warnings.append
        await store.notice_loss()
        assert "was replaced" in warnings[0]
        assert "set aside" in warnings[0]
        assert store.ids() == ["r1"]


async def test_a_file_that_was_moved_away_has_all_that_was_written(path: Path, tmp_path: Path) -> None:
    async with opened(path) as store:
        await put(store, run_object("r1"))
        move_file(path, tmp_path / "kept.db")
        await store.notice_loss()
        await put(store, run_object("r2"))
    database = Database.open(tmp_path / "kept.db")
    assert database.run_ids(SCOPE) == ["r1"]
    await database.close()


def test_what_a_deleted_file_left_beside_it_is_not_read_into_a_new_one(path: Path) -> None:
    path.parent.mkdir()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE old (value)")
    left = path.with_name("history.db-wal").read_bytes()
    connection.close()
    path.unlink()
    path.with_name("history.db-wal").write_bytes(left)
    database = Database.open(path)
    assert database.read("SELECT name FROM sqlite_master WHERE name = 'old'", ()) == []
    asyncio.run(database.close())
