"""The way in, when there is no token."""

from typing import ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Center, Middle, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from replicate_tui.core.text import one_line
from replicate_tui.tui.app import ReplicateApp
from replicate_tui.tui.widgets.key_line import KeyLine


class WelcomeScreen(Screen[None]):
    """Says how to log in, and offers the models of this machine."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l,enter", "local", "run models on this machine", tooltip="No account needed", id="welcome.local"),
    ]

    app = getters.app(ReplicateApp)

    def compose(self) -> ComposeResult:
        """Two ways in."""
        with Middle(), Center(), Vertical(id="welcome"):
            yield Static(_words(self.app.settings.host))
        yield KeyLine()

    def action_local(self) -> None:
        """Start on the local server."""
        self.app.begin_local()


def _words(host: str) -> Content:
    title = "[b $primary]replicate[/]"
    return Content("\n").join(
        [
            Content.from_markup(title),
            Content(""),
            Content.from_markup("There is no API token for [b]$host[/b] yet.", host=one_line(host)),
            Content(""),
            Content.from_markup("[b $primary]l[/]  run small real models on this machine: no account, no internet"),
            Content(""),
            Content.from_markup("[b]With an account[/b], leave with [b $primary]q[/], then"),
            Content.styled("   export REPLICATE_API_TOKEN=…   ", "$secondary"),
            Content.styled("   from replicate.com/account/api-tokens, and start again.", "$foreground 55%"),
            Content.styled("   A login of the official command line is found by itself.", "$foreground 55%"),
        ]
    )
