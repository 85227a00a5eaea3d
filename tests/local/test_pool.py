"""Pools of workers and the hardware they work on: who gets one, how many there are, when they end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.local import models
from replicate_tui.local.addresses import OwnFiles
from replicate_tui.local.runner import Assignment, Runner
from replicate_tui.local.shelf import MEDIA
from replicate_tui.local.storage.records import Prediction, new_id, timestamp
from replicate_tui.local.storage.storage import Storage
from replicate_tui.local.work import pool as pools
from replicate_tui.local.work.jobs import Job, Outcome, SetupFailed, Worker
from replicate_tui.local.work.limits import Limits
from replicate_tui.local.work.pool import Pool
from replicate_tui.local.work.programs import Bundled
from tests.waiting import TIME_LIMIT, eventually

HELLO, SLEEPER = Bundled("hello-world"), Bundled("sleeper")


@dataclass(eq=False)
class Idler:
    """A worker that only tells when it was ended."""

    alive: bool = True
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, job: Job, on_log: Callable[[str], None], on_output: Callable[[Any], None]) -> Outcome:
        return Outcome("succeeded")

    def cancel(self, run_id: str) -> None:
        self.alive = False

    async def stop(self) -> None:
        self.alive = False
        self.ended.set()


@dataclass(frozen=True)
class Idle:
    """A program whose workers do nothing; the first `failures` of them cannot be set up."""

    limit: int | None = None
    failures: list[str] = field(default_factory=list, compare=False)
    started: list[Idler] = field(default_factory=list, compare=False)
    alive_at_start: list[int] = field(default_factory=list, compare=False)

    async def start(self) -> Worker:
        if self.failures:
            raise SetupFailed(self.failures.pop())
        self.alive_at_start.append(sum(worker.alive for worker in self.started))
        self.started.append(Idler())
        return self.started[-1]


@dataclass(frozen=True, eq=False)
class Slow:
    """A program whose workers are set up when `ready`; it notes how many are at once."""

    limit: int | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    at_once: list[int] = field(default_factory=list)
    starting: set[object] = field(default_factory=set)

    async def start(self) -> Worker:
        self.starting.add(mark := object())
        self.at_once.append(len(self.starting))
        await self.ready.wait()
        self.starting.discard(mark)
        return Idler()


@asynccontextmanager
async def pool(
    limit: int,
    idle_seconds: float,
    keep: int = 0,
    hardware: asyncio.Semaphore | None = None,
    limits: Limits | None = None,
) -> AsyncIterator[Pool]:
    slots, limits = hardware or asyncio.Semaphore(16), limits or Limits()
    made = Pool(limit, idle_seconds, hardware=slots, limits=limits, keep=keep)
    try:
        yield made
    finally:
        await made.close()


async def test_a_worker_is_reused_while_it_is_warm(tmp_path: Path) -> None:
    async with pool(2, 60) as workers:
        async with workers.worker(HELLO) as first:
            job = Job(new_id(), {"text": "a"}, tmp_path / "out", tmp_path / "scratch", {})
            assert (await first.run(job, lambda _: None, lambda _: None)).value == "hello a"
        async with workers.worker(HELLO) as second:
            assert second is first
            async with workers.worker(HELLO) as third:
                assert third is not first


async def test_an_idle_worker_makes_room_for_another_model() -> None:
    idle = Idle()
    async with pool(1, 60) as workers:
        async with workers.worker(idle):
            pass
        async with workers.worker(Bundled("sleeper")):
            await asyncio.wait_for(idle.started[0].ended.wait(), TIME_LIMIT)
            assert workers.size == 1


async def test_an_idle_worker_ends_when_nobody_has_needed_it_for_a_while() -> None:
    idle = Idle()
    async with pool(1, 0.05) as workers:
        async with workers.worker(idle) as first:
            pass
        await asyncio.wait_for(idle.started[0].ended.wait(), TIME_LIMIT)
        async with workers.worker(idle) as second:
            assert second is not first


async def test_a_worker_that_died_is_replaced() -> None:
    idle = Idle()
    async with pool(1, 60) as workers:
        async with workers.worker(idle) as first:
            first.cancel("x")
        async with workers.worker(idle) as second:
            assert second is not first


async def test_kept_workers_are_there_before_anybody_asks_and_stay_though_they_idle() -> None:
    idle = Idle()
    async with pool(3, 0.02, keep=2) as workers:
        await workers.warm(idle)
        assert workers.size == 2
        async with workers.worker(idle), workers.worker(idle), workers.worker(idle):
            assert workers.size == 3
        await eventually(lambda: workers.size == 2, "the surplus worker's end")
        async with workers.worker(idle) as one:
            assert one in idle.started[:3]


async def test_what_cannot_be_set_up_in_advance_is_tried_by_the_next_run(caplog: pytest.LogCaptureFixture) -> None:
    idle = Idle(failures=["no such weights"])
    async with pool(1, 60, keep=1) as workers:
        await workers.warm(idle)
        assert workers.size == 0
        assert "no such weights" in caplog.text
        async with workers.worker(idle):
            assert workers.size == 1


async def test_a_retired_pool_lets_the_busy_finish() -> None:
    idle = Idle()
    async with pool(2, 60, keep=2) as workers:
        await workers.warm(idle)
        async with workers.worker(idle) as busy:
            workers.retire()
            await eventually(lambda: workers.size == 1, "the idle worker's end")
            assert busy.alive
        assert workers.size == 0


async def test_a_program_with_one_slot_keeps_no_other_program_waiting() -> None:
    narrow, other = Idle(limit=1), HELLO
    async with pool(2, 60) as workers, workers.worker(narrow):
        waiting = asyncio.create_task(_use(workers, narrow))
        async with asyncio.timeout(TIME_LIMIT):
            await _use(workers, other)
        assert not waiting.done()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


async def test_hardware_bounds_what_works_at_once_across_its_pools() -> None:
    idle, slots = Idle(), asyncio.Semaphore(1)
    async with pool(2, 60, hardware=slots) as one, pool(2, 60, hardware=slots) as other:
        async with one.worker(idle):
            waiting = asyncio.create_task(_use(other, idle))
            await eventually(lambda: other.size == 1, "a worker that waits for its slot")
            assert not waiting.done()
        await asyncio.wait_for(waiting, TIME_LIMIT)


async def test_a_run_that_is_canceled_while_it_waits_for_its_machine_leaves_its_worker_to_others() -> None:
    idle, slots = Idle(), asyncio.Semaphore(1)
    async with pool(2, 60, hardware=slots) as one, pool(2, 60, hardware=slots) as other:
        async with one.worker(idle):
            waiting = asyncio.create_task(_use(other, idle))
            await eventually(lambda: other.size == 1, "a worker that waits for its slot")
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        async with other.worker(idle) as worker:
            assert worker is idle.started[1]
        assert len(idle.started) == 2


async def test_a_program_has_no_more_workers_than_its_limit_however_many_pools_there_are() -> None:
    narrow, limits = Idle(limit=1), Limits()
    async with pool(2, 60, limits=limits) as one, pool(2, 60, keep=1, limits=limits) as other:
        async with one.worker(narrow):
            warming = asyncio.create_task(other.warm(narrow))
            waiting = asyncio.create_task(_use(other, narrow))
        await asyncio.wait_for(asyncio.gather(warming, waiting), TIME_LIMIT)
        assert (one.size, other.size) == (0, 1)
        await _use(one, narrow)
        assert (one.size, other.size) == (1, 0)
        assert narrow.alive_at_start == [0, 0, 0]


async def test_workers_that_are_kept_are_set_up_a_few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "STARTS_AT_ONCE", 2)
    slow = Slow()
    async with pool(5, 60, keep=5) as workers:
        warming = asyncio.create_task(workers.warm(slow))
        await eventually(lambda: slow.at_once[-1:] == [2], "two that start")
        slow.ready.set()
        await asyncio.wait_for(warming, TIME_LIMIT)
        assert workers.size == 5
        assert max(slow.at_once) == 2


async def test_a_kept_worker_that_dies_while_it_idles_is_replaced_long_before_anybody_needs_it() -> None:
    idle = Idle()
    async with pool(1, 3600, keep=1) as workers:
        await workers.warm(idle)
        idle.started[0].alive = False
        await eventually(lambda: len(idle.started) == 2, "another worker")
        assert workers.size == 1


async def test_a_kept_worker_that_could_not_be_set_up_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "PREPARE_AGAIN_SECONDS", (0.01, 0.01))
    idle = Idle(failures=["killed", "killed"])
    async with pool(1, 60, keep=1) as workers:
        await workers.warm(idle)
        await eventually(lambda: workers.size == 1, "a worker")


async def _use(place: Pool, program: Idle | Bundled) -> None:
    async with place.worker(program):
        pass


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[Runner, Pool]]:
    storage = Storage(folder)
    runner = Runner(
        storage,
        OwnFiles(storage, 1, MEDIA),
        retention=60,
        on_start=lambda _: None,
        on_change=lambda _: None,
        on_expiry=lambda: None,
    )
    async with pool(1, 60) as workers:
        try:
            yield runner, workers
        finally:
            await runner.stop()
            storage.close()


async def test_a_deadline_cancels_what_runs_and_aborts_what_never_ran(tmp_path: Path) -> None:
    sleeper = models.describe("sleeper")

    def sleeping() -> Prediction:
        return Prediction(new_id(), sleeper.full_name, sleeper.version, {"seconds": 60}, timestamp(0))

    async with running(tmp_path) as (runner, workers):
        first = runner.submit(sleeping(), Assignment(SLEEPER, workers, {"seconds": 60}, lifetime=1.5), "")
        second = runner.submit(sleeping(), Assignment(SLEEPER, workers, {"seconds": 60}, lifetime=0.5), "")
        for run in (first, second):
            await asyncio.wait_for(run.finished.wait(), TIME_LIMIT)
        assert first.prediction.status == "canceled"
        assert second.prediction.status == "aborted"
        assert "predict_time" not in second.prediction.metrics
