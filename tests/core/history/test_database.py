"""The history file: versions, windows, two programs at once."""

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from replicate_tui.core.history.accounts import adopt
from replicate_tui.core.history.database import Asked, Database, DatabaseError, ModelRow, RunRow, RunText, Scope
from replicate_tui.core.history.migrations import MIGRATIONS
from tests.core.scripted import run_object

ACME = Scope("api.replicate.com", "acme")
OTHER = Scope("api.replicate.com", "other")

RAW = run_object("k7x2m9qd5rrm80cn4wf9t0a6zc", "succeeded")
ROW = RunRow(
    id="k7x2m9qd5rrm80cn4wf9t0a6zc",
    kind="prediction",
    status="succeeded",
    model="acme/painter",
    version="hidden",
    deployment="",
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


async def test_runs_are_listed_newest_first(tmp_path: Path) -> None:
    database = Database.open(file_of(tmp_path))
    for number in range(4):
        await database.save_run(ACME, replace(ROW, id=f"run{number}", created_at=number), {}, "")
    assert database.run_ids(ACME) == ["run3", "run2", "run1", "run0"]
    assert database.run_ids(ACME, limit=2) == ["run3", "run2"]
    await database.close()


TEXTS = {
    "k1": RunText(prompt="a heron", output="Grey it stands"),
    "k2": RunText(prompt="a boat\nand négligé dress", error="CUDA out of memory"),
    "k3": RunText(prompt="100% of a boat_house"),
}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["boat"], ["k3", "k2"]),
        (["BOAT"], ["k3", "k2"]),
        (["boat", "100%"], ["k3"]),
        (["her"], ["k1"]),
        (["eron"], []),
        (["stands"], ["k1"]),
        (["cuda", "memory"], ["k2"]),
        (["neglige"], ["k2"]),
        (["acme/pain"], ["k3", "k2", "k1"]),
        (["succ"], ["k3", "k2", "k1"]),
        (["k2"], ["k2"]),
        (["boat_h"], ["k3"]),
        (["%"], ["k3"]),
        (["_"], ["k3"]),
        (['"'], []),
        (["AND"], ["k2"]),
        (["NEAR(", "*"], []),
        (["\ud800", "\0"], []),
        (["a" * 5000], []),
        (["%" * 60_000], []),
        ([f"word{number}" for number in range(5000)], []),
    ],
)
async def test_runs_are_found_by_the_beginning_of_every_word(
    tmp_path: Path, words: list[str], found: list[str]
) -> None:
    database = Database.open(file_of(tmp_path))
    for number, (name, text) in enumerate(TEXTS.items()):
        await database.save_run(ACME, replace(ROW, id=name, created_at=number), {}, "", found_by=text)
    assert database.run_ids(ACME, words=words) == found
    assert database.run_ids(OTHER, words=words) == []
    await database.close()


WRITTEN = {
    "k1": RunText(prompt="port it from C to C++ -> then to Rust???"),
    "k2": RunText(prompt="一只苍鹭站在水边", output="かもめが飛ぶ"),
    "k3": RunText(prompt="왜가리 한 마리", error="🦩 is no heron"),
    "k4": RunText(prompt="cut 1000 boats, 100% of them"),
}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["C++"], ["k1"]),
        (["c++"], ["k1"]),
        (["->"], ["k1"]),
        (["???"], ["k1"]),
        (["C++", "rust"], ["k1"]),
        (["C++", "boats"], []),
        (["C#"], []),
        (["100%"], ["k4"]),
        (["苍鹭"], ["k2"]),
        (["水"], ["k2"]),
        (["もめ"], ["k2"]),
        (["가리"], ["k3"]),
        (["🦩"], ["k3"]),
        (["boats,"], ["k4"]),
    ],
)
async def test_signs_and_scripts_without_spaces_are_found_wherever_they_stand(
    tmp_path: Path, words: list[str], found: list[str]
) -> None:
    database = Database.open(file_of(tmp_path))
    for number, (name, text) in enumerate(WRITTEN.items()):
        await database.save_run(ACME, replace(ROW, id=name, created_at=number), {}, "", found_by=text)
    assert database.run_ids(ACME, words=words) == found
    assert database.holding(ACME, words, list(WRITTEN)) == set(found)
    await database.close()


