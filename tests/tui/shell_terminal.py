"""A shell in a real terminal, with job control, and the program started from it as a person does."""

import os
import re
import sys
import termios
from collections.abc import Mapping

from tests.tui.terminal import Terminal

PROMPT = "ready> "
_LOGIN = "import os; os.login_tty(0); os.execvp('sh', ['sh', '-i'])"
_ON_OFF = re.compile(rb"\x1b\[\?(\d+)([hl])")
_LEFT = b"\x1b[?1049l"


class ShellTerminal(Terminal):
    """A shell; what it shows is read back."""

    PROGRAM = ("-S", "-c", _LOGIN)

    def __init__(self, *, columns: int, lines: int, environ: Mapping[str, str] | None = None) -> None:
        super().__init__(columns=columns, lines=lines, environ={"PS1": PROMPT, "ENV": "", **(environ or {})})
        self.wait_for(PROMPT.rstrip())
        self.before = termios.tcgetattr(self._ours)

    def run(self, *arguments: str) -> int:
        """Start Python with these arguments; where the program's output begins."""
        begin = len(self.written)
        self.screen.reset()
        self.press(" ".join([sys.executable, *arguments]) + "\n")
        return begin

    def signal(self, number: int) -> None:
        """Send a signal to what runs in the foreground."""
        os.killpg(os.tcgetpgrp(self._ours), number)

    def wait_for_prompt(self, begin: int) -> bytes:
        """Read until the program that began there gave the terminal back; what it and the shell wrote since."""

        def given_back() -> bool:
            return _LEFT in self.written[begin:] and self.written.endswith(PROMPT.encode())

        self._read_until(given_back, "the prompt", 20)
        return self.written[begin:]

    def assert_as_found(self, written: bytes) -> str:
        """What a program wrote leaves the terminal as it was; what stands below what was there before."""
        modes = dict(_ON_OFF.findall(written))
        on = {int(number) for number, how in modes.items() if how == b"h"}
        assert on <= {7, 25}, f"modes are left on: {on}"
        assert modes[b"25"] == b"h", "the cursor is seen"
        assert len(re.findall(rb"\x1b\[>\d*u", written)) == written.count(b"\x1b[<u"), "the keyboard is as before"
        assert termios.tcgetattr(self._ours) == self.before, "echo and lines are as before"
        assert written.count(b"\x1b[22;2t") == written.count(b"\x1b[23;2t"), "the title is as before"
        below = written.rpartition(_LEFT)[2]
        return re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]|\x1b\]2;\x07", b"", below).decode().replace("\r", "")
