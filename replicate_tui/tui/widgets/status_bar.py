"""The line on top: where we are and how it stands."""

from dataclasses import dataclass

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from replicate_tui.core.text import fit, one_line


@dataclass(frozen=True, slots=True)
class Standing:
    """What the status bar tells. `account` is empty until it is known; `connection` is one of `STATES`.

    `next_try` says when an API that is out of reach is asked again, or what else helps; `queue` what waits for its
    turn, and `spent` what the day cost; all in words.
    """

    account: str = ""
    host: str = ""
    connection: str = "connecting"
    reason: str = ""
    next_try: str = ""
    running: int = 0
    queue: str = ""
    spent: str = ""
    read_only: bool = False


STATES = {
    "online": ("●", "$success"),
    "connecting": ("◌", "$foreground-muted"),
    "offline": ("✗", "$error"),
    "server error": ("✗", "$error"),
    "throttled": ("◌", "$warning"),
    "unauthorized": ("✗", "$error"),
}
"""How we stand with the API: each state with its mark and its tone."""


class StatusBar(Static):
    """Account @ host, the connection's state, how many runs are under way."""

    DEFAULT_CSS = """
    StatusBar {
        height: 1; padding: 0 1; background: $panel; color: $foreground; text-wrap: nowrap; text-overflow: ellipsis;
    }
    """

    standing: reactive[Standing] = reactive(Standing())

    def watch_standing(self, standing: Standing) -> None:
        """Draw what it tells now."""
        mark, colour = STATES.get(standing.connection, ("·", "$foreground-muted"))
        parts = [
            Content.from_markup("[b $primary]replicate[/] "),
            _place(standing),
            Content.from_markup(f"   [{colour}]{mark} {standing.connection}[/]"),
        ]
        if standing.next_try and standing.connection != "online":
            parts.append(Content(f", {standing.next_try}"))
        if standing.running:
            parts.append(Content(f"   {standing.running} running"))
        if standing.queue:
            parts.append(Content.styled(f"   {standing.queue}", "$warning"))
        if standing.read_only:
            parts.append(Content.styled("   read-only", "$warning"))
        if standing.spent:
            parts.append(Content.styled(f"   {standing.spent}", "$foreground-muted"))
        if standing.reason and standing.connection != "online":
            parts.append(Content.styled(f"   {one_line(standing.reason)}", "$foreground-muted"))
        self.update(Content.assemble(*parts))


def _place(standing: Standing) -> Content:
    if standing.host == "local":
        return Content.assemble("LOCAL", Content.styled(" models of this machine", "$foreground-muted"))
    account = Content(fit(one_line(standing.account), 20) or "…")
    return Content.assemble(account, Content.styled(f" @ {fit(one_line(standing.host), 28)}", "$foreground-muted"))