async def test_of_some_runs_those_that_hold_the_words_are_told(tmp_path: Path) -> None:
    database = Database.open(file_of(tmp_path))
    for number in range(6):
        text = RunText("heron" if number % 2 else "boat")
        await database.save_run(ACME, replace(ROW, id=f"r{number}"), {}, "", found_by=text)
    assert database.holding(ACME, ["her"], ["r1", "r2", "r5", "gone"]) == {"r1", "r5"}
    assert database.holding(ACME, [], ["r1", "r2", "gone"]) == {"r1", "r2"}
    assert database.holding(ACME, ["r4"], ["r3", "r4"]) == {"r4"}
    assert database.holding(OTHER, [], ["r1"]) == set()
    assert database.holding(ACME, ["her"], []) == set()
    await database.close()


async def test_a_run_is_found_by_what_it_is_now(tmp_path: Path) -> None:
    database = Database.open(file_of(tmp_path))
    await database.save_run(ACME, ROW, {}, "", found_by=RunText("heron"))
    await database.save_run(ACME, ROW, {}, "", found_by=RunText("boat"))
    await database.save_run(ACME, replace(ROW, status="canceled"), {}, "")
    assert database.run_ids(ACME, words=["heron"]) == []
    assert database.run_ids(ACME, words=["boat"]) == [ROW.id]
    await database.close()


async def test_a_run_that_goes_is_found_no_more(tmp_path: Path) -> None:
    database = Database.open(file_of(tmp_path))
    token = Scope(ACME.host, "f00d", "f00d")
    await database.save_run(ACME, ROW, RAW, "", found_by=RunText("heron"))
    await database.save_run(token, ROW, {**RAW, "input": {"prompt": "boat"}}, "", found_by=RunText("boat"))
    await adopt(database, token, "acme")
    assert database.run_ids(ACME, words=["boat"]) == [ROW.id]
    assert database.run_ids(ACME, words=["heron"]) == []
    assert database.read("SELECT count(*) FROM run_texts", ()) == [(1,)]
    await database.close()


async def test_what_ended_does_not_begin_again_by_a_late_word_of_another_program(tmp_path: Path) -> None:
    ours, theirs = Database.open(file_of(tmp_path)), Database.open(file_of(tmp_path))
    await ours.save_run(ACME, replace(ROW, folder="/kept"), {}, "all")
    await theirs.save_run(ACME, replace(ROW, status="processing", completed_at=None), {}, "some")
    kept = ours.run(ACME, ROW.id)
    assert kept is not None
    assert (kept[0].status, kept[0].folder, kept[2]) == ("succeeded", "/kept", "all")
    await theirs.save_run(ACME, replace(ROW, error="late"), {}, "all of it")
    kept = ours.run(ACME, ROW.id)
    assert kept is not None
    assert (kept[0].error, kept[0].folder) == ("late", "/kept"), "who does not know of the folder does not forget it"
    await ours.close()
    await theirs.close()


async def test_each_program_learns_what_the_other_wrote(tmp_path: Path) -> None:
    ours, theirs = Database.open(file_of(tmp_path)), Database.open(file_of(tmp_path))
    await ours.save_run(ACME, replace(ROW, id="mine"), {}, "")
    assert ours.changed_by_others(ACME) == []
    await theirs.save_run(ACME, replace(ROW, id="theirs"), {}, "")
    await theirs.save_run(OTHER, replace(ROW, id="another account's"), {}, "")
    assert ours.changed_by_others(ACME) == ["theirs"]
    assert ours.changed_by_others(ACME) == []
    await theirs.set_folder(ACME, "mine", "/kept")
    assert ours.changed_by_others(ACME) == ["mine"]
    assert theirs.changed_by_others(ACME) == [], "what the other wrote before is its last word no more"
    await ours.close()
    await theirs.close()


