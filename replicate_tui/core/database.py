"""The SQLite file of a profile: numbered migrations, upserts, windows of light rows. No policy.

Reads happen on the caller's thread (they take microseconds); every write goes through one writer thread that owns
its own connection, so the event loop never waits for the disk and writes keep their order.
"""

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from replicate_tui.core.settings import private_folder

T = TypeVar("T")


class DatabaseError(Exception):
    """The history file cannot be used; the message names it and says what to do."""


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


MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE accounts (
            host TEXT NOT NULL, token TEXT NOT NULL, account TEXT NOT NULL,
            PRIMARY KEY (host, token)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE runs (
            host TEXT NOT NULL, account TEXT NOT NULL, id TEXT NOT NULL,
            kind TEXT NOT NULL, status TEXT NOT NULL, model TEXT NOT NULL, version TEXT NOT NULL,
            what TEXT NOT NULL, error TEXT NOT NULL, created_at REAL NOT NULL, started_at REAL, completed_at REAL,
            seconds REAL, progress REAL, files INTEGER NOT NULL, folder TEXT, removed INTEGER NOT NULL,
            seen_at REAL NOT NULL, raw TEXT NOT NULL, logs TEXT NOT NULL,
            PRIMARY KEY (host, account, id)
        )
        """,
        "CREATE INDEX runs_by_time ON runs (host, account, created_at DESC)",
        "CREATE INDEX runs_unfinished ON runs (host, account, created_at) WHERE completed_at IS NULL",
        """
        CREATE TABLE models (
            host TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL, run_count INTEGER NOT NULL,
            official INTEGER NOT NULL, seen_at REAL NOT NULL, raw TEXT NOT NULL,
            PRIMARY KEY (host, name)
        )
        """,
    ),
)
"""Entry n brings the file from version n to n + 1; the file's `user_version` says how many have run."""


class Database:
    """One open history file. Make it with `Database.open`, end it with `close`."""

    def __init__(self, path: Path, reader: sqlite3.Connection) -> None:
        self.path = path
        self._reader = reader
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._connection: sqlite3.Connection | None = None

    @classmethod
    def open(cls, path: Path) -> "Database":
        """Open the file, made with mode 0600 when missing, and bring it to the newest version.

        Raises:
            DatabaseError: the file cannot be read or written, is not a history file, or comes from a newer version
                of this program.
        """
        try:
            private_folder(path.parent)
            path.touch(mode=0o600)
            reader = _connect(path)
        except (OSError, sqlite3.Error) as error:
            raise DatabaseError(f"{path} cannot be used: {error}") from error
        try:
            _migrate(path, reader)
            reader.execute(f"SELECT {_RUN_LIST}, raw, logs FROM runs LIMIT 1")
        except (sqlite3.OperationalError, OSError) as error:
            reader.close()
            raise DatabaseError(f"{path} cannot be used: {error}") from error
        except sqlite3.DatabaseError as error:
            reader.close()
            raise DatabaseError(f"{path} cannot be read ({error}); move it away to begin a new history") from error
        except DatabaseError:
            reader.close()
            raise
        return cls(path, reader)

    async def close(self) -> None:
        """Finish the writes under way and close the file."""
        await asyncio.get_running_loop().run_in_executor(self._writer, self._close_writer)
        self._writer.shutdown()
        self._reader.close()

    # -- runs ------

    async def save_run(
        self, scope: Scope, row: RunRow, raw: Mapping[str, Any], logs: str, *, instead_of: str | None = None
    ) -> None:
        """Insert the run, or replace what is known of it; `instead_of` is a row that it takes the place of."""
        marks = ", ".join("?" * (len(_RUN_COLUMNS) + 4))
        statement = f"INSERT OR REPLACE INTO runs (host, account, {_RUN_LIST}, raw, logs) VALUES ({marks})"

        def save(db: sqlite3.Connection) -> None:
            values = [_storable(getattr(row, column)) for column in _RUN_COLUMNS]
            if instead_of is not None:
                db.execute(*_delete(scope, instead_of))
            db.execute(statement, (scope.host, scope.account, *values, json.dumps(raw), _storable(logs)))

        await self._write(save)

    async def set_folder(self, scope: Scope, run_id: str, folder: str | None) -> None:
        """Remember where a run's files are kept."""
        statement = "UPDATE runs SET folder = ? WHERE host = ? AND account = ? AND id = ?"
        await self._write(lambda db: db.execute(statement, (folder, scope.host, scope.account, run_id)))

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
            db.execute(
                "UPDATE OR REPLACE runs SET account = ? WHERE host = ? AND account = ?",
                (account, host, token),
            )

        await self._write(save)

    # -- models ------

    async def save_models(self, host: str, models: Sequence[tuple[ModelRow, Mapping[str, Any]]], now: float) -> None:
        """Insert the models, or replace what is known of them."""
        values = [
            (host, row.name, _storable(row.description), row.run_count, row.official, now, json.dumps(raw))
            for row, raw in models
        ]
        statement = "INSERT OR REPLACE INTO models VALUES (?, ?, ?, ?, ?, ?, ?)"
        await self._write(lambda db: db.executemany(statement, values))

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

    # -- the writer thread ------

    async def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._writer, self._in_writer, work)
        except sqlite3.Error as error:
            raise DatabaseError(f"{self.path} cannot be written: {error}") from error

    def _in_writer(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._connection is None:
            self._connection = _connect(self.path)
            self._connection.execute("PRAGMA synchronous = NORMAL")
        with self._connection:  # all of it, or nothing when it fails
            self._connection.execute("BEGIN IMMEDIATE")
            return work(self._connection)

    def _close_writer(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.OperationalError):
                self._connection.execute("PRAGMA optimize")
            self._connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=10.0, isolation_level=None)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _migrate(path: Path, connection: sqlite3.Connection) -> None:
    version = _version(connection)
    if not 0 <= version <= len(MIGRATIONS):
        raise DatabaseError(f"{path} was written by a newer version of replicate-tui; update the program to read it")
    if version == len(MIGRATIONS):
        return
    import filelock

    # Two programs may meet a file that needs a step: the change to WAL mode does not wait for a busy file by itself.
    with filelock.FileLock(path.with_suffix(".lock"), timeout=30.0, mode=0o600):
        connection.execute("PRAGMA journal_mode = WAL")
        for number in range(_version(connection), len(MIGRATIONS)):
            connection.execute("BEGIN IMMEDIATE")
            for statement in MIGRATIONS[number]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")
            connection.execute("COMMIT")


def _run_row(values: Sequence[Any]) -> RunRow:
    named = dict(zip(_RUN_COLUMNS, values, strict=False))
    return RunRow(**{**named, "removed": bool(named["removed"])})


def _delete(scope: Scope, run_id: str) -> tuple[str, tuple[str, str, str]]:
    return "DELETE FROM runs WHERE host = ? AND account = ? AND id = ?", (scope.host, scope.account, run_id)


def _storable(value: Any) -> Any:
    """Text from the network may hold half a surrogate pair, which SQLite refuses."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _escape_like(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
