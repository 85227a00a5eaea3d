"""The application: it opens the session, holds the modes, and passes on what changed. It holds no verbs."""

import asyncio
import gc
import io
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.signal import Signal

from replicate_tui.api.errors import ReplicateError
from replicate_tui.core import settings as settings_module
from replicate_tui.core.config_file import Config
from replicate_tui.core.embedded import EmbeddedError
from replicate_tui.core.history.database import DatabaseError
from replicate_tui.core.history.runs import Run
from replicate_tui.core.history.store import Connection
from replicate_tui.core.session import Session, open_session
from replicate_tui.core.settings import Flags, Settings
from replicate_tui.core.text import clean, fit, one_line, spent, waiting
from replicate_tui.core.watching.notices import Notices, words
from replicate_tui.tui import attention, copying
from replicate_tui.tui.images import Drawing, found
from replicate_tui.tui.keymap import mistakes
from replicate_tui.tui.reporting import reporting
from replicate_tui.tui.standings import connected
from replicate_tui.tui.theme import THEMES, worn
from replicate_tui.tui.widgets.status_bar import Standing
from replicate_tui.tui.widgets.tab_line import Tab

if TYPE_CHECKING:
    from textual.command import Provider

    from replicate_tui.tui.screens.file_use import FileUse

MODE_TABS = (
    Tab("run", "1 Run"),
    Tab("predictions", "2 Predictions"),
    Tab("trainings", "3 Trainings"),
    Tab("deployments", "4 Deployments"),
    Tab("hardware", "5 Hardware"),
)
"""The modes on their digit keys."""

KEPT_COMMANDS = frozenset({"Theme", "Screenshot"})
"""What the palette offers of Textual's own commands; the others are ours under another name."""

LONGEST_TOLD = 400
"""Cells of a toast's text: it must not cover what it tells of."""
LONGEST_TITLE = 60

START_TIME = 2.0
"""Seconds for which the screen starts: hardly anything that is made then is garbage."""

GATHER_TIME = 0.1
"""Seconds for which changed runs are gathered before the screens redraw them."""


def _run_screen() -> Screen[None]:
    from replicate_tui.tui.screens.run import RunScreen

    return RunScreen()


def _predictions_screen() -> Screen[None]:
    from replicate_tui.tui.screens.predictions import PredictionsScreen

    return PredictionsScreen()


def _trainings_screen() -> Screen[None]:
    from replicate_tui.tui.screens.trainings import TrainingsScreen

    return TrainingsScreen()


def _deployments_screen() -> Screen[None]:
    from replicate_tui.tui.screens.deployments import DeploymentsScreen

    return DeploymentsScreen()


def _hardware_screen() -> Screen[None]:
    from replicate_tui.tui.screens.hardware import HardwareScreen

    return HardwareScreen()


def _settings_screen() -> Screen[None]:
    from replicate_tui.tui.screens.settings import SettingsScreen

    return SettingsScreen()


def _forms_by_name() -> "type[Provider]":
    from replicate_tui.tui.screens.by_name import Forms

    return Forms


def _welcome_screen() -> Screen[None]:
    from replicate_tui.tui.screens.welcome import WelcomeScreen

    return WelcomeScreen()


