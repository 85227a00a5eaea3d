"""A question with two answers."""

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from replicate_tui.tui.key_names import hints

AROUND = 8
"""Cells of a screen's width and lines of its height that are left around a question."""


class Confirm(ModalScreen[bool]):
    """Asks before something happens; enter or y does it, anything else does not. A long question scrolls.

    `verb` says what happens then, `otherwise` what happens else: "delete it", "keep it".
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,y", "answer(True)", "yes", id="confirm.yes", tooltip="Do it"),
        Binding("escape,n,q", "answer(False)", "no", id="confirm.no", tooltip="Do not do it"),
    ]

    DEFAULT_CSS = """
    Confirm {
        align: center middle;
        & > Vertical {
            width: auto;
            max-width: 76;
            height: auto;
            max-height: 96%;
            padding: 1 2;
            border: round $primary;
            background: $surface;
        }
        & VerticalScroll {
            width: auto;
            max-width: 70;
            height: auto;
            margin: 0 0 1 0;
            scrollbar-size-vertical: 1;
        }
        & Horizontal { width: auto; height: 1; }
        & #confirm-question { width: auto; max-width: 69; }
        & #confirm-yes { width: auto; margin: 0 3 0 0; }
        & #confirm-no { width: auto; }
    }
    """

    def __init__(self, question: Content, verb: str, otherwise: str) -> None:
        super().__init__()
        self._question = question
        self._verb = verb
        self._otherwise = otherwise

    def compose(self) -> ComposeResult:
        """The question over the keys that answer it."""
        with Vertical(id="confirm-box"):
            with VerticalScroll():
                yield Static(self._question, id="confirm-question")
            with Horizontal():
                yield Static(hints(self.app, ("{confirm.yes}", self._verb)), id="confirm-yes")
                yield Static(hints(self.app, ("{confirm.no}", self._otherwise)), id="confirm-no")

    def on_resize(self) -> None:
        """Wrap the question where the screen is narrow, and let it scroll above the answers."""
        width = min(70, max(2, self.size.width - AROUND))
        around = self.query_one(VerticalScroll)
        around.styles.max_width, around.styles.max_height = width, max(1, self.size.height - AROUND)
        self.query_one("#confirm-question").styles.max_width = width - 1

    @on(events.Click, "#confirm-yes")
    def _yes_clicked(self) -> None:
        self.action_answer(True)

    @on(events.Click, "#confirm-no")
    def _no_clicked(self) -> None:
        self.action_answer(False)

    def action_answer(self, yes: bool) -> None:
        """Give the answer."""
        self.dismiss(yes)
