"""A history file found or made, brought to the newest version, and told from another one at the same path."""

import contextlib
import secrets
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from replicate_tui.core.history.file_trouble import in_words
from replicate_tui.core.history.glance import read_only
from replicate_tui.core.history.migrations import MIGRATIONS
from replicate_tui.core.settings import private_folder

if TYPE_CHECKING:
    import filelock

ENDINGS = ("-wal", "-shm")
"""How the names of the files end that SQLite keeps beside an open one."""

_KNOWN = "SELECT value FROM revisions"
"""What each file of the newest version can be asked."""

Identity = tuple[int, int]
"""Device and number of a file: no other has both while it is open."""


class DatabaseError(Exception):
    """The history file cannot be used: `what` names it and says why, `advice` what to do, "" where nothing is known."""

    def __init__(self, what: str, advice: str = "") -> None:
        super().__init__(f"{what}; {advice}" if advice else what)
        self.what = what
        self.advice = advice


class NewerFile(DatabaseError):
    """The file was written by a newer version of this program."""


class UnfitFile(DatabaseError):
    """The file has not the form that its version says, so that it cannot be brought to the newest one."""


class DamagedFile(DatabaseError):
    """The file is no database, or a broken one."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An open history file, with a connection for reads and one for writes.

    `writer` may be used by another thread than the one that opened it. `identities` are those of the file itself and
    of what SQLite keeps beside it, by the ending of the name. `warning` says that the file asked for could not be
    used, and where its content is.
    """

    path: Path
    reader: sqlite3.Connection
    writer: sqlite3.Connection
    identities: dict[str, Identity | None]
    warning: str = ""


def open_file(path: Path) -> Opened:
    """Open the file, made with mode 0600 when missing, and bring it to the newest version.

    A file that cannot be read is set aside under another name; one of a newer version of this program is left to
    that version, and a file beside it is used.

    Raises:
        UnfitFile: it has not the form that its version says; it is as it was.
        DatabaseError: the file cannot be opened, written or set aside.
    """
    try:
        return _opened(path)
    except NewerFile as newer:
        beside = path.with_name(f"{path.stem}.v{len(MIGRATIONS)}{path.suffix}")
        warning = f"{newer}; until then this one keeps its history in {beside.name}"
        return replace(_opened(beside), warning=warning)
    except DamagedFile as damaged:
        aside = _set_aside(path)
        warning = f"{damaged}; it was set aside as {aside.name}, and a new history begun"
        return replace(_opened(path), warning=warning)


def look(path: Path) -> None:
    """Look at the file, which is there, without any change: an older one is not brought to the newest version.

    Raises:
        NewerFile, DamagedFile: `open_file` would use another file in its place, and say so.
        DatabaseError: it would not open it either.
    """
    with _told(path), contextlib.closing(read_only(path)) as connection:
        version = _judged_version(path, connection)
        connection.execute(_KNOWN if version == len(MIGRATIONS) else "SELECT count(*) FROM sqlite_master").fetchone()


def check(path: Path) -> None:
    """Open the file as `open_file` does, made when missing, and close it again; nothing is set aside.

    Raises:
        DatabaseError: no session could be opened on it.
    """
    with contextlib.suppress(NewerFile, DamagedFile):
        opened = _opened(path)
        opened.reader.close()
        opened.writer.close()


def open_instead(lost: Opened) -> Opened:
    """Open what is now at the path of a file that was deleted or replaced while it was open.

    Raises:
        DatabaseError: as `open_file`.
    """
    try:
        private_folder(lost.path.parent)
        with _lock(lost.path):
            # SQLite would read into the new file what the old one left beside it.
            for ending in ENDINGS:
                if (
                    lost.identities[ending] is not None
                    and identity(_beside(lost.path, ending)) == lost.identities[ending]
                ):
                    _beside(lost.path, ending).unlink()
    except OSError as error:
        raise DatabaseError(*in_words(lost.path, error)) from error
    return open_file(lost.path)


def identity(path: Path) -> Identity | None:
    """What tells a file from every other one; None if there is none at the path.

    Raises:
        DatabaseError: it cannot be told whether there is one.
    """
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise DatabaseError(*in_words(path, error)) from error
    return found.st_dev, found.st_ino


def _opened(path: Path) -> Opened:
    with _told(path):
        _make(path)
        reader = _connect(path)
        try:
            _migrate(path, reader)
            reader.execute(_KNOWN).fetchone()
            identities = {ending: identity(_beside(path, ending)) for ending in ("", *ENDINGS)}
            return Opened(path, reader, _for_writing(path), identities)
        except (sqlite3.Error, OSError, DatabaseError):
            reader.close()
            raise


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """What SQLite and the system say of the file is told in our words."""
    try:
        yield
    except (sqlite3.OperationalError, OSError) as error:
        raise DatabaseError(*in_words(path, error)) from error
    except sqlite3.DatabaseError as error:
        raise DamagedFile(f"{path} cannot be read ({error})") from error


def _make(path: Path) -> None:
    """Make the file if it is missing; what one that was deleted has left beside it belongs to no other."""
    private_folder(path.parent)
    if path.exists():
        return
    with _lock(path):
        if not path.exists():
            for ending in ENDINGS:
                _beside(path, ending).unlink(missing_ok=True)
            path.touch(mode=0o600)


def _connect(path: Path, *, any_thread: bool = False) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=10.0, isolation_level=None, check_same_thread=not any_thread)


def _for_writing(path: Path) -> sqlite3.Connection:
    connection = _connect(path, any_thread=True)
    try:
        connection.execute("PRAGMA synchronous = NORMAL")
        # A row that takes another's place removes what belongs to that one, as deleting it would.
        connection.execute("PRAGMA recursive_triggers = ON")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _judged_version(path: Path, connection: sqlite3.Connection) -> int:
    """The file's version. Raises NewerFile where this program does not know it."""
    version = _version(connection)
    if not 0 <= version <= len(MIGRATIONS):
        raise NewerFile(f"{path} was written by a newer version of replicate-tui", "update the program to read it")
    return version


def _migrate(path: Path, connection: sqlite3.Connection) -> None:
    if _judged_version(path, connection) == len(MIGRATIONS):
        return
    # Two programs may meet a file that needs a step: the change to WAL mode does not wait for a busy file by itself.
    with _lock(path):
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in chain.from_iterable(MIGRATIONS[_version(connection) :]):
                connection.execute(statement)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
                raise  # a full disk, say: there may be room the next time
            raise UnfitFile(*_unfit(path, error)) from error
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")


def _unfit(path: Path, error: sqlite3.Error) -> tuple[str, str]:
    return (
        f"{path} cannot be brought to the form that this version of replicate-tui needs ({error})",
        "nothing of it was changed: use it with the version that wrote it, or give it another name to begin a new "
        "history",
    )


def _lock(path: Path) -> "filelock.BaseFileLock":
    import filelock

    return filelock.FileLock(path.with_suffix(".lock"), timeout=30.0, mode=0o600)


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _set_aside(path: Path) -> Path:
    """Give a damaged file, and what SQLite keeps beside it, a name that nothing has."""
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    aside = path.with_name(f"{path.stem}.damaged-{stamp}-{secrets.token_hex(2)}{path.suffix}")
    try:
        path.rename(aside)
        for ending in ENDINGS:
            if _beside(path, ending).exists():
                _beside(path, ending).rename(_beside(aside, ending))
    except OSError as error:
        raise DatabaseError(f"{path} cannot be read, nor moved away: {error}") from error
    return aside
