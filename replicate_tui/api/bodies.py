"""Bodies of answers, unpacked in pieces of bounded size: a small body may pack a huge one."""

import zlib
from collections.abc import AsyncIterator, Iterator

import httpx

CODING = "gzip"
"""The content coding that answers are asked for in."""

PIECE = 256 * 1024
"""The most bytes that are unpacked at once."""

_GZIP = 16 + zlib.MAX_WBITS


def unpack(response: httpx.Response) -> None:
    """Have the body come in pieces, unpacked; in another coding than the one asked for it stays as it came.

    Without this httpx unpacks all that one read of the socket brings, and as many times as the server names codings.
    """
    coding = response.headers.pop("content-encoding", "").strip().lower()
    if coding in {"", "identity"}:
        return
    response.headers.pop("content-length", None)  # it counts the packed bytes
    if coding in {CODING, "x-gzip"} and isinstance(response.stream, httpx.AsyncByteStream):
        response.stream = _Unpacked(response.stream)


async def read(response: httpx.Response, limit: int) -> tuple[bytes, bool]:
    """The body, and whether that is all of it: reading stops at the limit, in bytes."""
    parts: list[bytes] = []
    size = 0
    async for chunk in response.aiter_bytes():
        parts.append(chunk)
        size += len(chunk)
        if size > limit:
            return b"".join(parts)[:limit], False
    return b"".join(parts), True


class _Unpacked(httpx.AsyncByteStream):
    """What a stream of gzip holds. Raises httpx.DecodingError where it is none, or ends early."""

    def __init__(self, packed: httpx.AsyncByteStream) -> None:
        self._packed = packed

    async def __aiter__(self) -> AsyncIterator[bytes]:
        gzip = _Gzip()
        async for data in self._packed:
            for piece in gzip.unpacked(data):
                yield piece
        if not gzip.complete:
            raise httpx.DecodingError("the packed answer ends early")

    async def aclose(self) -> None:
        await self._packed.aclose()


class _Gzip:
    """Unpacks gzip, which may be several packed bodies in a row. `complete`: none is unfinished."""

    def __init__(self) -> None:
        self.complete = True
        self._inflating = zlib.decompressobj(_GZIP)

    def unpacked(self, data: bytes) -> Iterator[bytes]:
        """What the data add. Raises httpx.DecodingError for what is no gzip."""
        more = bool(data)
        while more:
            piece = self._inflate(data)
            data = self._inflating.unconsumed_tail or self._inflating.unused_data
            # A full piece may have a rest inside zlib, though all of the data is consumed.
            more = bool(data) or len(piece) == PIECE
            if self.complete:
                self._inflating = zlib.decompressobj(_GZIP)
                more = bool(data)
            if piece:
                yield piece

    def _inflate(self, data: bytes) -> bytes:
        try:
            piece = self._inflating.decompress(data, PIECE)
        except zlib.error as broken:
            raise httpx.DecodingError(str(broken)) from None
        self.complete = self._inflating.eof
        return piece
