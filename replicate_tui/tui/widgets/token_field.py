"""A line for an API token: what is typed or pasted is hidden, and said nowhere again."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from replicate_tui.core.text import clean
from replicate_tui.tui.widgets.editors.text import Line

HINT = "It is hidden, and kept where the official command line keeps it."


class TokenField(Vertical):
    """The hidden line over a sentence: what becomes of the token, or what is wrong with it."""

    DEFAULT_CSS = """
    TokenField {
        height: auto;
        & > Line { margin: 0 0 0 0; }
        & > Static { height: auto; }
    }
    """

    class Submitted(Message):
        """The token is to be used; `value` of the field has it."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self.line = Line("", password=True)
        self.line.placeholder = "paste or type the token, then ⏎"
        self._hint = Static(Content.styled(HINT, "$foreground-muted"), markup=False)
        self._asking = False

    def compose(self) -> ComposeResult:
        """The line and the sentence."""
        yield from (self.line, self._hint)

    @property
    def value(self) -> str:
        """What was typed."""
        return self.line.value

    def clear(self) -> None:
        """Forget what was typed."""
        self.line.show("")
        self._asking = False
        self._say(HINT, "$foreground-muted")

    def refuse(self, why: str) -> None:
        """Say why it was not taken; it can be typed anew."""
        self._asking = False
        self._say(f"✗ {why}", "$text-error")
        self.line.focus()
        self.line.action_select_all()

    def ask(self, host: str) -> None:
        """Say that the API is asked."""
        self._asking = True
        self._say(f"◌ asking {host} whose it is…", "$text-secondary")

    def take(self, text: str) -> None:
        """Take what was pasted elsewhere on the screen."""
        self.line.show(text)
        self.line.focus()

    def _say(self, words: str, style: str) -> None:
        self._hint.update(Content.styled(clean(words), style))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if not self._asking:
            self._say(HINT, "$foreground-muted")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not self._asking:
            self.post_message(self.Submitted())
