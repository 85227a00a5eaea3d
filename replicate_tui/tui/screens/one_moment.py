"""What is shown while one session ends and another begins: nothing can be asked of either."""

from textual import getters
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from replicate_tui.core.session import Session
from replicate_tui.core.text import one_line
from replicate_tui.tui.app import ReplicateApp


class OneMoment(ModalScreen[None]):
    """Says where it goes to, until the session is there."""

    DEFAULT_CSS = """
    OneMoment {
        align: center middle;
        & > Static {
            width: auto;
            max-width: 70;
            padding: 1 3;
            border: round $primary;
            background: $surface;
        }
    }
    """

    app = getters.app(ReplicateApp)

    def __init__(self, host: str) -> None:
        super().__init__()
        self._host = host

    def compose(self) -> ComposeResult:
        """Where it goes to."""
        yield Static(Content.from_markup("◌ going over to [b]$host[/b]…", host=one_line(self._host)))

    def on_mount(self) -> None:
        """Wait for the session."""
        self.app.session_opened.subscribe(self, self._opened)

    def _opened(self, session: Session) -> None:
        if self.is_current:
            self.dismiss(None)
