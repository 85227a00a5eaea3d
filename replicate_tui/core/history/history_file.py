"""The SQLite file of a profile, while it is open: read, written, and begun anew where it was deleted or replaced.

Reads happen on the caller's thread (they take microseconds); every write goes through one writer thread with a
connection of its own, so the event loop never waits for the disk and writes keep their order.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from replicate_tui.core.history import program
from replicate_tui.core.history.file_trouble import in_words
from replicate_tui.core.history.opening import (
    DamagedFile,
    DatabaseError,
    NewerFile,
    Opened,
    identity,
    open_file,
    open_instead,
)

__all__ = ["Carry", "DamagedFile", "DatabaseError", "HistoryFile", "NewerFile"]

T = TypeVar("T")
Carry = Callable[[sqlite3.Connection, sqlite3.Connection], None]
"""Brings what must not be lost from a file that is gone into the one that takes its place, in one transaction."""


class HistoryFile:
    """One open history file. Make it with `open`, end it with `close`.

    `program` tells this program's writes from those of others on the same file.
    """

    def __init__(self, opened: Opened) -> None:
        self.program = program.named()
        self._opened = opened
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._connection = opened.writer

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the file, made with mode 0600 when missing, and bring it to the newest version.

        A file that cannot be read is set aside under another name; one of a newer version of this program is left to
        that version, and a file beside it is used.

        Raises:
            DatabaseError: the file cannot be opened, written or set aside.
        """
        return cls(open_file(path))

    async def close(self) -> None:
        """Finish the writes under way and close the file."""
        await asyncio.get_running_loop().run_in_executor(self._writer, self._close_writer)
        self._writer.shutdown()
        self._opened.reader.close()

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._opened.path

    @property
    def warning(self) -> str:
        """Says, for a person, that the file asked for could not be used and where its content is; "" as a rule."""
        return self._opened.warning

    def fate(self) -> Literal["", "deleted", "replaced"]:
        """What became of the file while it was open: what is written goes nowhere unless this is "".

        Raises:
            DatabaseError: it cannot be told.
        """
        found = identity(self.path)
        if found == self._opened.identities[""]:
            return ""
        return "deleted" if found is None else "replaced"

    async def begin_anew(self, carry: Carry) -> None:
        """Go on with what is now at the path, made if there is nothing. Whatever was asked before was still written.

        Raises:
            DatabaseError: that cannot be; nothing changed.
        """
        await asyncio.shield(self._begin_anew(carry))

    async def _begin_anew(self, carry: Carry) -> None:
        before, opened = self._opened, open_instead(self._opened)
        try:
            await asyncio.get_running_loop().run_in_executor(self._writer, self._move, opened, carry)
        except sqlite3.Error as error:
            opened.reader.close()
            opened.writer.close()
            raise DatabaseError(f"{self.path} cannot be written: {error}") from error
        self._opened = opened
        before.reader.close()

    def read(self, query: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        """The rows that a query finds.

        Raises:
            DatabaseError: the file was damaged while it was open.
        """
        try:
            return self._opened.reader.execute(query, values).fetchall()
        except sqlite3.OperationalError as error:
            raise DatabaseError(*in_words(self.path, error)) from error
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
        return _in_one(self._connection, work)

    def _move(self, opened: Opened, carry: Carry) -> None:
        before = self._connection
        _in_one(opened.writer, lambda after: carry(before, after))
        self._connection = opened.writer
        with contextlib.suppress(sqlite3.DatabaseError):
            # Whoever moved it elsewhere has all of it then.
            before.execute("PRAGMA wal_checkpoint")
        before.close()

    def _close_writer(self) -> None:
        with contextlib.suppress(sqlite3.DatabaseError):
            self._connection.execute("PRAGMA optimize")
        self._connection.close()


def _in_one(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]) -> T:
    with connection:  # all of it, or nothing when it fails
        connection.execute("BEGIN IMMEDIATE")
        return work(connection)
