"""One command of the user's about one saved run: a program and its arguments, and no shell that reads them."""

import asyncio
import contextlib
import os
import re
import signal
import subprocess
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from replicate_tui.core.runs import Run
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
        process = await asyncio.create_subprocess_exec(
            *argv, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, env=_environment(), **_apart()
        )
    except (OSError, ValueError) as error:
        return f"cannot run {name}: {error}"
    errors = _Errors(process)
    try:
        async with asyncio.timeout(LONGEST):
            code = await process.wait()
        await errors.end()
    except TimeoutError:
        return f"{name} was ended: it took longer than {LONGEST / 60:g} minutes"
    finally:
        if process.returncode is None or not errors.ended:
            _end(process)
        await asyncio.shield(errors.end())
    return "" if code == 0 else f"{name} ended with {code}{errors.last_line()}"


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


def _end(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name != "nt":
            os.killpg(process.pid, signal.SIGKILL)
        elif process.returncode is None:
            process.kill()


class _Errors:
    """The last that a command writes to its standard error, read all the time."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._kept = b""
        self._reading = asyncio.create_task(self._read())

    @property
    def ended(self) -> bool:
        """Whether nobody can write there any more."""
        return self._reading.done()

    async def end(self) -> None:
        """Wait for the command to end, and a moment for what it left behind."""
        await self._process.wait()
        await asyncio.wait({self._reading}, timeout=LINGERING)

    def last_line(self) -> str:
        """The last line that says anything, ready to stand behind a sentence."""
        told = self._kept.decode(errors="replace").splitlines()
        lines = [line for each in told if (line := one_line(each))]
        return f": {fit(lines[-1], _SHOWN)}" if lines else ""

    async def _read(self) -> None:
        assert self._process.stderr is not None
        while piece := await self._process.stderr.read(_KEPT):
            self._kept = (self._kept + piece)[-_KEPT:]
