"""Writing a project: whole or not at all, and over nothing that is there."""

import contextlib
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path


class Occupied(Exception):
    """The place for the project is taken; the message says by what."""


def check_free(folder: Path) -> None:
    """Raise Occupied unless there is nothing at `folder`, or a folder with nothing in it.

    Raises:
        OSError: it cannot be looked at.
    """
    if folder.is_symlink() and not folder.exists():
        raise Occupied(f"{folder} is a link to what is not there")
    if not folder.exists():
        return
    if not folder.is_dir():
        raise Occupied(f"{folder} is a file")
    if any(folder.iterdir()):
        raise Occupied(f"{folder} exists and is not empty")


def write_project(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put the files, by their paths in it, into a folder that is new or empty.

    Raises:
        Occupied: there is something already.
        OSError: it cannot be written; nothing of it is left.
    """
    check_free(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = folder.resolve() if folder.exists() else folder
    staged = beside.parent / f".{beside.name}.{secrets.token_hex(4)}.part"
    staged.mkdir()
    try:
        for path, content in files.items():
            target = staged / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        _move(staged, folder)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _move(staged: Path, folder: Path) -> None:
    if not folder.exists():
        staged.rename(folder)
        return
    moved: list[Path] = []
    try:
        for entry in sorted(staged.iterdir()):
            moved.append(entry.rename(folder / entry.name))
    except OSError:
        for entry in moved:
            with contextlib.suppress(OSError):
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        raise
