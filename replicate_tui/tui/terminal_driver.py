"""Textual's driver for terminals that may go away: a window that is closed, a connection that is lost."""

import select
import signal
from collections.abc import Callable
from threading import Thread
from typing import IO, Any, cast

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver


class LeavingTerminal:
    """What is drawn on, until that fails: from then on nothing is written.

    Textual's thread that writes would end there, and whoever draws would wait for it for ever.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._is_gone = False

    def write(self, text: str) -> None:
        """Write text, if the terminal is there."""
        self._do(lambda: self._file.write(text))

    def flush(self) -> None:
        """Have what was written be seen."""
        self._do(self._file.flush)

    def fileno(self) -> int:
        """The number of the file."""
        return self._file.fileno()

    def _do(self, work: Callable[[], object]) -> None:
        if not self._is_gone:
            try:
                work()
            except (OSError, ValueError):
                self._is_gone = True


class TerminalDriver(LinuxDriver):
    """Textual's own, on a `LeavingTerminal`; the application ends with its terminal, whoever else is told of it."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        self._file = cast(Any, LeavingTerminal(cast(IO[str], self._file)))
        Thread(target=self._await_end, name="terminal-end", daemon=True).start()

    def _await_end(self) -> None:
        """Wait until the terminal hangs up. Textual would read its end again and again, as fast as it can."""
        watched = select.poll()
        watched.register(self.fileno, 0)
        for _, happened in watched.poll():
            if happened & select.POLLHUP:
                self._app.call_later(self._app.exit, 128 + signal.SIGHUP)
