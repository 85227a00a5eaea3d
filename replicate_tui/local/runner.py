"""Runs predictions and trainings: one task each from the queue to the end, on workers from where they are placed."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from replicate_tui.local.addresses import OwnFiles
from replicate_tui.local.pool import Place
from replicate_tui.local.records import Prediction, StreamEvent, timestamp
from replicate_tui.local.runs import Run
from replicate_tui.local.storage import Storage
from replicate_tui.local.work import Job, Outcome, Program, SetupFailed, Worker

INTERRUPTED = "interrupted"
STOPPED = "the server was stopped while this ran"


def _unchanged(prediction: Prediction, outcome: Outcome) -> Outcome:
    return outcome


@dataclass(frozen=True, slots=True)
class Assignment:
    """How a run is worked on: what runs it, where, and with which input, secrets and all.

    `conclude` makes its outcome of that of the worker. `lifetime` is how many seconds it may last from its creation.
    """

    program: Program
    place: Place
    input: dict[str, Any]
    train: bool = False
    lifetime: float | None = None
    conclude: Callable[[Prediction, Outcome], Outcome] = field(default=_unchanged)


class Runner:
    """The predictions that are active, and the ways to begin and end one.

    `on_start` is called with each that begins, `on_change` when the number of active ones changes, `on_expiry`
    when a finished one has got the time at which its data are removed, `retention` seconds after its end.
    """

    def __init__(
        self,
        storage: Storage,
        own_files: OwnFiles,
        *,
        retention: float,
        on_start: Callable[[Run], None],
        on_change: Callable[[], None],
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
            self._storage.save(prediction)
            self._storage.add_events(prediction.id, _ending(len(events)))

    def submit(self, prediction: Prediction, assignment: Assignment, base: str) -> Run:
        """Accept a run of the client at `base`; it begins when there is a worker."""
        lifetime = assignment.lifetime
        if lifetime is not None:
            prediction.deadline = timestamp(time.time() + lifetime)
        prediction.announced = prediction.webhook is None
        self._storage.insert(prediction)
        run = Run(prediction, self._storage, self._finished, base)
        self.active[prediction.id] = run
        self._on_change()
        self._on_start(run)
        task = asyncio.create_task(self._execute(run, assignment))
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
            run.cancel()
            self._let_go(run)
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
        prediction = run.prediction
        try:
            async with assignment.place.worker(assignment.program) as worker:
                self._workers[prediction.id] = worker
                run.start()
                outcome = await worker.run(self._job(prediction, assignment), run.log, run.output)
            if run.active:
                outcome = assignment.conclude(prediction, outcome)
        except (SetupFailed, OSError, sqlite3.Error) as error:
            outcome = Outcome("failed", f"Setup failed: {error}")
        finally:
            self._workers.pop(prediction.id, None)
            shutil.rmtree(self._storage.scratch_folder(prediction.id), ignore_errors=True)
        _conclude(run, outcome)

    def _let_go(self, run: Run) -> None:
        if worker := self._workers.get(run.prediction.id):
            worker.cancel(run.prediction.id)
        elif task := self._tasks.get(run.prediction.id):
            task.cancel()

    def _expire(self, run: Run) -> None:
        if run.prediction.status == "starting":
            run.abort()
        else:
            run.cancel()
        self._let_go(run)

    def _finished(self, run: Run) -> None:
        run.prediction.expires_at = time.time() + self._retention
        del self.active[run.prediction.id]
        self._on_change()
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
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [text for item in value for text in _texts(item)] if isinstance(value, list) else []


def _conclude(run: Run, outcome: Outcome) -> None:
    if not run.active:
        return
    match outcome.status:
        case "succeeded":
            run.succeed(outcome.value)
        case "failed":
            run.fail(outcome.value)
        case "canceled":
            run.cancel()


def _ending(seq: int) -> list[StreamEvent]:
    now = int(time.time())
    return [
        StreamEvent(seq, now, "error", {"detail": STOPPED}),
        StreamEvent(seq + 1, now, "done", {"reason": "error"}),
    ]
