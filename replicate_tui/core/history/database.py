"""Rows of the history file: upserts, windows of light rows. No policy."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from replicate_tui.core.history.history_file import DatabaseError, HistoryFile
from replicate_tui.core.history.scopes import Scope, settled

__all__ = [
    "Asked",
    "Database",
    "DatabaseError",
    "ModelRow",
    "RunRow",
    "RunText",
    "Scope",
    "keep_version",
    "storable",
]


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run as a list shows it. Times are seconds since the epoch; `seconds` is compute time.

    `what` is one line about it: its prompt, or the first text among its inputs. `files` counts the output's files;
    `folder` is where they are kept, None when they are not. `seen_at` is when this machine first knew of the run.
    """

    id: str
    kind: str
    status: str
    model: str
    version: str
    deployment: str
    what: str
    error: str
    created_at: float
    started_at: float | None
    completed_at: float | None
    seconds: float | None
    progress: float | None
    files: int
    folder: str | None
    removed: bool
    seen_at: float


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model as a list shows it."""

    name: str
    description: str
    run_count: int
    official: bool


@dataclass(frozen=True, slots=True)
class RunText:
    """What a run is found by: its prompt and other texts of its input, the text of its output, its error."""

    prompt: str = ""
    output: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What this machine knows of a run that it asked for: with which options, and which program did."""

    options: str = ""
    owner: str = ""


_RUN_COLUMNS = tuple(RunRow.__slots__)
_RUN_LIST = ", ".join(_RUN_COLUMNS)
_WRITTEN = (*_RUN_COLUMNS, "raw", "logs", "revision", "writer")
_TOLD = ", ".join(f"{name} = excluded.{name}" for name in _WRITTEN if name not in ("id", "folder"))
_UPSERT_RUN = (
    f"INSERT INTO runs (host, account, {', '.join(_WRITTEN)}) VALUES ({', '.join('?' * (len(_WRITTEN) + 2))}) "
    f"ON CONFLICT (host, account, id) DO UPDATE SET {_TOLD}, folder = coalesce(excluded.folder, folder) "
    # What another program saw end has ended, whatever this one still believes.
    "WHERE runs.completed_at IS NULL OR excluded.completed_at IS NOT NULL"
)
OWN_COLUMNS = ("asked", "owner", "note", "tags")
"""What only this machine knows of a run: answers of the API leave it alone."""
_ONE_RUN = "host = ? AND account = ? AND id = ?"


