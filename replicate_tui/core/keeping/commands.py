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
from replicate_tui.core.keeping.file_names import is_plain
from replicate_tui.core.text import fit, one_line

LONGEST: Final = 600.0
"""Seconds that a command may take."""
LINGERING: Final = 1.0
"""Seconds that what a command left behind may go on to write its errors."""

_KEPT: Final = 16_384
_SHOWN: Final = 200
_PLACE: Final = re.compile(r"\{(folder|id|model)\}")
_HIDDEN: Final = "REPLICATE_API_TOKEN"
_NO_MODEL: Final = "unknown"
"""What stands for the model where the API does not tell it."""


class Unfit(Exception):
    """What the API told cannot stand in a command; the message says what it is."""


async def run_command(words: Sequence[str], run: Run, folder: Path) -> str:
    """Run the command for a run that is saved in `folder`; why it failed, in one line, or "".

    In each word `{folder}`, `{id}` and `{model}` are the run's. The command gets no API token, and ends with us.
    """
    name = one_line(words[0])
    try:
        argv = filled(words, run, folder)
        transport, child = await asyncio.get_running_loop().subprocess_exec(
            _Child, *argv, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, env=_environment(), **_apart()
        )
    except (OSError, ValueError, Unfit) as error:
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
    """The words with what they name of the run: its folder, its id, and its model ("owner/name", else "unknown").

    What the API told comes into a command only where it can be nothing but a name: it leads to no other folder,
    begins no option, and says nothing to a shell that the command may start.

    Raises:
        Unfit: an id or a model that is named is no such thing.
    """
    values = {"folder": str(folder), "id": run.id, "model": run.prediction.model or _NO_MODEL}
    named = {place[1] for word in words for place in _PLACE.finditer(word)}
    if "id" in named and not is_plain(values["id"]):
        raise Unfit(f"the run's id is no plain name: {_quoted(values['id'])}")
    if "model" in named and not _is_model(values["model"]):
        raise Unfit(f"its model is no plain owner/name: {_quoted(values['model'])}")
    return [_PLACE.sub(lambda place: values[place[1]], word) for word in words]


def _is_model(name: str) -> bool:
    parts = name.split("/")
    return len(parts) <= 2 and all(map(is_plain, parts))


def _quoted(told: str) -> str:
    return f'"{fit(one_line(told), _SHOWN)}"'


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
