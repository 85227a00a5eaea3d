"""A question with two answers."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static


class Confirm(ModalScreen[bool]):
    """Asks before something happens; enter or y does it, anything else does not."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "answer(True)", "yes", id="confirm.yes", tooltip="Do it"),
        Binding("n,escape,q", "answer(False)", "no", id="confirm.no", tooltip="Leave it"),
    ]

    def __init__(self, question: Content, verb: str) -> None:
        super().__init__()
        self._question = question
        self._verb = verb

    def compose(self) -> ComposeResult:
        """The question and the keys that answer it."""
        with Vertical(id="confirm"):
            yield Static(self._question)
            yield Static(
                Content.from_markup("[b $primary]enter[/] $verb   [b $primary]esc[/] leave it", verb=self._verb)
            )

    def action_answer(self, yes: bool) -> None:
        """Give the answer."""
        self.dismiss(yes)
