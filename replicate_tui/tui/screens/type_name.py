"""A question before something is destroyed, which only its typed name answers."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from replicate_tui.core.text import one_line
from replicate_tui.tui.key_names import hints
from replicate_tui.tui.screens.line_dialog import LineDialog


class TypeName(LineDialog[bool]):
    """Asks for the `name` of what is to be destroyed; true once it was typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "keep it", id="type_name.leave", tooltip="Keep it as it is"),
    ]

    DEFAULT_CSS = """
    TypeName {
        & > Vertical { width: 68; border: round $error; }
        & Line { margin: 1 0; }
    }
    """

    def __init__(self, question: Content, name: str, verb: str) -> None:
        super().__init__(placeholder=f"type {one_line(name)}")
        self._question = question
        self._wanted_name = name
        self._verb = verb
        self._hint = Static(markup=False)

    def compose(self) -> ComposeResult:
        """The question, the line, and the keys."""
        with Vertical():
            yield Static(self._question)
            yield self.line
            yield self._hint

    def on_mount(self) -> None:
        """Tell the keys."""
        self.typed()

    def action_leave(self) -> None:
        """Destroy nothing."""
        self.dismiss(False)

    def submitted(self) -> None:
        """Destroy it if this is its name."""
        if self._is_named:
            self.dismiss(True)
        else:
            self._hint.update(Content.styled(f"✗ that is not its name, {one_line(self._wanted_name)}", "$text-error"))

    @property
    def _is_named(self) -> bool:
        return self.line.value.strip() == one_line(self._wanted_name)

    def typed(self) -> None:
        """Light the key up once the name is there."""
        off = "" if self._is_named else "⏎"
        self._hint.update(hints(self.app, ("⏎", self._verb), ("{type_name.leave}", "keep it"), off=off))
