"""A question that one typed line answers."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from replicate_tui.tui.key_names import hints
from replicate_tui.tui.screens.line_dialog import LineDialog


class OneLine(LineDialog[str | None]):
    """Has a line typed under a title; its result is the line, or None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "back", id="one_line.back", tooltip="Leave it as it was"),
    ]

    DEFAULT_CSS = """
    OneLine Line { margin: 0 0 1 0; }
    """

    def __init__(self, title: Content, value: str = "", *, placeholder: str = "", verb: str = "keep") -> None:
        super().__init__(value, placeholder)
        self._title = title
        self._verb = verb

    def compose(self) -> ComposeResult:
        """The line and the keys."""
        with Vertical() as box:
            box.border_title = self._title
            yield self.line
            yield Static(hints(self.app, ("⏎", self._verb), ("{one_line.back}", "close")))

    def submitted(self) -> None:
        """The line is the answer."""
        self.dismiss(self.line.value.strip())

    def action_leave(self) -> None:
        """Leave it as it was."""
        self.dismiss(None)
