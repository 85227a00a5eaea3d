"""The SQLite file of a profile: opened, brought to the newest version, read and written.

Reads happen on the caller's thread (they take microseconds); every write goes through one writer thread that owns
its own connection, so the event loop never waits for the disk and writes keep their order.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self, TypeVar

from replicate_tui.core.migrations import MIGRATIONS
from replicate_tui.core.settings import private_folder

T = TypeVar("T")


class DatabaseError(Exception):
    """The history file cannot be used; the message names it and says what to do."""


class HistoryFile:
    """One open history file. Make it with `open`, end it with `close`."""

    def __init__(self, path: Path, reader: sqlite3.Connection) -> None:
        self.path = path
        self._reader = reader
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._connection: sqlite3.Connection | None = None

    @classmethod
    def open(cls, path: Path) -> Self:
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
            reader.execute("SELECT id, raw, logs, asked FROM runs LIMIT 1")
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

    def read(self, query: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        """The rows that a query finds; for few of them."""
        return self._reader.execute(query, values).fetchall()

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` gives, called on the writer thread inside one transaction, after all that was asked before.

        Raises:
            DatabaseError: the file cannot be written; nothing of it was.
        """
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
