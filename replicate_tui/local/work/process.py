"""Worker processes as the server holds them: one model each, one run at a time."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from replicate_tui.local.work.jobs import Job, Outcome, SetupFailed

GRACE = 0.5
"""Seconds that a canceled run has to stop by itself before its process is killed."""

LINE_LIMIT = 1 << 28
"""Bytes of one protocol line: the largest output a model may return."""


class Worker:
    """One process with one model set up in it."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._killer: asyncio.TimerHandle | None = None

    @classmethod
    async def start(cls, model: str, weights: Path | None = None) -> Worker:
        """Spawn the process and wait until the model is set up, with a training's weights. Raises `SetupFailed`."""
        worker = cls(await _process(model, weights))
        try:
            answer = await worker._receive()
        except BaseException:
            await worker.stop()
            raise
        if answer is None or "setup_failed" in answer:
            await worker.stop()
            raise SetupFailed(answer["setup_failed"] if answer else worker._obituary())
        return worker

    @property
    def alive(self) -> bool:
        """Whether it can run anything."""
        return self._process.returncode is None

    async def run(self, job: Job, on_log: Callable[[str], None], on_output: Callable[[Any], None]) -> Outcome:
        """Run the model once; a worker that dies makes it a failed run."""
        try:
            self._write(job.as_line())
            while (message := await self._receive()) is not None:
                match message:
                    case {"log": text}:
                        on_log(text)
                    case {"output": value}:
                        on_output(value)
                    case {"done": value}:
                        return Outcome("succeeded", value)
                    case {"failed": text}:
                        return Outcome("failed", text)
                    case _:
                        return Outcome("canceled")
            await self._process.wait()
            return Outcome("failed", self._obituary())
        except (ValueError, RecursionError):
            # Longer than a line may be, not JSON, or too deep: nothing more can be read from this process.
            await self.stop()
            return Outcome("failed", "the model's process sent something that cannot be read")
        finally:
            if self._killer:
                self._killer.cancel()
                self._killer = None

    def cancel(self, run_id: str) -> None:
        """Ask the run to stop; the process is killed when it has not within `GRACE` seconds."""
        if self._killer:
            return
        self._killer = asyncio.get_running_loop().call_later(GRACE, self.kill)
        self._write(json.dumps({"cancel": run_id}).encode() + b"\n")

    def kill(self) -> None:
        """End the process now."""
        with suppress(ProcessLookupError):
            self._process.kill()

    async def ended(self) -> None:
        """Return when the process has ended."""
        await self._process.wait()

    async def stop(self) -> None:
        """End the process and wait for its end."""
        self.kill()
        await self.ended()

    def _write(self, line: bytes) -> None:
        # Writing to a dead process is no error here: it is noticed by the end of its output.
        assert self._process.stdin is not None
        self._process.stdin.write(line)

    async def _receive(self) -> dict[str, Any] | None:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line.endswith(b"\n"):
            return None
        message: dict[str, Any] = json.loads(line)
        return message

    def _obituary(self) -> str:
        code = self._process.returncode
        if code is not None and code < 0:
            return f"the model's process was killed ({signal.Signals(-code).name})"
        return f"the model's process ended unexpectedly (exit code {code})"


async def _process(model: str, weights: Path | None) -> Process:
    try:
        return await asyncio.create_subprocess_exec(
            # A server in the foreground works in its user's folder: what lies there is not ours to import.
            *(sys.executable, "-P", "-m", "replicate_tui.local.work.child", model),
            *(("--weights", str(weights)) if weights else ()),
            stdin=PIPE,
            stdout=PIPE,
            limit=LINE_LIMIT,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise SetupFailed(f"the model's process cannot be started: {error.strerror}") from error
