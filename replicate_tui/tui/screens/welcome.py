"""The way in, when there is no token."""

from typing import Any, ClassVar

from textual import events, getters, on, work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Center, Middle, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from replicate_tui.core.logins import TOKENS_PAGE, try_login
from replicate_tui.core.text import one_line
from replicate_tui.tui import entering
from replicate_tui.tui.app import ReplicateApp
from replicate_tui.tui.key_names import with_keys
from replicate_tui.tui.reporting import reporting
from replicate_tui.tui.widgets.key_line import KeyLine
from replicate_tui.tui.widgets.token_field import TokenField


class WelcomeScreen(Screen[None]):
    """Logs in, or opens the models of this machine."""

    AUTO_FOCUS = ""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "token",
            "log in",
            key_display="⏎",
            tooltip="Type an API token",
            id="welcome.token",
            priority=True,  # the letters that follow at once are the token's
        ),
        Binding("l", "local", "run models on this machine", tooltip="No account needed", id="welcome.local"),
        Binding("escape", "back", "back", tooltip="Back from the token; to the profile before", id="welcome.back"),
    ]

    DEFAULT_CSS = """
    WelcomeScreen {
        & #welcome {
            width: 76;
            max-width: 96%;
            height: auto;
            padding: 1 3;
            border: round $border;
        }
        & #welcome:focus-within { border: round $primary; }
        & #welcome Static { height: auto; width: 1fr; }
        & #token { margin: 0 0 1 4; }
    }
    """

    app = getters.app(ReplicateApp)

    def __init__(self) -> None:
        super().__init__()
        self._head = Static(markup=False)
        self._field = TokenField(id="token")
        self._others = Static(markup=False)

    def compose(self) -> ComposeResult:
        """The ways in."""
        with Middle(), Center(), Vertical(id="welcome"):
            yield self._head
            yield self._field
            yield self._others
        yield KeyLine()

    def on_screen_resume(self) -> None:
        """It may be another host than before, and there may be other keys."""
        self._head.update(_way_in(self.app, self.app.settings.host))
        self._others.update(_other_ways(self.app, self.app.came_from))
        self._field.clear()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A token may begin with any letter."""
        return self._typing or bool(self.app.came_from) if action == "back" else not self._typing

    @property
    def _typing(self) -> bool:
        return self.focused is self._field.line

    def on_descendant_focus(self) -> None:
        """Other keys work in the field: those of the other ways are letters of the token."""
        self._others.visible = not self._typing
        self.refresh_bindings()

    def on_descendant_blur(self) -> None:
        """The keys of the screen work again."""
        self._others.visible = not self._typing
        self.refresh_bindings()

    def on_paste(self, event: events.Paste) -> None:
        """What is pasted here is a token."""
        self._field.take(event.text)

    def _forward_event(self, event: events.Event) -> None:
        """Begin the token with a letter that is no key here, before what follows at once is judged."""
        if self.focused is None and isinstance(event, events.Key) and self._begins_token(event):
            self._field.line.show(self._field.value + (event.character or ""))
            self.action_token()
        else:
            super()._forward_event(event)

    def _begins_token(self, event: events.Key) -> bool:
        """Whether a letter is typed that nothing else is done with."""
        typed = event.character if event.is_printable else None
        return bool(typed and typed.strip()) and event.key not in self.active_bindings

    def action_token(self) -> None:
        """Type the token."""
        self.set_focus(self._field.line)

    def action_back(self) -> None:
        """Leave the field, and forget what was typed; from the screen, back to the profile before."""
        if self._typing:
            self._leave_field()
        else:
            self._go_back(self.app.came_from)

    @work(group="back", exclusive=True)
    async def _go_back(self, profile: str) -> None:
        with reporting(self, "Not switched"):
            await entering.go_over(self.app, profile)

    def _leave_field(self) -> None:
        self.workers.cancel_group(self, "log-in")
        self._field.clear()
        self.set_focus(None)

    def action_local(self) -> None:
        """Start on the local server."""
        self.app.begin_local()

    @on(TokenField.Submitted)
    def _submitted(self) -> None:
        self._field.ask(self.app.settings.host)
        self._try()

    @work(group="log-in", exclusive=True)
    async def _try(self) -> None:
        asked = self.app.settings
        said = await try_login(asked, self._field.value)
        if isinstance(said, str):
            self._field.refuse(said)
        else:
            self._field.clear()
            self.set_focus(None)
            entering.entered(self.app, asked, said)


def _way_in(app: App[Any], host: str) -> Content:
    return Content("\n").join(
        [
            Content.from_markup("[b $primary]replicate[/]"),
            Content(""),
            Content.from_markup("You are not logged in to [b]$host[/b].", host=one_line(host)),
            Content(""),
            Content.assemble(
                _way(app, "{welcome.token}", "log in with an API token from "), (TOKENS_PAGE, "$text-secondary")
            ),
        ]
    )


def _other_ways(app: App[Any], came_from: str) -> Content:
    before = [_way(app, "{welcome.back}", f"back to the profile {one_line(came_from)}")] if came_from else []
    return Content("\n").join(
        [
            *before,
            _way(app, "{welcome.local}", "run small real models on this machine: no account, no internet"),
            _way(app, "{app.settings}", "settings: another host, another profile"),
            _way(app, "{app.quit}", "leave"),
            Content(""),
            Content.styled(
                "At the start, REPLICATE_API_TOKEN and a login of the official command line are found without asking.",
                "$foreground-muted",
            ),
        ]
    )


def _way(app: App[Any], key: str, words: str) -> Content:
    shown = with_keys(app, key)
    return Content.assemble((f"{shown:<3}", "bold $primary"), " ", words)
