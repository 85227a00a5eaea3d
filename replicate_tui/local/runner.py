"""Runs predictions and trainings: one task each from the queue to the end, on workers from where they are placed."""

from __future__ import annotations

import asyncio
import logging
import shutil
import sqlite3
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from replicate_tui.local import background
from replicate_tui.local.addresses import OwnFiles
from replicate_tui.local.runs import Run
from replicate_tui.local.storage.records import Prediction, StreamEvent, timestamp
from replicate_tui.local.storage.storage import Storage
from replicate_tui.local.work.jobs import Job, Outcome, Program, SetupFailed, Worker
from replicate_tui.local.work.pool import Place

log = logging.getLogger(__name__)

INTERRUPTED = "interrupted"
STOPPED = "the server was stopped while this ran"
UNFORESEEN = "the server met an unexpected error"

Conclude = Callable[[Prediction, Outcome], Coroutine[Any, Any, Outcome]]


@dataclass(frozen=True, slots=True)
class Assignment:
    """How a run is worked on: what runs it, where, and with which input, secrets and all.

    `conclude` makes its outcome of that of the worker; it goes on when the run is canceled meanwhile. `lifetime` is
    how many seconds the run may last from its creation.
    """

    program: Program
    place: Place
    input: dict[str, Any]
    train: bool = False
    lifetime: float | None = None
    conclude: Conclude | None = None


