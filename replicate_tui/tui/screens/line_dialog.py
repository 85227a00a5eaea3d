"""What the dialogs with a line to type on have in common: the line, which begins with what stands there now."""

from abc import abstractmethod

from textual import on
from textual.screen import ScreenResultType
from textual.widgets import Input

from replicate_tui.tui.screens.dialog import Dialog
from replicate_tui.tui.widgets.editors.text import Line


class LineDialog(Dialog[ScreenResultType]):
    """Has one line typed, which begins as `value`; `placeholder` stands on it while it is empty."""

    def __init__(self, value: str = "", placeholder: str = "") -> None:
        super().__init__()
        self._value = value
        self.line = Line("")
        self.line.placeholder = placeholder

    def on_mount(self) -> None:
        """Type from the end of what stands there."""
        self.line.show(self._value)
        self.line.focus()

    def typed(self) -> None:
        """The line says something else now; nothing else follows of that by default."""

    @abstractmethod
    def submitted(self) -> None:
        """The line is to be taken as it is."""

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.typed()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.submitted()
