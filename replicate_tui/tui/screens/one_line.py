"""A question that one typed line answers."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from replicate_tui.tui.screens.dialog import Dialog
from replicate_tui.tui.widgets.editors.text import Line


class OneLine(Dialog[str | None]):
    """Has a line typed under a title; its result is the line, or None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "back", id="one_line.back", tooltip="Leave it as it was"),
    ]

    DEFAULT_CSS = """
    OneLine Line { margin: 0 0 1 0; }
    """

    def __init__(self, title: Content, value: str = "", *, placeholder: str = "", verb: str = "keep") -> None:
        super().__init__()
        self._title = title
        self._value = value
        self._verb = verb
        self._line = Line("")
        self._line.placeholder = placeholder

    def compose(self) -> ComposeResult:
        """The line and the keys."""
        with Vertical() as box:
            box.border_title = self._title
            yield self._line
            yield Static(Content.from_markup("[b $primary]⏎[/] $verb   [b $primary]esc[/] leave it", verb=self._verb))

    def on_mount(self) -> None:
        """Type from the end of what stands there."""
        self._line.show(self._value)
        self._line.focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(self._line.value.strip())

    def action_leave(self) -> None:
        """Leave it as it was."""
        self.dismiss(None)
