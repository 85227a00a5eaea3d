"""Runs from their creation to their end, however their workers, their disk and their clients behave."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.local import runs
from replicate_tui.local.addresses import OwnFiles
from replicate_tui.local.marks import NESTING_LIMIT
from replicate_tui.local.runner import UNFORESEEN, Assignment, Runner
from replicate_tui.local.runs import UNSAYABLE, Run
from replicate_tui.local.shelf import MEDIA
from replicate_tui.local.storage.records import Prediction, StreamEvent, new_id, timestamp
from replicate_tui.local.storage.storage import Storage
from replicate_tui.local.work.jobs import Job, Outcome, Worker
from replicate_tui.local.work.limits import Limits
from replicate_tui.local.work.pool import Pool
from tests.waiting import TIME_LIMIT, eventually

Do = Callable[["Doer", Job, Callable[[Any], None]], Awaitable[Outcome]]


@dataclass(eq=False)
class Doer:
    """A worker that does what it is told; it notes what was canceled, and goes on."""

    do: Do
    alive: bool = True
    canceled: list[str] = field(default_factory=list)

    async def run(self, job: Job, on_log: Callable[[str], None], on_output: Callable[[Any], None]) -> Outcome:
        return await self.do(self, job, on_output)

    def cancel(self, run_id: str) -> None:
        self.canceled.append(run_id)

    async def stop(self) -> None:
        self.alive = False


@dataclass(frozen=True, eq=False)
class Doing:
    """A program of such workers."""

    do: Do
    limit: int | None = None
    started: list[Doer] = field(default_factory=list)

    async def start(self) -> Worker:
        self.started.append(Doer(self.do))
        return self.started[-1]


class Moody(Storage):
    """A memory whose disk is full while `full`."""

    full = False

    def conclude(self, prediction: Prediction, events: Iterable[StreamEvent]) -> None:
        if self.full:
            raise sqlite3.OperationalError("database or disk is full")
        super().conclude(prediction, events)


@dataclass
class House:
    """A runner with its memory, and a pool with one worker."""

    runner: Runner
    storage: Moody
    pool: Pool
    counted: list[int]

    def submit(self, program: Doing, *, streams: bool = False, **how: Any) -> Run:
        prediction = Prediction(new_id(), "local/doer", "1", {}, timestamp(0), streams=streams)
        return self.runner.submit(prediction, Assignment(program, self.pool, {}, **how), "")

    async def ended(self, run: Run) -> Prediction:
        """The run as it is remembered, once it has ended and nothing is done for it any more."""
        await asyncio.wait_for(run.finished.wait(), TIME_LIMIT)
        await eventually(lambda: run.prediction.id not in self.runner.active, "the end on disk")
        found = self.storage.prediction(run.prediction.id)
        assert found is not None
        return found


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with built(tmp_path) as house:
        yield house


@asynccontextmanager
async def built(folder: Path) -> AsyncIterator[House]:
    storage = Moody(folder)
    counted: list[int] = []
    runner = Runner(
        storage,
        OwnFiles(storage, 1, MEDIA),
        retention=60,
        on_start=lambda _: None,
        on_change=counted.append,
        on_expiry=lambda: None,
    )
    pool = Pool(1, 60, hardware=asyncio.Semaphore(1), limits=Limits())
    try:
        yield House(runner, storage, pool, counted)
    finally:
        await runner.stop()
        await pool.close()
        storage.close()


def gives(value: Any) -> Doing:
    async def do(worker: Doer, job: Job, on_output: Callable[[Any], None]) -> Outcome:
        return Outcome("succeeded", value)

    return Doing(do)


def raises(error: Exception) -> Doing:
    async def do(worker: Doer, job: Job, on_output: Callable[[Any], None]) -> Outcome:
        raise error

    return Doing(do)


def waits(until: asyncio.Event) -> Doing:
    async def do(worker: Doer, job: Job, on_output: Callable[[Any], None]) -> Outcome:
        await until.wait()
        return Outcome("canceled" if job.id in worker.canceled else "succeeded", "done")

    return Doing(do)


async def test_a_mistake_of_the_server_is_the_end_of_the_run_and_is_logged(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    run = house.submit(raises(KeyError("mistake")))
    ended = await house.ended(run)
    assert (ended.status, ended.error) == ("failed", UNFORESEEN)
    await eventually(lambda: "KeyError: 'mistake'" in caplog.text)
    assert house.counted == [1, 0]


async def test_what_the_disk_refuses_is_told_without_the_paths_of_this_machine(house: House) -> None:
    run = house.submit(raises(OSError(28, "No space left on device", "/home/ada/secret.png")))
    ended = await house.ended(run)
    assert ended.error == "the server could not carry it out: No space left on device"


async def test_a_result_that_cannot_be_kept_is_no_failure_of_the_setup(house: House) -> None:
    async def conclude(prediction: Prediction, outcome: Outcome) -> Outcome:
        raise OSError(28, "No space left on device", "/home/ada/weights.json")

    ended = await house.ended(house.submit(gives("x"), conclude=conclude))
    assert ended.error == "the server could not keep the result: No space left on device"


async def test_a_deadline_that_passes_while_a_canceled_run_still_stops_changes_nothing(house: House) -> None:
    stopped = asyncio.Event()
    program = waits(stopped)
    run = house.submit(program, lifetime=0.05)
    await eventually(lambda: run.prediction.status == "processing", "the run")
    house.runner.cancel(run.prediction.id)
    completed_at = run.prediction.completed_at
    deadline = time.monotonic() + 0.1
    await eventually(lambda: time.monotonic() > deadline)
    assert program.started[0].canceled == [run.prediction.id]
    stopped.set()
    ended = await house.ended(run)
    assert (ended.status, ended.completed_at) == ("canceled", completed_at)
    assert [event.event for event in house.storage.events(ended.id)] == ["done"]
    assert house.counted == [1, 0]


async def test_an_end_that_the_disk_does_not_take_is_written_later_and_keeps_nobody_waiting(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "STORE_AGAIN_SECONDS", 0.01)
    house.storage.full = True
    run = house.submit(gives("x"))
    await asyncio.wait_for(run.finished.wait(), TIME_LIMIT)
    shown = house.runner.prediction(run.prediction.id)
    assert shown is not None
    assert (shown.status, shown.output) == ("succeeded", "x")
    assert house.counted == [1]
    house.storage.full = False
    ended = await house.ended(run)
    assert (ended.status, ended.output) == ("succeeded", "x")
    assert [event.event for event in house.storage.events(ended.id)] == ["done"]
    assert house.counted == [1, 0]


async def test_a_run_that_is_canceled_while_its_result_is_kept_leaves_the_worker_alone(house: House) -> None:
    kept = asyncio.Event()
    seen: list[bool] = []

    async def conclude(prediction: Prediction, outcome: Outcome) -> Outcome:
        await kept.wait()
        seen.append(prediction.active)
        return outcome

    program = gives("x")
    first = house.submit(program, conclude=conclude)
    await house.ended(house.submit(program))
    house.runner.cancel(first.prediction.id)
    ended = await house.ended(first)
    kept.set()
    await eventually(lambda: seen == [False], "the conclusion")
    assert (ended.status, ended.output) == ("canceled", None)
    assert program.started[0].canceled == []


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("value", [float("nan"), {"a": [float("inf")]}, nested(NESTING_LIMIT + 1), nested(5000)])
async def test_what_json_cannot_say_is_no_output(house: House, value: Any) -> None:
    async def do(worker: Doer, job: Job, on_output: Callable[[Any], None]) -> Outcome:
        for item in ("a", value, "b"):
            on_output(item)
        return Outcome("succeeded")

    for run, output in ((house.submit(gives(value)), None), (house.submit(Doing(do), streams=True), ["a", "b"])):
        ended = await house.ended(run)
        assert (ended.status, ended.error, ended.output) == ("failed", UNSAYABLE, output)


async def test_what_is_as_deep_as_can_be_shown_is_an_output(house: House) -> None:
    ended = await house.ended(house.submit(gives(nested(NESTING_LIMIT))))
    assert (ended.status, ended.output) == ("succeeded", nested(NESTING_LIMIT))


async def test_an_input_may_be_nested_deeply(house: House) -> None:
    values = {"a": nested(400)}
    prediction = Prediction(new_id(), "local/doer", "1", values, timestamp(0))
    run = house.runner.submit(prediction, Assignment(gives("x"), house.pool, values), "")
    assert (await house.ended(run)).status == "succeeded"


async def test_what_a_run_fetched_goes_with_it(house: House) -> None:
    async def fetches(worker: Doer, job: Job, on_output: Callable[[Any], None]) -> Outcome:
        await asyncio.to_thread(job.scratch.mkdir, parents=True)
        raise KeyError

    run = house.submit(Doing(fetches))
    await house.ended(run)
    await eventually(lambda: not house.storage.scratch_folder(run.prediction.id).exists(), "the end of its folder")
