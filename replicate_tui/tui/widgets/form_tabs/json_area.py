"""A text of JSON to edit, with a mark at every line that something is wrong with."""

import re
from collections.abc import Collection
from typing import ClassVar

from rich.segment import Segment
from rich.text import Text
from textual.geometry import Offset
from textual.strip import Strip

from replicate_tui.tui.widgets.editors.area import PlainArea

_KEY = re.compile(r'\s*("(?:[^"\\]|\\.)*")\s*:')
_LONGEST_LINE_WITH_A_KEY = 1_000
_GUTTER_MARGIN = 2


class JsonArea(PlainArea):
    """JSON, with line numbers and its keys coloured. `problems` are line numbers."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"json-area--key", "json-area--problem"}

    DEFAULT_CSS = """
    JsonArea {
        height: 1fr;
        padding: 0;
        border: none;
        background: $foreground 4%;
        scrollbar-size-vertical: 1;
        & .text-area--gutter { color: $foreground 40%; background: transparent; }
        & .json-area--key { color: $text-accent; }
        & .json-area--problem { color: $text-error; text-style: bold; }
        &:focus { border: none; background: $foreground 7%; }
    }
    """

    def __init__(self) -> None:
        super().__init__(show_line_numbers=True)
        self._problems: frozenset[int] = frozenset()

    @property
    def problems(self) -> Collection[int]:
        """The lines with something wrong, counted from 1."""
        return self._problems

    @problems.setter
    def problems(self, lines: Collection[int]) -> None:
        self._problems = frozenset(lines)
        self.refresh()

    def show(self, text: str) -> None:
        """Replace the text without a word to anybody; the caret stays where it was, if it can."""
        row, column = self.cursor_location
        super().show(text)
        row = min(row, self.document.line_count - 1)
        self.move_cursor((row, min(column, len(self.document.get_line(row)))))

    def go_to_line(self, line: int) -> None:
        """Put the caret to the start of what stands on a line, counted from 1; on the nearest if there is none."""
        row = min(max(line - 1, 0), self.document.line_count - 1)
        text = self.document.get_line(row)
        self.move_cursor((row, len(text) - len(text.lstrip())), center=True)

    def get_line(self, line_index: int) -> Text:
        """A line as it is drawn, its key coloured."""
        line = super().get_line(line_index)
        key = _KEY.match(line.plain) if len(line.plain) < _LONGEST_LINE_WITH_A_KEY else None
        if key is not None:
            line.stylize(self.get_component_rich_style("json-area--key", partial=True), *key.span(1))
        return line

    def render_line(self, y: int) -> Strip:
        """Draw a line; what is wrong is marked beside its number."""
        strip = super().render_line(y)
        row = y + self.scroll_offset.y
        if not self._problems or row >= self.wrapped_document.height:
            return strip
        line, column = self.wrapped_document.offset_to_location(Offset(0, row))
        if column or line + 1 not in self._problems:
            return strip
        width = self.gutter_width
        style = self.get_component_rich_style("json-area--problem")
        mark = Segment(f"{line + 1:>{width - _GUTTER_MARGIN}}✗ ", style)
        return Strip.join([Strip([mark]), strip.crop(width)])
