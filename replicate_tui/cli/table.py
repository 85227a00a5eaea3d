"""Rows as lines of text: each column as wide as its widest cell, fitted into a terminal's width."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from replicate_tui.core.columns import Cell, Column, Tone
from replicate_tui.core.text import cell_width, fit, pad

R = TypeVar("R")

GAP = 2
NARROWEST = 12
"""Cells that a growing column keeps; before that, columns are left out from the right."""

_COLOURS: dict[Tone, str] = {
    "strong": "1",
    "muted": "2",
    "accent": "36",
    "ok": "32",
    "busy": "33",
    "wait": "34",
    "warn": "33",
    "bad": "31",
}


def lines(columns: Sequence[Column[R]], rows: Iterable[R], *, room: int | None, colour: bool) -> list[str]:
    """A line of titles and one for each row. `room` is a terminal's width in cells; without it nothing is cut."""
    cells = [[column.cell(row) for column in columns] for row in rows]
    widths = [
        max(cell_width(text) for text in (column.title, *(line[at].text for line in cells)))
        for at, column in enumerate(columns)
    ]
    if room is not None:
        widths = fitted(widths, [column.grow for column in columns], room)
    head = [Cell(column.title, "muted") for column in columns]
    return [_line(columns, line, widths, colour) for line in (head, *cells)]


def fitted(widths: Sequence[int], grows: Sequence[bool], room: int) -> list[int]:
    """The widths of as many columns as fit, the growing ones narrowed as little as is needed, the widest first."""
    for number in range(len(widths), 1, -1):
        kept = _narrowed(widths[:number], [at for at in range(number) if grows[at]], room)
        if _breadth(kept) <= room:
            return kept
    return _narrowed(widths[:1], [0] if grows[0] else [], room)


def _narrowed(widths: Sequence[int], growing: Sequence[int], room: int) -> list[int]:
    kept = list(widths)
    while growing and _breadth(kept) > room:
        widest = max(growing, key=kept.__getitem__)
        if kept[widest] <= NARROWEST:
            break
        kept[widest] -= 1
    return kept


def _breadth(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)


def _line(columns: Sequence[Column[R]], cells: Sequence[Cell], widths: Sequence[int], colour: bool) -> str:
    parts = [
        _painted(pad(fit(cell.text, width), width, column.align), cell.tone if colour else "plain")
        for cell, width, column in zip(cells, widths, columns, strict=False)
    ]
    return (" " * GAP).join(parts).rstrip()


def _painted(text: str, tone: Tone) -> str:
    return f"\x1b[{_COLOURS[tone]}m{text}\x1b[0m" if tone in _COLOURS else text
