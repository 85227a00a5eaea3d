"""The line that a filter is typed on, with what of it is not understood below it."""

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Static

from replicate_tui.core.history.filter_help import completions
from replicate_tui.core.text import one_line
from replicate_tui.tui.key_names import follow_keys, with_keys
from replicate_tui.tui.widgets.keys_in_order import KeysInOrder


class _Suggester(Suggester):
    """Says how what was typed may go on; the right arrow takes it."""

    def __init__(self) -> None:
        super().__init__(case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """The likeliest way to go on."""
        return next((each for each in completions(value) if each.startswith(value)), None)


class _FilterInput(KeysInOrder, Input):
    """Tells its keys: the list has none while it is typed on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "list", key_display="⏎", id="filter.done", tooltip="To the runs that match"),
        Binding("escape", "screen.end_filter", "clear", key_display="esc", id="filter.leave", tooltip="End the filter"),
        Binding("f1", "app.help", "help", key_display="F1", id="filter.help", tooltip="The keys that work here"),
    ]


class FilterLine(Vertical):
    """A line for a filter. `problem` tells what of it is not understood; the line keeps the keyboard."""

    PLACEHOLDER: ClassVar[str] = "words, or status:failed model:sdxl age<2d tag:draft   "
    MORE: ClassVar[str] = "({filter.help} tells more)"
    MORE_FROM_ELSEWHERE: ClassVar[str] = "({runs.filter} then {filter.help}: more)"

    DEFAULT_CSS = """
    FilterLine {
        height: auto;
        margin: 0 0 1 0;
        & > #filter-row { height: 1; }
        & > #filter-row > Static { width: 2; color: $primary; }
        & > #filter-row > Input { width: 1fr; }
        & > #filter-problem { height: auto; max-height: 3; padding: 0 0 0 2; color: $text-warning; display: none; }
    }
    """

    @dataclass
    class Changed(Message):
        """Another filter was typed."""

        line: "FilterLine"

    @dataclass
    class Submitted(Message):
        """The filter stands as it is."""

        line: "FilterLine"

    def compose(self) -> ComposeResult:
        """The line and what is wrong on it."""
        with Horizontal(id="filter-row"):
            yield Static("/")
            yield _FilterInput(
                id="filter",
                compact=True,
                suggester=_Suggester(),
                select_on_focus=False,
            )
        yield Static(markup=False, id="filter-problem")

    def on_mount(self) -> None:
        """Tell what may be typed, and the key that tells more, whichever it is."""
        self._tell_key()
        follow_keys(self, self._tell_key)

    def _tell_key(self) -> None:
        line = self.query_one(Input)
        more = self.MORE if line.has_focus else self.MORE_FROM_ELSEWHERE
        line.placeholder = self.PLACEHOLDER + with_keys(self.app, more)

    def on_descendant_focus(self) -> None:
        """Help begins with filters from here."""
        self._tell_key()

    def on_descendant_blur(self) -> None:
        """Help begins with other keys from elsewhere."""
        self._tell_key()

    @property
    def text(self) -> str:
        """What stands on the line."""
        return self.query_one(Input).value

    @text.setter
    def text(self, text: str) -> None:
        self.query_one(Input).value = text

    def begin(self) -> None:
        """Take the keyboard. What stands there is selected: typing replaces it, arrows go on from it."""
        line = self.query_one(Input)
        line.action_select_all()
        self.screen.set_focus(line)

    def tell(self, problem: str) -> None:
        """Say what is not understood; "" for nothing."""
        told = self.query_one("#filter-problem", Static)
        told.display = bool(problem)
        told.update(Content(one_line(problem)))

    @on(Input.Changed)
    def _input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(self))

    @on(Input.Submitted)
    def _input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Submitted(self))
