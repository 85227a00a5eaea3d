"""The editor of a list: its items one below the other, one of them on a line to type on."""

from collections.abc import Sequence
from typing import Self

from textual import events, work
from textual.app import ComposeResult
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Input

from replicate_tui.core.forms.inputs import UNSET, Field, Upload, same
from replicate_tui.core.text import one_line
from replicate_tui.tui.widgets.editors.choice_offers import ChoiceOffers
from replicate_tui.tui.widgets.editors.editor import BAD, muted
from replicate_tui.tui.widgets.editors.file import LOOKING
from replicate_tui.tui.widgets.editors.items import Item, Items, told_of
from replicate_tui.tui.widgets.editors.named_files import NamedFiles
from replicate_tui.tui.widgets.editors.outside import OutsideEditing
from replicate_tui.tui.widgets.editors.paths import FileOffers
from replicate_tui.tui.widgets.editors.rows import ItemLine
from replicate_tui.tui.widgets.editors.suggest import SuggestLine

MOST_ROWS = 8


class ListEditor(OutsideEditing):
    """Many values: a row for each, and an empty one at the end to add to them.

    However many there are, only the rows in sight are drawn, and only one of them is a widget. The value is
    what was set until a person changes it, then the list of raw items; blank rows are no items.
    """

    FULL_WIDTH = True
    HINT = "list"

    DEFAULT_CSS = """
    ListEditor > ItemLine { width: 1fr; }
    """

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self.offers = FileOffers()
        self._items = Items(field)
        self._given: object = UNSET
        self._edited = False
        self._items.give(field.default)
        self._at = 0
        self._top = 0
        self._wrong: int | None = None
        self._files = NamedFiles(self._items.item)
        item = self._items.item
        self.line = ItemLine("", self.offers if item.kind == "file" else ChoiceOffers(item))
        self.line.offers = item.kind in ("file", "choice")
        self._stand()

    def compose(self) -> ComposeResult:
        """The line of the item that is edited; the others are drawn."""
        yield self.line

    @property
    def value(self) -> object:
        """What was set, until it is edited; then the items."""
        if not self._edited:
            return self._given
        default = self.field.default
        if isinstance(default, list | tuple) and self._items.same_as(default):
            return UNSET
        values = self._items.values
        return values if values or default is not UNSET else UNSET

    def set_value(self, value: object) -> None:
        """Show `value`: a list, or text with a JSON array or an item a line; null is UNSET as for any field."""
        absent = value is None and not self.field.nullable
        self._given = UNSET if absent or same(value, self.field.default) else value
        self._edited = False
        self._items.give(self.field.default if self._given is UNSET else self._given)
        self._at = self._top = 0
        self._wrong = None
        self._stand()
        self.refresh(layout=True)

    def focus(self, scroll_visible: bool = True) -> Self:
        """Put the caret on the line."""
        self.line.focus(scroll_visible)
        return self

    # -- what is drawn ------

    def value_height(self, container: Size, viewport: Size, width: int) -> int:
        """The rows in sight, and the lines of the error of one."""
        return self._rows_shown + self._error_lines(width)

    @property
    def _rows_shown(self) -> int:
        return min(len(self._items.rows) + 1, MOST_ROWS)

    @property
    def _gutter(self) -> int:
        """How many cells the number before an item takes."""
        return len(str(len(self._items.rows) + 1)) + 2

    def value_line(self, width: int) -> Content:
        """The first row."""
        return self._row(self._top, width)

    def value_lines(self, width: int, rows: int) -> list[Content]:
        """The rows in sight, the error below the one that it is about."""
        lines: list[Content] = []
        for place in range(self._top, self._top + self._rows_shown):
            lines.append(self._row(place, width))
            if place == self._wrong and self._error:
                lines += self._item_error(width)
        return lines

    def _row(self, place: int, width: int) -> Content:
        if place >= len(self._items.rows):
            number, text = "+", Content.styled("" if place == self._at else "add", muted(self))
        else:
            row = self._items.rows[place]
            number, text = str(place + 1), Content(one_line(row.text) or self._items.kept_words(row))
        tone = BAD if place == self._wrong else muted(self)
        line = Content.assemble((number.rjust(self._gutter - 1), tone), "  ", text)
        if found := self._found_at(place):
            room = width - len(found) - 2
            line = line.truncate(room, ellipsis=True).truncate(room, pad=True)
            line += Content.styled(f" {found}", muted(self))
        return self.bar(line, width)

    def _note(self) -> str:
        total = len(self._items.kept)
        out_of_sight = f"{total} items" if total > MOST_ROWS else ""
        return " · ".join(filter(None, (super()._note(), out_of_sight)))

    def _item_error(self, width: int) -> list[Content]:
        """The error of an item, on lines as far right as the items are."""
        words = one_line(told_of(self._error)[1])
        indent = self._gutter + 1
        return [line.pad_left(indent) for line in Content.styled(f"✗ {words}", BAD).wrap(max(1, width - indent))]

    def _error_lines(self, width: int) -> int:
        in_sight = self._wrong is not None and self._top <= self._wrong < self._top + self._rows_shown
        return len(self._item_error(width)) if in_sight and self._error else 0

    def notices(self) -> list[Content]:
        """What stands below the rows: all but the error that stands at one of them."""
        told = super().notices()
        return told[1:] if self._wrong is not None and self._error else told

    def place_error(self) -> None:
        """Go to the item that is wrong."""
        kept = self._items.kept
        number, _ = told_of(self._error)
        self._wrong = kept[number - 1] if 0 < number <= len(kept) else None
        if self._wrong is not None:
            self._go(self._wrong)
        self._stand()

    # -- where the line stands ------

    def _go(self, place: int) -> None:
        """Let the line stand on another item; a blank one that is left goes away."""
        rows = self._items.rows
        place = min(max(place, 0), len(rows))
        if self._at != place and self._at < len(rows) and rows[self._at].blank:
            self._items.remove(self._at)
            place -= place > self._at
        self._at = place
        self._stand()
        self.line.cursor_position = len(self.line.value)
        self.refresh(layout=True)

    def _stand(self) -> None:
        """Show the current item on the line, where that item is."""
        rows = self._items.rows
        self._at = min(self._at, len(rows))
        least, most = self._at - self._rows_shown + 1, self._at
        self._top = max(0, min(max(self._top, least), most, len(rows) + 1 - self._rows_shown))
        row = rows[self._at] if self._at < len(rows) else Item()
        if self.line.value != row.text:
            self.line.show(row.text)
        self.line.placeholder = self._items.kept_words(row) or ("" if rows else self._empty_hint())
        can_go = self._at, len(rows) - self._at
        if can_go != self.line.can_go:
            self.line.can_go = can_go
            self.line.refresh_bindings()
        below_error = self._wrong is not None and self._top <= self._wrong < self._at
        offset = self._error_lines(self.size.width) if below_error else 0
        found = self._found_at(self._at)
        right = len(found) + 2 if found else 0
        self.line.styles.margin = (1 + self._at - self._top + offset, right, 0, self._gutter)
        self._look()

    def _empty_hint(self) -> str:
        kind = self._items.item.kind
        hint = "@path or URL" if kind == "file" else "add an item"
        return f"{hint}  required" if self.field.required else hint

    # -- the files that are named ------

    def _found_at(self, place: int) -> str:
        """What stands where the item points to, as far as that is known."""
        rows = self._items.rows
        return self._files.words(rows[place]) if place < len(rows) else ""

    def on_mount(self) -> None:
        """Look at the files that were set before there was a screen."""
        self._look()

    def _look(self) -> None:
        unseen = self._files.unseen(self._items.rows[self._top : self._top + self._rows_shown])
        if unseen and self.is_running:
            self._look_at(unseen)

    @work(exclusive=True, group=LOOKING)
    async def _look_at(self, uploads: Sequence[Upload]) -> None:
        """Files may be far away."""
        await self._files.look(uploads)
        self._stand()
        self.refresh()

    # -- what a person does ------

    def _changed(self) -> None:
        self._edited = True
        self._wrong = None
        self._stand()
        self.refresh(layout=True)
        self.changed_by_person()

    def on_input_changed(self, event: Input.Changed) -> None:
        """A person typed."""
        event.stop()
        self._type()
        self.line.follow()

    def on_suggest_line_taken(self, event: SuggestLine.Taken) -> None:
        """A person took what was offered."""
        event.stop()
        self._type()

    def _type(self) -> None:
        self._items.type(self._at, self.line.value)
        self._changed()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to a new row below; on the empty row at the end it goes on to the next field."""
        if self._at >= len(self._items.rows) or self._items.rows[self._at].blank:
            return
        event.stop()
        if self._at + 1 < len(self._items.rows):
            self._items.insert(self._at + 1, [""])
        self._go(self._at + 1)

    def on_item_line_asked(self, event: ItemLine.Asked) -> None:
        """Go to another item, move this one, or remove it."""
        event.stop()
        rows = self._items.rows
        if event.verb == "go":
            self._go(self._at + event.rows)
        elif event.verb == "shift":
            other = self._at + event.rows
            if self._at < len(rows) and 0 <= other < len(rows):
                self._items.swap(self._at, other)
                self._at = other
                self._changed()
        elif self._at < len(rows):
            self._items.remove(self._at)
            self._at = max(0, self._at + event.rows)
            self._changed()
            self.line.cursor_position = len(self.line.value)
        elif event.rows < 0:
            self._go(self._at - 1)

    def on_item_line_pasted(self, event: ItemLine.Pasted) -> None:
        """Pasted lines become items."""
        event.stop()
        if self._at < len(self._items.rows) and self._items.rows[self._at].blank:
            self._items.remove(self._at)
        self._items.insert(self._at, event.texts)
        self._at += len(event.texts)
        self._changed()

    def on_click(self, event: events.Click) -> None:
        """A click goes to the item under it."""
        if 0 < event.y <= self._rows_shown:
            self._go(self._top + event.y - 1)
        super().on_click(event)

    def outside_text(self) -> tuple[str, str]:
        """One item a line, or a JSON array."""
        text = self._items.text
        return text, ".json" if text.startswith(("[", "{")) else ".txt"

    def take_outside(self, text: str) -> None:
        """The items that the text names."""
        self._items.read(text)
        self._at = self._top = 0
        self._changed()