class Runner:
    """The predictions that are active, and the ways to begin and end one.

    One that has ended counts as `active` until its end is on disk. `on_start` is called with each that begins,
    `on_change` with the number of active ones when it changes, `on_expiry` when a finished one has got the time at
    which its data are removed, `retention` seconds after its end.
    """

    def __init__(
        self,
        storage: Storage,
        own_files: OwnFiles,
        *,
        retention: float,
        on_start: Callable[[Run], None],
        on_change: Callable[[int], None],
        on_expiry: Callable[[], None],
    ) -> None:
        self.active: dict[str, Run] = {}
        self._storage = storage
        self._own_files = own_files
        self._retention = retention
        self._on_start = on_start
        self._on_change = on_change
        self._on_expiry = on_expiry
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._workers: dict[str, Worker] = {}

    def recover(self) -> None:
        """Fail what was active when the last server ended, keeping what had been journaled."""
        for prediction in self._storage.active_predictions():
            events = self._storage.events(prediction.id)
            prediction.logs = "".join(event.data for event in events if event.event == "logs")
            if prediction.streams:
                prediction.output = [event.data for event in events if event.event == "output"]
            prediction.status, prediction.error = "failed", STOPPED
            prediction.completed_at = timestamp(time.time())
            prediction.expires_at = time.time() + self._retention
            self._storage.conclude(prediction, _ending(len(events)))

    def submit(self, prediction: Prediction, assignment: Assignment, base: str) -> Run:
        """Accept a run of the client at `base`; it begins when there is a worker."""
        lifetime = assignment.lifetime
        if lifetime is not None:
            prediction.deadline = timestamp(time.time() + lifetime)
        prediction.announced = prediction.webhook is None
        self._storage.insert(prediction)
        run = Run(prediction, self._storage, self._stored, retention=self._retention, base=base)
        self.active[prediction.id] = run
        self._on_change(len(self.active))
        self._on_start(run)
        task = background.start(self._execute(run, assignment), f"run {prediction.id}")
        self._tasks[prediction.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(prediction.id, None))
        if lifetime is not None:
            timer = asyncio.get_running_loop().call_later(lifetime, self._expire, run)
            task.add_done_callback(lambda _: timer.cancel())
        return run

    def prediction(self, prediction_id: str) -> Prediction | None:
        """The prediction as of now, active or not."""
        if run := self.active.get(prediction_id):
            return run.snapshot()
        return self._storage.prediction(prediction_id)

    def cancel(self, prediction_id: str) -> Prediction | None:
        """End an active prediction; a finished one stays as it is. None when there is none."""
        if run := self.active.get(prediction_id):
            self._end(run, run.cancel)
            return run.prediction
        return self._storage.prediction(prediction_id)

    def cancel_all(self, deployment: str) -> None:
        """End everything that is active on a deployment."""
        for run in list(self.active.values()):
            if run.prediction.deployment == deployment:
                self.cancel(run.prediction.id)

    async def stop(self) -> None:
        """End everything at once: what is active fails as interrupted."""
        tasks = list(self._tasks.values())
        for run in list(self.active.values()):
            run.fail(INTERRUPTED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _execute(self, run: Run, assignment: Assignment) -> None:
        outcome = Outcome("failed", UNFORESEEN)
        try:
            outcome = await self._worked(run, assignment)
            if assignment.conclude and run.active:
                outcome = await _concluded(run.prediction, outcome, assignment.conclude)
        finally:
            _finish(run, outcome)
            scratch = self._storage.scratch_folder(run.prediction.id)
            if scratch.is_dir():
                await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)

    async def _worked(self, run: Run, assignment: Assignment) -> Outcome:
        """What the worker made of it."""
        identifier = run.prediction.id
        try:
            async with assignment.place.worker(assignment.program) as worker:
                self._workers[identifier] = worker
                try:
                    run.start()
                    return await worker.run(self._job(run.prediction, assignment), run.log, run.output)
                finally:
                    del self._workers[identifier]
        except SetupFailed as error:
            return Outcome("failed", f"Setup failed: {error}")
        except (OSError, sqlite3.Error) as error:
            log.warning("run %s could not be carried out: %s", identifier, error)
            return Outcome("failed", f"the server could not carry it out: {_reason(error)}")

    def _end(self, run: Run, end: Callable[[], None]) -> None:
        """End a run in this way, and what is done for it; nothing happens to one that has ended."""
        if not run.active:
            return
        end()
        if worker := self._workers.get(run.prediction.id):
            worker.cancel(run.prediction.id)
        elif task := self._tasks.get(run.prediction.id):
            task.cancel()

    def _expire(self, run: Run) -> None:
        self._end(run, run.abort if run.prediction.status == "starting" else run.cancel)

    def _stored(self, run: Run) -> None:
        del self.active[run.prediction.id]
        self._on_change(len(self.active))
        self._on_expiry()

    def _job(self, prediction: Prediction, assignment: Assignment) -> Job:
        own = ((url, self._own_files.path(url)) for url in _texts(assignment.input))
        return Job(
            id=prediction.id,
            input=assignment.input,
            folder=self._storage.output_folder(prediction.token),
            scratch=self._storage.scratch_folder(prediction.id),
            own_files={url: str(path) for url, path in own if path},
            train=assignment.train,
        )


def _texts(value: Any) -> list[str]:
    """All texts in an input: any of them may be the address of a file."""
    found: list[str] = []
    left = [value]
    while left:
        match left.pop():
            case str(text):
                found.append(text)
            case dict(parts):
                left += parts.values()
            case list(parts):
                left += parts
    return found


async def _concluded(prediction: Prediction, outcome: Outcome, conclude: Conclude) -> Outcome:
    try:
        # It leaves nothing half done, also when the run is canceled meanwhile.
        return await asyncio.shield(conclude(prediction, outcome))
    except (OSError, sqlite3.Error) as error:
        log.warning("the result of run %s could not be kept: %s", prediction.id, error)
        return Outcome("failed", f"the server could not keep the result: {_reason(error)}")


def _finish(run: Run, outcome: Outcome) -> None:
    match outcome.status:
        case "succeeded":
            run.succeed(outcome.value)
        case "failed":
            run.fail(outcome.value)
        case "canceled":
            run.cancel()


def _reason(error: OSError | sqlite3.Error) -> str:
    """What went wrong, without the paths of this machine."""
    return (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__


def _ending(seq: int) -> list[StreamEvent]:
    now = int(time.time())
    return [
        StreamEvent(seq, now, "error", {"detail": STOPPED}),
        StreamEvent(seq + 1, now, "done", {"reason": "error"}),
    ]
