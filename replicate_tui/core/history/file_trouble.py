"""Why a history file cannot be used, in words that name it and say what to do about it."""

import os
import sqlite3
from pathlib import Path
from typing import Final

from replicate_tui.core.keeping.disk_trouble import FORBIDDEN, NO_ROOM, file_above

_HELD: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_ELSEWHERE: Final = "or use another profile"


def in_words(path: Path, error: OSError | sqlite3.Error) -> tuple[str, str]:
    """What is the matter with the file at `path`, which could not be opened, read or written, and what helps, or ""."""
    why = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return f"{path} cannot be used: {why}", _advice(path, error)


def _advice(path: Path, error: OSError | sqlite3.Error) -> str:
    in_the_way = file_above(path.parent)
    if in_the_way is not None:
        return f"{in_the_way} is a file where a folder belongs: move it away, {_ELSEWHERE}"
    if os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises where a folder on the way may not be entered
        return f"it is a folder: move it away to begin a new history, {_ELSEWHERE}"
    system = error.errno if isinstance(error, OSError) else None
    # What SQLite adds to its codes says where, not what.
    of_sqlite = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if isinstance(error, TimeoutError) or of_sqlite in _HELD:
        return "another program holds it: try again when that has let go of it"
    if system in NO_ROOM or of_sqlite == sqlite3.SQLITE_FULL:
        return f"make room on the disk of {path.parent}, {_ELSEWHERE}"
    if system in FORBIDDEN or not _may_write(path):
        return f"let this program read and write in {path.parent}, {_ELSEWHERE}"
    return ""


def _may_write(path: Path) -> bool:
    """Whether the file and its folder, or the nearest folder where there is no file, may be read and written."""
    folders = [each for each in path.parents if os.access(each, os.F_OK)]
    needed = [path, *folders[:1]] if os.access(path, os.F_OK) else folders[:1]
    return all(os.access(each, os.R_OK | os.W_OK) for each in needed)
