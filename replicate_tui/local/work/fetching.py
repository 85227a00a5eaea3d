"""Brings a file input into the worker: from a `data:` URL, over HTTP(S), or from the server's own disk."""

from __future__ import annotations

import base64
import binascii
import mimetypes
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from replicate_tui.local.hosts import is_loopback
from replicate_tui.local.work.context import ModelError

SIZE_LIMIT = 100_000_000
"""Bytes that one file input may have."""

TIMEOUT = 30.0
"""Seconds without an answer after which a download is given up."""

CHUNK = 1 << 16

LONGEST_NAME = 100
UNUSUAL = re.compile(r"[^\w.()+ -]")
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Names that mean devices on Windows."""


def fetch(name: str, url: str, own_files: Mapping[str, str], folder: Path) -> Path:
    """The content of input `name` as a file, called as its URL says, below `folder` if it had to be made.

    `own_files` maps this server's own URLs to paths. Raises `ModelError`, with a sentence for the user, when it
    cannot be had.
    """
    try:
        if url in own_files:
            return _own(Path(own_files[url]))
        place = folder / name
        place.mkdir(parents=True, exist_ok=True)
        scheme = url.partition(":")[0].lower()
        if scheme == "data":
            return _decoded(url, place / name)
        if scheme in ("http", "https"):
            return _downloaded(url, place / _file_name(url, name))
    except _Unavailable as error:
        raise ModelError(f"input {name}: {error}") from error
    raise ModelError(f"input {name}: only http, https and data URLs are read, not {scheme}:")


class _Unavailable(Exception):
    pass


def _own(path: Path) -> Path:
    if not path.is_file():
        raise _Unavailable("the file is no longer on this server")
    return path


def _decoded(url: str, target: Path) -> Path:
    header, comma, payload = url.partition(",")
    if not comma:
        raise _Unavailable("the data URL has no comma")
    media, _, encoding = header[len("data:") :].rpartition(";")
    if encoding != "base64":
        media, content = header[len("data:") :], unquote_to_bytes(payload)
    else:
        try:
            content = base64.b64decode(unquote(payload), validate=True)
        except binascii.Error as error:
            raise _Unavailable("the data URL is not valid base64") from error
    if len(content) > SIZE_LIMIT:
        raise _Unavailable(_too_large())
    path = target.with_suffix(mimetypes.guess_extension(media.partition(";")[0]) or "")
    path.write_bytes(content)
    return path


def _file_name(url: str, otherwise: str) -> str:
    """The last part of the URL's path, made legal on every system."""
    try:
        last = unquote(urlsplit(url).path).rpartition("/")[2]
    except ValueError:
        return otherwise
    legal = UNUSUAL.sub("_", last).strip(". ")[-LONGEST_NAME:]
    return f"_{legal}" if RESERVED.fullmatch(legal) else legal or otherwise


def _downloaded(url: str, path: Path) -> Path:
    try:
        request = urllib.request.Request(url, headers={"User-Agent": "replicate-tui"})
        with _opener(url).open(request, timeout=TIMEOUT) as response, path.open("wb") as file:
            _copy(response, file)
    except urllib.error.HTTPError as error:
        error.close()
        raise _Unavailable(f"the server answered {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        raise _Unavailable(f"it cannot be downloaded ({error.reason})") from error
    except (OSError, ValueError, HTTPException) as error:
        raise _Unavailable(f"it cannot be downloaded ({error})") from error
    return path


def _opener(url: str) -> urllib.request.OpenerDirector:
    """Speaks HTTP(S) only: a redirect cannot lead to a local file. Loopback never goes through a proxy."""
    proxies: dict[str, str] | None = {} if is_loopback(urlsplit(url).hostname or "") else None
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(proxies),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _copy(source: BinaryIO, target: BinaryIO) -> None:
    size = 0
    while chunk := source.read(CHUNK):
        size += len(chunk)
        if size > SIZE_LIMIT:
            raise _Unavailable(_too_large())
        target.write(chunk)


def _too_large() -> str:
    return f"the file is over the limit of {SIZE_LIMIT // 1_000_000} MB"
