"""Long plain text, drawn line by line: wrapped or not, growing at the end, never fighting the reader."""

import re
from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.actions import SkipAction
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from replicate_tui.core.text import clean
from replicate_tui.tui.widgets.strip_marks import laid_over
from replicate_tui.tui.widgets.text_keys import TEXT_KEYS
from replicate_tui.tui.widgets.text_rows import TextRows

_BEGINNING = 200
"""Characters by which a text is known to be the same one, changed."""


class TextLines(ScrollView, can_focus=True, inherit_bindings=False):
    """Plain text that can be scrolled and selected; nothing in it is markup.

    While `follow` is on, the end stays in sight when text is added. Scrolling up turns it off, going to the
    end turns it on. `highlight` is a pattern for the start of a line: its first group is drawn as a key.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*TEXT_KEYS]

    COMPONENT_CLASSES: ClassVar[set[str]] = {"text-lines--note", "text-lines--key", "text-lines--found"}

    DEFAULT_CSS = """
    TextLines {
        background: transparent;
        overflow-x: auto;
        overflow-y: auto;
        scrollbar-size: 0 1;
        & > .text-lines--note { color: $foreground-muted; }
        & > .text-lines--key { color: $text-accent; }
        & > .text-lines--found { color: $text-warning; text-style: bold; }
    }
    """

    follow: reactive[bool] = reactive(False, init=False)
    """Whether the end is kept in sight."""

    found: reactive[re.Pattern[str] | None] = reactive(None, init=False)
    """What is marked wherever it stands."""

    wrap: reactive[bool] = reactive(False, init=False)
    """Whether lines wider than the widget are broken into several rows."""

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
        classes: str | None = None,
        wrap: bool = False,
        follow: bool = False,
        empty_text: str = "",
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.set_reactive(TextLines.wrap, wrap)
        self.set_reactive(TextLines.follow, follow)
        self.empty_text = empty_text
        self.highlight: re.Pattern[str] | None = None
        self._rows = TextRows()
        self._text = ""
        self._note_above = ""
        self._note_below = ""
        self._styles_now: dict[str, Style] = {}

    @property
    def side_width(self) -> int:
        """Cells at the left that are no part of the text: not scrolled, not selected."""
        return 0

    @property
    def allow_select(self) -> bool:
        """Text can always be selected with the mouse."""
        return True

    @property
    def text(self) -> str:
        """The text that is shown, as `set_text` cleaned it."""
        return self._text

    @property
    def line_count(self) -> int:
        """The number of lines of the text that is shown."""
        return self._rows.line_count

    def set_text(self, text: str, *, note: str = "", follow: bool = False) -> None:
        """Show a text, and below it a note about it.

        Where the text goes on with the one that is shown, the rest is added to it, and where it only begins like
        it, what is read stays in sight. Any other text is shown from its beginning, or with `follow` from its end.
        """
        text = clean(text)
        if text == self._text and note == self._note_below:
            return
        before, self._text, self._note_below = self._text, text, note
        grows = text.startswith(before)
        is_another = not before or (text[:_BEGINNING] != before[:_BEGINNING] and not grows)
        unread = self._rows.pending + text[len(before) :] if grows else text
        if not grows:
            self._rows.clear()
        if is_another:
            self.follow = follow
        *complete, pending = unread.split("\n")
        self._extend(complete, pending)
        if is_another and not follow:
            self.scroll_to(x=0, y=0, animate=False, force=True)

    def action_by(self, rows: int, cells: int) -> None:
        """Scroll by some rows down and some cells to the right; where there is no room, the key is left to others."""
        if cells and not self.allow_horizontal_scroll:
            raise SkipAction
        x = self.scroll_x + cells if cells else None
        y = self.scroll_y + rows if rows else None
        self.scroll_to(x, y, animate=False, force=True)

    def action_page(self, pages: int) -> None:
        """Scroll by some pages."""
        self.action_by(pages * max(self.size.height - 1, 1), 0)

    def action_start(self) -> None:
        """Scroll to the first line, and stay there when lines are added."""
        self.follow = False
        self.scroll_to(0, 0, animate=False, force=True)

    def action_end(self) -> None:
        """Scroll to the last line, and stay there when lines are added."""
        self.follow = True

    def watch_follow(self, follow: bool) -> None:
        """Go to the end when it is followed from now on."""
        self._keep_end()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Stop following when the reader scrolls up."""
        super().watch_scroll_y(old_value, new_value)
        if new_value < old_value and round(new_value) < self.max_scroll_y:
            self.follow = False

    def watch_wrap(self) -> None:
        """Break the lines anew."""
        self._fit()

    def on_resize(self, event: events.Resize) -> None:
        """Break the lines for the new width, and keep what is read in sight."""
        self._fit()

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw a changed selection."""
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str]:
        """Return the selected text, with its own line ends only, and the line end after it."""
        rows = self._rows.rows
        above = bool(self._note_above)
        first = 0 if selection.start is None else max(selection.start.y - above, 0)
        last = len(rows) - 1 if selection.end is None else min(selection.end.y - above, len(rows) - 1)
        parts: list[str] = []
        for row in range(first, last + 1):
            start, end = selection.get_span(row + above) or (0, 0)
            line_end = "" if row == first or self._rows.continues(row) else "\n"
            parts.append(line_end + rows[row][start : None if end == -1 else end])
        return "".join(parts), "\n"

    # Growing

    def _extend(self, lines: Sequence[str], pending: str) -> None:
        """Add lines below those shown, and put another unfinished line at the end."""
        first = self._rows.extend(lines, pending)
        self._measure()
        self._keep_end()
        self._refresh_from(first)

    @property
    def _room(self) -> int:
        """Cells for a wrapped line, with the scroll bar and a blank before it left free."""
        return max(self.size.width - self.side_width - 2, 1)

    def _measure(self) -> None:
        rows = len(self._rows.rows) + bool(self._note_above) + bool(self._note_below)
        size = Size(0 if self.wrap else self._rows.widest + self.side_width, rows)
        if self._keeps_bars(size):
            # Nothing around the text moves: laying out and drawing the whole screen anew would take most of the time.
            self.set_reactive(Widget.virtual_size, size)
            self._scroll_update(size)
        else:
            self.virtual_size = size

    def _keeps_bars(self, size: Size) -> bool:
        """Whether scroll bars stand as they did with a text of another size, in a place that has its size already."""
        if not self.size or self.styles.auto_dimensions:
            return False
        bars = self.show_vertical_scrollbar, self.show_horizontal_scrollbar
        return bars == (size.height > self.size.height, size.width > self.size.width)

    def _fit(self) -> None:
        """Take the size and the wrapping that are set now; the line at the top stays there."""
        above = bool(self._note_above)
        top = self._rows.line_of_row(self.scroll_offset.y - above)
        broken_anew = self._rows.wrap(self._room if self.wrap and self.size else None)
        self._measure()
        if self.follow:
            self._keep_end()
        elif broken_anew:
            self.scroll_to(0, self._rows.row_of_line(top) + above, animate=False, force=True)
        self.refresh()

    def _keep_end(self) -> None:
        if self.follow and not self.is_vertical_scrollbar_grabbed:
            self.scroll_end(animate=False, immediate=True, x_axis=False, force=True)

    def _refresh_from(self, row: int) -> None:
        y = max(row + bool(self._note_above) - self.scroll_offset.y, 0)
        if y < self.size.height:
            self.refresh(Region(0, y, self.size.width, self.size.height - y))

    # Drawing

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw what is seen; the styles are worked out once for all lines of it."""
        self._styles_now.clear()
        return super().render_lines(crop)

    def style_of(self, part: str = "") -> Style:
        """The style of a part of the text, by the name of its component class; "" is the text itself."""
        if part not in self._styles_now:
            found = self.get_visual_style(f"text-lines--{part}").rich_style if part else self.rich_style
            self._styles_now[part] = found
        return self._styles_now[part]

    def render_line(self, y: int) -> Strip:
        """Draw one line of the screen."""
        x, top = self.scroll_offset
        side = self.side_width
        if not side:
            return self._text_part(x, top + y, self.scrollable_content_region.width)
        part = self._text_part(x, top + y, max(self.scrollable_content_region.width - side, 0))
        return Strip.join([self.beside(top + y - bool(self._note_above)).adjust_cell_length(side), part])

    def beside(self, row: int) -> Strip:
        """What stands before a row; rows below 0 and after the last one are notes, or nothing."""
        return Strip.blank(self.side_width)

    def _text_part(self, x: int, index: int, width: int) -> Strip:
        line = self._line(index)
        if line.cell_length > x + width and not self.wrap:
            more = Strip([Segment("›", self.style_of("note"))])
            line = Strip.join([line.crop_extend(0, x + width - 1, self.style_of()), more])
        return line.crop_extend(x, x + width, self.style_of()).apply_offsets(x, index)

    def _line(self, index: int) -> Strip:
        rows = self._rows.rows
        row = index - bool(self._note_above)
        if 0 <= row < len(rows):
            return self._text_line(row, index)
        if row < 0:
            return self._note(self._note_above)
        if not rows:
            return self._note("".join(self.empty_text.split("\n")[row : row + 1]))
        return self._note(self._note_below if row == len(rows) else "")

    def _note(self, text: str) -> Strip:
        return Strip([Segment(text, self.style_of("note"))])

    def _text_line(self, row: int, index: int) -> Strip:
        text = self._rows.rows[row]
        found = [] if self.found is None else [found.span() for found in self.found.finditer(text)]
        strip = laid_over(Strip(self._segments(text, row)), text, found, self.style_of("found"))
        span = None if self.text_selection is None else self.text_selection.get_span(index)
        if span is None:
            return strip
        selected = span[0], len(text) if span[1] == -1 else span[1]
        return laid_over(strip, text, [selected], self.screen.get_component_rich_style("screen--selection"))

    def _segments(self, text: str, row: int) -> list[Segment]:
        starts = self.highlight is not None and not self._rows.continues(row)
        found = self.highlight.match(text) if self.highlight is not None and starts else None
        if found is None:
            return [Segment(text, self.style_of())]
        start, end = found.span(1)
        key = self.style_of("key")
        return [
            Segment(text[:start], self.style_of()),
            Segment(text[start:end], key),
            Segment(text[end:], self.style_of()),
        ]
