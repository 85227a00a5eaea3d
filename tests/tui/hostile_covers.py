"""Covers of models that are no good pictures: too large, cut, moving, something else, or without an end."""

import struct
import zlib
from collections.abc import AsyncIterator, Callable
from io import BytesIO

from PIL import Image

from tests.core.scripted import Reply, Said

NAMED = "cover-"
"""What the names of the models with such covers begin with; the kind follows."""
_MEGABYTE = 1_000_000


def cover(kind: str, words: str) -> Reply:
    """What is answered to who asks for the cover of a kind; `words` stand in it where words can."""
    return COVERS[kind](words)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _png(width: int, height: int, words: str = "") -> bytes:
    """A grey picture that says that it is so large; there is a line of it at the most."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    text = _chunk(b"iTXt", b"Title\0\0\0\0\0" + words.encode("utf-8", "replace"))
    lines = _chunk(b"IDAT", zlib.compress(bytes(min(width, 1000) + 1)))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + text + lines + _chunk(b"IEND", b"")


def _moving() -> bytes:
    frames = [Image.new("P", (40, 20), number) for number in range(5)]
    content = BytesIO()
    frames[0].save(content, "GIF", save_all=True, append_images=frames[1:], duration=1)
    return content.getvalue()


def _picture(content: bytes, kind: str = "image/png") -> Said:
    return Said(content, 200, {"Content-Type": kind})


async def _endless(words: str) -> AsyncIterator[bytes]:
    yield _png(100, 100, words)
    while True:
        yield bytes(_MEGABYTE)


COVERS: dict[str, Callable[[str], Reply]] = {
    "bomb": lambda words: _picture(_png(60_000, 60_000, words)),
    "thin": lambda words: _picture(_png(1000, 1, words)),
    "cut": lambda words: _picture(_png(300, 300, words)[:80]),
    "short": lambda words: Said(_png(8, 8, words), 200, {"Content-Type": "image/png"}, length=5000),
    "page": lambda words: _picture(f"<!doctype html><script>{words}</script>".encode("utf-8", "replace"), "text/html"),
    "drawing": lambda words: _picture(f"<svg>{words}</svg>".encode("utf-8", "replace"), "image/svg+xml"),
    "moving": lambda words: _picture(_moving(), "image/gif"),
    "nothing": lambda words: _picture(b""),
    "gone": lambda words: Said(words.encode("utf-8", "replace"), 404, {"Content-Type": "text/plain"}),
    "elsewhere": lambda words: Said(b"", 302, {"Location": "file:///etc/passwd"}),
    "endless": _endless,
}
"""The kinds, and what is answered for each."""
