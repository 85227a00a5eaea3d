"""Files on their way into a Cog model and out of it: both are `data:` URLs on the wire."""

from __future__ import annotations

import base64
import binascii
import mimetypes
import re
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

from replicate_tui.local.marks import escaped, mark

SCHEMES = ("data", "http", "https")
"""What Cog fetches by itself. Anything else would reach the model as a path on this machine."""

DATA_URL = re.compile(r"data:(?P<media>[\w.+-]+/[\w.+-]+)?(?P<more>(?:;[\w-]+=[^;,]*)*)(?P<coded>;base64)?,")

SUFFIXES: Mapping[str, str] = {
    "audio/flac": ".flac",
    "audio/ogg": ".ogg",
    "audio/wav": ".wav",
    "audio/x-wav": ".wav",
    "image/webp": ".webp",
    "model/gltf-binary": ".glb",
    "video/webm": ".webm",
}
"""Where Python's own table has no answer or depends on the machine."""

SIGNATURES: Mapping[bytes, str] = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"%PDF-": "application/pdf",
    b"PK\x03\x04": "application/zip",
    b"ID3": "audio/mpeg",
    b"OggS": "audio/ogg",
    b"fLaC": "audio/flac",
    b"\x1aE\xdf\xa3": "video/webm",
}
"""How files of common kinds begin; an uploaded file has no name to tell."""


class Unreadable(Exception):
    """A file input that cannot be had; the text is a sentence for the user."""


def handed_in(values: Mapping[str, Any], file_inputs: Set[str], own_files: Mapping[str, str]) -> dict[str, Any]:
    """The input as Cog gets it: this server's own files as `data:` URLs, other URLs as they are.

    Raises `Unreadable` for a file that is gone, and for what is no URL that Cog fetches.
    """
    return {
        name: _handed_in(name, value, own_files) if name in file_inputs else value for name, value in values.items()
    }


def _handed_in(name: str, value: Any, own_files: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_handed_in(name, item, own_files) for item in value]
    if not isinstance(value, str):
        return value
    if value in own_files:
        return _data_url(name, Path(own_files[value]))
    scheme, colon, rest = value.partition(":")
    if not colon or scheme.lower() not in SCHEMES:
        raise Unreadable(f"input {name}: only http, https and data URLs are read, not {scheme if colon else 'paths'}")
    return f"{scheme.lower()}:{rest}"


def _data_url(name: str, path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"input {name}: the file is no longer on this server") from error
    media = mimetypes.guess_type(path.name)[0] or _media(content)
    return f"data:{media};base64,{base64.b64encode(content).decode()}"


def _media(content: bytes) -> str:
    if content[:4] == b"RIFF":
        return {b"WAVE": "audio/wav", b"WEBP": "image/webp"}.get(content[8:12], "application/octet-stream")
    if content[4:8] == b"ftyp":
        return "video/mp4"
    found = (media for start, media in SIGNATURES.items() if content.startswith(start))
    return next(found, "application/octet-stream")


class OutputFiles:
    """The output files of one run: `out-0.png`, `out-1.png`… in its folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def kept(self, value: Any) -> Any:
        """The output with every `data:` URL, at any depth, written to a file and replaced by the file's mark.

        It decodes and writes before it returns: a call for a thread, one at a time.
        """
        if isinstance(value, list):
            return [self.kept(item) for item in value]
        if isinstance(value, dict):
            return escaped({key: self.kept(item) for key, item in value.items()})
        if isinstance(value, str) and (match := DATA_URL.match(value)):
            return self._written(match, value[match.end() :])
        return value

    def _written(self, head: re.Match[str], payload: str) -> Any:
        try:
            content = base64.b64decode(unquote(payload), validate=True) if head["coded"] else unquote_to_bytes(payload)
        except binascii.Error:
            return head.string
        name = f"out-{self._count}{_suffix(head['media'] or 'text/plain')}"
        self._count += 1
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / name).write_bytes(content)
        return mark(name)


def _suffix(media: str) -> str:
    return SUFFIXES.get(media) or mimetypes.guess_extension(media) or ".bin"