class ReplicateApp(App[int]):
    """The screen of replicate-tui."""

    TITLE = "replicate-tui"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True
    COMMANDS = App.COMMANDS | {_forms_by_name}
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-medium"), (140, "-wide")]
    MODES: ClassVar[dict[str, str | Callable[[], Screen[None]]]] = {
        "run": _run_screen,
        "predictions": _predictions_screen,
        "trainings": _trainings_screen,
        "deployments": _deployments_screen,
        "hardware": _hardware_screen,
        "settings": _settings_screen,
        "welcome": _welcome_screen,
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "1", "show_mode('run')", "Run", tooltip="Find a model, fill its form, run it", id="mode.run", show=False
        ),
        Binding(
            "2",
            "show_mode('predictions')",
            "Predictions",
            tooltip="Everything that ran",
            id="mode.predictions",
            show=False,
        ),
        Binding(
            "3", "show_mode('trainings')", "Trainings", tooltip="Everything trained", id="mode.trainings", show=False
        ),
        Binding(
            "4",
            "show_mode('deployments')",
            "Deployments",
            tooltip="Models on hardware kept for you",
            id="mode.deployments",
            show=False,
        ),
        Binding(
            "5",
            "show_mode('hardware')",
            "Hardware",
            tooltip="What models run on, and what it costs",
            id="mode.hardware",
            show=False,
        ),
        Binding("colon", "command_palette", "palette", tooltip="Everything by name", id="app.palette", key_display=":"),
        Binding(
            "ctrl+p",
            "command_palette",
            "palette",
            tooltip="Everything by name",
            id="app.palette.anywhere",
            show=False,
        ),
        Binding("question_mark", "help", "help", tooltip="The keys that work here", id="app.help", key_display="?"),
        Binding("f1", "help", "help", tooltip="The keys that work here", id="app.help.anywhere", show=False),
        Binding(
            "ctrl+z",
            "suspend_process",
            "suspend",
            tooltip="Back to the shell; fg returns",
            id="app.suspend",
            show=False,
        ),
        Binding(
            "comma",
            "settings",
            "settings",
            tooltip="Account, profiles, theme, keys, folders, budget",
            id="app.settings",
            key_display=",",
            show=False,
        ),
        Binding("0", "log_in", "log in", tooltip="Log in with an API token", id="app.log_in"),
        Binding("q", "leave", "quit", tooltip="Leave; runs go on", id="app.quit"),
    ]

    def __init__(self, settings: Settings, drawing: Drawing | None = None) -> None:
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)  # else greys stand for colours
        self.settings = settings
        self.drawing = drawing or Drawing()
        self.session: Session | None = None
        self.standing = Standing(host=settings.host, read_only=settings.read_only)
        self.session_opened: Signal[Session] = Signal(self, "session-opened")
        self.runs_changed: Signal[frozenset[str]] = Signal(self, "runs-changed")
        self.standing_changed: Signal[Standing] = Signal(self, "standing-changed")
        self.remix_wanted: Signal[Run] = Signal(self, "remix-wanted")
        self.training_wanted: Signal[str] = Signal(self, "training-wanted")
        self.file_use_wanted: Signal[FileUse] = Signal(self, "file-use-wanted")
        self.form_wanted: Signal[str] = Signal(self, "form-wanted")
        self._before_settings = "run"
        self._changed: set[str] = set()
        self._styled_for = -1
        self._notices: Notices | None = None
        self._session_task: asyncio.Task[None] | None = None
        for theme in THEMES:
            self.register_theme(theme)
        self._wear_theme()

    @property
    def breadth(self) -> str:
        """The class of the screens that are as wide as the terminal is."""
        return max((least, name) for least, name in self.HORIZONTAL_BREAKPOINTS if least <= self.size.width)[1]

    def on_mount(self) -> None:
        """Choose the first mode; open the session beside the first picture."""
        if not gc.isenabled():
            self.set_timer(START_TIME, _collect_again)
        for warning in self._warnings():
            self.notify(warning, severity="warning", timeout=10)
        self.set_keymap(dict(self.settings.keys))
        self._judge_keys()
        self._leave_on_signals()
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))
        attention.keep_title(self)
        attention.set_title(self, attention.title(self.standing))
        self.begin(self.settings)

    def _leave_on_signals(self) -> None:
        """Leave the terminal as it was found when we are told to end."""
        if os.name != "nt":
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(number, self.exit, 128 + number)

    def _warnings(self) -> Iterator[str]:
        yield from self.settings.warnings
        if self.drawing.trouble:
            yield self.drawing.trouble
        if self.settings.theme not in (None, *self.available_themes):
            known = ", ".join(sorted(self.available_themes))
            yield f"config.toml: there is no theme {self.settings.theme!r}; there are {known}"

    @work(group="keys", exclusive=True)
    async def _judge_keys(self) -> None:
        """Tell what is wrong with the user's keys; every screen is imported for that, beside the first picture."""
        for mistake in await asyncio.to_thread(mistakes, self.settings.keys):
            self.notify(mistake, title="Keys", severity="warning", timeout=15)

    def action_help_quit(self) -> None:
        """What ctrl+c says where there is nothing to copy."""
        self.notify("q leaves, ctrl+q from anywhere; runs go on")

    def begin(self, settings: Settings, *, stay: bool = False) -> None:
        """Start with these settings: the Run mode, or the way in when there is no token.

        With `stay` the mode that is shown stays, if it is one of those that need a session.
        """
        self.settings = settings
        self.standing = Standing()
        self._stand(host=settings.host, read_only=settings.read_only)
        if settings.token is None:
            self.switch_mode("welcome")
        elif not stay or self.current_mode == "welcome":
            self.switch_mode("run")
        self._serve_session()

    def renew(self, config: Config) -> None:
        """Go on with what `config.toml` says now; what cannot change while the screen is open counts later."""
        before, self.settings = self.settings, settings_module.renewed(self.settings, config)
        if self.settings.theme != before.theme:
            self._wear_theme()
        if self.settings.keys != before.keys:
            self.set_keymap(dict(self.settings.keys))
        if self.settings.images in ("blocks", "none"):
            self.drawing = Drawing(self.settings.images)
        if self._notices is not None:
            self._notices.after = self.settings.notices.after
        if self.session is not None:
            self.session.renew(self.settings)
        self.count_down()

    def _wear_theme(self) -> None:
        self.theme = worn(self.settings.theme, self.available_themes, no_color=self.no_color)

    def begin_local(self) -> None:
        """Start anew on the local server."""
        flags = replace(self.settings.flags, local=True, read_only=self.settings.read_only)
        self.begin(settings_module.load(flags))

    @work(group="session", exclusive=True)
    async def _serve_session(self) -> None:
        """Keep a session open for as long as the app runs; the one before is closed first.

        Workers are cancelled while widgets still show what the session knows: it is a task of its own.
        """
        if self.session is not None:
            await self._hold_still()
        await self._end_session()
        if self.settings.token is not None:
            self._session_task = asyncio.create_task(self._hold_session())
            await asyncio.shield(self._session_task)

    async def _hold_still(self) -> None:
        """Before a session ends under an open screen: nothing may be asked of it until there is another one."""
        from replicate_tui.tui import entering
        from replicate_tui.tui.screens.one_moment import OneMoment

        if self.settings.token is not None and not isinstance(self.screen, OneMoment):
            await self.push_screen(OneMoment(self.settings.host))
        await entering.settle(self)

    async def _hold_session(self) -> None:
        try:
            async with open_session(self.settings, screen=True) as session:
                try:
                    await self._use(session)
                finally:
                    self.session = None
        except (DatabaseError, EmbeddedError, ReplicateError) as error:
            self.exit(2, message=clean(str(error)))

    async def _end_session(self) -> None:
        """Let the session finish what it writes, and close what it opened."""
        if self._session_task is not None:
            self._session_task.cancel()
            await asyncio.wait([self._session_task])

    def refresh_css(self, animate: bool = True) -> None:
        """Textual's own, but for screens that are just made: they get their looks as they are mounted.

        Reading every style sheet twice anew would be half of what it takes to open a mode.
        """
        made = [screen for screen in self.screen_stack if not screen.is_mounted]
        if self._styled_for == self._css_update_count and all(
            screen in made or screen._css_update_count == self._css_update_count for screen in self.screen_stack
        ):
            for screen in made:
                screen._css_update_count = self._css_update_count
            return
        super().refresh_css(animate)
        self._styled_for = self._css_update_count

    def _fatal_error(self) -> None:
        """Textual's own, without the values of variables: a crash report is shown to others."""
        from rich.segment import Segments
        from rich.traceback import Traceback

        self._exit_renderables.append(Segments(self.console.render(Traceback(width=None), self.console.options)))
        self._close_messages_no_wait()

    async def _shutdown(self) -> None:
        """Textual's own, with the workers ended first: they must not wake among widgets that are gone."""
        self.workers.cancel_all()
        await super()._shutdown()

    async def on_unmount(self) -> None:
        """Close the session when nothing shows it any more, before the loop ends."""
        attention.restore_title(self)
        await self._end_session()

    async def _use(self, session: Session) -> None:
        self.session = session
        session.store.subscribe(self._run_changed)
        session.store.subscribe_connection(self._connection_changed)
        if session.archive is not None:
            session.archive.tell = self._not_kept
        session.queue.changed = self.count_down
        session.warn(partial(self.notify, severity="warning", timeout=30))
        self._notices = Notices(
            session.store,
            self.settings.notices.after,
            lambda row: attention.call(self, self.settings.notices.how, words(row)),
        )
        self._stand(running=len(session.store.active), account=session.account_name)
        self.session_opened.publish(session)
        await session.connect()
        session.start()
        await session.watch()

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Show a toast. Whatever it says is text: cleaned, of bounded length, and never markup."""
        told, head = fit(clean(message), LONGEST_TOLD), fit(one_line(title), LONGEST_TITLE)
        super().notify(told, title=head, severity=severity, timeout=timeout, markup=False)

    def _not_kept(self, run_id: str, reason: str) -> None:
        self.notify(reason, title=f"{run_id} is not kept", severity="warning", timeout=15)

    def copy_to_clipboard(self, text: str) -> None:
        """Copy, and tell how far that is known to have worked."""
        super().copy_to_clipboard(copying.storable(text))
        self._tell_copied(self.clipboard)

    @work(group="copy")
    async def _tell_copied(self, text: str) -> None:
        program = None if self.is_headless else copying.program(os.environ)
        taken = program is not None and await copying.takes(program, text)
        self.notify(copying.told(text, program if taken else None))

    # -- what changed ------

    def _run_changed(self, run_id: str) -> None:
        if not self._changed:
            self.set_timer(GATHER_TIME, self._publish)
        self._changed.add(run_id)

    def _publish(self) -> None:
        changed, self._changed = frozenset(self._changed), set()
        if self.session is not None:
            self._stand(running=len(self.session.store.active), account=self.session.account_name)
        self.runs_changed.publish(changed)

    def _connection_changed(self, connection: Connection) -> None:
        refused = connection.state == "unauthorized" and not self.settings.local
        if refused and self.standing.connection != "unauthorized":
            self.notify(f"{self.settings.host} does not take this token: 0 logs in", severity="warning", timeout=15)
        self.count_down()
        self.refresh_bindings()

    def count_down(self) -> None:
        """Tell how long it is until the next run's turn, and until the API is asked again; and what today cost."""
        if self.session is not None:
            queue, session = self.session.queue, self.session
            state, reason, soon = connected(session.store.connection, session.pause, local=self.settings.local)
            waits = waiting(len(queue.waiting), queue.delay)
            self._stand(connection=state, reason=reason, next_try=soon, queue=waits, spent=self._spent())

    @property
    def _is_refused(self) -> bool:
        return self.standing.connection == "unauthorized" and not self.settings.local

    def _spent(self) -> str:
        if self.session is None or self.settings.local:
            return ""
        today = self.session.costs.today()
        return spent(today.usd, today.priced, today.unpriced)

    def first_key(self, name: str, otherwise: str) -> str:
        """The key of the action with this id: the first that was chosen, or the one that it has by default."""
        return self.settings.keys.get(name, otherwise).split(",")[0].strip()

    def _stand(self, **changes: Any) -> None:
        standing = replace(self.standing, **changes)
        if standing != self.standing:
            if attention.title(standing) != attention.title(self.standing):
                attention.set_title(self, attention.title(standing))
            self.standing = standing
            self.standing_changed.publish(standing)

    # -- actions ------

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """What the palette offers: Textual's own commands, and every key's action that works here now."""
        yield from (command for command in super().get_system_commands(screen) if command.title in KEPT_COMMANDS)
        from replicate_tui.tui.screens.by_name import commands

        yield from commands(screen)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Letters and digits do nothing in a form; a line of text takes them by itself."""
        if action == "log_in" and not self._is_refused:
            return False
        if action in ("leave", "show_mode", "settings", "log_in"):
            from replicate_tui.tui.screens.run_verbs import in_form

            return not in_form(self.focused)
        return True

    def action_leave(self) -> None:
        """Leave; ask first while a run is on its way to the API, for then its fate would not be known."""
        self._leave()

    @work(group="leave", exclusive=True)
    async def _leave(self) -> None:
        if self.is_sending:
            from replicate_tui.tui.screens.confirm import Confirm

            question = Content.assemble(self.unsent(), " Leave?")
            stay: bool = not await self.push_screen_wait(Confirm(question, "leave"))
            if stay:
                return
        self.exit(0)

    @property
    def is_sending(self) -> bool:
        """Whether a run is on its way to the API, or waits for its turn."""
        return any(worker.group == "send" and worker.is_running for worker in self.workers)

    def unsent(self) -> Content:
        """What would become of the runs that are not sent yet, if the session ended now."""
        waits = len(self.session.queue.waiting) if self.session is not None else 0
        if waits:
            return Content(f"{waits} waiting would not be sent: they stay in the history, to be run again.")
        return Content("A run is being sent: it would not be known whether it arrived.")

    def action_show_mode(self, mode: str) -> None:
        """Show a mode."""
        if self.session is not None:
            self.switch_mode(mode)

    def action_settings(self) -> None:
        """Show the settings, or go back from them to where they were asked for."""
        if self.current_mode == "settings":
            self.leave_settings()
        else:
            self._before_settings = self.current_mode
            self.switch_mode("settings")

    def leave_settings(self) -> None:
        """Go back to the mode that was shown before the settings; to the way in where that is needed."""
        before = "run" if self._before_settings == "welcome" else self._before_settings
        self.switch_mode("welcome" if self.settings.token is None else before)

    def action_log_in(self) -> None:
        """Log in with another token."""
        self._log_in()

    @work(group="log-in", exclusive=True)
    async def _log_in(self) -> None:
        from replicate_tui.tui import entering
        from replicate_tui.tui.screens.log_in import LogIn

        why = f"{self.settings.host} does not take the token that is used now." if self._is_refused else ""
        with reporting(self.screen, "Not logged in"):
            asked = entering.remote_settings(self.settings)
            login = await self.push_screen_wait(LogIn(asked, why=why))
            if login is not None and await entering.may_enter(self, "go on with it"):
                entering.entered(self, asked, login)

    def action_help(self) -> None:
        """Show the keys that work here."""
        from replicate_tui.tui.screens.help import HelpScreen, help_for

        self.push_screen(HelpScreen(help_for(self.screen)))


def _collect_again() -> None:
    """Collect garbage from now on, and never look through what the start has made: that stays until the end."""
    gc.freeze()
    gc.enable()


def run_screen(flags: Flags) -> int:
    """Open the screen and stay until it is left; the exit code.

    Raises:
        SettingsError: a setting cannot be used.
    """
    settings = settings_module.load(flags)
    app = ReplicateApp(settings, found(settings.images))
    if isinstance(sys.__stderr__, io.TextIOWrapper):  # it is drawn on: a letter that it lacks takes one cell
        sys.__stderr__.reconfigure(errors="replace")
    result = app.run()
    return (app.return_code or 0) if result is None else result
