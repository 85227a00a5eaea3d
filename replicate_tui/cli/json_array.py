"""A long JSON array, written as its values come: what `output.data` writes of a list, without holding it."""

import json
from collections.abc import Iterable, Iterator

from replicate_tui.cli import output

_AT_ONCE = 1 << 16
"""Characters that are written together."""


def print_array(values: Iterable[object]) -> None:
    """A JSON array and a newline; on a terminal laid out for reading.

    Raises:
        ReaderGone: nobody reads standard output any more.
    """
    if output.is_terminal():
        for piece in _laid_out(values):
            output.shown(piece)
    else:
        for piece in _gathered(_in_one_line(values)):
            output.write(piece)


def _in_one_line(values: Iterable[object]) -> Iterator[str]:
    before = "["
    for value in values:
        yield before + json.dumps(value, ensure_ascii=False)
        before = ", "
    yield "]\n" if before == ", " else "[]\n"


def _laid_out(values: Iterable[object]) -> Iterator[str]:
    """Whole lines, each piece without its last newline."""
    before, waiting = "[\n", ""
    for value in values:
        if waiting:
            yield waiting + ","
        # No text within has a newline of its own: JSON writes it in two characters.
        waiting = before + "  " + json.dumps(value, ensure_ascii=False, indent=2).replace("\n", "\n  ")
        before = ""
    yield f"{waiting}\n]" if waiting else "[]"


def _gathered(pieces: Iterable[str]) -> Iterator[str]:
    some: list[str] = []
    length = 0
    for piece in pieces:
        some.append(piece)
        length += len(piece)
        if length >= _AT_ONCE:
            yield "".join(some)
            some, length = [], 0
    yield "".join(some)