class Database(HistoryFile):
    """Runs, models and their versions in an open history file; other parts have tables of their own."""

    def __init__(self, path: Path, reader: sqlite3.Connection) -> None:
        super().__init__(path, reader)
        [(self._data_version,)] = self.read("PRAGMA data_version", ())
        [(self._revision,)] = self.read("SELECT value FROM revisions", ())

    # -- runs ------

    async def save_run(
        self,
        scope: Scope,
        row: RunRow,
        raw: Mapping[str, Any],
        logs: str,
        *,
        found_by: RunText | None = None,
        asked: Asked | None = None,
        instead_of: str | None = None,
        only_if: str | None = None,
    ) -> bool:
        """Insert the run, or replace what is known of it; `instead_of` is a row that it takes the place of.

        `found_by` replaces what it is found by, and `asked` how it was asked for; both stay as they are without. With
        `only_if` nothing is written unless the row has that status now; whether it was written.
        """

        def save(db: sqlite3.Connection) -> bool:
            whose = settled(db, scope)
            if only_if is not None and _status(db, whose, row.id) != only_if:
                return False
            if instead_of is not None:
                _rename(db, whose, instead_of, row.id)
            write_run(db, self.program, whose, row, raw, logs)
            if asked is not None:
                own = (asked.options, asked.owner, whose.host, whose.account, row.id)
                db.execute(f"UPDATE runs SET asked = ?, owner = ? WHERE {_ONE_RUN}", own)
            if found_by is not None:
                index_run(db, whose, row, found_by)
            return True

        return await self.write(save)

    async def set_folder(self, scope: Scope, run_id: str, folder: str | None) -> None:
        """Remember where a run's files are kept, or that they are not any more."""

        def save(db: sqlite3.Connection) -> None:
            whose = settled(db, scope)
            told = (folder, next_revision(db), self.program, whose.host, whose.account, run_id)
            db.execute(f"UPDATE runs SET folder = ?, revision = ?, writer = ? WHERE {_ONE_RUN}", told)

        await self.write(save)

    def asked(self, scope: Scope, run_id: str) -> Asked:
        """How a run was asked for; empty when somebody else asked."""
        query = f"SELECT asked, owner FROM runs WHERE {_ONE_RUN}"
        found = self.read(query, (scope.host, scope.account, run_id))
        return Asked(*found[0]) if found else Asked()

    def changed_by_others(self, scope: Scope) -> list[str]:
        """Ids of the runs that other programs wrote since this was last asked."""
        [(version,)] = self.read("PRAGMA data_version", ())
        if version == self._data_version:
            return []
        self._data_version = version
        [(newest,)] = self.read("SELECT value FROM revisions", ())
        query = (
            "SELECT id FROM runs INDEXED BY runs_by_revision "
            "WHERE revision > ? AND revision <= ? AND writer != ? AND host = ? AND account = ?"
        )
        found = self.read(query, (self._revision, newest, self.program, scope.host, scope.account))
        self._revision = newest
        return [str(run_id) for (run_id,) in found]

    def run(self, scope: Scope, run_id: str) -> tuple[RunRow, dict[str, Any], str] | None:
        """A run's row, raw object and logs."""
        query = f"SELECT {_RUN_LIST}, raw, logs FROM runs WHERE host = ? AND account = ? AND id = ?"
        found = self.one(query, (scope.host, scope.account, run_id))
        return None if found is None else (_run_row(found), json.loads(found[-2]), found[-1])

    def run_rows(self, scope: Scope, ids: Sequence[str]) -> dict[str, RunRow]:
        """Light rows by id, for one window of a list (some hundred ids at the most)."""
        marks = ", ".join("?" * len(ids))
        query = f"SELECT {_RUN_LIST} FROM runs WHERE host = ? AND account = ? AND id IN ({marks})"
        rows = self.read(query, (scope.host, scope.account, *ids))
        return {row[0]: _run_row(row) for row in rows}

    def run_ids(self, scope: Scope, *, words: Sequence[str] = (), limit: int = -1) -> list[str]:
        """Ids newest first; with `words` only runs that hold a beginning of each, in their texts, id or status."""
        query = "SELECT id FROM runs WHERE host = ? AND account = ?"
        values: list[object] = [scope.host, scope.account]
        for word in words:
            query += (
                " AND (number IN (SELECT rowid FROM run_texts WHERE run_texts MATCH ?)"
                " OR id LIKE ? ESCAPE '\\' OR status LIKE ? ESCAPE '\\')"
            )
            beginning = f"{_escape_like(storable(word))}%"
            values += [_matching(word), beginning, beginning]
        query += " ORDER BY created_at DESC, id LIMIT ?"
        return [row[0] for row in self.read(query, (*values, limit))]

    def ids_in(self, scope: Scope, states: Iterable[str]) -> list[str]:
        """Ids of the runs that have no end and are in one of these states, oldest first."""
        wanted = tuple(states)
        query = (
            "SELECT id FROM runs WHERE host = ? AND account = ? AND completed_at IS NULL "
            f"AND status IN ({', '.join('?' * len(wanted))}) ORDER BY created_at, number"
        )
        return [row[0] for row in self.read(query, (scope.host, scope.account, *wanted))]

    def model_of_version(self, scope: Scope, version: str) -> str | None:
        """The model that a version was of in an earlier run."""
        query = "SELECT model FROM runs WHERE host = ? AND account = ? AND version = ? AND model != '' LIMIT 1"
        found = self.read(query, (scope.host, scope.account, version))
        return str(found[0][0]) if found else None

    def unfinished_ids(self, scope: Scope, ended: Iterable[str]) -> list[str]:
        """Ids of the runs that have no end yet and are in none of the states `ended`, oldest first."""
        states = tuple(ended)
        marks = ", ".join("?" * len(states))
        query = (
            "SELECT id FROM runs WHERE host = ? AND account = ? AND completed_at IS NULL "
            f"AND status NOT IN ({marks}) ORDER BY created_at"
        )
        return [row[0] for row in self.read(query, (scope.host, scope.account, *states))]

    # -- models ------

    async def save_models(self, host: str, models: Sequence[tuple[ModelRow, Mapping[str, Any]]], now: float) -> None:
        """Insert the models, or replace what is known of them."""
        values = [
            (host, row.name, storable(row.description), row.run_count, row.official, now, json.dumps(raw))
            for row, raw in models
        ]
        statement = "INSERT OR REPLACE INTO models VALUES (?, ?, ?, ?, ?, ?, ?)"
        await self.write(lambda db: db.executemany(statement, values))

    def model_rows(self, host: str) -> list[ModelRow]:
        """Every model seen on this host, most run first."""
        query = "SELECT name, description, run_count, official FROM models WHERE host = ? ORDER BY run_count DESC, name"
        return [
            ModelRow(name, description, run_count, bool(official))
            for name, description, run_count, official in self.read(query, (host,))
        ]

    def model(self, host: str, name: str) -> dict[str, Any] | None:
        """A model's raw object as last seen."""
        query = "SELECT raw FROM models WHERE host = ? AND name = ?"
        found = self.one(query, (host, name))
        return None if found is None else json.loads(found[0])

    def models_holding(self, host: str, text: str) -> list[dict[str, Any]]:
        """The raw objects of the models that hold `text` anywhere."""
        query = "SELECT raw FROM models WHERE host = ? AND instr(raw, ?) > 0"
        return [json.loads(raw) for (raw,) in self.read(query, (host, text))]

    # -- versions ------

    async def save_version(self, host: str, model: str, version: str, raw: Mapping[str, Any]) -> None:
        """Keep a version with its schema: it outlives the model's next one, which drafts and runs may not be of."""
        if self.version(host, version, model) != (model, raw):
            await self.write(lambda db: keep_version(db, host, model, version, raw))

    def version(self, host: str, version: str, model: str | None = None) -> tuple[str, dict[str, Any]] | None:
        """A version's model and raw object as last seen; of whatever model when none is named."""
        query = "SELECT model, raw FROM versions WHERE host = ? AND id = ? AND (? IS NULL OR model = ?) LIMIT 1"
        found = self.read(query, (host, version, model, model))
        return (str(found[0][0]), json.loads(found[0][1])) if found else None


