"""Files on their way into a folder: what has arrived stays under a temporary name until it is whole.

The name says of which file it is the beginning, down to the entity tag that the server told. So a later try, or
another program, goes on where this one ended; and two that write at once to one name write the same bytes.
"""

import base64
import binascii
import contextlib
import os
import re
import secrets
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

from replicate_tui.core.keeping.file_content import BEGINNING

_LONGEST_ETAG: Final = 80
_KEY: Final = r"\.(?P<key>[0-9a-f]{16})\."
_PART: Final = re.compile(_KEY + r"(?P<size>[0-9]{0,18})\.(?P<etag>[A-Za-z0-9_-]*)\.part")
_OURS: Final = re.compile(_KEY + r"[A-Za-z0-9_.-]*part")


@dataclass(frozen=True, slots=True)
class Part:
    """The beginning of a file. `size` is the whole file's in bytes, `etag` its entity tag; None if unknown."""

    path: Path
    size: int | None
    etag: str | None

    @property
    def known(self) -> bool:
        """Whether a later try can tell of which file it is."""
        return self.size is not None or self.etag is not None

    def length(self) -> int:
        """So many bytes of it are there."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def write(self, offset: int, content: bytes) -> None:
        """Put bytes at their place. What lies beyond stays: whoever wrote it wrote of the same file.

        Raises:
            FileNotFoundError: what comes before is not there any more.
            OSError: it cannot be written.
        """
        flags = os.O_WRONLY | getattr(os, "O_BINARY", 0) | (0 if offset else os.O_CREAT)
        with os.fdopen(os.open(self.path, flags, 0o666), "wb") as file:
            if os.fstat(file.fileno()).st_size < offset:
                raise FileNotFoundError("it was begun anew meanwhile")
            file.seek(offset)
            file.write(content)

    def beginning(self) -> bytes:
        """The first bytes."""
        with self.path.open("rb") as file:
            return file.read(BEGINNING)

    def become(self, path: Path, size: int) -> None:
        """Take the real name, now that all `size` bytes are there; if another saving of it was faster, so be it.

        Raises:
            OSError: it cannot be moved, or is not whole after all.
        """
        try:
            with self.path.open("r+b") as file:
                if os.fstat(file.fileno()).st_size != size:
                    raise OSError(f"it has not the {size} bytes that came")
                os.fsync(file.fileno())
            self.path.replace(path)
        except FileNotFoundError:
            if not path.is_file() or path.stat().st_size != size:
                raise

    def drop(self) -> None:
        """Remove it."""
        # Where it cannot be removed (another program reads it, on Windows) a later try removes it.
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)


def key(name: str, url: str) -> str:
    """What the parts of one file have in common."""
    return blake2b(f"{name}\0{url}".encode(errors="surrogatepass"), digest_size=8).hexdigest()


def part(folder: Path, of: str, size: int | None, etag: str | None) -> Part:
    """Where the file of that key arrives. Without anything to know it again by, nobody else shall find it."""
    if (size is None and etag is None) or len(etag or "") > _LONGEST_ETAG:
        return Part(folder / f".{of}.{secrets.token_hex(8)}.part", None, None)
    coded = base64.urlsafe_b64encode((etag or "").encode()).decode().rstrip("=")
    return Part(folder / f".{of}.{'' if size is None else size}.{coded}.part", size, etag)


def begun(folder: Path) -> dict[str, list[Part]]:
    """By key, what has arrived in earlier tries that a later one can go on with, the most first."""
    found: dict[str, list[Part]] = {}
    for path in _ours(folder):
        if told := _PART.fullmatch(path.name):
            etag = _decoded(told["etag"])
            found.setdefault(told["key"], []).append(Part(path, int(told["size"]) if told["size"] else None, etag))
    return {of: sorted(parts, key=Part.length, reverse=True) for of, parts in found.items()}


def write_whole(path: Path, content: bytes) -> None:
    """Put a small file in its place at once.

    Raises:
        OSError: it cannot be written; nothing of it was.
    """
    try:
        _write_whole(path, content)
    except FileNotFoundError:
        _write_whole(path, content)  # another saving has just cleared away what it took for left behind


def _write_whole(path: Path, content: bytes) -> None:
    arriving = part(path.parent, key(path.name, ""), None, None)
    try:
        arriving.write(0, content)
        arriving.become(path, len(content))
    finally:
        arriving.drop()


def clear(folder: Path) -> None:
    """Remove what earlier tries left in a folder."""
    for path in _ours(folder):
        Part(path, None, None).drop()


def _ours(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return [Path(entry.path) for entry in entries if _OURS.fullmatch(entry.name)]
    except OSError:
        return []  # whoever writes there is told why that does not go


def _decoded(coded: str) -> str | None:
    try:
        return base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)).decode() or None
    except (binascii.Error, UnicodeDecodeError):
        return None
