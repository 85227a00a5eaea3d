"""How the rows of runs are written: each of these is a part of somebody's transaction."""

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from replicate_tui.core.history.rows import RUN_COLUMNS, RunRow, RunText, storable
from replicate_tui.core.history.scopes import Scope

OWN_COLUMNS = ("asked", "owner", "made_from", "note", "tags")
"""What only this machine knows of a run: answers of the API leave it alone."""
TOLD_COLUMNS = tuple(column for column in RUN_COLUMNS if column not in OWN_COLUMNS)
"""What is made of the API's answers."""
ONE_RUN = "host = ? AND account = ? AND id = ?"
"""The condition that holds of one row; a `Scope`'s host and account, and an id, are its values."""
TAGS_APART = " "
"""What stands before each tag of a run."""
TEXTS = ("model", "prompt", "output", "error")
"""The columns of what a run is found by."""

_WRITTEN = (*TOLD_COLUMNS, "raw", "logs", "revision", "writer")
_PUT_TEXTS = f"INSERT OR REPLACE INTO run_texts (rowid, {', '.join(TEXTS)}) VALUES (?, ?, ?, ?, ?)"


def upsert(columns: tuple[str, ...]) -> str:
    """The statement that puts a row of a run, given its host, its account and these columns."""
    told = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in ("id", "folder"))
    return (
        f"INSERT INTO runs (host, account, {', '.join(columns)}) VALUES ({', '.join('?' * (len(columns) + 2))}) "
        f"ON CONFLICT (host, account, id) DO UPDATE SET {told}, folder = coalesce(excluded.folder, folder) "
        # What another program saw end has ended, whatever this one still believes.
        "WHERE runs.completed_at IS NULL OR excluded.completed_at IS NOT NULL"
    )


_UPSERT_RUN = upsert(_WRITTEN)


def write_run(
    db: sqlite3.Connection, program: str, scope: Scope, row: RunRow, raw: Mapping[str, Any], logs: str
) -> None:
    """Insert a run in the name of a program, or replace what is known of it."""
    values = [storable(getattr(row, column)) for column in TOLD_COLUMNS]
    written = (json.dumps(raw), storable(logs), next_revision(db), program)
    db.execute(_UPSERT_RUN, (scope.host, scope.account, *values, *written))


def next_revision(db: sqlite3.Connection) -> int:
    """A number above that of every earlier change, by whichever program."""
    db.execute("UPDATE revisions SET value = value + 1")
    return int(db.execute("SELECT value FROM revisions").fetchone()[0])


def status(db: sqlite3.Connection, scope: Scope, run_id: str) -> str | None:
    """The status of a run on disk; None if there is no such row."""
    found = db.execute(f"SELECT status FROM runs WHERE {ONE_RUN}", (scope.host, scope.account, run_id)).fetchone()
    return None if found is None else str(found[0])


def rename(db: sqlite3.Connection, scope: Scope, before: str, after: str) -> None:
    """Give a row another id. If a row has that already it stays, with what only we know of the one that goes."""
    old, new = (scope.host, scope.account, before), (scope.host, scope.account, after)
    if db.execute(f"SELECT 1 FROM runs WHERE {ONE_RUN}", new).fetchone() is None:
        db.execute(f"UPDATE runs SET id = ? WHERE {ONE_RUN}", (after, *old))
        return
    own = db.execute(f"SELECT {', '.join(OWN_COLUMNS)} FROM runs WHERE {ONE_RUN}", old).fetchone()
    if own is not None:
        kept = ", ".join(f"{name} = coalesce(nullif({name}, ''), ?)" for name in OWN_COLUMNS)
        db.execute(f"UPDATE runs SET {kept} WHERE {ONE_RUN}", (*own, *new))
        db.execute(f"DELETE FROM runs WHERE {ONE_RUN}", old)


def index_run(db: sqlite3.Connection, scope: Scope, row: RunRow, text: RunText) -> None:
    """Have a run be found by these texts."""
    put_texts(db, (scope.host, scope.account, row.id), (row.model, text.prompt, text.output, text.error))


def put_texts(db: sqlite3.Connection, run: tuple[str, str, str], texts: tuple[str, ...]) -> None:
    """Have the run of this host, account and id be found by these `TEXTS`."""
    [(number,)] = db.execute(f"SELECT number FROM runs WHERE {ONE_RUN}", run)
    db.execute(_PUT_TEXTS, (number, *(storable(each) for each in texts)))
