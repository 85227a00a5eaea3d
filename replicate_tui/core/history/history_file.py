"""The SQLite file of a profile: opened, brought to the newest version, read and written.

Reads happen on the caller's thread (they take microseconds); every write goes through one writer thread that owns
its own connection, so the event loop never waits for the disk and writes keep their order.
"""

import asyncio
import contextlib
import os
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, Self, TypeVar

from replicate_tui.core.history.migrations import MIGRATIONS
from replicate_tui.core.settings import private_folder

T = TypeVar("T")


class DatabaseError(Exception):
    """The history file cannot be used; the message names it and says what to do."""


class NewerFile(DatabaseError):
    """The file was written by a newer version of this program."""


class DamagedFile(DatabaseError):
    """The file is no database, or a broken one."""


class HistoryFile:
    """One open history file. Make it with `open`, end it with `close`.

    `program` tells this program's writes from those of others on the same file. `warning` says, for a person, that
    the file asked for could not be used and where its content is; "" as a rule.
    """

    def __init__(self, path: Path, reader: sqlite3.Connection) -> None:
        self.path = path
        self.program = f"{os.getpid():x}-{secrets.token_hex(6)}"
        self.warning = ""
        self._reader = reader
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._connection: sqlite3.Connection | None = None

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the file, made with mode 0600 when missing, and bring it to the newest version.

        A file that cannot be read is set aside under another name; one of a newer version of this program is left to
        that version, and a file beside it is used.

        Raises:
            DatabaseError: the file cannot be opened, written or set aside.
        """
        try:
            return cls._opened(path)
        except NewerFile as newer:
            beside = path.with_name(f"{path.stem}.v{len(MIGRATIONS)}{path.suffix}")
            opened = cls._opened(beside)
            opened.warning = f"{newer}; until then this one keeps its history in {beside.name}"
        except DamagedFile as damaged:
            aside = _set_aside(path)
            opened = cls._opened(path)
            opened.warning = f"{damaged}; it was set aside as {aside.name}, and a new history begun"
        return opened

    @classmethod
    def _opened(cls, path: Path) -> Self:
        try:
            private_folder(path.parent)
            path.touch(mode=0o600)
            reader = _connect(path)
        except (OSError, sqlite3.Error) as error:
            raise DatabaseError(f"{path} cannot be used: {error}") from error
        try:
            _migrate(path, reader)
            return cls(path, reader)
        except (sqlite3.OperationalError, OSError) as error:
            reader.close()
            raise DatabaseError(f"{path} cannot be used: {error}") from error
        except sqlite3.DatabaseError as error:
            reader.close()
            raise DamagedFile(f"{path} cannot be read ({error})") from error
        except DatabaseError:
            reader.close()
            raise

    async def close(self) -> None:
        """Finish the writes under way and close the file."""
        await asyncio.get_running_loop().run_in_executor(self._writer, self._close_writer)
        self._writer.shutdown()
        self._reader.close()

    def read(self, query: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        """The rows that a query finds.

        Raises:
            DatabaseError: the file was damaged while it was open.
        """
        try:
            return self._reader.execute(query, values).fetchall()
        except sqlite3.OperationalError as error:
            raise DatabaseError(f"{self.path} cannot be used: {error}") from error
        except sqlite3.DatabaseError as error:
            raise DamagedFile(f"{self.path} cannot be read ({error})") from error

    def one(self, query: str, values: Sequence[object]) -> tuple[Any, ...] | None:
        """The first row that a query finds. Raises as `read`."""
        return next(iter(self.read(query, values)), None)

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
            # A row that takes another's place removes what belongs to that one, as deleting it would.
            self._connection.execute("PRAGMA recursive_triggers = ON")
        with self._connection:  # all of it, or nothing when it fails
            self._connection.execute("BEGIN IMMEDIATE")
            return work(self._connection)

    def _close_writer(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.DatabaseError):
                self._connection.execute("PRAGMA optimize")
            self._connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=10.0, isolation_level=None)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _migrate(path: Path, connection: sqlite3.Connection) -> None:
    version = _version(connection)
    if not 0 <= version <= len(MIGRATIONS):
        raise NewerFile(f"{path} was written by a newer version of replicate-tui; update the program to read it")
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


def _set_aside(path: Path) -> Path:
    """Give a damaged file, and what SQLite keeps beside it, a name that nothing has."""
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    aside = path.with_name(f"{path.stem}.damaged-{stamp}-{secrets.token_hex(2)}{path.suffix}")
    try:
        path.rename(aside)
        for ending in ("-wal", "-shm"):
            beside = path.with_name(path.name + ending)
            if beside.exists():
                beside.rename(aside.with_name(aside.name + ending))
    except OSError as error:
        raise DatabaseError(f"{path} cannot be read, nor moved away: {error}") from error
    return aside
