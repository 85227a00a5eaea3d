"""The line of a form that hides its less important inputs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from replicate_tui.core.forms.inputs import Field
from replicate_tui.core.text import counted, one_line
from replicate_tui.tui.widgets.editors.editor import ACCENT, muted

FIRST = 8
WORTH_A_FOLD = 3


def important_and_rest(fields: Sequence[Field], given: Collection[str]) -> tuple[tuple[Field, ...], tuple[Field, ...]]:
    """The fields to show at once (required, with a value, among the first) and those for the fold."""
    important = [field for place, field in enumerate(fields) if place < FIRST or field.required or field.name in given]
    rest = [field for field in fields if field not in important]
    return (tuple(fields), ()) if len(rest) < WORTH_A_FOLD else (tuple(important), tuple(rest))


class Fold(Widget, can_focus=True):
    """How many more inputs there are, and which; enter opens and closes them."""

    FULL_WIDTH = True

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter,space", "turn", "more inputs", show=False, id="form.fold", tooltip="Show or hide the other inputs"
        ),
    ]

    DEFAULT_CSS = """
    Fold { height: 1; }
    """

    @dataclass
    class Toggled(Message):
        """The fold was opened or closed."""

        fold: "Fold"

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._names = names
        self._changed = 0
        self.open = False

    def tell(self, *, is_open: bool, changed: int) -> None:
        """Show whether the fold is open, and how many of its inputs have a value."""
        self.open = is_open
        self._changed = changed
        self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line."""
        return 1

    def render(self) -> Content:
        """The line."""
        told = counted(len(self._names), "more input")
        tone = f"bold {ACCENT}" if self.has_focus else ""
        line = Content.assemble((f"{'▾' if self.open else '▸'} {told}", tone))
        if self._changed:
            line += Content(f"  {self._changed} changed")
        if not self.open:
            line += Content.styled("  " + ", ".join(map(one_line, self._names)), muted(self))
        return line.truncate(self.size.width, ellipsis=True)

    def action_turn(self) -> None:
        """Open or close."""
        self.post_message(self.Toggled(self))

    def on_click(self, event: events.Click) -> None:
        """A click opens and closes."""
        event.stop()
        self.action_turn()
