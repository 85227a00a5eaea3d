"""Editors for several lines: texts and JSON."""

from typing import Self

from textual import events
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.content import Content
from textual.geometry import Size
from textual.widgets import TextArea

from replicate_tui.core.forms.inputs import Field
from replicate_tui.tui.widgets.editors.area import PlainArea
from replicate_tui.tui.widgets.editors.editor import ROOMY
from replicate_tui.tui.widgets.editors.outside import OutsideEditing
from replicate_tui.tui.widgets.editors.text import TextEditor

MOST_LINES = 8
MOST_LINES_IN_LITTLE = 5
"""As MOST_LINES, where the screen is not tall: other fields want to be seen too."""


class Area(PlainArea):
    """A text of several lines that grows as it is written; up and down leave it at its ends."""

    DEFAULT_CSS = """
    Area {
        width: 1fr;
        height: auto;
        padding: 0 1;
        border: none;
        background: $foreground 6%;
        scrollbar-size-vertical: 1;
        & .text-area--placeholder { color: $foreground-muted; }
    }
    Area:focus { border: none; background: $foreground 10%; }
    """

    def __init__(self, text: str, *, least_lines: int) -> None:
        super().__init__(text)
        self._least_lines = least_lines

    def _on_focus(self, event: events.Focus) -> None:
        """Put the caret where typing goes on, unless it was somewhere in the text before."""
        if not event.from_app_focus and self.cursor_location == (0, 0):
            self.move_cursor(self.document.end)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the text has, within reason; on a screen that is not tall one will do to begin with."""
        is_tall = viewport.height >= ROOMY
        least, most = (self._least_lines, MOST_LINES) if is_tall else (1, MOST_LINES_IN_LITTLE)
        return min(max(self.virtual_size.height, least), most)

    def action_cursor_up(self, select: bool = False) -> None:
        """Up in the text; from its first line the form goes on."""
        if not select and self.navigator.is_first_wrapped_line(self.cursor_location):
            raise SkipAction
        super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        """Down in the text; from its last line the form goes on."""
        if not select and self.navigator.is_last_wrapped_line(self.cursor_location):
            raise SkipAction
        super().action_cursor_down(select)


class ProseEditor(TextEditor, OutsideEditing):
    """A text of several lines, on a row for itself."""

    FULL_WIDTH = True
    LEAST_LINES = 3
    SUFFIX = ".txt"

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self.area = Area(self._shown, least_lines=self.LEAST_LINES)
        self._shown = self.area.text
        self.area.placeholder = self.placeholder

    def compose(self) -> ComposeResult:
        """The area is all there is to mount."""
        yield self.area

    @property
    def text(self) -> str:
        """What stands in the area."""
        return self.area.text

    def load(self, text: str) -> None:
        """Put `text` into the area."""
        self.area.show(text)
        self._shown = self.area.text
        self.area.placeholder = self.placeholder

    def focus(self, scroll_visible: bool = True) -> Self:
        """Put the caret into the area."""
        self.area.focus(scroll_visible)
        return self

    def value_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as there are, within reason."""
        return self.area.get_content_height(container, viewport, width)

    def value_line(self, width: int) -> Content:
        """The area covers it."""
        return Content()

    def outside_text(self) -> tuple[str, str]:
        """What stands in the area."""
        return self.text, self.SUFFIX

    def take_outside(self, text: str) -> None:
        """Put it into the area."""
        self.type_over(text)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """A person typed."""
        event.stop()
        self.area.placeholder = self.placeholder
        self._person_typed()


class JSONEditor(ProseEditor):
    """Any JSON value."""

    LEAST_LINES = 2
    HINT = "JSON"
    EMPTY_HINT = "JSON"
    SUFFIX = ".json"
