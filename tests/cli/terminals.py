"""The program on a terminal: what a person sees of it, and what they type."""

import os
import pty
import re
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

from tests.cli.conftest import command
from tests.waiting import until

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Seen:
    """How it ended, and the lines that were seen, without their colours; `raw` is what came."""

    code: int
    lines: list[str]
    raw: str

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def on_a_terminal(
    *arguments: str, asked: str = "", typed: str = "", interrupted: bool = False, columns: int = 80, **environ: str
) -> Seen:
    """Run one command line; once `asked` is seen, type something or interrupt it."""
    parent, child = pty.openpty()
    content = b""
    with subprocess.Popen(
        command(*arguments),
        stdin=child,
        stdout=child,
        stderr=child,
        env={**os.environ, "TERM": "xterm", "COLUMNS": str(columns), **environ},
    ) as process:
        os.close(child)

        def read_until(done: Callable[[bytes], bool], what: str) -> None:
            def step() -> bool:
                nonlocal content
                try:
                    content += os.read(parent, 65536)
                except OSError:
                    return True
                return done(content)

            until(step, what)

        if asked:
            read_until(lambda seen: asked.encode() in seen, asked)
            if interrupted:
                process.send_signal(signal.SIGINT)
            else:
                os.write(parent, f"{typed}\n".encode())
        read_until(lambda seen: False, "the end of the program")
        os.close(parent)
    raw = content.decode()
    return Seen(process.returncode, [line.rstrip() for line in _COLOUR.sub("", raw).splitlines()], raw)
