"""The application: its modes, its keys, the way in and out. It holds no verbs."""

import asyncio
import io
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.signal import Signal

from replicate_tui.core import settings as settings_module
from replicate_tui.core.settings import Flags, Settings
from replicate_tui.tui import attention
from replicate_tui.tui.images import Drawing, found
from replicate_tui.tui.key_names import with_keys
from replicate_tui.tui.modes import KEYS, SCREENS
from replicate_tui.tui.session_app import SessionApp
from replicate_tui.tui.widgets.form_keys import in_form

if TYPE_CHECKING:
    from textual.command import Provider

    from replicate_tui.core.history.runs import Run
    from replicate_tui.tui.screens.file_use import FileUse

KEPT_COMMANDS = frozenset({"Theme", "Screenshot"})
"""What the palette offers of Textual's own commands; the others are ours under another name."""


def _actions_by_name() -> "type[Provider]":
    from replicate_tui.tui.screens.by_name import Actions

    return Actions


def _forms_by_name() -> "type[Provider]":
    from replicate_tui.tui.screens.by_name import Forms

    return Forms


class ReplicateApp(SessionApp):
    """The screen of replicate-tui."""

    TITLE = "replicate-tui"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True
    COMMANDS = {_actions_by_name, _forms_by_name}
    MODES = dict(SCREENS)
    BINDINGS: ClassVar[list[BindingType]] = [
        *KEYS,
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
        Binding(
            "f1",
            "help",
            "help",
            tooltip="The keys that work here",
            key_display="F1",
            id="app.help.anywhere",
            show=False,
        ),
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
        super().__init__(settings, drawing)
        self.remix_wanted: Signal[Run] = Signal(self, "remix-wanted")
        self.training_wanted: Signal[str] = Signal(self, "training-wanted")
        self.file_use_wanted: Signal[FileUse] = Signal(self, "file-use-wanted")
        self.form_wanted: Signal[str] = Signal(self, "form-wanted")
        self.settings_section = ""
        self._before_settings = "run"
        self.came_from = ""
        self.wear(settings.theme)

    def on_mount(self) -> None:
        """Choose the first mode; open the session beside the first picture."""
        self.begin_at_the_terminal()
        for warning in self._warnings():
            self.notify(warning, severity="warning", timeout=10)
        self.set_keymap(dict(self.settings.keys))
        if self.settings.keys:
            self._judge_keys()
        self.app_suspend_signal.subscribe(self, attention.restore_title, immediate=True)
        self.app_resume_signal.subscribe(self, lambda _: self._entitle())
        self._entitle()
        if not self.is_opening:
            self.begin(self.settings)

    def _entitle(self) -> None:
        attention.keep_title(self)
        attention.set_title(self, attention.title(self.standing))

    def _warnings(self) -> Iterator[str]:
        yield from self.settings.warnings
        if self.drawing.trouble:
            yield self.drawing.trouble
        if self.settings.theme not in (None, *self.available_themes):
            known = ", ".join(sorted(self.available_themes))
            yield f"config.toml: there is no theme {self.settings.theme!r}; there are {known}"

    @work(group="keys", exclusive=True)
    async def _judge_keys(self) -> None:
        """Tell what is wrong with the user's keys, when the start is over: every screen is imported for that."""
        from replicate_tui.tui.keymap import mistakes

        await self.opened.wait()
        for mistake in await asyncio.to_thread(mistakes, self.settings.keys):
            self.notify(mistake, title="Keys", severity="warning", timeout=15)

    def action_help_quit(self) -> None:
        """What ctrl+c says where there is nothing to copy."""
        self.notify(with_keys(self, "{app.quit} leaves, ^q from anywhere; runs go on"))

    # -- actions ------

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """What the palette offers: Textual's own commands, and every key's action that works here now."""
        yield from (command for command in super().get_system_commands(screen) if command.title in KEPT_COMMANDS)
        from replicate_tui.tui.screens.by_name import commands

        yield from commands(screen)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Letters and digits do nothing in a form; a line of text takes them by itself."""
        if action == "log_in" and not self.is_refused:
            return False
        if action == "show_mode" and self.session is None:
            return False
        if action in ("leave", "show_mode", "settings", "log_in"):
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
            stay: bool = not await self.push_screen_wait(Confirm(question, "leave", "stay"))
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

    def action_change_theme(self) -> None:
        """Show where themes are chosen, each to be seen before it is kept."""
        from replicate_tui.tui.screens.settings import SettingsScreen

        self.settings_section = "look"
        if isinstance(self.screen, SettingsScreen):
            self.screen.go_to_section()
        else:
            self.action_settings()

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
        from replicate_tui.tui.reporting import reporting
        from replicate_tui.tui.screens.log_in import LogIn

        why = f"{self.settings.host} does not take the token that is used now." if self.is_refused else ""
        with reporting(self.screen, "Not logged in"):
            asked = entering.remote_settings(self.settings)
            login = await self.push_screen_wait(LogIn(asked, why=why))
            if login is not None and await entering.may_enter(self, "go on with it"):
                entering.entered(self, asked, login)

    def action_help(self) -> None:
        """Show the keys that work here."""
        from replicate_tui.tui.screens.help import HelpScreen, help_for

        self.push_screen(HelpScreen(help_for(self.screen)))


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
