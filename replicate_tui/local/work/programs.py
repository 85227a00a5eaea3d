"""What versions of models run: the bundled models, with or without trained weights, and recorded examples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from replicate_tui.local.work import process as workers
from replicate_tui.local.work.jobs import Job, Outcome, Worker


@dataclass(frozen=True, slots=True)
class Bundled:
    """A bundled model in a process of its own; `weights` are those that a training made."""

    name: str
    weights: Path | None = None
    limit: int | None = None

    async def start(self) -> Worker:
        """A process with the model set up. Raises `SetupFailed`."""
        return await workers.Worker.start(self.name, self.weights)


@dataclass(frozen=True, slots=True)
class Recorded:
    """The recorded example of a model that is only known from a file; None where there is none."""

    model: str
    output: Any = field(compare=False)
    logs: str = field(compare=False)
    streams: bool = field(compare=False)
    limit: int | None = None

    async def start(self) -> Worker:
        """There is nothing to set up."""
        return Replay(self)


class Replay:
    """Answers every job with what was recorded."""

    alive = True

    def __init__(self, recorded: Recorded) -> None:
        self._recorded = recorded

    async def run(self, job: Job, on_log: Callable[[str], None], on_output: Callable[[Any], None]) -> Outcome:
        """The recorded logs and output, at once."""
        output = self._recorded.output
        if output is None:
            return Outcome("failed", f"{self._recorded.model} is known from a file only, without a recorded output")
        on_log(self._recorded.logs)
        if not self._recorded.streams:
            return Outcome("succeeded", output)
        for item in output if isinstance(output, list) else [output]:
            on_output(item)
        return Outcome("succeeded")

    def cancel(self, run_id: str) -> None:
        """It is over before anybody could."""

    async def stop(self) -> None:
        """There is nothing to end."""
