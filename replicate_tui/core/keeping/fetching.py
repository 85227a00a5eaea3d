"""Fetches one file of an output into a folder: whole and what it should be, or not at all.

An empty picture, sound or video is not taken at its server's word: that it is empty has to be said in an earlier try
too. The empty beginning that such a try leaves in the folder tells so.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from replicate_tui.api.client import Client
from replicate_tui.api.download import Download, is_strong
from replicate_tui.api.errors import APIError, NetworkError, UnexpectedAnswer
from replicate_tui.core.keeping import arriving
from replicate_tui.core.keeping.arriving import Part
from replicate_tui.core.keeping.file_content import impostor, may_be_empty
from replicate_tui.core.outputs import OutputFile

TRIES: Final = 3
"""So often a download that is cut goes on, or an empty file is asked for, before it is left to a later try."""
PIECE: Final = 1024 * 1024
"""So many bytes of a file are held in memory before they are written."""

_RANGE_REFUSED: Final = 416
_EMPTY: Final = "an empty file came"


class Refused(Exception):
    """What arrived is not the file; the message says what it is."""


async def fetch(client: Client, file: OutputFile, folder: Path, begun: Sequence[Part] = ()) -> Path:
    """Where the file is, once it is whole. `begun` is what earlier tries left of it, the most first.

    Raises:
        ReplicateError: it was refused, or cut too often; what arrived stays for a later try.
        OSError: it cannot be written.
        Refused: something else came in its place.
    """
    fetching = _Fetching(client, file, folder, begun)
    tries = 0
    while True:
        tries += 1
        try:
            return await fetching.run()
        except _Cut as cut:
            if tries >= TRIES:
                raise cut.error from None


class _Fetching:
    """One file on its way, over several tries."""

    def __init__(self, client: Client, file: OutputFile, folder: Path, begun: Sequence[Part]) -> None:
        self._client = client
        self._file = file
        self._path = folder / file.name
        self._key = arriving.key(file.name, file.url)
        self._part = begun[0] if begun else None
        self._stale = list(begun[1:])
        self._type = ""
        self._said_empty = any(part.size == 0 for part in begun)

    async def run(self) -> Path:
        """One try: the file's path."""
        before = await asyncio.to_thread(_state, self._path)
        try:
            return await self._run()
        except FileNotFoundError as error:
            # Another saving of the run goes on with the same beginning: it finished the file, or let go of it.
            after = await asyncio.to_thread(_state, self._path)
            if after is not None and after != before:
                return self._path
            raise _Cut(error) from None

    async def _run(self) -> Path:
        there = await asyncio.to_thread(self._part.length) if self._part else 0
        if self._part is not None and there and there == self._part.size:
            return await self._take_name(self._part, there)
        try:
            return await self._receive(there)
        except (APIError, UnexpectedAnswer) as error:
            if not there or (isinstance(error, APIError) and error.status != _RANGE_REFUSED):
                raise
        except _OtherFile:
            pass
        await self._drop()
        return await self._receive(0)

    async def _receive(self, offset: int) -> Path:
        etag = self._part.etag if self._part else None
        async with self._client.download(self._file.url, offset=offset, etag=etag) as download:
            self._type = download.content_type or ""
            part = await self._place(download)
            end = await self._write(part, download)
        if download.size is not None and end != download.size:
            await self._drop()
            raise Refused(f"{end} of {download.size} bytes came")
        if not end and not await asyncio.to_thread(self._is_rightly_empty):
            await self._leave(part)
            raise _Cut(Refused(_EMPTY))
        return await self._take_name(part, end)

    async def _place(self, download: Download) -> Part:
        """Where what comes is to be written."""
        part = self._part
        if part is not None and download.start:
            if not _goes_on(part, download):
                raise _OtherFile
            return part
        self._part = arriving.part(self._path.parent, self._key, download.size, download.etag)
        self._stale += [part] if part is not None and part.path != self._part.path else []
        while self._stale:
            await asyncio.to_thread(self._stale.pop().drop)
        return self._part

    async def _write(self, part: Part, download: Download) -> int:
        """Write what comes; where it ends. What came before a cut is written too."""
        end = download.start
        held = bytearray()
        try:
            async for chunk in download.chunks():
                held += chunk
                if len(held) >= PIECE:
                    piece, held = bytes(held), bytearray()
                    await self._put(part, end, piece)
                    end += len(piece)
        except NetworkError as error:
            await self._put(part, end, bytes(held))
            await self._leave(part)
            raise _Cut(error) from None
        await self._put(part, end, bytes(held))
        return end + len(held)

    async def _put(self, part: Part, offset: int, content: bytes) -> None:
        try:
            await asyncio.to_thread(part.write, offset, content)
        except FileNotFoundError:
            raise  # whoever took it away has the rest of it
        except OSError:
            await self._drop()  # a full disk is not helped by half a file
            raise

    async def _take_name(self, part: Part, size: int) -> Path:
        came = impostor(self._file, self._type, await asyncio.to_thread(part.beginning))
        if came and self._file.url[:5].lower() != "data:":
            await self._drop()
            raise Refused(f"{came} came instead of the file")
        try:
            await asyncio.to_thread(part.become, self._path, size)
        except OSError:
            await self._leave(part)
            raise
        return self._path

    def _is_rightly_empty(self) -> bool:
        return may_be_empty(self._file) or self._said_empty or (self._path.is_file() and not self._path.stat().st_size)

    async def _leave(self, part: Part) -> None:
        """Keep what came for a later try, if that can tell of which file it is."""
        if not part.known:
            await self._drop()

    async def _drop(self) -> None:
        if self._part is not None:
            await asyncio.to_thread(self._part.drop)
            self._part = None


class _Cut(Exception):
    """A download ended before the file did. Where none began, the client has tried often enough itself."""

    def __init__(self, error: NetworkError | Refused | FileNotFoundError) -> None:
        super().__init__(str(error))
        self.error = error


class _OtherFile(Exception):
    """The rest that a server sends is not of the file whose beginning is there."""


def _state(path: Path) -> tuple[int, int, int] | None:
    """What tells that something else has taken a name; None where nothing has it."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _goes_on(part: Part, download: Download) -> bool:
    conditional = part.etag is not None and is_strong(part.etag)
    same = download.etag == part.etag or (download.etag is None and conditional)
    return same and download.size == part.size
