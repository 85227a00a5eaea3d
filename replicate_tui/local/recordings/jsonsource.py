"""JSON values out of a file of any length, one at a time, so that the whole never lies in memory."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

CHUNK = 1 << 20
"""Characters read at once; more when a single value is longer."""

LOOKAHEAD = 16
"""Characters of the longest piece that cannot be understood before it is complete: `\\ud83d\\ude00`."""

BLANKS = re.compile(r"[ \t\r\n]*")

# Python writes NaN and Infinity into what it calls JSON; no client could read them.
DECODER = json.JSONDecoder(parse_constant=lambda _: None)


class NotJSON(Exception):
    """The file does not hold JSON; the text says at which line and column and why."""


def values(path: Path) -> Iterator[Any]:
    """The values that stand in the file one after the other (as JSON lines do), or in arrays.

    It may be UTF-8, UTF-16 or UTF-32, with or without a byte order mark; bytes that mean nothing become U+FFFD.
    Raises `NotJSON` where it ceases to be JSON, having given what stands before, and `OSError`.
    """
    with path.open("rb") as file:
        encoding = json.detect_encoding(file.read(4))
    with path.open(encoding=encoding, errors="replace") as text:
        yield from _Reader(text).values()


class _Reader:
    """A window on the text: `_buffer` from `_at` on is what nobody has taken yet."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._buffer = ""
        self._at = 0
        self._line, self._column = 1, 1

    def values(self) -> Iterator[Any]:
        while mark := self._next():
            if mark == "[":
                yield from self._array()
            else:
                yield self._value()

    def _array(self) -> Iterator[Any]:
        self._at += 1
        if self._next() == "]":
            self._at += 1
            return
        while True:
            yield self._value()
            mark = self._next()
            if mark not in (",", "]"):
                raise self._error("Expecting ',' or ']'", self._at)
            self._at += 1
            if mark == "]":
                return

    def _next(self) -> str:
        """The next character that is not blank, which stays; "" at the end."""
        while True:
            blanks = BLANKS.match(self._buffer, self._at)
            self._at = blanks.end() if blanks else self._at
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more():
                return ""

    def _value(self) -> Any:
        while True:
            self._next()
            try:
                value, end = DECODER.raw_decode(self._buffer, self._at)
            except json.JSONDecodeError as error:
                if not (self._may_be_cut(error) and self._more()):
                    raise self._error(error.msg, error.pos) from error
            except (ValueError, RecursionError) as error:
                raise self._error(str(error), self._at) from error
            else:
                # A number near the end of the buffer may go on behind it.
                if end < len(self._buffer) - LOOKAHEAD or not self._more():
                    self._at = end
                    return value

    def _may_be_cut(self, error: json.JSONDecodeError) -> bool:
        return error.pos >= len(self._buffer) - LOOKAHEAD or error.msg.startswith("Unterminated string")

    def _more(self) -> bool:
        """Read on, by at least as much as waits, so that a long value is not tried too often. False at the end."""
        text = self._text.read(max(CHUNK, len(self._buffer) - self._at))
        if text:
            self._line, self._column = self._place(self._at)
            self._buffer, self._at = self._buffer[self._at :] + text, 0
        return bool(text)

    def _place(self, position: int) -> tuple[int, int]:
        lines = self._buffer.count("\n", 0, position)
        if not lines:
            return self._line, self._column + position
        return self._line + lines, position - self._buffer.rindex("\n", 0, position)

    def _error(self, reason: str, position: int) -> NotJSON:
        line, column = self._place(position)
        return NotJSON(f"line {line}, column {column}: {reason}")
