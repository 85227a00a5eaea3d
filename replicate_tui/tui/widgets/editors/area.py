"""A text of several lines to edit: Textual's, with what hides made visible and the F-keys left to the app."""

from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import TextArea

from replicate_tui.tui.widgets.editors.text import visible
from replicate_tui.tui.widgets.keys_in_order import KeysInOrder

_THE_APPS = ("f6", "f7")


class PlainArea(KeysInOrder, TextArea, inherit_bindings=False):
    """Text that is shown character for character; tab leaves it, and no caret blinks."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(one for one in TextArea.BINDINGS if isinstance(one, Binding) and one.key not in _THE_APPS),
        Binding("ctrl+home", "document(-1)", "Start", show=False, id="area.start", tooltip="To the start of the text"),
        Binding("ctrl+end", "document(1)", "End", show=False, id="area.end", tooltip="To the end of the text"),
    ]

    def __init__(self, text: str = "", *, show_line_numbers: bool = False) -> None:
        super().__init__(text, show_line_numbers=show_line_numbers, tab_behavior="focus", highlight_cursor_line=False)
        self.cursor_blink = False

    def show(self, text: str) -> None:
        """Replace the text without a word to anybody."""
        with self.prevent(TextArea.Changed):
            self.load_text(text)

    def action_document(self, direction: int) -> None:
        """To the start of the text (-1), or to its end (1)."""
        self.move_cursor(self.document.end if direction > 0 else (0, 0))

    def get_line(self, line_index: int) -> Text:
        """A line as it is drawn: what acts on a terminal, or hides, is seen as a dot."""
        line = super().get_line(line_index)
        line.plain = "\t".join(map(visible, line.plain.split("\t")))
        return line
