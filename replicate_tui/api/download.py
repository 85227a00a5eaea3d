"""Fetches a file that a run made: from the web, or from the `data:` address that holds it."""

import asyncio
import base64
import binascii
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import Message
from urllib.parse import unquote_to_bytes

from replicate_tui.api.addresses import read_foreign_url
from replicate_tui.api.calls import Call
from replicate_tui.api.errors import UnexpectedAnswer
from replicate_tui.api.patience import Limit
from replicate_tui.api.transport import Transport

_CHUNK = 256 * 1024
_LONGEST_DISPOSITION = 8192
_SIZE = re.compile(r"[0-9]{1,18}")
_ETAG = re.compile(r'(?:W/)?"[!#-~]{0,200}"')
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-[0-9]{0,18}/([0-9]{1,18}|\*)")


@dataclass(frozen=True, slots=True)
class Download:
    """A file being fetched.

    `status` is 200 for the whole file and 206 for its rest: a server need not honour an offset, so `start` tells
    at which byte the chunks really begin. `size` is the whole file's, in bytes. `name` is a bare file name chosen
    by the server, free of folders but otherwise unchecked. `etag` changes when the file does. What is unknown is None.
    """

    status: int
    content_type: str | None
    size: int | None
    name: str | None
    start: int
    etag: str | None
    _body: AsyncIterator[bytes] = field(repr=False)

    def chunks(self) -> AsyncIterator[bytes]:
        """The bytes as they arrive, once. Raises NetworkError if they are cut."""
        return self._body


@asynccontextmanager
async def download(
    transport: Transport, url: str, *, offset: int, limit: Limit, name: str = "", etag: str | None = None
) -> AsyncIterator[Download]:
    """The file at a `https:`, `http:` or `data:` address, from byte `offset` on.

    With `etag` the rest is only wanted of the file that this was told of, else the whole of what is there now.
    `name` is what errors call it instead of the address's last part. Raises NetworkError, APIError, or
    UnexpectedAnswer for an address that leads to no file.
    """
    if url[:5].lower() == "data:":
        yield await asyncio.to_thread(_unpacked, url, offset)
        return
    call = _call(url, offset, limit, name, etag)
    async with transport.open(call) as response:
        start, total = _span(response.status_code, response.headers, offset)
        yield Download(
            status=response.status_code,
            content_type=response.headers.get("content-type"),
            size=total,
            name=_file_name(response.headers.get("content-disposition")),
            start=start,
            etag=_etag(response.headers.get("etag", "")),
            _body=transport.chunks(call, response),
        )


def _call(url: str, offset: int, limit: Limit, name: str, etag: str | None) -> Call:
    headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
    if offset:
        headers["Range"] = f"bytes={offset}-"
        if etag and is_strong(etag):
            headers["If-Range"] = etag
    address = read_foreign_url(url)
    doing = f"download {name or address.path.rpartition('/')[2][:80] or 'the file'}"
    return Call(method="GET", url=address, doing=doing, limit=limit, headers=headers, delivery=True)


def is_strong(etag: str) -> bool:
    """Whether two files of this entity tag are the same to the last byte: only such a tag may stand in a condition."""
    return not etag.startswith("W/")


def _etag(header: str) -> str | None:
    return header if _ETAG.fullmatch(header) else None


def _span(status: int, headers: Mapping[str, str], offset: int) -> tuple[int, int | None]:
    """The first byte that is sent, and the size of the whole file."""
    if status != 206:
        length = _SIZE.fullmatch(headers.get("content-length", ""))
        return 0, int(length[0]) if length else None
    span = _CONTENT_RANGE.fullmatch(headers.get("content-range", ""))
    if span is None or int(span[1]) != offset:
        raise UnexpectedAnswer("The server sent another part of the file than it was asked for")
    return offset, None if span[2] == "*" else int(span[2])


def _file_name(disposition: str | None) -> str | None:
    """The file name in a Content-Disposition header, without folders."""
    if disposition is None or len(disposition) > _LONGEST_DISPOSITION:
        return None
    message = Message()
    message["Content-Disposition"] = disposition
    try:
        chosen = message.get_filename() or ""
    except (ValueError, TypeError):
        return None  # odd codings and numbered parts that the reader of e-mail stumbles over
    name = re.split(r"[/\\]", chosen)[-1].strip()
    return None if name in {"", ".", ".."} else name


def _unpacked(url: str, offset: int) -> Download:
    """The file inside a `data:` address."""
    head, comma, data = url[5:].partition(",")
    content_type, _, coding = head.rpartition(";")
    is_base64 = coding.strip().lower() == "base64"
    if not comma:
        raise UnexpectedAnswer("The API sent a data address without data")
    content = unquote_to_bytes(data.encode("utf-8", "replace"))
    if is_base64:
        content = _decoded(content)
    return Download(
        status=206 if offset else 200,
        content_type=(content_type if is_base64 else head) or "text/plain",
        size=len(content),
        name=None,
        start=offset,
        etag=None,
        _body=_pieces(content[offset:]),
    )


def _decoded(text: bytes) -> bytes:
    """Base64 of either alphabet, with or without padding and line breaks."""
    letters = text.translate(bytes.maketrans(b"-_", b"+/"), b" \t\r\n=")
    try:
        return base64.b64decode(letters + b"=" * (-len(letters) % 4), validate=True)
    except binascii.Error:
        raise UnexpectedAnswer("The API sent a data address with broken data") from None


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for first in range(0, len(content), _CHUNK):
        yield content[first : first + _CHUNK]
