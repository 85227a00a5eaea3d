"""A real terminal: the program in a pty of its own, its screen read back by pyte."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

import pyte

from tests.waiting import TIME_LIMIT

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "f4": "\x1bOS",
    "f5": "\x1b[15~",
    "f6": "\x1b[17~",
    "f9": "\x1b[20~",
}


class Terminal:
    """One run of the program; leaving the block kills what is left of it."""

    PROGRAM: tuple[str, ...] = ("-m", "replicate_tui")
    """What Python is to run."""

    def __init__(self, *arguments: str, columns: int, lines: int, environ: Mapping[str, str] | None = None) -> None:
        self.screen = pyte.Screen(columns, lines)
        self.written = b""
        self._stream = pyte.ByteStream(self.screen)
        self._ours, theirs = pty.openpty()
        self._resize(columns, lines)
        self.process = subprocess.Popen(
            [sys.executable, *self.PROGRAM, *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(environ or {})},
            start_new_session=True,
        )
        os.close(theirs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)

    @property
    def text(self) -> str:
        """What the terminal shows."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def press(self, *keys: str) -> None:
        """Press named keys, or type text."""
        for key in keys:
            os.write(self._ours, KEYS.get(key, key).encode())

    def resize(self, columns: int, lines: int) -> None:
        """Change the terminal's size, as a window manager does."""
        self._resize(columns, lines)
        self.screen.resize(lines, columns)
        os.killpg(self.process.pid, signal.SIGWINCH)

    def wait_for(self, *texts: str, without: str | None = None, limit: float = TIME_LIMIT) -> str:
        """Read until the screen shows every text."""

        def seen() -> bool:
            return all(text in self.text for text in texts) and (without is None or without not in self.text)

        self._read_until(seen, f"{texts} without {without}" if without else f"{texts}", limit)
        return self.text

    def wait_for_bytes(self, content: bytes) -> None:
        """Read until this was written, whatever it shows."""
        self._read_until(lambda: content in self.written, f"{content!r}", TIME_LIMIT)

    def close(self) -> None:
        """Go away, as a window does that is closed."""
        os.close(self._ours)
        self._ours = os.open(os.devnull, os.O_RDWR)

    def settle(self) -> None:
        """Read until nothing new has come for a moment: the program has answered every key."""
        before = -1
        while before != len(self.written):
            before = len(self.written)
            self._drain(0.15)

    def wait_for_end(self, limit: float = TIME_LIMIT) -> int:
        """Read until the program has ended; its exit code."""
        self._read_until(lambda: self.process.poll() is not None, "the program's end", limit)
        self._drain(0.0)
        return self.process.returncode or 0

    def _resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def _read_until(self, look: Callable[[], bool], what: str, limit: float) -> None:
        deadline = time.monotonic() + limit
        while not look():
            assert time.monotonic() < deadline, f"waited {limit:.0f} s in vain for {what} on\n{self.text}"
            self._drain(0.05)

    def _drain(self, wait: float) -> None:
        while select.select([self._ours], [], [], wait)[0]:
            try:
                content = os.read(self._ours, 65536)
            except OSError:
                return
            if not content:
                return
            self.written += content
            self._stream.feed(content)
            wait = 0.0