async def test_runs_are_listed_by_their_kind(tmp_path: Path) -> None:
    database = Database.open(file_of(tmp_path))
    for number, (kind, prompt) in enumerate([("prediction", "boat"), ("training", "boat"), ("prediction", "heron")]):
        row = replace(ROW, id=f"r{number}", kind=kind, created_at=float(number))
        await database.save_run(ACME, row, {}, "", found_by=RunText(prompt))
    assert database.run_ids(ACME) == ["r2", "r1", "r0"]
    assert database.run_ids(ACME, kind="prediction") == ["r2", "r0"]
    assert database.run_ids(ACME, kind="training") == ["r1"]
    assert database.run_ids(ACME, kind="prediction", words=["boat"]) == ["r0"]
    assert database.run_ids(ACME, kind="training", words=["heron"]) == []
    assert database.run_ids(OTHER, kind="training") == []
    assert database.holding(ACME, ["boat"], ["r0", "r1", "r2"]) == {"r0", "r1"}
    assert database.holding(ACME, ["boat"], ["r0", "r1", "r2"], kind="prediction") == {"r0"}
    assert database.holding(ACME, [], ["r0", "r1", "r2"], kind="training") == {"r1"}
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
    assert database.ids_in(ACME, ["unknown", "x", "succeeded"]) == ["c", "d"]
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
    columns = [name for name in RunRow.__slots__ if name not in ("deployment", "source", "tags", "note")]
    names = ", ".join(columns)
    marks = ", ".join("?" * len(columns))
    values = [getattr(ROW, name) for name in columns]
    connection.execute(
        f"INSERT INTO runs (host, account, {names}, raw, logs) VALUES ('h', 'a', {marks}, ?, 'l')",
        [*values, '{"source": "web"}'],
    )
    if version >= 4:  # where runs were made was kept from then on
        connection.execute("UPDATE runs SET source = 'web'")
    if version >= 3:  # runs were found by their texts from then on
        connection.execute("INSERT INTO run_texts (rowid, model, prompt) SELECT number, model, what FROM runs")
    connection.execute("INSERT INTO models VALUES ('h', 'acme/painter', 'd', 3, 0, 1.0, '{\"owner\": \"acme\"}')")
    connection.execute(f"PRAGMA user_version = {version}")
    connection.commit()
    connection.close()
    scope = Scope("h", "a")
    database = Database.open(file_of(tmp_path))
    assert database.run(scope, ROW.id) == (replace(ROW, source="web"), {"source": "web"}, "l")
    assert database.asked(scope, ROW.id) == Asked()
    assert database.model("h", "acme/painter") == {"owner": "acme"}
    assert database.run_ids(scope, words=["heron", "painter"]) == [ROW.id]
    await database.save_version("h", "acme/painter", "v1", {"id": "v1"})
    assert database.version("h", "v1") == ("acme/painter", {"id": "v1"})
    await database.close()


async def test_what_a_run_was_asked_for_with_outlives_every_answer_about_it(tmp_path: Path) -> None:
    database = Database.open(file_of(tmp_path))
    token = Scope(ACME.host, "f00d", "f00d")
    asked = Asked('{"block": 5}', database.program)
    await database.save_run(token, replace(ROW, id="new-1", status="submitting"), {}, "", asked=asked)
    await database.save_run(token, ROW, {}, "")  # told by a list before its own answer
    await database.save_run(token, ROW, {}, "", instead_of="new-1")
    await database.save_run(token, replace(ROW, status="failed"), {}, "")
    assert database.asked(token, ROW.id) == asked
    await adopt(database, token, "acme")
    assert database.asked(ACME, ROW.id) == asked
    await database.save_run(token, ROW, {}, "")  # another program does not know the account yet
    await adopt(database, token, "acme")
    assert database.asked(ACME, ROW.id) == asked
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


