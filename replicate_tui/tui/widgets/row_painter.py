"""Draws the rows of a table as lines of the screen, each cell in the style of its tone."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.strip import Strip
from textual.style import Style as VisualStyle
from textual.visual import Visual
from textual.widget import Widget

from replicate_tui.core.columns import Column
from replicate_tui.tui.widgets.column_layout import Place, aligned, arrange

R = TypeVar("R")

GUTTER = 2
"""Cells left of the first column: the bar of a marked row, and a blank one."""

MARK = "▌"

ARROWS = {False: "↑", True: "↓"}
"""What stands beside the title of the column that the rows are in the order of: whether it descends."""


class RowPainter(Generic[R]):
    """Columns, fitted to a width, and how a row looks in them.

    `style` gives the style for parts of a line, by their names: "header", "cursor", "mark" or a tone; of
    several names the later ones are laid over the earlier ones. `mark` stands before marked rows.
    """

    def __init__(
        self, columns: Sequence[Column[R]], drops: Sequence[str], style: Callable[..., Style], mark: str = MARK
    ) -> None:
        self._columns = tuple(columns)
        self._drops = tuple(drops)
        self._make_style = style
        self._styles: dict[tuple[str, ...], Style] = {}
        self._mark = mark
        self._places: tuple[Place[R], ...] = ()
        self._width = 0
        self.order: tuple[str, bool] | None = None
        """The column that the rows are in the order of, and whether it descends."""

    def forget_styles(self) -> None:
        """Ask for each style once more: since the last time the theme or the focus may have changed."""
        self._styles.clear()

    def _style(self, *parts: str) -> Style:
        if parts not in self._styles:
            self._styles[parts] = self._make_style(*parts)
        return self._styles[parts]

    def fit(self, width: int) -> None:
        """Draw lines of `width` cells from now on."""
        if width != self._width:
            self._width = width
            self._places = arrange(self._columns, width - GUTTER - 1, self._drops)

    def lay_out(self, columns: Sequence[Column[R]]) -> None:
        """Draw these columns from now on."""
        self._columns, self._width = tuple(columns), 0

    def header(self) -> Strip:
        """Return the line of column titles."""
        style = self._style("header")
        segments = [Segment(" " * GUTTER, style)]
        for place in self._places:
            text = aligned(self._title(place.column), place.width, place.column.align)
            ordered = self.order is not None and self.order[0] == place.column.key
            segments.append(Segment(text + " " * place.gap, self._style("header", "order") if ordered else style))
        return Strip(segments).adjust_cell_length(self._width, style)

    def title_at(self, x: int) -> str | None:
        """Return the key of the column whose title is at the cell `x`."""
        end = GUTTER
        for place in self._places:
            end += place.width + place.gap
            if GUTTER <= x < end:
                return place.column.key
        return None

    def _title(self, column: Column[R]) -> str:
        if self.order is None or self.order[0] != column.key:
            return column.title
        return f"{column.title} {ARROWS[self.order[1]]}"

    def row(self, row: R, *, has_cursor: bool, marked: bool) -> Strip:
        """Return the line of one row."""
        state = ("cursor",) if has_cursor else ()
        blank = self._style(*state)
        segments = [
            Segment(self._mark if marked else " ", self._style(*state, "mark")),
            Segment(" " * (GUTTER - 1), blank),
        ]
        for place in self._places:
            cell = place.column.cell(row)
            text = aligned(cell.text, place.width, place.column.align)
            lead = cell.lead if place.column.align == "left" else 0
            segments += (
                Segment(text[:lead], self._style(*state, "muted")),
                Segment(text[lead:], self._style(*state, cell.tone)),
                Segment(" " * place.gap, blank),
            )
        return Strip(segments).adjust_cell_length(self._width, blank)


def empty_line(table: Widget, text: Content, style: VisualStyle, line: int, width: int) -> Strip:
    """Return a line of what stands for rows where there are none: it begins one line below the header."""
    lines = Visual.to_strips(table, text, max(width - 2 * GUTTER, 1), None, style)
    indent = Strip([Segment(" " * GUTTER, table.rich_style)])
    drawn = Strip.join([indent, lines[line - 1]]) if 0 < line <= len(lines) else indent
    return drawn.adjust_cell_length(width, table.rich_style)
