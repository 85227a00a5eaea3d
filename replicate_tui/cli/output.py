"""The one place that writes: data to standard output, narration to standard error."""

import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from replicate_tui.core.columns import Column, Tone

R = TypeVar("R")


class ReaderGone(Exception):
    """Whoever read standard output has closed it."""


_COLOURS: "dict[Tone, str]" = {
    "strong": "1",
    "muted": "2",
    "accent": "36",
    "ok": "32",
    "busy": "33",
    "wait": "34",
    "warn": "33",
    "bad": "31",
}


def for_people(as_json: bool) -> bool:
    """Whether to write for a person: standard output is a terminal and JSON was not asked for."""
    return not as_json and sys.stdout.isatty()


def data(value: object) -> None:
    """A JSON value and a newline; on a terminal laid out for reading."""
    if sys.stdout.isatty():
        shown(json.dumps(value, ensure_ascii=False, indent=2))
    else:
        write(json.dumps(value, ensure_ascii=False) + "\n")


def line(text: str) -> None:
    """A line of text for a person or a script."""
    write(text + "\n")


def shown(text: str) -> None:
    """Text from the network and a newline, for a person: cleaned on a terminal, as it is elsewhere."""
    if sys.stdout.isatty():
        from replicate_tui.core.text import clean

        text = clean(text)
    line(text)


def write(text: str) -> None:
    """Text as it is, at once.

    Raises:
        ReaderGone: nobody reads standard output any more.
    """
    try:
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()
    except BrokenPipeError as error:
        raise ReaderGone from error


def note(text: str) -> None:
    """A line of narration; whatever came from the network in it is cleaned."""
    from replicate_tui.core.text import clean

    sys.stderr.write(clean(text) + "\n")
    sys.stderr.flush()


def discard() -> None:
    """Whoever read standard output is gone: nothing more is written, and nothing complains at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def table(columns: "Sequence[Column[R]]", rows: Iterable[R]) -> None:
    """Rows as aligned text under their titles, each column as wide as its widest cell; no wider than the terminal."""
    from replicate_tui.core.text import cell_width, fit, pad

    cells = [[column.cell(row) for column in columns] for row in rows]
    titles = [column.title for column in columns]
    widths = [
        max(cell_width(text) for text in (titles[at], *(line[at].text for line in cells))) for at in range(len(columns))
    ]
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    _squeeze(widths, [column.grow for column in columns])
    shown = [
        [
            _painted(pad(fit(cell.text, width), width, column.align), cell.tone if colour else "plain")
            for cell, width, column in zip(line, widths, columns, strict=True)
        ]
        for line in cells
    ]
    head = [pad(title, width, column.align) for title, width, column in zip(titles, widths, columns, strict=True)]
    for parts in [[_painted(title, "muted" if colour else "plain") for title in head], *shown]:
        line("  ".join(parts).rstrip())


def facts(pairs: Iterable[tuple[str, str]]) -> None:
    """Names and values, one a line; empty values are left out."""
    from replicate_tui.core.text import one_line

    known = [(name, one_line(value)) for name, value in pairs if value]
    width = max((len(name) for name, _ in known), default=0)
    for name, value in known:
        line(f"{name:<{width}}  {value}")


def _painted(text: str, tone: "Tone") -> str:
    return f"\x1b[{_COLOURS[tone]}m{text}\x1b[0m" if tone in _COLOURS else text


def _squeeze(widths: list[int], grows: Sequence[bool]) -> None:
    """Narrow the growing columns so that a line fits a terminal; elsewhere nothing is cut."""
    if not sys.stdout.isatty():
        return
    room = os.get_terminal_size(sys.stdout.fileno()).columns
    excess = sum(widths) + 2 * (len(widths) - 1) - room
    for at, grow in enumerate(grows):
        if grow and excess > 0:
            cut = min(excess, widths[at] - 8)
            widths[at] -= max(0, cut)
            excess -= max(0, cut)
