"""Blocks of markdown as the rows that they take on a screen of some width. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from replicate_tui.core.text import cell_width, fit, pad
from replicate_tui.tui.widgets.form_tabs.markdown_blocks import Document, Table
from replicate_tui.tui.widgets.form_tabs.markdown_inline import Block, Mark, Tone
from replicate_tui.tui.widgets.text_rows import wrapped

NARROWEST = 8
"""Cells that a column of a table, or text beside its indent, has at least."""

_BETWEEN = " │ "


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what stands before it, its text, what is marked in the text, and the tone of the rest."""

    before: str
    text: str
    marks: tuple[Mark, ...] = ()
    tone: Tone = "plain"


def rows(document: Document, width: int) -> list[Row]:
    """Break a document into rows of at most `width` cells."""
    found: list[Row] = []
    for block in document.blocks:
        found += _table_rows(block, width) if isinstance(block, Table) else _block_rows(block, width)
    return found


def _block_rows(block: Block, width: int) -> Iterator[Row]:
    room = max(width - cell_width(block.rest), NARROWEST)
    start = 0
    for number, text in enumerate(wrapped(block.text, room)):
        before = block.rest if number else block.first
        yield Row(before, text, _within(block.marks, start, start + len(text)), block.tone)
        start += len(text)


def _within(marks: Sequence[Mark], start: int, end: int) -> tuple[Mark, ...]:
    return tuple(
        Mark(max(mark.start, start) - start, min(mark.end, end) - start, mark.tone, mark.link)
        for mark in marks
        if mark.start < end and mark.end > start
    )


def _table_rows(table: Table, width: int) -> Iterator[Row]:
    """Columns side by side; one cell a row where there are too many columns for that."""
    columns = max(map(len, table.rows), default=0)
    room = width - cell_width(table.indent) - len(_BETWEEN) * (columns - 1)
    marks = [(Mark(0, 0, "link", link)) for link in table.links]
    if not columns:
        return
    if room < columns * NARROWEST:
        yield from _as_list(table, width, marks)
        return
    widths = _shared([max(_natural(row, at) for row in table.rows) for at in range(columns)], room)
    for number, row in enumerate(table.rows):
        cells = [wrapped(cell, size) for cell, size in zip(row, widths, strict=False)]
        for line in zip_longest(*cells, fillvalue=""):
            text = _BETWEEN.join(pad(cell.rstrip(), size) for cell, size in zip(line, widths, strict=False))
            yield Row(table.indent, text.rstrip(), tuple(marks), "plain" if number else "strong")
            marks = []
        if not number:
            yield Row(table.indent, "─┼─".join("─" * size for size in widths), (), "muted")


def _as_list(table: Table, width: int, marks: list[Mark]) -> Iterator[Row]:
    titles = table.rows[0]
    for row in table.rows[1:] or table.rows:
        for at, cell in enumerate(row):
            title = fit(titles[at], 24) if at < len(titles) else ""
            block = Block(f"{title}: {cell}" if title else cell, (), table.indent, table.indent + "  ")
            for one in _block_rows(block, width):
                yield Row(one.before, one.text, (*one.marks, *marks))
                marks = []
        yield Row(table.indent, "")


def _natural(row: Sequence[str], at: int) -> int:
    return cell_width(row[at]) if at < len(row) else 0


def _shared(wanted: Sequence[int], room: int) -> list[int]:
    """Give every column what it wants, or its share of what those that want less have left."""
    given = [1] * len(wanted)
    for rank, at in enumerate(sorted(range(len(wanted)), key=wanted.__getitem__)):
        share = room // (len(wanted) - rank)
        given[at] = max(min(wanted[at], share), 1)
        room -= given[at]
    return given
