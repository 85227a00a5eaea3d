"""The history file: versions, windows, two programs at once."""

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from replicate_tui.core.database import Database, DatabaseError, ModelRow, RunRow, Scope
from replicate_tui.core.migrations import MIGRATIONS

ACME = Scope("api.replicate.com", "acme")
OTHER = Scope("api.replicate.com", "other")

ROW = RunRow(
    id="k7x2m9qd5rrm80cn4wf9t0a6zc",
    kind="prediction",
    status="succeeded",
    model="acme/painter",
    version="hidden",
    what="a heron at 100%",
    error="",
    created_at=100.0,
    started_at=101.0,
    completed_at=103.0,
    seconds=2.0,
    progress=None,
    files=1,
    folder=None,
    removed=False,
    seen_at=100.5,
)


def file_of(tmp_path: Path) -> Path:
    return tmp_path / "history.db"


async def test_a_run_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    database = Database.open(file_of(tmp_path))
    await database.save_run(ACME, ROW, {"id": ROW.id, "n": 1}, "line\n")
    assert database.run(ACME, ROW.id) == (ROW, {"id": ROW.id, "n": 1}, "line\n")
    assert database.run_rows(ACME, [ROW.id, "unknown"]) == {ROW.id: ROW}
    await database.close()


async def test_rows_of_another_account_are_not_seen(tmp_path: Path) -> None:
    database = Database.open(file_of(tmp_path))
    await database.save_run(ACME, ROW, {}, "")
    assert database.run(OTHER, ROW.id) is None
    assert database.run_ids(OTHER) == []
    await database.close()


async def test_text_that_sqlite_cannot_hold_is_kept_readable(tmp_path: Path) -> None:
    database = Database.open(file_of(tmp_path))
    await database.save_run(ACME, replace(ROW, what="half \ud800"), {"input": "\udfff", "nul": "a\0b"}, "log \ud800\n")
    kept = database.run(ACME, ROW.id)
    assert kept is not None
    assert kept[0].what == "half ?"
    assert kept[1] == {"input": "\udfff", "nul": "a\0b"}
    await database.close()


async def test_runs_are_listed_newest_first_and_found_by_every_word(tmp_path: Path) -> None:
    database = Database.open(file_of(tmp_path))
    for number, what in enumerate(["a heron", "a boat", "100% of a boat", "a_b"]):
        await database.save_run(ACME, replace(ROW, id=f"run{number}", what=what, created_at=number), {}, "")
    assert database.run_ids(ACME) == ["run3", "run2", "run1", "run0"]
    assert database.run_ids(ACME, limit=2) == ["run3", "run2"]
    assert database.run_ids(ACME, words=["BOAT"]) == ["run2", "run1"]
    assert database.run_ids(ACME, words=["boat", "100%"]) == ["run2"]
    assert database.run_ids(ACME, words=["a_b"]) == ["run3"]
    assert database.run_ids(ACME, words=["painter", "succeeded"]) == ["run3", "run2", "run1", "run0"]
    await database.close()


async def test_a_run_takes_the_place_of_its_local_row(tmp_path: Path) -> None:
    database = Database.open(file_of(tmp_path))
    await database.save_run(ACME, replace(ROW, id="new-1", status="submitting", completed_at=None), {}, "")
    await database.save_run(ACME, ROW, {}, "", instead_of="new-1")
    assert database.run_ids(ACME) == [ROW.id]
    await database.close()


async def test_unfinished_runs_are_those_without_an_end(tmp_path: Path) -> None:
    database = Database.open(file_of(tmp_path))
    for name, status, end in [
        ("a", "processing", None),
        ("b", "succeeded", 5.0),
        ("c", "unknown", None),
        ("d", "x", None),
    ]:
        await database.save_run(ACME, replace(ROW, id=name, status=status, completed_at=end), {}, "")
    assert database.unfinished_ids(ACME, ["unknown"]) == ["a", "d"]
    await database.close()


async def test_what_a_token_made_becomes_its_accounts_once_that_is_known(tmp_path: Path) -> None:
    database = Database.open(file_of(tmp_path))
    await database.save_run(Scope(ACME.host, "f00d"), ROW, {}, "")
    await database.save_account(ACME.host, "f00d", "acme")
    assert database.account(ACME.host, "f00d") == "acme"
    assert database.run_ids(ACME) == [ROW.id]
    await database.close()


async def test_models_are_listed_most_run_first(tmp_path: Path) -> None:
    database = Database.open(file_of(tmp_path))
    rows = [ModelRow("a/quiet", "", 3, False), ModelRow("b/loud", "all the time", 900, True)]
    await database.save_models("h", [(row, {"name": row.name}) for row in rows], 1.0)
    assert database.model_rows("h") == rows[::-1]
    assert database.model("h", "a/quiet") == {"name": "a/quiet"}
    assert database.model("elsewhere", "a/quiet") is None
    await database.close()


