"""Everything that is neither a picture nor a sound: texts, zip files, and what is only recognised."""

from __future__ import annotations

import mimetypes
import re
from pathlib import Path

from replicate_tui.local.models.inspecting.findings import PREVIEW_LINES, Finding, Target, dump_preview, text_preview
from replicate_tui.local.models.reading.archives import BEGINNINGS, open_zip
from replicate_tui.local.models.reading.texts import Text, decoded
from replicate_tui.local.work.context import ModelError

TEXT_LIMIT = 10_000_000
"""Bytes of a text that are read; what comes after them is not counted."""

SNIFFED = 4096

UNKNOWN = "application/octet-stream"

SIGNATURES = (
    (b"%PDF-", "application/pdf", "PDF document"),
    (b"\x1f\x8b", "application/gzip", "gzip"),
    (b"BZh", "application/x-bzip2", "bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed", "7-Zip archive"),
    (b"Rar!\x1a\x07", "application/vnd.rar", "RAR archive"),
    (b"ID3", "audio/mpeg", "MP3"),
    (b"fLaC", "audio/flac", "FLAC"),
    (b"OggS", "audio/ogg", "Ogg"),
    (b"\x1aE\xdf\xa3", "video/webm", "Matroska or WebM"),
    (b"SQLite format 3\x00", "application/vnd.sqlite3", "SQLite database"),
    (b"glTF", "model/gltf-binary", "glTF model"),
    (b"\x00asm", "application/wasm", "WebAssembly"),
    (b"\x7fELF", "application/x-executable", "ELF program"),
    (b"%!PS", "application/postscript", "PostScript"),
)
"""How files begin, their type, and what people call them."""


def look(path: Path, beginning: bytes, target: Target) -> Finding:
    """The finding."""
    if not beginning:
        return Finding("empty", UNKNOWN, {}, text_preview(target, ["(an empty file)"]))
    if beginning[:4] in BEGINNINGS:
        return _archive(path, beginning, target)
    signature = next((known for known in SIGNATURES if beginning.startswith(known[0])), None)
    if not signature and beginning[4:8] == b"ftyp":
        signature = (b"", "video/mp4", "MP4")
    if signature:
        return Finding("other", signature[1], {"format": signature[2]}, dump_preview(target, beginning))
    if decoded(beginning[:SNIFFED], cut=True) and (finding := _text(path, target)):
        return finding
    return Finding("other", _guessed(path) or UNKNOWN, {}, dump_preview(target, beginning))


def _text(path: Path, target: Target) -> Finding | None:
    with path.open("rb") as file:
        content = file.read(TEXT_LIMIT)
        cut = bool(file.read(1))
    found = decoded(content, cut=cut)
    if found is None:
        return None
    details = {**_counted(found), **({"counted_bytes": len(content)} if cut else {})}
    lines = found.text[: 1 << 16].splitlines()
    return Finding("text", _text_type(path), details, text_preview(target, lines))


def _counted(found: Text) -> dict[str, object]:
    text = found.text
    ends = text.count("\n") + text.count("\r") - text.count("\r\n")
    return {
        "encoding": found.encoding,
        "lines": ends + (not text.endswith(("\n", "\r")) and text != ""),
        "words": sum(1 for _ in re.finditer(r"\S+", text)),
        "characters": len(text),
    }


def _text_type(path: Path) -> str:
    guess = _guessed(path) or ""
    is_text = guess.startswith("text/") or guess.endswith(("json", "xml", "yaml", "javascript", "toml", "sql"))
    return guess if is_text else "text/plain"


def _archive(path: Path, beginning: bytes, target: Target) -> Finding:
    guess = _guessed(path) or ""
    content_type = guess if guess.startswith("application/") else "application/zip"
    try:
        with open_zip(path) as archive:
            members = archive.infolist()
    except ModelError as error:
        return Finding("archive", content_type, {"problem": str(error)}, dump_preview(target, beginning))
    details = {
        "entries": len(members),
        "files": sum(not member.filename.endswith("/") for member in members),
        "unpacked_size": sum(member.file_size for member in members),
        "encrypted": any(member.flag_bits & 1 for member in members),
        "names": [member.filename for member in members[:PREVIEW_LINES]],
    }
    lines = [f"{member.file_size:>14,}  {member.filename}" for member in members[: PREVIEW_LINES + 1]]
    return Finding("archive", content_type, details, text_preview(target, lines or ["(an empty archive)"]))


def _guessed(path: Path) -> str | None:
    return mimetypes.guess_type(path.name)[0]