def made_up_to(folder: Path, version: int) -> sqlite3.Connection:
    """A file of an older version."""
    connection = sqlite3.connect(file_of(folder))
    for statement in [each for step in MIGRATIONS[:version] for each in step]:
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {version}")
    return connection


async def test_a_file_that_has_an_index_of_a_later_version_is_brought_to_that(tmp_path: Path) -> None:
    connection = made_up_to(tmp_path, 5)
    connection.execute("CREATE INDEX trainings_by_time ON runs (host, account)")
    connection.commit()
    connection.close()
    database = Database.open(file_of(tmp_path))
    assert database.read("PRAGMA user_version", ()) == [(len(MIGRATIONS),)]
    await database.close()


def test_a_file_that_cannot_be_brought_to_the_newest_version_stays_as_it_was_and_what_to_do_is_told(
    tmp_path: Path,
) -> None:
    connection = made_up_to(tmp_path, 4)
    connection.execute("CREATE TABLE saved_filters (name TEXT)")
    connection.commit()
    connection.close()
    with pytest.raises(DatabaseError, match="another name to begin a new history"):
        Database.open(file_of(tmp_path))
    connection = sqlite3.connect(file_of(tmp_path))
    assert connection.execute("PRAGMA user_version").fetchone() == (4,)
    assert connection.execute("SELECT name FROM sqlite_master WHERE name = 'releases_seen'").fetchall() == []
    connection.close()
    assert damaged_files(tmp_path) == []


async def test_a_file_of_a_newer_version_is_left_to_it_and_one_beside_it_used(tmp_path: Path) -> None:
    connection = sqlite3.connect(file_of(tmp_path))
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.commit()
    connection.close()
    before = file_of(tmp_path).read_bytes()
    for _ in range(2):
        database = Database.open(file_of(tmp_path))
        assert "newer version" in database.warning
        assert database.path.name in database.warning
        await database.save_run(ACME, ROW, {}, "")
        await database.close()
    assert file_of(tmp_path).read_bytes() == before
    database = Database.open(file_of(tmp_path))
    assert database.run_ids(ACME) == [ROW.id]
    await database.close()


def damaged_files(folder: Path) -> list[Path]:
    return list(folder.glob("history.damaged-*.db"))


def _broken(path: Path) -> None:
    """The head of a database, and then nothing of one."""
    connection = sqlite3.connect(path)
    for statement in [each for step in MIGRATIONS for each in step]:
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    connection.commit()
    connection.close()
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xff" * (len(content) - 100))


@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(b"just text " * 99), _broken])
async def test_a_damaged_file_is_set_aside_whole_and_a_new_one_begun(
    tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    damage(file_of(tmp_path))
    before = file_of(tmp_path).read_bytes()
    database = Database.open(file_of(tmp_path))
    [aside] = damaged_files(tmp_path)
    assert aside.read_bytes() == before
    assert aside.name in database.warning
    await database.save_run(ACME, ROW, {}, "")
    await database.close()
    again = Database.open(file_of(tmp_path))
    assert again.warning == ""
    assert again.run_ids(ACME) == [ROW.id]
    await again.close()


async def test_damage_done_while_the_file_is_open_is_told(tmp_path: Path) -> None:
    database = Database.open(file_of(tmp_path))
    await database.save_run(ACME, ROW, {}, "x" * 100_000)
    database.read("PRAGMA wal_checkpoint(TRUNCATE)", ())
    with file_of(tmp_path).open("r+b") as file:
        file.write(b"\0" * 4096)
    other = sqlite3.connect(file_of(tmp_path))
    with pytest.raises(DatabaseError, match=r"history\.db cannot be"):
        database.run_ids(ACME)
    other.close()
    await database.close()


async def test_the_file_is_readable_by_its_user_alone(tmp_path: Path) -> None:
    database = Database.open(file_of(tmp_path))
    assert file_of(tmp_path).stat().st_mode & 0o077 == 0
    await database.close()
