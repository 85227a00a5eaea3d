"""What is found out about a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Kind = Literal["picture", "sound", "text", "archive", "empty", "other"]

Target = Callable[[str], Path]
"""Where to write an output file of this name."""

PREVIEW_LINES = 40
PREVIEW_WIDTH = 200
CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Finding:
    """`details` depend on the kind; a `problem` among them says what could not be read, and why."""

    kind: Kind
    content_type: str
    details: Mapping[str, Any]
    preview: Path


def text_preview(target: Target, lines: list[str]) -> Path:
    """A preview that is a text; `lines` without line ends. Controls, which a terminal might obey, are dots."""
    shown = [CONTROLS.sub("·", _shortened(line)) for line in lines[:PREVIEW_LINES]]
    if len(lines) > PREVIEW_LINES:
        shown.append("…")
    path = target("preview.txt")
    path.write_text("".join(f"{line}\n" for line in shown), "utf-8", newline="\n")
    return path


def dump_preview(target: Target, beginning: bytes) -> Path:
    """A preview for what cannot be shown otherwise: its first bytes, sixteen a line."""
    rows = (beginning[place : place + 16] for place in range(0, min(len(beginning), 512), 16))
    return text_preview(target, [f"{16 * number:08x}  {_row(row)}" for number, row in enumerate(rows)])


def _shortened(line: str) -> str:
    return line if len(line) <= PREVIEW_WIDTH else line[: PREVIEW_WIDTH - 1] + "…"


def _row(row: bytes) -> str:
    letters = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)
    return f"{row.hex(' '):<47}  {letters}"
