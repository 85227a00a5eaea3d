"""A history file that cannot be used: what is said of it names it and tells what helps."""

import contextlib
import errno
import os
import sqlite3
from itertools import chain
from pathlib import Path

import pytest

from replicate_tui.core.history.database import Database
from replicate_tui.core.history.file_trouble import in_words
from replicate_tui.core.history.migrations import MIGRATIONS
from replicate_tui.core.history.opening import DamagedFile, DatabaseError, NewerFile, check, look, open_file
from replicate_tui.core.keeping.disk_trouble import file_above


def test_a_folder_in_the_files_place_is_to_be_moved_away(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    path.mkdir()
    with pytest.raises(DatabaseError, match="it is a folder: move it away") as raised:
        open_file(path)
    assert str(raised.value).startswith(f"{path} cannot be used: ")


def test_what_is_wrong_and_what_helps_are_told_apart_whatever_the_path_is(tmp_path: Path) -> None:
    path = tmp_path / "mine; not yours" / "history.db"
    path.mkdir(parents=True)
    with pytest.raises(DatabaseError) as raised:
        open_file(path)
    error = raised.value
    assert error.what.startswith(f"{path} cannot be used: ")
    assert error.advice.startswith("it is a folder: ")
    assert str(error) == f"{error.what}; {error.advice}"


def test_a_file_in_a_folders_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "profiles").write_bytes(b"")
    with pytest.raises(DatabaseError) as raised:
        open_file(tmp_path / "profiles" / "lab" / "history.db")
    assert f"{tmp_path / 'profiles'} is a file where a folder belongs: move it away" in str(raised.value)


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (PermissionError(errno.EACCES, os.strerror(errno.EACCES)), "let this program read and write in"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "make room on the disk of"),
        (TimeoutError("no lock"), "another program holds it"),
        (sqlite3.OperationalError("no such table: runs"), ""),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_what_helps_is_told_where_it_is_known(tmp_path: Path, error: OSError | sqlite3.Error, advice: str) -> None:
    what, told = in_words(tmp_path / "history.db", error)
    assert what.startswith(f"{tmp_path / 'history.db'} cannot be used: ")
    assert told.startswith(advice)
    assert bool(told) == bool(advice)


@pytest.mark.parametrize("closed", ["", "home", "home/profile", "home/profile/history.db"])
@pytest.mark.parametrize("is_there", [True, False])
def test_the_right_to_write_is_asked_for_only_where_the_file_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed: str, *, is_there: bool
) -> None:
    path = tmp_path / "home" / "profile" / "history.db"
    path.parent.mkdir(parents=True)
    if is_there:
        path.touch()
    forbidden = tmp_path / closed
    access = os.access
    monkeypatch.setattr(os, "access", lambda at, mode: access(at, mode) and (mode == os.F_OK or Path(at) != forbidden))
    _, advice = in_words(path, sqlite3.OperationalError("unable to open database file"))
    needed = ("home/profile", "home/profile/history.db") if is_there else ("home/profile",)
    assert bool(advice) == (closed in needed)


def test_a_file_that_another_program_holds_is_to_be_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    check(path)
    holder, waiting = sqlite3.connect(path, isolation_level=None), sqlite3.connect(path, timeout=0)
    try:
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError) as raised:
            waiting.execute("BEGIN IMMEDIATE")
    finally:
        holder.close()
        waiting.close()
    assert in_words(path, raised.value)[1] == "another program holds it: try again when that has let go of it"


async def test_a_look_changes_no_file_that_another_is_used_for(tmp_path: Path) -> None:
    damaged, newer = tmp_path / "damaged.db", tmp_path / "newer.db"
    damaged.write_bytes(b"no database" * 100)
    connection = sqlite3.connect(newer)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    for path, kind in ((damaged, DamagedFile), (newer, NewerFile)):
        content = path.read_bytes()
        with pytest.raises(kind):
            look(path)
        check(path)
        assert path.read_bytes() == content
        opened = Database.open(path)
        assert opened.warning
        await opened.close()
    with pytest.raises(DatabaseError, match="is a file where"):
        check(damaged / "history.db")


@pytest.mark.parametrize("version", [0, 3, len(MIGRATIONS)])
def test_a_look_leaves_a_file_as_it_is(tmp_path: Path, version: int) -> None:
    path = tmp_path / "history.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in chain.from_iterable(MIGRATIONS[:version]):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {version}")
    before = path.read_bytes()
    look(path)
    assert path.read_bytes() == before
    assert [*tmp_path.iterdir()] == [path]
    check(path)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)


def test_a_file_without_what_its_version_says_is_told(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    for judge in (look, check):
        with pytest.raises(DatabaseError, match="no such table"):
            judge(path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="whoever may do everything can look everywhere")
def test_what_may_not_be_looked_into_is_no_crash(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o000)
    try:
        assert file_above(closed / "deeper" / "file") is None
        with pytest.raises(DatabaseError, match="let this program read and write in"):
            open_file(closed / "deeper" / "history.db")
    finally:
        closed.chmod(0o700)
