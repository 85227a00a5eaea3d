"""A process with Cog in it, of this very interpreter, which never outlives the server."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections import deque
from importlib.util import find_spec
from pathlib import Path

from replicate_tui.local.work.jobs import SetupFailed

MISSING = "running a folder needs Cog, which is not installed: pip install 'replicate-tui[cog]'"

GUARD = Path(__file__).with_name("guard.py")

LINES_KEPT = 200
LINES_TOLD = 8
"""How much of what a process said is kept, and how much of that belongs into a sentence."""

WRAPPINGS = re.compile(
    r"^(?:(?:worker setup failed(?: \(slot [\w-]+\))?|setup failed|failed to load predictor): )+", re.IGNORECASE
)
ADVICE = re.compile(r"DeprecationWarning:| is deprecated; use |^setup failed$", re.IGNORECASE)
"""What Cog says around the reason of a failure, and what it says to a model's author."""

LINE_LIMIT = 1 << 24
"""Bytes of one line of its output; a longer one is dropped."""


class CogProcess:
    """A running process and the last lines of its output. It leads a process group of its own."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._lines: deque[str] = deque(maxlen=LINES_KEPT)
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, folder: Path, target: str, *arguments: str, **environment: str) -> CogProcess:
        """Run a module, or a file, with Cog at hand in this workspace folder. Raises `SetupFailed`."""
        if find_spec("cog") is None or find_spec("coglet") is None:
            raise SetupFailed(MISSING)
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", str(GUARD), str(folder), target, *arguments),
                cwd=folder,
                env=_environment() | environment,
                stdin=PIPE,
                stdout=PIPE,
                stderr=STDOUT,
                limit=LINE_LIMIT,
                start_new_session=True,
            )
        except OSError as error:
            raise SetupFailed(f"Cog cannot be started: {error}") from error
        return cls(process)

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.returncode is None

    async def ended(self) -> int:
        """Wait for its end, and for the last of its output: its exit code."""
        await asyncio.gather(self._process.wait(), self._reading)
        return self._process.returncode or 0

    def kill(self) -> None:
        """End it and all that it started, now."""
        # The group may outlive its leader; what is left of one that is gone may not be ours (macOS: not permitted).
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.name == "posix":
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()

    async def stop(self) -> None:
        """End it and wait for its end."""
        self.kill()
        await self.ended()

    @property
    def last_words(self) -> list[str]:
        """The last lines of its output."""
        return list(self._lines)[-LINES_TOLD:]

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while True:
            try:
                line = await self._process.stdout.readline()
            except ValueError:
                continue
            if not line:
                return
            if text := plain_line(line.decode("utf-8", "replace")):
                self._lines.append(text)


def plain_line(line: str) -> str:
    """A line of output as a person wants it, empty when nobody does: Cog's own logs are JSON, wrapped and advisory."""
    text = line.strip()
    if text.startswith("{"):
        with contextlib.suppress(ValueError, KeyError, TypeError):
            fields = json.loads(text)["fields"]
            text = str(fields.get("error") or fields["message"])
    text = WRAPPINGS.sub("", text)
    return "" if ADVICE.search(text) else text


def _environment() -> dict[str, str]:
    """Ours, but for what would change how Cog works: it starts `python` by name and speaks HTTP to loopback."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("COG_", "RUST_LOG"))}
    direct = ",".join(filter(None, [ours.get("NO_PROXY") or ours.get("no_proxy"), "127.0.0.1", "localhost"]))
    return ours | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), ours.get("PATH", os.defpath)]),
        "NO_PROXY": direct,
        "no_proxy": direct,
        "LOG_FORMAT": "json",
        "COG_LOG_LEVEL": "warn",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
