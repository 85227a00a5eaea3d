"""The list that a field drops: one line for each text to choose from, drawn only where it is seen."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from replicate_tui.core.text import cell_width
from replicate_tui.tui.widgets.editors.editor import ACCENT, muted

ROWS = 12
WIDEST = 60


def matching(texts: Sequence[str], query: str) -> list[int]:
    """The indices of the texts that hold every word of `query`, whatever its case; those it starts first."""
    words = query.casefold().split()
    folded = [(index, text.casefold()) for index, text in enumerate(texts)]
    hits = [(index, text) for index, text in folded if all(word in text for word in words)]
    start = " ".join(words)
    return [index for index, text in sorted(hits, key=lambda hit: not hit[1].startswith(start))]


class ChoiceList(ScrollView, can_focus=False):
    """Texts below a field's bar, over whatever else is there. The keyboard stays with the field."""

    DEFAULT_CSS = """
    ChoiceList {
        overlay: screen;
        position: absolute;
        constrain: inside inflect;
        margin: 1 0;
        width: auto;
        height: auto;
        background: $panel;
        overflow-x: hidden;
        scrollbar-size: 0 1;
        scrollbar-color: $foreground 20%;
        scrollbar-background: $panel;
    }
    """

    @dataclass
    class Picked(Message):
        """The member `index` was clicked."""

        index: int

    def __init__(
        self,
        texts: Sequence[str],
        current: int | None,
        width: int,
        notes: Sequence[str] = (),
        *,
        below: tuple[int, int] = (0, 2),
    ) -> None:
        """`current` is what is chosen now; `notes` say a word on each text; `below` is where to drop from."""
        super().__init__()
        self._texts = texts
        self._notes = notes
        self._current = current
        self.styles.offset = below
        longest = max((cell_width(text) for text in texts), default=0)
        self.styles.width = max(width, min(longest + 5, WIDEST))
        self.styles.max_height = ROWS
        self._rows: list[int] = []
        self._cursor = 0
        self.filter("")

    @property
    def matches(self) -> int:
        """How many members the filter leaves."""
        return len(self._rows)

    @property
    def picked(self) -> int | None:
        """The index of the member below the cursor; None where none is left."""
        return self._rows[self._cursor] if self._rows else None

    def replace(self, texts: Sequence[str], notes: Sequence[str] = ()) -> None:
        """Offer these texts, with the cursor on the first."""
        self._texts, self._notes, self._current = texts, notes, None
        self.filter("")

    def filter(self, query: str) -> None:
        """Leave only what matches `query`, with the cursor on the best, or on the current one."""
        self._rows = matching(self._texts, query)
        at_current = not query and self._current in self._rows
        self._cursor = self._rows.index(self._current or 0) if at_current else 0
        self.virtual_size = Size(0, max(1, len(self._rows)))
        self.refresh(layout=True)
        self._reveal()

    def move(self, rows: int) -> None:
        """Move the cursor, no further than to the ends."""
        self._cursor = min(max(self._cursor + rows, 0), max(len(self._rows) - 1, 0))
        self.refresh()
        self._reveal()

    def _reveal(self) -> None:
        if self.is_attached:
            self.scroll_to_region(Region(0, self._cursor, 1, 1), animate=False, force=True, immediate=True)

    def on_mount(self) -> None:
        """Show the current member, once there is a size to scroll in."""
        self.call_after_refresh(self._reveal)

    def render_line(self, y: int) -> Strip:
        """A member: whether the cursor is on it, its text, whether it is the current one."""
        width = self.scrollable_content_region.width
        content = self._row(self.scroll_offset.y + y, width).truncate(width, ellipsis=True)
        strips = Visual.to_strips(self, content.truncate(width, pad=True), width, 1, self.visual_style)
        return strips[0] if strips else Strip.blank(width, self.rich_style)

    def _row(self, row: int, width: int) -> Content:
        if not self._rows:
            return Content.styled("  nothing matches", muted(self))
        if row >= len(self._rows):
            return Content()
        index = self._rows[row]
        mark = "●" if index == self._current else " "
        if row != self._cursor:
            return self._noted(Content.assemble("  ", self._texts[index], " ", (mark, ACCENT)), index, width)
        text = self._noted(Content(f"› {self._texts[index]} {mark}"), index, width, plain=True)
        return text.truncate(width, pad=True).stylize("bold $block-cursor-foreground on $block-cursor-background")

    def _noted(self, text: Content, index: int, width: int, *, plain: bool = False) -> Content:
        """The text, and at the right the word on it."""
        note = f" {self._notes[index]} " if self._notes and self._notes[index] else ""
        room = width - cell_width(note)
        return text.truncate(room, ellipsis=True).truncate(room, pad=True) + Content.styled(
            note, "" if plain else muted(self)
        )

    def on_click(self, event: events.Click) -> None:
        """A click picks."""
        event.stop()
        row = self.scroll_offset.y + event.y
        if row < len(self._rows):
            self.post_message(self.Picked(self._rows[row]))
