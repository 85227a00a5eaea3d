"""The program on a terminal: what a person sees of it, and what they type."""

import os
import pty
import re
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.cli.asking import FORKED_FROM, Asked
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

    def read_until(done: Callable[[bytes], bool], what: str) -> None:
        def step() -> bool:
            nonlocal content
            try:
                content += os.read(parent, 65536)
            except OSError:
                return True
            return done(content)

        until(step, what)

    environment = {**os.environ, "TERM": "xterm", "COLUMNS": str(columns), **environ}
    with _begun(arguments, environment, child) as process:
        if asked:
            read_until(lambda seen: asked.encode() in seen, asked)
            if interrupted:
                os.kill(process.pid, signal.SIGINT)
            else:
                os.write(parent, f"{typed}\n".encode())
        read_until(lambda seen: False, "the end of the program")
        os.close(parent)
        code = process.code()
    raw = content.decode()
    return Seen(code, [line.rstrip() for line in _COLOUR.sub("", raw).splitlines()], raw)


class _Started:
    """A process of ours that is spoken to as one that was asked for."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.pid = process.pid
        self.code = process.wait


@contextmanager
def _begun(arguments: Sequence[str], environ: Mapping[str, str], terminal: int) -> Iterator[Asked | _Started]:
    """The command on the terminal, which is closed here; forked where it may be."""
    address = environ.get(FORKED_FROM)
    if address is not None:
        with Asked(address, arguments, str(Path.cwd()), environ, (terminal,) * 3) as asked:
            os.close(terminal)
            yield asked
        return
    with subprocess.Popen(
        command(*arguments), stdin=terminal, stdout=terminal, stderr=terminal, env=environ
    ) as process:
        os.close(terminal)
        yield _Started(process)
