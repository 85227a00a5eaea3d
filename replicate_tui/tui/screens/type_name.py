"""A question before something is destroyed, which only its typed name answers."""

from collections.abc import Sequence
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
    """Asks for one of the `names` of what is to be destroyed; true once it was typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "keep it", id="type_name.leave", tooltip="Keep it as it is"),
    ]

    DEFAULT_CSS = """
    TypeName {
        & > Vertical { width: 68; border: round $error; }
        & Line { margin: 0 0 1 0; }
    }
    """

    def __init__(self, question: Content, names: Sequence[str], verb: str) -> None:
        super().__init__(placeholder=f"type {one_line(names[0])}")
        self._question = question
        self._names = [one_line(name) for name in names]
        self._verb = verb
        self._hint = Static(markup=False)

    def compose(self) -> ComposeResult:
        """The question, what answers it, the line, and the keys."""
        answers = Content(" or ").join(Content.styled(name, "bold") for name in self._names)
        with Vertical():
            yield Static(self._question)
            yield Static(Content.assemble("\nType ", answers, " here:"))
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
            self._hint.update(Content.styled(f"✗ that is not its name, {self._names[0]}", "$text-error"))

    @property
    def _is_named(self) -> bool:
        return self.line.value.strip() in self._names

    def typed(self) -> None:
        """Light the key up once the name is there."""
        off = "" if self._is_named else "⏎"
        self._hint.update(hints(self.app, ("⏎", self._verb), ("{type_name.leave}", "keep it"), off=off))