def _run_row(values: Sequence[Any]) -> RunRow:
    named = dict(zip(_RUN_COLUMNS, values, strict=False))
    return RunRow(**{**named, "removed": bool(named["removed"])})


def _status(db: sqlite3.Connection, scope: Scope, run_id: str) -> str | None:
    found = db.execute(f"SELECT status FROM runs WHERE {_ONE_RUN}", (scope.host, scope.account, run_id)).fetchone()
    return None if found is None else str(found[0])


def write_run(
    db: sqlite3.Connection, program: str, scope: Scope, row: RunRow, raw: Mapping[str, Any], logs: str
) -> None:
    """Insert a run in the name of a program, or replace what is known of it, inside a transaction."""
    values = [storable(getattr(row, column)) for column in _RUN_COLUMNS]
    written = (json.dumps(raw), storable(logs), next_revision(db), program)
    db.execute(_UPSERT_RUN, (scope.host, scope.account, *values, *written))


def next_revision(db: sqlite3.Connection) -> int:
    """A number above that of every earlier change, by whichever program."""
    db.execute("UPDATE revisions SET value = value + 1")
    return int(db.execute("SELECT value FROM revisions").fetchone()[0])


def _rename(db: sqlite3.Connection, scope: Scope, before: str, after: str) -> None:
    """Give a row another id. If a row has that already it stays, with what only we know of the one that goes."""
    old, new = (scope.host, scope.account, before), (scope.host, scope.account, after)
    if db.execute(f"SELECT 1 FROM runs WHERE {_ONE_RUN}", new).fetchone() is None:
        db.execute(f"UPDATE runs SET id = ? WHERE {_ONE_RUN}", (after, *old))
        return
    own = db.execute(f"SELECT {', '.join(OWN_COLUMNS)} FROM runs WHERE {_ONE_RUN}", old).fetchone()
    if own is not None:
        kept = ", ".join(f"{name} = coalesce(nullif({name}, ''), ?)" for name in OWN_COLUMNS)
        db.execute(f"UPDATE runs SET {kept} WHERE {_ONE_RUN}", (*own, *new))
        db.execute(f"DELETE FROM runs WHERE {_ONE_RUN}", old)


def index_run(db: sqlite3.Connection, scope: Scope, row: RunRow, text: RunText) -> None:
    """Have a run be found by these texts, inside a transaction."""
    [(number,)] = db.execute(f"SELECT number FROM runs WHERE {_ONE_RUN}", (scope.host, scope.account, row.id))
    db.execute(
        "INSERT OR REPLACE INTO run_texts (rowid, model, prompt, output, error) VALUES (?, ?, ?, ?, ?)",
        (number, *(storable(each) for each in (row.model, text.prompt, text.output, text.error))),
    )


def _matching(word: str) -> str:
    """A word as the full-text search reads it: what begins so. Quoted, so that nothing in it is a sign of its own."""
    quoted = storable(word).replace("\0", "").replace('"', '""')
    return f'"{quoted}"*'


def keep_version(db: sqlite3.Connection, host: str, model: str, version: str, raw: Mapping[str, Any]) -> None:
    """Keep a version's raw object, inside a transaction."""
    db.execute("INSERT OR REPLACE INTO versions VALUES (?, ?, ?, ?)", (host, version, model, json.dumps(raw)))


def storable(value: Any) -> Any:
    """Text from the network may hold half a surrogate pair, which SQLite refuses."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _escape_like(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
