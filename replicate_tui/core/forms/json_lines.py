"""A JSON object as a person writes it: its names with their lines, and syntax errors in plain words."""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from replicate_tui.core.forms.nesting import is_too_deep
from replicate_tui.core.text import fit, one_line

_BLANKS: Final = re.compile(r"[ \t\n\r]*")
_UNCLOSED: Final = "the closing } is missing"
_WORDS: Final = (
    ("Expecting property name", "a name in double quotes is wanted here"),
    ("Illegal trailing comma", "a comma stands before the end: take it away"),
    ("Expecting ':'", "a colon is wanted between a name and its value"),
    ("Expecting ','", "a comma is wanted between two values"),
    ("Expecting value", "a value is wanted here: text stands in double quotes"),
    ("Unterminated string", "a text begins here and has no closing quote"),
    ("Invalid control character", "a line break or control character stands inside a text: write \\n for a line break"),
    ("Invalid \\u", "\\u wants four hexadecimal digits"),
    ("Invalid \\", 'a backslash wants one of " \\ / b f n r t u after it: write \\\\ for a backslash'),
    ("Extra data", "something stands after the end of the object"),
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a document: where (from 1), in words, and which input it is about, if one."""

    line: int
    column: int
    words: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One name of the object, where it stands (from 1), and its value."""

    name: str
    line: int
    column: int
    value: object


class _Wrong(Exception):
    """The text cannot be read from `position` on."""

    def __init__(self, position: int, words: str) -> None:
        super().__init__(words)
        self.position = position


def entries(text: str) -> tuple[list[Entry] | None, list[Problem]]:
    """The names and values of the JSON object that `text` is, and what is wrong with it.

    None instead of a list when it cannot be read at all. Of a name that is there twice the last value counts, and
    each further one is a problem.
    """
    reader = _Reader(text)
    try:
        return reader.entries(), reader.problems
    except _Wrong as wrong:
        return None, [reader.problem(wrong.position, str(wrong))]


def fault(text: str) -> Problem | None:
    """What keeps `text` from being one JSON value; None where it is one."""
    reader = _Reader(text)
    try:
        reader.whole()
    except _Wrong as wrong:
        return reader.problem(wrong.position, str(wrong))
    return None


class _Reader:
    """Reads one text; values are left to the standard library, names are kept with their places."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._repeated: list[str] = []
        self._decoder = json.JSONDecoder(object_pairs_hook=self._pairs, parse_constant=_no_constant)
        self.problems: list[Problem] = []

    def entries(self) -> list[Entry]:
        """Every name of the object in the order of the text."""
        at = self._blanks(1 if self._text.startswith("\ufeff") else 0)
        if self._text[at : at + 1] != "{":
            raise self._no_object(at)
        found: dict[str, Entry] = {}
        at = self._blanks(at + 1)
        while self._text[at : at + 1] != "}":
            at = self._entry(at, found)
        end = self._blanks(at + 1)
        if end < len(self._text):
            raise _Wrong(end, _words("Extra data"))
        return list(found.values())

    def whole(self) -> None:
        """Read the text as one value, whatever it is."""
        at = self._blanks(0)
        if self._text[at : at + 1] == "{":
            self.entries()
            return
        end = self._blanks(self._value(at)[1])
        if end < len(self._text):
            raise _Wrong(end, "something stands after the end of the value")

    def problem(self, position: int, words: str, name: str = "") -> Problem:
        """A problem at a place of the text."""
        before = self._text[:position]
        return Problem(before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1, words, name)

    def _no_object(self, at: int) -> _Wrong:
        if at == len(self._text):
            return _Wrong(0, "the document is empty: write {} for no inputs")
        self._value(at)
        return _Wrong(at, "the inputs are an object: { … } with a name for each value")

    def _entry(self, at: int, found: dict[str, Entry]) -> int:
        """Read one name and its value; the place of the next, or of the closing brace."""
        name, colon = self._name(at)
        if self._text[colon : colon + 1] != ":":
            raise _Wrong(colon, _words("Expecting ':'"))
        value, end = self._value(self._blanks(colon + 1), name)
        place = self.problem(at, "", name)
        repeated = [*([name] if name in found else []), *self._repeated]
        self.problems += [
            self.problem(at, f"{_quoted(one)} is there twice: the last one counts", name) for one in repeated
        ]
        found[name] = Entry(name, place.line, place.column, value)
        end = self._blanks(end)
        if self._text[end : end + 1] == "}":
            return end
        if self._text[end : end + 1] != ",":
            raise _Wrong(end, _UNCLOSED if end == len(self._text) else _words("Expecting ','"))
        following = self._blanks(end + 1)
        if self._text[following : following + 1] == "}":
            raise _Wrong(end, _words("Illegal trailing comma"))
        return following

    def _name(self, at: int) -> tuple[str, int]:
        if self._text[at : at + 1] != '"':
            closed = _UNCLOSED if at == len(self._text) else _words("Expecting property name")
            raise _Wrong(at, closed)
        name, end = self._value(at)
        return str(name), self._blanks(end)

    def _value(self, at: int, name: str = "") -> tuple[object, int]:
        self._repeated = []
        try:
            value, end = self._decoder.raw_decode(self._text, at)
        except json.JSONDecodeError as error:
            raise _Wrong(error.pos, _words(error.msg)) from None
        except RecursionError:
            raise _too_deep(at, name) from None
        except ValueError as error:  # a constant that JSON lacks, or more digits than Python reads
            raise _Wrong(at, one_line(str(error)).partition(";")[0]) from None
        if is_too_deep(value):
            raise _too_deep(at, name)
        return value, end

    def _blanks(self, at: int) -> int:
        blanks = _BLANKS.match(self._text, at)
        return blanks.end() if blanks else at

    def _pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                self._repeated.append(name)
            seen.add(name)
        return dict(pairs)


def _too_deep(at: int, name: str) -> _Wrong:
    return _Wrong(at, f"the value{f' of {_quoted(name)}' if name else ''} is nested too deeply")


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _words(message: str) -> str:
    return next((words for start, words in _WORDS if message.startswith(start)), one_line(message))


def _quoted(name: str) -> str:
    return f'"{fit(one_line(name), 40)}"'
