"""Bytes that may be a text, in whichever encoding."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""What a text in that encoding begins with; the longer of two marks that begin alike comes first."""

CONTROLS = re.compile(r"[\x00-\x07\x0e-\x1a\x1c-\x1f\x7f]")
"""Characters that no text has: all controls but those which move the pen, and the escape of terminals."""

MOST_CONTROLS = 0.005
"""The share of such characters in what still counts as a text."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text and the encoding that it was in, by Python's name."""

    text: str
    encoding: str


def decoded(content: bytes, *, cut: bool = False) -> Text | None:
    """The text that the bytes are, with its line ends as they are; None if they are none.

    `cut` says that the bytes are only a beginning, which may end within a character.
    """
    for encoding in _candidates(content):
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(content, final=not cut)
        except UnicodeError:
            continue
        if "\x00" not in text and len(CONTROLS.findall(text)) <= MOST_CONTROLS * len(text):
            return Text(text, encoding)
    return None


def _candidates(content: bytes) -> tuple[str, ...]:
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return (encoding,)
    # Every second byte of a western text in UTF-16 is zero; nothing else that is a text has zeros.
    sample = content[:4096]
    if sample[1::2].count(0) > len(sample) // 4:
        return ("utf-16-le",)
    if sample[::2].count(0) > len(sample) // 4:
        return ("utf-16-be",)
    return ("utf-8", "cp1252")
