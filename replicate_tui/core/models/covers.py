"""The pictures that stand for models: fetched once, and kept beside the history."""

import asyncio
import contextlib
import hashlib
import secrets
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from replicate_tui.api.client import Client

LARGEST: Final = 10_000_000
"""Bytes of a cover; no more of a larger one are read."""
KEPT: Final = 100
"""Covers kept on disk, those that came last."""


class NoCover(Exception):
    """The cover is not fetched; the message says why."""


class Covers:
    """The covers in a folder, which need not exist yet."""

    def __init__(self, client: Client, folder: Path) -> None:
        self._client = client
        self._folder = folder

    async def fetch(self, url: str) -> Path:
        """Where the picture at an address is, once it is whole.

        Only https is asked, or the server of the API itself; the token goes to that one at the most.

        Raises:
            NoCover: its address is none that is asked, or it is too large.
            ReplicateError: it was refused, or cut.
            OSError: it cannot be written.
        """
        if not self._is_asked(url):
            raise NoCover("it is not at an https address")
        path = self._folder / hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()
        if not await asyncio.to_thread(path.is_file):
            await asyncio.to_thread(_write, path, await self._read(url))
        return path

    async def _read(self, url: str) -> bytes:
        content = bytearray()
        async with self._client.download(url) as download:
            if (download.size or 0) > LARGEST:
                raise NoCover(_TOO_LARGE)
            async for chunk in download.chunks():
                content += chunk
                if len(content) > LARGEST:
                    raise NoCover(_TOO_LARGE)
        return bytes(content)

    def _is_asked(self, url: str) -> bool:
        try:
            asked, own = urlsplit(url), urlsplit(self._client.base_url)
        except ValueError:
            return False
        return asked.scheme == "https" or (asked.scheme, asked.netloc) == (own.scheme, own.netloc)


_TOO_LARGE: Final = f"it is larger than {LARGEST // 1_000_000} MB"


def _write(path: Path, content: bytes) -> None:
    """Put the content there in one step, and let go of what came long before."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_suffix(f".{secrets.token_hex(4)}")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    with contextlib.suppress(FileNotFoundError):  # another program does so at the same moment
        for old in sorted(path.parent.iterdir(), key=lambda file: file.stat().st_mtime, reverse=True)[KEPT:]:
            old.unlink(missing_ok=True)
