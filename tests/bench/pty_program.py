"""A program in a pty, read raw: when what it shows was written, and what it costs meanwhile.

The reader answers as a terminal that takes whole frames does, so the end of each frame is told in the bytes. What is
on the screen is found out afterwards, by pyte, not while anything is measured.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

from tests.bench.measured import processor

WHOLE_FRAMES = (b"\x1b[?2026$p", b"\x1b[?2026;2$y")
"""What is asked of the terminal, and the answer that it has them."""
FRAME_END = b"\x1b[?2026l"
STYLES = re.compile(rb"\x1b\[[0-9;:]*m")
QUIET = 0.04
"""Seconds without a byte after which a key's work counts as done."""
BUSY = 0.4
"""Seconds for which is waited for that at most: some programs never are quiet."""
LIMIT = 90.0
"""Seconds after which something has not happened."""
LONGEST_SPLIT = 256
"""Bytes that are kept of a chunk so that a text that is split between two is found."""


@dataclass(frozen=True)
class Chunk:
    """What was written at once, and when: seconds since the program was started."""

    moment: float
    content: bytes


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock and of a core."""

    clock: float
    core: float


class PtyProgram:
    """One run of a program; leaving the block kills what is left of it."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], size: tuple[int, int] = (160, 48)) -> None:
        self.size = size
        self.chunks: list[Chunk] = []
        self._terminal = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._terminal)
        self._fed = 0
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self._began = time.perf_counter()
        self._process = subprocess.Popen(
            list(command),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
            start_new_session=True,
        )
        os.close(theirs)
        self._core = processor(self._process.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._ours)

    # -- what it costs ------

    @property
    def core(self) -> float:
        """Seconds of a core that it has used so far."""
        return self._core() or 0.0

    def memory(self) -> float:
        """Megabytes that are its own, with its share of what it shares."""
        told = Path(f"/proc/{self._process.pid}/smaps_rollup").read_text("ascii")
        (line,) = (line for line in told.splitlines() if line.startswith("Pss:"))
        return int(line.split()[1]) / 1024

    def idle(self, seconds: float) -> float:
        """The part of a core that it takes while nobody presses a key."""
        before, began = self.core, time.perf_counter()
        self.rest(seconds)
        return (self.core - before) / (time.perf_counter() - began)

    # -- keys and what they show ------

    def press(self, keys: str) -> float:
        """Write keys; the moment of it."""
        moment = self._now
        os.write(self._ours, keys.encode())
        return moment

    def shown(self, *texts: str, since: float = 0.0) -> Cost:
        """What it took since the start, or a later moment, until all of the texts have been written."""
        missing = {text.encode() for text in texts}
        written = b""
        for chunk in self._from(since):
            written = STYLES.sub(b"", written[-LONGEST_SPLIT:] + chunk.content)
            missing = {text for text in missing if text not in written}
            if not missing:
                return Cost(chunk.moment - since, self.core)
        raise TimeoutError(f"waited {LIMIT:.0f} s in vain for {sorted(missing)} on\n{self.screen()}")

    def key(self, keys: str) -> float:
        """Seconds from the keys until the end of the first frame after them; back when all is drawn."""
        self._read(0.0)
        moment = self.press(keys)
        tail = b""
        for chunk in self._from(moment):
            tail = tail[-LONGEST_SPLIT:] + chunk.content
            if FRAME_END in tail:
                self.settle()
                return chunk.moment - moment
        raise TimeoutError(f"waited {LIMIT:.0f} s in vain for a frame after {keys!r} on\n{self.screen()}")

    def settle(self, quiet: float = QUIET, most: float = BUSY) -> None:
        """Read until nothing came for so long."""
        until = self._now + most
        while self._now < until and self._read(quiet):
            pass

    def rest(self, seconds: float) -> None:
        """Read for so long."""
        until = self._now + seconds
        while (left := until - self._now) > 0:
            self._read(left)

    def wait(self, look: Callable[[str], bool], what: str) -> None:
        """Read until the screen is as it should be."""
        until = self._now + LIMIT
        while not look(self.screen()):
            if self._now > until:
                raise TimeoutError(f"waited {LIMIT:.0f} s in vain for {what} on\n{self.screen()}")
            self._read(0.1)

    def screen(self) -> str:
        """What the terminal shows now."""
        for _ in self.screens():
            pass
        return self._text()

    def screens(self) -> Iterator[str]:
        """What the terminal showed after each chunk since the last look."""
        while self._fed < len(self.chunks):
            self._stream.feed(self.chunks[self._fed].content)
            self._fed += 1
            yield self._text()

    def _text(self) -> str:
        return "\n".join(line.rstrip() for line in self._terminal.display)

    @property
    def _now(self) -> float:
        return time.perf_counter() - self._began

    def _from(self, moment: float) -> Iterator[Chunk]:
        """What was written after the moment, and what will be."""
        number = next((at for at, chunk in enumerate(self.chunks) if chunk.moment >= moment), len(self.chunks))
        until = self._now + LIMIT
        while self._now < until:
            if number < len(self.chunks):
                yield self.chunks[number]
                number += 1
            else:
                self._read(0.1)

    def _read(self, wait: float) -> bool:
        """Read what is there within so many seconds; whether there was anything."""
        some = False
        while select.select([self._ours], [], [], wait)[0]:
            try:
                content = os.read(self._ours, 65536)
            except OSError as error:
                raise RuntimeError(f"the program has ended:\n{self.screen()}") from error
            self.chunks.append(Chunk(self._now, content))
            if WHOLE_FRAMES[0] in content:
                os.write(self._ours, WHOLE_FRAMES[1])
            some, wait = True, 0.0
        return some
