"""Zip files, read without trusting what they say about themselves."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

from replicate_tui.local.work.context import ModelError

BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06")
"""What a zip file begins with; the second one is empty."""

DIRECTORY_LIMIT = 4_000_000
"""Bytes of a directory that is still read: about 40,000 names."""

END_RECORD = 22
"""Bytes of the record at the end, before its comment of up to 65,535 bytes."""

BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError)
"""What the standard library raises for damaged, encrypted and exotic members."""


def open_zip(path: Path) -> zipfile.ZipFile:
    """The zip file, its directory read. Raises `ModelError` if that cannot be done in modest memory."""
    try:
        with path.open("rb") as file:
            size = _directory_size(file)
        if size <= DIRECTORY_LIMIT:
            return zipfile.ZipFile(path)
    except BROKEN as error:
        raise ModelError(f"the zip file is damaged: {error}") from error
    raise ModelError("the zip file has too many entries to be read")


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int) -> bytes | None:
    """The first `limit` bytes of a member at most; None if it is encrypted, damaged or packed in a rare way."""
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return None
    try:
        with archive.open(member) as file:
            return file.read(limit)
    except BROKEN:
        return None


def _directory_size(file: BinaryIO) -> int:
    file.seek(0, 2)
    file.seek(max(0, file.tell() - END_RECORD - 65_535 - 20))
    tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or end + END_RECORD > len(tail):
        raise ValueError("its end is missing")
    # The locator of a 64-bit directory overrules this record.
    large = tail[max(0, end - 20) : end].startswith(b"PK\x06\x07")
    return DIRECTORY_LIMIT + 1 if large else int.from_bytes(tail[end + 12 : end + 16], "little")
