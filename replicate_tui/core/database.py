"""Rows of the history file: upserts, windows of light rows. No policy."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from replicate_tui.core.history_file import DatabaseError, HistoryFile

__all__ = ["Database", "DatabaseError", "ModelRow", "RunRow", "Scope", "keep_version", "storable"]


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose rows: the API's host, and the account there."""

    host: str
    account: str


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


_RUN_COLUMNS = tuple(RunRow.__slots__)
_RUN_LIST = ", ".join(_RUN_COLUMNS)
_TOLD = (*(column for column in _RUN_COLUMNS if column != "id"), "raw", "logs")
_UPSERT_RUN = (
    f"INSERT INTO runs (host, account, {_RUN_LIST}, raw, logs) VALUES ({', '.join('?' * (len(_RUN_COLUMNS) + 4))}) "
    f"ON CONFLICT (host, account, id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _TOLD)}"
)
_SET_ASKED = "UPDATE runs SET asked = ? WHERE host = ? AND account = ? AND id = ?"
_JOIN_ASKED = """
    UPDATE runs SET asked = COALESCE(
        (SELECT asked FROM runs AS theirs WHERE host = ?1 AND account = ?3 AND theirs.id = runs.id), ''
    )
    WHERE host = ?1 AND account = ?2 AND asked = ''
"""


class Database(HistoryFile):
    """Runs, accounts, models and their versions in an open history file; other parts have tables of their own."""

    # -- runs ------

    async def save_run(
        self, scope: Scope, row: RunRow, raw: Mapping[str, Any], logs: str, *, instead_of: str | None = None
    ) -> None:
        """Insert the run, or replace what is known of it; `instead_of` is a row that it takes the place of."""

        def save(db: sqlite3.Connection) -> None:
            values = [storable(getattr(row, column)) for column in _RUN_COLUMNS]
            asked = "" if instead_of is None else _take(db, scope, instead_of)
            db.execute(_UPSERT_RUN, (scope.host, scope.account, *values, json.dumps(raw), storable(logs)))
            if asked:
                db.execute(_SET_ASKED, (asked, scope.host, scope.account, row.id))

        await self.write(save)

    async def set_folder(self, scope: Scope, run_id: str, folder: str | None) -> None:
        """Remember where a run's files are kept."""
        statement = "UPDATE runs SET folder = ? WHERE host = ? AND account = ? AND id = ?"
        await self.write(lambda db: db.execute(statement, (folder, scope.host, scope.account, run_id)))

    async def set_asked(self, scope: Scope, run_id: str, asked: str) -> None:
        """Remember with which options a run was asked for; later answers about the run leave that alone."""
        await self.write(lambda db: db.execute(_SET_ASKED, (asked, scope.host, scope.account, run_id)))

    def asked(self, scope: Scope, run_id: str) -> str:
        """The options that a run was asked for with, "" when there were none or somebody else asked."""
        query = "SELECT asked FROM runs WHERE host = ? AND account = ? AND id = ?"
        found = self.read(query, (scope.host, scope.account, run_id))
        return str(found[0][0]) if found else ""

    def run(self, scope: Scope, run_id: str) -> tuple[RunRow, dict[str, Any], str] | None:
        """A run's row, raw object and logs."""
        query = f"SELECT {_RUN_LIST}, raw, logs FROM runs WHERE host = ? AND account = ? AND id = ?"
        found = self._reader.execute(query, (scope.host, scope.account, run_id)).fetchone()
        return None if found is None else (_run_row(found), json.loads(found[-2]), found[-1])

    def run_rows(self, scope: Scope, ids: Sequence[str]) -> dict[str, RunRow]:
        """Light rows by id, for one window of a list (some hundred ids at the most)."""
        marks = ", ".join("?" * len(ids))
        query = f"SELECT {_RUN_LIST} FROM runs WHERE host = ? AND account = ? AND id IN ({marks})"
        rows = self._reader.execute(query, (scope.host, scope.account, *ids))
        return {row[0]: _run_row(row) for row in rows}

    def run_ids(self, scope: Scope, *, words: Sequence[str] = (), limit: int = -1) -> list[str]:
        """Ids newest first; with `words` only runs whose id, model, status, text or error holds each of them."""
        query = "SELECT id FROM runs WHERE host = ? AND account = ?"
        values: list[object] = [scope.host, scope.account]
        for word in words:
            query += " AND (id || ' ' || model || ' ' || status || ' ' || what || ' ' || error) LIKE ? ESCAPE '\\'"
            values.append(f"%{_escape_like(word)}%")
        query += " ORDER BY created_at DESC, id LIMIT ?"
        return [row[0] for row in self._reader.execute(query, (*values, limit))]

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
        return [row[0] for row in self._reader.execute(query, (scope.host, scope.account, *states))]

    # -- accounts ------

    def account(self, host: str, token: str) -> str | None:
        """The account that a token's fingerprint was seen to belong to."""
        query = "SELECT account FROM accounts WHERE host = ? AND token = ?"
        found = self._reader.execute(query, (host, token)).fetchone()
        return None if found is None else str(found[0])

    async def save_account(self, host: str, token: str, account: str) -> None:
        """Remember whose the token is; rows kept under its fingerprint until now become the account's."""

        def save(db: sqlite3.Connection) -> None:
            db.execute("INSERT OR REPLACE INTO accounts VALUES (?, ?, ?)", (host, token, account))
            db.execute(_JOIN_ASKED, (host, token, account))
            db.execute(
                "UPDATE OR REPLACE runs SET account = ? WHERE host = ? AND account = ?",
                (account, host, token),
            )

        await self.write(save)

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
            for name, description, run_count, official in self._reader.execute(query, (host,))
        ]

    def model(self, host: str, name: str) -> dict[str, Any] | None:
        """A model's raw object as last seen."""
        query = "SELECT raw FROM models WHERE host = ? AND name = ?"
        found = self._reader.execute(query, (host, name)).fetchone()
        return None if found is None else json.loads(found[0])

    def models_holding(self, host: str, text: str) -> list[dict[str, Any]]:
        """The raw objects of the models that hold `text` anywhere."""
        query = "SELECT raw FROM models WHERE host = ? AND instr(raw, ?) > 0"
        return [json.loads(raw) for (raw,) in self._reader.execute(query, (host, text))]

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


def _take(db: sqlite3.Connection, scope: Scope, run_id: str) -> str:
    """Remove a row; what the run was asked for with."""
    one = (scope.host, scope.account, run_id)
    found = db.execute("SELECT asked FROM runs WHERE host = ? AND account = ? AND id = ?", one).fetchone()
    db.execute("DELETE FROM runs WHERE host = ? AND account = ? AND id = ?", one)
    return str(found[0]) if found else ""


def keep_version(db: sqlite3.Connection, host: str, model: str, version: str, raw: Mapping[str, Any]) -> None:
    """Keep a version's raw object, inside a transaction."""
    db.execute("INSERT OR REPLACE INTO versions VALUES (?, ?, ?, ?)", (host, version, model, json.dumps(raw)))


def storable(value: Any) -> Any:
    """Text from the network may hold half a surrogate pair, which SQLite refuses."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _escape_like(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
