"""One command of the user's about one saved run: a program and its arguments, and no shell that reads them."""

import asyncio
import contextlib
import os
import re
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Any, Final

from replicate_tui.core.history.runs import Run
from replicate_tui.core.text import fit, one_line

LONGEST: Final = 600.0
"""Seconds that a command may take."""
LINGERING: Final = 1.0
"""Seconds that what a command left behind may go on to write its errors."""

_KEPT: Final = 16_384
_SHOWN: Final = 200
_PLACE: Final = re.compile(r"\{(folder|id|model)\}")
_HIDDEN: Final = "REPLICATE_API_TOKEN"


async def run_command(words: Sequence[str], run: Run, folder: Path) -> str:
    """Run the command for a run that is saved in `folder`; why it failed, in one line, or "".

    In each word `{folder}`, `{id}` and `{model}` are the run's. The command gets no API token, and ends with us.
    """
    argv = filled(words, run, folder)
    name = one_line(argv[0])
    try:
        transport, child = await asyncio.get_running_loop().subprocess_exec(
            _Child, *argv, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, env=_environment(), **_apart()
        )
    except (OSError, ValueError) as error:
        return f"cannot run {name}: {error}"
    try:
        async with asyncio.timeout(LONGEST):
            await child.ended.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGERING):
                await child.told_all.wait()
    except TimeoutError:
        return f"{name} was ended: it took longer than {LONGEST / 60:g} minutes"
    finally:
        if not child.over:
            _end(transport)
            await asyncio.shield(child.ended.wait())
        transport.close()
    code = transport.get_returncode()
    return f"{name} ended with {code}{child.last_line()}" if code else ""


def filled(words: Sequence[str], run: Run, folder: Path) -> list[str]:
    """The words with what they name of the run. What the API told never begins a word as an option does."""
    values = {"folder": str(folder), "id": _harmless(run.id), "model": _harmless(run.prediction.model or "")}
    return [_PLACE.sub(lambda place: values[place[1]], word) for word in words]


def _harmless(text: str) -> str:
    return one_line(text).lstrip("-")


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.upper() != _HIDDEN}


def _apart() -> dict[str, Any]:
    """A group of its own: a key that ends us is not the command's, and all that it starts can be ended with it."""
    if os.name == "nt":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}  # type: ignore[attr-defined]
    return {"start_new_session": True}


def _end(transport: asyncio.SubprocessTransport) -> None:
    """End the command and all that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "nt":
            transport.kill()
        else:
            os.killpg(transport.get_pid(), signal.SIGKILL)


class _Child(asyncio.SubprocessProtocol):
    """A command that runs: whether it ended, and the last that it and what it started wrote to standard error."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self.told_all = asyncio.Event()
        self._kept = b""

    @property
    def over(self) -> bool:
        """Whether nothing of it is left."""
        return self.ended.is_set() and self.told_all.is_set()

    def last_line(self) -> str:
        """The last line that says anything, ready to stand behind a sentence."""
        told = self._kept.decode(errors="replace").splitlines()
        lines = [line for each in told if (line := one_line(each))]
        return f": {fit(lines[-1], _SHOWN)}" if lines else ""

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Something was written."""
        self._kept = (self._kept + data)[-_KEPT:]

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """Nobody can write any more."""
        self.told_all.set()

    def process_exited(self) -> None:
        """The command itself ended."""
        self.ended.set()
