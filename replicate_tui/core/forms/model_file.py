"""Reads a file of model objects one by one: a JSON array, JSON lines, or the pages that lists print."""

import json
from collections.abc import Iterator
from typing import Final, TextIO

from replicate_tui.core.text import size

_FIRST_PIECE: Final = 1 << 18
_MOST_WAITING: Final = 1 << 28
_BLANKS: Final = " \t\n\r"


class NotModels(ValueError):
    """The file is no JSON array of objects, and no objects on lines; the message says where it ends being one."""


def models(file: TextIO) -> Iterator[object]:
    """Each value of the file in turn; no more of it is in memory than the longest value takes.

    A value with a list of `results`, as a page of a list has it, stands for what is in the list. Raises NotModels.
    """
    for value in _Values(file):
        if isinstance(value, dict) and isinstance(value.get("results"), list) and "owner" not in value:
            yield from value["results"]
        else:
            yield value


class _Values:
    """The JSON values of a text, which are members of an array or just follow one another."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._decoder = json.JSONDecoder()
        self._text = ""
        self._at = 0
        self._dropped = 0
        self._ended = False

    def __iter__(self) -> Iterator[object]:
        if self._next_character() == "[":
            self._at += 1
            yield from self._members()
            self._nothing_more()
        else:
            while self._next_character():
                yield self._value()

    def _members(self) -> Iterator[object]:
        """The values of the array that has just begun, up to its end."""
        character = self._next_character()
        while character != "]":
            if character == ",":
                raise NotModels(f"a value is wanted instead of the comma at {self._place()}")
            if not character:
                raise NotModels(f"the array is not closed at {self._place()}")
            yield self._value()
            character = self._after_member()
        self._at += 1

    def _after_member(self) -> str:
        """Step over the comma behind a value of the array; the character that follows."""
        character = self._next_character()
        if character != ",":
            if character and character != "]":
                raise NotModels(f"a comma is wanted between two values at {self._place()}")
            return character
        place = self._place()
        self._at += 1
        following = self._next_character()
        if following == "]":
            raise NotModels(f"the array ends with a comma at {place}")
        return following

    def _nothing_more(self) -> None:
        if self._next_character():
            raise NotModels(f"something stands after the array at {self._place()}")

    def _next_character(self) -> str:
        """The next character that is not blank; "" at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _BLANKS:
                    return self._text[self._at]
                self._at += 1
            if not self._read_more():
                return ""

    def _value(self) -> object:
        """The value that begins here, reading as much as it takes."""
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except RecursionError:
                raise NotModels(f"the value at {self._place()} is nested too deeply") from None
            except ValueError as error:
                if not self._read_more():
                    raise NotModels(f"no JSON value at {self._place()}: {error}") from None
                continue
            if end == len(self._text) and self._read_more():  # a number may go on
                continue
            self._at = end
            return value

    def _read_more(self) -> bool:
        """Read twice what is waiting, so that a long value is not begun again too often; whether there was more."""
        if self._ended:
            return False
        waiting = len(self._text) - self._at
        if waiting > _MOST_WAITING:
            raise NotModels(f"no JSON value ends within {size(_MOST_WAITING)} of {self._place()}")
        try:
            more = self._file.read(max(_FIRST_PIECE, waiting))
        except UnicodeDecodeError as error:
            raise NotModels(f"the file is not UTF-8 text: {error.reason}") from None
        self._dropped += self._at
        self._text = self._text[self._at :] + more
        self._at = 0
        self._ended = not more
        return not self._ended

    def _place(self) -> str:
        return f"character {self._dropped + self._at + 1:,}"
