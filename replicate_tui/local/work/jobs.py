"""What is done for a run, and by whom: jobs, their outcomes, and what anything that works on them must offer."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol


class SetupFailed(Exception):
    """A model could not be set up; the text says why."""


@dataclass(frozen=True, slots=True)
class Job:
    """One run for a worker. `own_files` maps this server's own URLs to paths.

    Output files go to `folder`; `scratch` is removed after the run. A job to `train` makes weights, no output.
    """

    id: str
    input: dict[str, Any] = field(repr=False)
    folder: Path
    scratch: Path
    own_files: dict[str, str]
    train: bool = False

    def as_line(self) -> bytes:
        """The job in the protocol of worker processes."""
        job = {
            "run": self.id,
            "input": self.input,
            "folder": str(self.folder),
            "scratch": str(self.scratch),
            "own_files": self.own_files,
            "train": self.train,
        }
        return json.dumps(job).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: `value` is the output, in which `{"$output": name}` is a file, or the error's text."""

    status: Literal["succeeded", "failed", "canceled"]
    value: Any = None


class Worker(Protocol):
    """Something with one model set up in it, which runs one job at a time."""

    @property
    def alive(self) -> bool:
        """Whether it can run anything more."""
        ...

    async def run(self, job: Job, on_log: Callable[[str], None], on_output: Callable[[Any], None]) -> Outcome:
        """Run the model once. Log text and elements of an iterator's output are handed over as they come."""
        ...

    def cancel(self, run_id: str) -> None:
        """Ask the run to stop; `run` then returns within a moment, whatever the model does."""
        ...

    async def stop(self) -> None:
        """End it, whatever it is doing."""
        ...


class Program(Protocol):
    """What a version of a model runs: equal programs share their workers."""

    @property
    def limit(self) -> int | None:
        """How many workers of it there can be at once; None where nothing bounds them."""
        ...

    async def start(self) -> Worker:
        """A worker, ready to run. Raises `SetupFailed`."""
        ...