async def test_two_programs_open_and_write_one_new_file_at_once(tmp_path: Path) -> None:
    first, second = await asyncio.gather(*(asyncio.to_thread(_opened_elsewhere, file_of(tmp_path)) for _ in range(2)))
    assert first == second == len(MIGRATIONS)
    ours, theirs = Database.open(file_of(tmp_path)), Database.open(file_of(tmp_path))
    await asyncio.gather(
        *(
            database.save_run(ACME, replace(ROW, id=f"{name}{number}"), {}, "")
            for name, database in (("ours", ours), ("theirs", theirs))
            for number in range(50)
        )
    )
    assert len(ours.run_ids(ACME)) == len(theirs.run_ids(ACME)) == 100
    await ours.close()
    await theirs.close()


def _opened_elsewhere(path: Path) -> int:
    database = Database.open(path)
    with sqlite3.connect(path) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    asyncio.run(_closed_in_its_own_thread(database))
    return int(version)


async def _closed_in_its_own_thread(database: Database) -> None:
    await database.close()


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
async def test_a_file_of_an_older_version_keeps_what_it_holds(tmp_path: Path, version: int) -> None:
    connection = sqlite3.connect(file_of(tmp_path))
    for statement in [each for step in MIGRATIONS[:version] for each in step]:
        connection.execute(statement)
    names = ", ".join(RunRow.__slots__)
    marks = ", ".join("?" * len(RunRow.__slots__))
    values = [getattr(ROW, name) for name in RunRow.__slots__]
    connection.execute(
        f"INSERT INTO runs (host, account, {names}, raw, logs) VALUES ('h', 'a', {marks}, '{{}}', 'l')", values
    )
    connection.execute("INSERT INTO models VALUES ('h', 'acme/painter', 'd', 3, 0, 1.0, '{\"owner\": \"acme\"}')")
    connection.execute(f"PRAGMA user_version = {version}")
    connection.commit()
    connection.close()
    scope = Scope("h", "a")
    database = Database.open(file_of(tmp_path))
    assert database.run(scope, ROW.id) == (ROW, {}, "l")
    assert database.asked(scope, ROW.id) == ""
    assert database.model("h", "acme/painter") == {"owner": "acme"}
    await database.set_asked(scope, ROW.id, "{}")
    await database.save_version("h", "acme/painter", "v1", {"id": "v1"})
    assert database.version("h", "v1") == ("acme/painter", {"id": "v1"})
    await database.close()


async def test_what_a_run_was_asked_for_with_outlives_every_answer_about_it(tmp_path: Path) -> None:
    database = Database.open(file_of(tmp_path))
    token = Scope(ACME.host, "f00d")
    await database.save_run(token, replace(ROW, id="new-1", status="submitting"), {}, "")
    await database.set_asked(token, "new-1", '{"block": 5}')
    await database.save_run(token, ROW, {}, "")  # told by a list before its own answer
    await database.save_run(token, ROW, {}, "", instead_of="new-1")
    await database.save_run(token, replace(ROW, status="failed"), {}, "")
    assert database.asked(token, ROW.id) == '{"block": 5}'
    await database.save_account(ACME.host, "f00d", "acme")
    assert database.asked(ACME, ROW.id) == '{"block": 5}'
    await database.save_run(token, ROW, {}, "")  # another program does not know the account yet
    await database.save_account(ACME.host, "f00d", "acme")
    assert database.asked(ACME, ROW.id) == '{"block": 5}'
    await database.close()


async def test_versions_of_one_id_are_told_apart_by_their_models(tmp_path: Path) -> None:
    database = Database.open(file_of(tmp_path))
    await database.save_version("h", "a/b", "1", {"id": "1", "of": "b"})
    await database.save_version("h", "a/c", "1", {"id": "1", "of": "c"})
    await database.save_version("h", "a/c", "1", {"id": "1", "of": "c", "more": True})
    assert database.version("h", "1", "a/b") == ("a/b", {"id": "1", "of": "b"})
    assert database.version("h", "1", "a/c") == ("a/c", {"id": "1", "of": "c", "more": True})
    assert database.version("elsewhere", "1") is None
    await database.close()


async def test_a_model_is_found_by_a_version_that_it_ran(tmp_path: Path) -> None:
    database = Database.open(file_of(tmp_path))
    await database.save_run(ACME, replace(ROW, version="v1"), {}, "")
    assert database.model_of_version(ACME, "v1") == "acme/painter"
    assert database.model_of_version(OTHER, "v1") is None
    await database.close()


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    connection = sqlite3.connect(file_of(tmp_path))
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.commit()
    connection.close()
    before = file_of(tmp_path).read_bytes()
    with pytest.raises(DatabaseError, match="newer version"):
        Database.open(file_of(tmp_path))
    assert file_of(tmp_path).read_bytes() == before


def test_a_file_that_is_no_database_is_named_and_left_alone(tmp_path: Path) -> None:
    file_of(tmp_path).write_bytes(b"not a database at all, just text " * 40)
    with pytest.raises(DatabaseError, match=r"history\.db"):
        Database.open(file_of(tmp_path))
    assert file_of(tmp_path).read_bytes().startswith(b"not a database")


async def test_the_file_is_readable_by_its_user_alone(tmp_path: Path) -> None:
    database = Database.open(file_of(tmp_path))
    assert file_of(tmp_path).stat().st_mode & 0o077 == 0
    await database.close()
