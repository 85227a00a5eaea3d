"""The one table behind every list: it draws only the rows that are seen, whatever their number."""

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, Generic, Literal, TypeAlias, TypeVar, get_args

from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.strip import Strip

from replicate_tui.core.columns import Column, Tone
from replicate_tui.tui.widgets import table_messages
from replicate_tui.tui.widgets.key_cursor import KeyCursor
from replicate_tui.tui.widgets.row_painter import MARK, RowPainter, empty_line
from replicate_tui.tui.widgets.steady_view import SteadyView
from replicate_tui.tui.widgets.table_keys import TABLE_KEYS

R = TypeVar("R")

OF_A_ROW = frozenset({"select", "mark"})
"""Actions that need a row."""


class ResourceTable(SteadyView, Generic[R], can_focus=True, inherit_bindings=False):
    """Rows of any kind, one line each, drawn from Columns.

    The table holds keys, not rows: `row(key)` is asked only for what is on the screen. The cursor belongs to
    a key, so it stays on its row when rows come and go around it. Every change of `cursor_key`, whoever makes
    it, posts one `Highlighted`.

    `drops` names the columns that go first where the width is too small; see `column_layout.arrange`.
    A person marks rows only with `can_mark`; `mark` is the sign of it, one cell wide.
    With `cursor_follows="top"` a cursor on the first row stays on the first row when newer ones arrive.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*TABLE_KEYS]

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"resource-table--{part}" for part in ("header", "order", "empty", "cursor", "mark", *get_args(Tone))
    }

    DEFAULT_CSS = """
    ResourceTable {
        background: transparent;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        & > .resource-table--header, & > .resource-table--empty, & > .resource-table--muted {
            color: $foreground-muted;
        }
        & > .resource-table--order { color: $text-primary; }
        & > .resource-table--cursor { background: $foreground 7%; }
        & > .resource-table--mark { color: $text-warning; }
        & > .resource-table--strong { text-style: bold; }
        & > .resource-table--accent { color: $text-accent; }
        & > .resource-table--ok { color: $text-success; }
        & > .resource-table--busy { color: $text-primary; }
        & > .resource-table--wait { color: $text-secondary; }
        & > .resource-table--warn { color: $text-warning; }
        & > .resource-table--bad { color: $text-error; }
        &:focus > .resource-table--cursor { background: $foreground 16%; }
        &:ansi > .resource-table--cursor { background: ansi_default; text-style: underline; }
        &:ansi:focus > .resource-table--cursor, &:nocolor:focus > .resource-table--cursor {
            text-style: reverse;
        }
    }
    """

    Highlighted: TypeAlias = table_messages.Highlighted
    Selected: TypeAlias = table_messages.Selected
    MarkToggled: TypeAlias = table_messages.MarkToggled
    TitleClicked: TypeAlias = table_messages.TitleClicked

    def __init__(
        self,
        columns: Sequence[Column[R]],
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
        classes: str | None = None,
        show_header: bool = True,
        drops: Sequence[str] = (),
        cursor_follows: Literal["key", "top"] = "key",
        can_mark: bool = False,
        mark: str = MARK,
        empty_text: Content | str = "",
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._painter = RowPainter(columns, drops, self._style, mark)
        self._header_height = 1 if show_header else 0
        self._cursor_follows = cursor_follows
        self._can_mark = can_mark
        self._cursor = KeyCursor()
        self._row: Callable[[str], R | None] | None = None
        self._marked: frozenset[str] = frozenset()
        self._looked: tuple[object, ...] | None = None
        self._empty = _content(empty_text)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is no marking where nobody listens to marks, and nothing is opened or marked where no row is."""
        if action == "mark" and not self._can_mark:
            return False
        return True if action not in OF_A_ROW or self.cursor_key is not None else None

    @property
    def keys(self) -> Sequence[str]:
        """The keys of all rows, as they were given to `show`."""
        return self._cursor.keys

    @property
    def cursor_key(self) -> str | None:
        """The key of the row with the cursor; None while there are no rows."""
        return self._cursor.key

    @property
    def marked(self) -> frozenset[str]:
        """The keys of the rows with a bar in the gutter."""
        return self._marked

    @marked.setter
    def marked(self, keys: Iterable[str]) -> None:
        before, self._marked = self._marked, frozenset(keys)
        self.refresh_keys(before ^ self._marked)

    @property
    def order(self) -> tuple[str, bool] | None:
        """The column whose title has an arrow, and whether that points down."""
        return self._painter.order

    @order.setter
    def order(self, order: tuple[str, bool] | None) -> None:
        if order != self._painter.order:
            self._painter.order = order
            self.refresh()

    @property
    def empty_text(self) -> Content:
        """What the table says while it has no rows."""
        return self._empty

    @empty_text.setter
    def empty_text(self, text: Content | str) -> None:
        self._empty = _content(text)
        if not self.keys:
            self.refresh()

    def show(self, keys: Sequence[str], row: Callable[[str], R | None], *, lasting: bool = False) -> None:
        """Show these rows, in this order. `keys` must not change; a key without a row is drawn blank.

        `lasting` rows look the same as long as they are equal: nothing is drawn anew where those seen are.
        """
        index, top = self._cursor.index, self.scroll_offset.y
        self._row = row
        had_rows = bool(self.keys)
        moved = self._cursor.replace(keys, keep_top=self._cursor_follows == "top")
        self.virtual_size = Size(0, len(keys) + self._header_height)
        if top and index >= 0:  # the rows that are being read stay where they are on the screen
            self._scroll_rows_to(top + self._cursor.index - index)
        elif index < self._body_height:
            self._reveal()
        before, self._looked = self._looked, self._looks() if lasting else None  # `row` may tell other things by now
        if before is None or before != self._looked:
            self.refresh()
        if moved:
            self._tell()
        if bool(keys) != had_rows:
            self.screen.refresh_bindings()

    def refresh_keys(self, keys: Iterable[str]) -> None:
        """Draw these rows again, those of them that are seen."""
        changed = frozenset(keys)
        for index in self._seen():
            if self.keys[index] in changed:
                self._refresh_row(index)

    def move_to(self, key: str) -> bool:
        """Move the cursor to the row `key` and into view; False if there is no such row."""
        index = self._cursor.find(key)
        if index is None:
            return False
        self._go(index)
        return True

    def action_move(self, rows: int) -> None:
        """Move the cursor by some rows."""
        self._go(self._cursor.index + rows)

    def action_page(self, pages: int) -> None:
        """Move the cursor by some pages."""
        self._go(self._cursor.index + pages * max(self._body_height - 1, 1))

    def action_first(self) -> None:
        """Move the cursor to the first row."""
        self._go(0)

    def action_last(self) -> None:
        """Move the cursor to the last row."""
        self._go(len(self.keys) - 1)

    def action_select(self) -> None:
        """Say that the row with the cursor was opened."""
        if self.cursor_key is not None:
            self.post_message(self.Selected(self, self.cursor_key))

    def action_mark(self) -> None:
        """Say that the row with the cursor is to be marked, or unmarked."""
        if self.cursor_key is not None:
            self.post_message(self.MarkToggled(self, self.cursor_key))

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the row under the mouse, or open it where the cursor is there already; tell of a title."""
        offset = event.get_content_offset(self)
        if offset is not None and offset.y < self._header_height:
            title = self._painter.title_at(offset.x)
            if title is not None:
                self.post_message(self.TitleClicked(self, title))
            return
        index = -1 if offset is None else offset.y - self._header_height + self.scroll_offset.y
        if offset is None or index >= len(self.keys):
            return
        event.stop()
        if index == self._cursor.index:
            self.action_select()
        else:
            self._go(index)

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor in sight."""
        self._reveal()

    def _go(self, index: int) -> None:
        before = self._cursor.index
        moved = self._cursor.go(index)
        self._reveal()
        if moved:
            self._refresh_row(before)
            self._refresh_row(self._cursor.index)
            self._tell()

    def _tell(self) -> None:
        self.post_message(self.Highlighted(self, self.cursor_key))

    # What is seen

    @property
    def _body_height(self) -> int:
        return max(self.size.height - self._header_height, 0)

    def _seen(self) -> range:
        """Return the indexes of the rows on the screen."""
        top = self.scroll_offset.y
        return range(top, min(top + self._body_height, len(self.keys)))

    def _looks(self) -> tuple[object, ...]:
        """What is seen: where, the cursor, and each row."""
        keys = [self.keys[index] for index in self._seen()]
        return self.scroll_offset, self._cursor.index, keys, [self._row(key) for key in keys if self._row]

    def _reveal(self) -> None:
        """Scroll as little as it takes to see the cursor."""
        top = self.scroll_offset.y
        lowest = self._cursor.index - self._body_height + 1
        if self._cursor.key is not None and self._body_height:
            self._scroll_rows_to(min(max(top, lowest), self._cursor.index))

    def _scroll_rows_to(self, top: int) -> None:
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, force=True)

    def _refresh_row(self, index: int) -> None:
        y = index - self.scroll_offset.y + self._header_height
        if y >= self._header_height:
            self.refresh(Region(0, y, self.size.width, 1))

    # Drawing

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw some lines: while that goes on, no style changes."""
        self._painter.forget_styles()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Draw one line of the screen: the header, a row, or what stands for rows."""
        width = self.scrollable_content_region.width
        self._painter.fit(width)
        if y < self._header_height:
            return self._painter.header()
        if not self.keys:
            style = self.get_visual_style("resource-table--empty")
            return empty_line(self, self._empty, style, y - self._header_height, width)
        index = y - self._header_height + self.scroll_offset.y
        key = self.keys[index] if index < len(self.keys) else None
        row = self._row(key) if key is not None and self._row is not None else None
        if row is None:
            return Strip.blank(width, self.rich_style)
        return self._painter.row(row, has_cursor=index == self._cursor.index, marked=key in self._marked)

    def _style(self, *parts: str) -> Style:
        if "cursor" in parts and self.get_component_styles("resource-table--cursor").text_style.reverse:
            return self.rich_style + Style(reverse=True)  # a visual style has no reverse, nor room for tones
        return self.get_visual_style(*(f"resource-table--{part}" for part in parts)).rich_style


def _content(text: Content | str) -> Content:
    """Return text as Content; a plain string is never markup."""
    return text if isinstance(text, Content) else Content(text)
