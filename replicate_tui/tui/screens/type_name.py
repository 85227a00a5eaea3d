"""A question before something is destroyed, which only its typed name answers."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from replicate_tui.core.text import one_line
from replicate_tui.tui.key_names import hints
from replicate_tui.tui.screens.dialog import Dialog
from replicate_tui.tui.widgets.editors.text import Line


class TypeName(Dialog[bool]):
    """Asks for the `name` of what is to be destroyed; true once it was typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave it", id="type_name.leave", tooltip="Leave it as it is"),
    ]

    DEFAULT_CSS = """
    TypeName {
        & > Vertical { width: 68; border: round $error; }
        & Line { margin: 1 0; }
    }
    """

    def __init__(self, question: Content, name: str, verb: str) -> None:
        super().__init__()
        self._question = question
        self._wanted_name = name
        self._verb = verb
        self._line = Line("")
        self._line.placeholder = f"type {one_line(name)}"
        self._hint = Static(markup=False)

    def compose(self) -> ComposeResult:
        """The question, the line, and the keys."""
        with Vertical():
            yield Static(self._question)
            yield self._line
            yield self._hint

    def on_mount(self) -> None:
        """Type at once."""
        self._line.focus()
        self._tell()

    def action_leave(self) -> None:
        """Destroy nothing."""
        self.dismiss(False)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._tell()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._is_named:
            self.dismiss(True)
        else:
            self._hint.update(Content.styled(f"✗ that is not its name, {one_line(self._wanted_name)}", "$text-error"))

    @property
    def _is_named(self) -> bool:
        return self._line.value.strip() == one_line(self._wanted_name)

    def _tell(self) -> None:
        off = "" if self._is_named else "⏎"
        self._hint.update(hints(self.app, ("⏎", self._verb), ("{type_name.leave}", "leave it"), off=off))
