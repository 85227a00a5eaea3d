"""A line of titles that the keyboard can go to: the tabs of the form, the languages of a snippet."""

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from replicate_tui.core.text import cell_width
from replicate_tui.tui.widgets.tab_line import TabLine


class ChoiceLine(TabLine, can_focus=True):
    """Titles side by side, chosen by left and right; down or enter goes on to what the choice shows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "choose(-1)", "before", show=False, id="choice.previous", tooltip="The one before"),
        Binding("right,l", "choose(1)", "next", show=False, id="choice.next", tooltip="The next one"),
        Binding("down,j,enter", "enter", "to it", show=False, id="choice.enter", tooltip="To what it shows"),
    ]

    DEFAULT_CSS = """
    ChoiceLine {
        &:focus { background: $foreground 10%; }
        &:ansi:focus { text-style: reverse; }
    }
    """

    @dataclass
    class Entered(Message):
        """The keyboard is to go on to what the choice shows."""

        line: "ChoiceLine"

        @property
        def control(self) -> "ChoiceLine":
            """The line, for `@on(…, "#id")`."""
            return self.line

    def on_resize(self) -> None:
        """There may be more room between the titles, or less."""
        self.watch_current()

    @property
    def _gap(self) -> str:
        """Less than is usual where the titles would not all be seen."""
        between = max(1, len(self.tabs) - 1)
        spare = self.size.width - sum(cell_width(self._label(tab)) for tab in self.tabs)
        return super()._gap if spare < 0 else " " * max(1, min(len(super()._gap), spare // between))

    def action_choose(self, by: int) -> None:
        """Choose the title `by` places further on."""
        self.step(by)
        self.post_message(self.Chosen(self, self.current))

    def action_enter(self) -> None:
        """Ask for the keyboard to go on."""
        self.post_message(self.Entered(self))
