"""Which columns of a list fit a width, and what a cell looks like in its column. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from rich.cells import cell_len, set_cell_size

from replicate_tui.core.columns import Column
from replicate_tui.core.text import one_line, pad

R = TypeVar("R")

GAP = 2
"""Blank cells between two columns."""


@dataclass(frozen=True, slots=True)
class Place(Generic[R]):
    """One column as it is drawn: `width` cells of its own, then `gap` blank ones."""

    column: Column[R]
    width: int
    gap: int


def arrange(columns: Sequence[Column[R]], width: int, drops: Sequence[str] = ()) -> tuple[Place[R], ...]:
    """Place the columns that fit into `width` cells.

    Fixed columns keep their width and the growing ones share what is left. When they do not all fit,
    the columns whose keys are in `drops` go first, in that order, then the others from the right. The first
    column and the first growing one always stay.
    """
    kept = list(columns)
    for leaving in _leaving(columns, drops):
        if _needed(kept) <= width:
            break
        kept.remove(leaving)
    return _spread(kept, width)


def aligned(text: str, width: int, align: Literal["left", "right"] = "left") -> str:
    """Return text as exactly `width` terminal cells of one line, cut with an ellipsis where it is longer."""
    padded = pad(text if text.isprintable() else one_line(text), width, align)
    # Textual composes the screen with Rich's table of widths, so that one has the last word on a line.
    return padded if cell_len(padded) == width else set_cell_size(padded, width)


def _leaving(columns: Sequence[Column[R]], drops: Sequence[str]) -> list[Column[R]]:
    """Return the columns that may be dropped, the first to go first."""
    growing = next((column for column in columns if column.grow), None)
    loose = [column for column in columns[1:] if column is not growing]
    named = [column for key in drops for column in loose if column.key == key]
    return named + [column for column in reversed(loose) if column not in named]


def _gap_after(column: Column[R]) -> int:
    """Return the blank cells after a column: a single glyph stands close to what it marks."""
    return 1 if column.width == 1 else GAP


def _needed(columns: Sequence[Column[R]]) -> int:
    return sum(column.width for column in columns) + sum(_gap_after(column) for column in columns[:-1])


def _spread(columns: Sequence[Column[R]], width: int) -> tuple[Place[R], ...]:
    """Share the spare width between the growing columns; take what is missing from them, or from the last."""
    spare = width - _needed(columns)
    sharing = [column for column in columns if column.grow]
    if not sharing and spare < 0:
        sharing = list(columns[-1:])
    each, rest = divmod(spare, len(sharing)) if sharing else (0, 0)
    more = {column.key: each + (at < rest) for at, column in enumerate(sharing)}
    last = len(columns) - 1
    return tuple(
        Place(
            column,
            width=max(column.width + more.get(column.key, 0), 0),
            gap=_gap_after(column) if at < last else 0,
        )
        for at, column in enumerate(columns)
    )
