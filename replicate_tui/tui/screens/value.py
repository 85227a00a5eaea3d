"""All of a value that is too long to be shown where it stands."""

from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from replicate_tui.core.text import ELLIPSIS, clean, one_line
from replicate_tui.tui.key_names import key_of
from replicate_tui.tui.lending import LendingError, read_in_pager
from replicate_tui.tui.widgets.key_line import KeyLine
from replicate_tui.tui.widgets.text_lines import TextLines

MOST_SHOWN = 2_000_000
"""Characters that are shown here; the pager and the clipboard get all."""


class ValueScreen(ModalScreen[None]):
    """A text that fills the screen: to be read, copied, taken to the pager."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "close", "back", id="value.back", tooltip="Back"),
        Binding("y", "copy", "copy", id="value.copy", tooltip="Copy what is selected, else all of it"),
        Binding("P", "read", "pager", id="value.pager", tooltip="Read it in $PAGER"),
    ]

    DEFAULT_CSS = """
    ValueScreen {
        & > Vertical { border: round $primary; border-title-color: $primary; background: $surface; padding: 0 1; }
    }
    """

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._lines = TextLines(wrap=True)

    def compose(self) -> ComposeResult:
        """The text and the keys."""
        with Vertical() as box:
            box.border_title = Content(one_line(self._title))
            box.border_subtitle = f"{len(self._text):,} characters"
            yield self._lines
        yield KeyLine()

    def on_mount(self) -> None:
        """Show the text from its beginning."""
        missing = len(self._text) - MOST_SHOWN
        pager = key_of(self.app, "value.pager")
        note = f"{ELLIPSIS} {missing:,} more characters: {pager} reads them in the pager" if missing > 0 else ""
        self._lines.set_text(self._text[:MOST_SHOWN], note=note)
        self._lines.focus()

    def action_close(self) -> None:
        """Back to where the value stands."""
        self.dismiss(None)

    def action_copy(self) -> None:
        """Copy what is selected, else all."""
        self.app.copy_to_clipboard(self.get_selected_text() or self._text)

    def action_read(self) -> None:
        """Read it in the pager."""
        self._read()

    @work(group="pager", exclusive=True)
    async def _read(self) -> None:
        try:
            await read_in_pager(self.app, clean(self._text), "value.txt")
        except LendingError as error:
            self.notify(str(error), severity="warning")
