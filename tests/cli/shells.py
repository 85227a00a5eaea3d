"""Real shells on a terminal of their own: a line is typed into them, tabs and all, and what came of it is read."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli import asking
from tests.cli.asking import FORKED_FROM
from tests.waiting import until

_COMMANDS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
_SETUP = {
    "bash": """\
source <(replicate-tui completion bash)
bind 'set enable-bracketed-paste off'
show() { printf '{%s}' "$@" > shown.new; mv shown.new shown; }
complete -o nospace -F _replicate_tui show
""",
    "zsh": """\
autoload -Uz compinit && compinit -D -u
source <(replicate-tui completion zsh)
unsetopt zle_bracketed_paste 2>/dev/null; unset zle_bracketed_paste
show() { printf '{%s}' "$@" > shown.new; mv shown.new shown; }
compdef _replicate_tui show
""",
    "fish": """\
replicate-tui completion fish | source
function show; printf '{%s}' $argv > shown.new; mv shown.new shown; end
complete -c show -f -k -a '(__replicate_tui)'
""",
}
SHELLS = tuple(_COMMANDS)


@dataclass(frozen=True)
class Shell:
    """A shell in which `show` completes like the program, and writes down the arguments that it gets."""

    terminal: int
    folder: Path

    def typed(self, line: str) -> str:
        """The arguments that the last `show` of a line got, as `{one}{two}`."""
        shown = self.folder / "shown"
        shown.unlink(missing_ok=True)
        os.write(self.terminal, f"{line}\r".encode())
        until(lambda: self._seen(shown.exists()), f"what comes of {line!r}")
        return shown.read_text()

    def _seen(self, done: bool) -> bool:
        """Take what the shell has to say: it would not go on with nobody reading."""
        with suppress(BlockingIOError):
            os.read(self.terminal, 65536)
        return done


def on_the_path(folder: Path) -> str:
    """A PATH on which `replicate-tui` is the program under test."""
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    script = programs / "replicate-tui"
    script.write_text(f'#!/bin/sh\nexec {_program()} "$@"\n')
    script.chmod(0o755)
    return f"{programs}{os.pathsep}{os.environ['PATH']}"


def _program() -> str:
    address = os.environ.get(FORKED_FROM)
    if address is None:
        return f'"{sys.executable}" -P -m replicate_tui'
    return f'"{sys.executable}" -I -S "{asking.__file__}" "{address}"'


@contextmanager
def shell(name: str, folder: Path) -> Iterator[Shell]:
    """A shell that has read the program's script, in a folder of its own."""
    pty = pytest.importorskip("pty")
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed")
    home = folder / "shell-home"
    home.mkdir()
    setup = folder / f"setup.{name}"
    setup.write_text(_SETUP[name])
    environ = {**os.environ, "PATH": on_the_path(folder), "HOME": str(home), "TERM": "xterm", "COLUMNS": "200"}
    work = folder / "work"
    work.mkdir(exist_ok=True)
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(work)
        os.execve(program, _COMMANDS[name], environ)
    try:
        os.set_blocking(terminal, False)
        opened = Shell(terminal, work)
        opened.typed(f"source {setup}; show ready")
        yield opened
    finally:
        os.kill(pid, signal.SIGKILL)
        os.close(terminal)
        os.waitpid(pid, 0)
