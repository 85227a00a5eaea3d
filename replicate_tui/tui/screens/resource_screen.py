"""What the modes that list other things than runs have in common: the chrome, and a list kept true while it is seen."""

import contextlib
from abc import abstractmethod
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.content import Content

from replicate_tui.api.errors import APIError
from replicate_tui.core.session import Session
from replicate_tui.tui.key_names import key_of
from replicate_tui.tui.modes import MODE_TABS
from replicate_tui.tui.reporting import reporting
from replicate_tui.tui.screens.mode_screen import ModeScreen
from replicate_tui.tui.screens.with_session import WithSession
from replicate_tui.tui.standings import nothing, refused
from replicate_tui.tui.widgets.key_line import KeyLine
from replicate_tui.tui.widgets.status_bar import Standing, StatusBar
from replicate_tui.tui.widgets.tab_line import TabLine

TICK = 1.0
"""Seconds between two looks at what the line on top counts down."""


class ResourceScreen(WithSession, ModeScreen):
    """A mode whose list is fetched every `INTERVAL` seconds while it is shown."""

    MODE: ClassVar[str]
    INTERVAL: ClassVar[float]

    def __init__(self) -> None:
        super().__init__()
        self._kept = contextlib.ExitStack()
        self._refused = ""

    def compose(self) -> ComposeResult:
        """The chrome around the mode's own panes."""
        yield StatusBar()
        yield TabLine(MODE_TABS, self.MODE, id="modes", classes="-modes")
        yield from self.compose_panes()
        yield KeyLine()

    @abstractmethod
    def compose_panes(self) -> ComposeResult:
        """What the mode shows."""

    @abstractmethod
    async def fetch(self, session: Session) -> None:
        """Ask the API for the list, and hold what it answers. Raises as the API's client does."""

    @abstractmethod
    def forget(self) -> None:
        """Another session began: what was fetched for the one before is not so any more."""

    @abstractmethod
    def show(self) -> None:
        """Draw what is held."""

    def nothing(self, none: Content | str, *, known: bool) -> Content | str:
        """What stands in the place of the list: `none`, if there really are none; `known` is whether that was told."""
        key = key_of(self.app, f"{self.MODE.removesuffix('s')}.refresh")
        if self._refused and self.app.standing.connection == "online":
            return refused(self.MODE, self._refused, key=key)
        return nothing(self.app.standing, self.MODE, none, key=key, known=known)

    # -- life ------

    def on_mount(self) -> None:
        """Listen to how the connection stands, and for another session."""
        self.app.standing_changed.subscribe(self, self._show_standing)
        self.app.session_opened.subscribe(self, self._session_opened)
        self._ticker = self.set_interval(TICK, self.app.count_down, pause=True)
        self._show_standing(self.app.standing)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Keep the list true from now on. Styles are no matter of it: the app keeps those."""
        event.refresh_styles = False
        self._ticker.resume()
        if self.app.session is not None:
            self._begin(self.app.session)

    def on_screen_suspend(self) -> None:
        """Nobody looks: ask for nothing."""
        self._ticker.pause()
        self._kept.close()

    def on_unmount(self) -> None:
        """Nobody looks any more."""
        self._kept.close()

    def _session_opened(self, session: Session) -> None:
        self.forget()
        if session is self.app.session and self.is_current:
            self._begin(session)

    def _begin(self, session: Session) -> None:
        self._kept.close()
        self._kept.enter_context(session.watcher.keeping(lambda: self._refresh(session), self.INTERVAL))
        self.show()

    async def _refresh(self, session: Session) -> None:
        try:
            await self.fetch(session)
        except APIError as error:
            self._refused = str(error)
            raise
        else:
            self._refused = ""
        finally:
            if session is self.app.session and self.is_running:
                self.show()

    def _show_standing(self, standing: Standing) -> None:
        self.query_one(StatusBar).standing = standing
        if self.is_current and self.app.session is not None:
            self.show()

    # -- what the modes share ------

    def may_write(self, doing: str) -> bool:
        """Whether writes are allowed; where they are not, that is told."""
        with reporting(self, "Not done"):
            self.session.settings.require_writes(doing)
            return True
        return False

    def action_refresh(self) -> None:
        """Ask the API again."""
        if self.app.session is not None:
            self.session.watcher.refresh()

    @on(TabLine.Chosen, "#modes")
    def _mode_chosen(self, event: TabLine.Chosen) -> None:
        self.app.action_show_mode(event.name)
