"""Logging in while the program runs: the token, judged by the API at its field."""

from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from replicate_tui.core.credentials import VARIABLE
from replicate_tui.core.logins import TOKENS_PAGE, Login, try_login
from replicate_tui.core.settings import Settings
from replicate_tui.core.text import one_line
from replicate_tui.tui.key_names import hints
from replicate_tui.tui.screens.dialog import Dialog
from replicate_tui.tui.widgets.token_field import TokenField


class LogIn(Dialog[Login | None]):
    """Asks for an API token for the host of these settings; its result is the login, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "back", id="log_in.back", tooltip="Stay as you are"),
    ]

    DEFAULT_CSS = """
    LogIn TokenField { margin: 1 0; }
    """

    def __init__(self, settings: Settings, *, why: str = "") -> None:
        super().__init__()
        self._settings = settings
        self._why = why
        self._field = TokenField()

    def compose(self) -> ComposeResult:
        """The question, the line and the keys."""
        with Vertical() as box:
            box.border_title = Content(f"Log in to {one_line(self._settings.host)}")
            yield Static(self._question())
            yield self._field
            yield Static(hints(self.app, ("⏎", "log in"), ("{log_in.back}", "back")))

    def _question(self) -> Content:
        lines = [Content.styled(one_line(self._why), "$text-warning")] if self._why else []
        lines.append(Content.assemble("An API token, from ", (TOKENS_PAGE, "$text-secondary")))
        if self._settings.token_source == VARIABLE:
            lines.append(
                Content.styled(f"{VARIABLE} is set and goes before it: unset it to use this one.", "$text-warning")
            )
        return Content("\n").join(lines)

    def on_mount(self) -> None:
        """Type at once."""
        self._field.line.focus()

    def on_paste(self, event: events.Paste) -> None:
        """What is pasted is the token."""
        self._field.take(event.text)

    @on(TokenField.Submitted)
    def _submitted(self) -> None:
        self._field.ask(self._settings.host)
        self._try()

    @work(group="log-in", exclusive=True)
    async def _try(self) -> None:
        said = await try_login(self._settings, self._field.value)
        if isinstance(said, str):
            self._field.refuse(said)
        else:
            self._field.clear()
            self.dismiss(said)

    def action_leave(self) -> None:
        """Stay as you are."""
        self.workers.cancel_group(self, "log-in")
        self._field.clear()
        self.dismiss(None)
