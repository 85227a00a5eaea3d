"""Textual's application as this program wants it at a terminal: what it shows, says, copies and leaves behind."""

import asyncio
import gc
import os
import re
import signal
from collections.abc import Callable, Iterable
from typing import Any

from textual import work
from textual.app import App
from textual.binding import Binding, Keymap
from textual.css.query import NoMatches
from textual.driver import Driver
from textual.notifications import SeverityLevel
from textual.widget import AwaitMount
from textual.worker import Worker, WorkerFailed

from replicate_tui.core.text import clean, fit, one_line
from replicate_tui.tui import copying
from replicate_tui.tui.looks import Looks
from replicate_tui.tui.theme import THEMES, worn

LONGEST_TOLD = 400
"""Cells of a toast's text: it must not cover what it tells of."""
LONGEST_TITLE = 60
TOAST_WIDTH = 32
"""Cells of a toast's line that are surely written on."""
F_KEY = re.compile(r"\bf\d+$")

LONGEST_END = 3.0
"""Seconds that workers have to write down that they were interrupted."""
START_TIME = 2.0
"""Seconds for which the screen starts: hardly anything that is made then is garbage."""


class TerminalApp(App[int]):
    """An application with our themes that says texts as texts, and leaves the terminal as it was found."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-medium"), (140, "-wide")]

    def __init__(self) -> None:
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)  # else greys stand for colours
        self.stylesheet = Looks(variables=self.get_css_variables())
        self._styled_for = -1
        self._is_switching = False
        for theme in THEMES:
            self.register_theme(theme)

    @property
    def breadth(self) -> str:
        """The class of the screens that are as wide as the terminal is."""
        return max((least, name) for least, name in self.HORIZONTAL_BREAKPOINTS if least <= self.size.width)[1]

    def wear(self, theme: str | None) -> None:
        """Take a theme; ours where there is none of that name."""
        self.theme = worn(theme, self.available_themes, no_color=self.no_color)

    def get_key_display(self, binding: Binding) -> str:
        """Textual's own as harmless text, for a file may say it, with the function keys as they are written."""
        return F_KEY.sub(lambda key: key[0].upper(), one_line(super().get_key_display(binding)))

    def set_keymap(self, keymap: Keymap) -> None:
        """Textual's own, told to every screen, and not to the one on top only."""
        super().set_keymap(keymap)
        for screen in {screen for stack in self._screen_stacks.values() for screen in stack}:
            screen.refresh_bindings()

    def on_load(self) -> None:
        """Before the terminal is taken: leave it as it was found when we are told to end."""
        if os.name != "nt":
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                loop.add_signal_handler(number, self.exit, 128 + number)

    def begin_at_the_terminal(self) -> None:
        """See to what must be left in order, and drawn anew after a stop; collect garbage once the start is over."""
        if not gc.isenabled():
            self.set_timer(START_TIME, _collect_again)
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))

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

    def switch_mode(self, mode: str) -> AwaitMount:
        """Textual's own, but the mode is drawn, whole and once, as soon as it has caught up.

        Textual draws nothing for 50 ms, however soon that is.
        """
        self._is_switching = True
        self._begin_batch()
        try:
            return super().switch_mode(mode)
        finally:
            self._is_switching = False
            self._behind_all(self._await_widgets)

    def delay_update(self, delay: float = 0.05) -> None:
        """Textual's own, where it is not known when all is there."""
        if not self._is_switching:
            super().delay_update(delay)

    async def _await_widgets(self) -> None:
        """The screen has caught up: let its widgets say that they are to be drawn."""
        await asyncio.sleep(0)
        self._behind_all(self._draw_mode)

    def _draw_mode(self) -> None:
        self._end_batch()
        self.screen._on_timer_update()

    def _behind_all(self, step: Callable[[], object]) -> None:
        """Go on with the mode behind all that has come to its screen; no further if that is gone."""
        if not self.screen.call_later(step):
            self._end_batch()

    def get_driver_class(self) -> type[Driver]:
        """Textual's own, but ours where it would be the one for terminals of Unix."""
        found = super().get_driver_class()
        if os.name == "nt":
            return found
        from textual.drivers.linux_driver import LinuxDriver

        from replicate_tui.tui.terminal_driver import TerminalDriver

        return TerminalDriver if found is LinuxDriver else found

    def _handle_exception(self, error: Exception) -> None:
        """Textual's own, but while the screens go away it is no fault of anyone's to find them gone."""
        if not (self._exit and _is_missing(error)):
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Textual's own, without the values of variables: a crash report is shown to others."""
        from rich.segment import Segments
        from rich.traceback import Traceback

        self._exit_renderables.append(Segments(self.console.render(Traceback(width=None), self.console.options)))
        self._close_messages_no_wait()

    async def _shutdown(self) -> None:
        """Textual's own, with the workers ended first: they must not wake among widgets that are gone."""
        await end_workers(list(self.workers))
        await super()._shutdown()

    def action_command_palette(self) -> None:
        """Show the palette."""
        from replicate_tui.tui.screens.palette import Palette

        if self.use_command_palette and not isinstance(self.screen, Palette):
            self.push_screen(Palette())

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
        self._make_room(len(told))
        super().notify(told, title=head, severity=severity, timeout=timeout, markup=False)

    def _make_room(self, letters: int) -> None:
        """Take away the oldest toasts that would push the next one, of so many letters, off the screen."""
        shown = list(self._notifications)
        while shown and sum(map(_toast_lines, [*(len(each.message) for each in shown), letters])) > self.size.height:
            self._unnotify(shown.pop(0), refresh=False)

    def copy_to_clipboard(self, text: str) -> None:
        """Copy, and tell how far that is known to have worked."""
        super().copy_to_clipboard(copying.storable(text))
        self._tell_copied(self.clipboard)

    @work(group="copy")
    async def _tell_copied(self, text: str) -> None:
        program = None if self.is_headless else copying.program(os.environ)
        taken = program is not None and await copying.takes(program, text)
        self.notify(copying.told(text, program if taken else None))


async def end_workers(workers: Iterable[Worker[Any]]) -> None:
    """Cancel workers, and let them write down that they were interrupted: what they write to may be closed next."""
    ended = list(workers)
    for worker in ended:
        worker.cancel()
    # A worker's own `wait` would raise for each, and pass on to them that nobody waits any more.
    tasks = {worker._task for worker in ended if worker._task is not None} - {asyncio.current_task()}
    if tasks:
        await asyncio.wait(tasks, timeout=LONGEST_END)


def _toast_lines(letters: int) -> int:
    """The lines that a toast of so many letters may take, with its title and what is around it."""
    return letters // TOAST_WIDTH + 5


def _is_missing(error: BaseException) -> bool:
    """Whether nothing else is the matter than that a widget is not there."""
    match error:
        case WorkerFailed():
            return _is_missing(error.error)
        case BaseExceptionGroup():
            return all(_is_missing(each) for each in error.exceptions)
    return isinstance(error, NoMatches)


def _collect_again() -> None:
    """Collect garbage from now on, and never look through what the start has made: that stays until the end."""
    gc.freeze()
    gc.enable()
