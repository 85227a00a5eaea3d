"""Why this machine cannot keep a file, in words that say what to do about it."""

import errno
import os
from pathlib import Path
from typing import Final

NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
"""Codes of a full disk."""
FORBIDDEN: Final = frozenset({errno.EACCES, errno.EPERM})
"""Codes of what this program may not do."""
_ELSEWHERE: Final = "or save in another folder"


def in_words(error: OSError, folder: Path) -> str:
    """What went wrong while something was written into `folder`, and what helps where that can be told."""
    why = error.strerror or str(error)
    if error.errno is None:
        return why
    if error.errno in NO_ROOM:
        return f"{why}: make room on the disk of {folder}, {_ELSEWHERE}"
    in_the_way = file_above(folder)
    if in_the_way is not None:
        return f"{in_the_way} is a file where a folder belongs: move it away, {_ELSEWHERE}"
    if error.errno in FORBIDDEN:
        return f"{why}: let this program write in {_there(folder)}, {_ELSEWHERE}"
    if error.errno in (errno.EROFS, errno.EFBIG):
        return f"{why}: the disk of {folder} does not take it; save in another folder"
    return f"{why}: {error.filename or folder}"


def file_above(folder: Path) -> Path | None:
    """What stands where the folder or one that it is in belongs."""
    # Path.is_file raises where a folder on the way may not be entered.
    return next((path for path in (folder, *folder.parents) if os.path.isfile(path)), None)  # noqa: PTH113


def _there(folder: Path) -> Path:
    """The folder, or the nearest around it that exists."""
    return next((path for path in (folder, *folder.parents) if os.path.isdir(path)), folder)  # noqa: PTH112
