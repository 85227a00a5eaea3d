"""Files and standard input that are read whole, as far as that makes sense: some have no end."""

from pathlib import Path
from typing import BinaryIO, Final

from replicate_tui.cli.exit_codes import WRONG_USE, Stop

LARGEST: Final = 64 * 1024 * 1024
"""Bytes of a file that are read."""


def file_bytes(path: Path, name: str) -> bytes:
    """All of a file that the person calls `name`.

    Raises:
        Stop: it is too large.
        OSError: it cannot be read.
    """
    with path.expanduser().open("rb") as file:
        return whole(file, name)


def whole(file: BinaryIO, name: str) -> bytes:
    """All of an open file. Raises Stop when it is too large."""
    content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Stop(WRONG_USE, f"{name} has more than {LARGEST >> 20} MB")
    return content


def as_text(content: bytes, name: str) -> str:
    """The text that is in UTF-8. Raises Stop for what is none."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Stop(WRONG_USE, f"{name} is no UTF-8 text (byte {error.start}); @FILE sends a file as it is") from error
