"""Runs of a Cog folder: logs, outputs, failures, cancellation."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from replicate_tui.local.cog import Description
from replicate_tui.local.work.jobs import Outcome
from tests.local.cog.bench import Bench, needs_cog, started
from tests.waiting import TIME_LIMIT, eventually

pytestmark = needs_cog


async def test_a_failure_keeps_its_logs(talker: Description, bench: Bench) -> None:
    async with started(talker) as worker:
        run = bench.run(worker, text="x", mood="failing")
        assert await run.outcome() == Outcome("failed", "ValueError: I cannot say that")
        assert run.log == "saying x\nto nobody\n"
        assert worker.alive


async def test_no_line_of_a_burst_is_lost_or_said_twice(talker: Description, bench: Bench) -> None:
    async with started(talker) as worker:
        run = bench.run(worker, text="x", mood="chatty", times=20_000)
        assert (await run.outcome()).status == "succeeded"
    assert run.log.splitlines()[2:] == [f"line {number}" for number in range(20_000)]


async def test_a_canceled_run_ends_and_the_worker_goes_on(
    talker: Description, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("replicate_tui.local.cog.worker.GRACE", TIME_LIMIT)
    async with started(talker) as worker:
        run = bench.run(worker, text="x", mood="waiting")
        task = asyncio.create_task(run.outcome())
        await eventually(lambda: run.logs, "the first log line")
        worker.cancel(run.job.id)
        assert await task == Outcome("canceled")
        assert worker.alive
        assert (await bench.outcome(worker, text="y")).status == "succeeded"


async def test_a_run_that_will_not_stop_loses_its_process(talker: Description, bench: Bench) -> None:
    async with started(talker) as worker:
        run = bench.run(worker, text="x", mood="stubborn")
        task = asyncio.create_task(run.outcome())
        await eventually(lambda: run.logs, "the first log line")
        worker.cancel(run.job.id)
        assert await asyncio.wait_for(task, TIME_LIMIT) == Outcome("canceled")
        assert not worker.alive


async def test_a_run_canceled_before_it_began_never_begins(talker: Description, bench: Bench) -> None:
    async with started(talker) as worker:
        run = bench.run(worker, text="x", mood="waiting")
        task = asyncio.create_task(run.outcome())
        asyncio.get_running_loop().call_soon(worker.cancel, run.job.id)
        assert await task == Outcome("canceled")
        assert (await bench.outcome(worker, text="y")).status == "succeeded"


async def test_cogs_own_validation_fails_the_run(talker: Description, bench: Bench) -> None:
    async with started(talker) as worker:
        missing = await bench.outcome(worker, mood="calm")
        assert missing == Outcome("failed", "input.text: Field required")
        wrong = await bench.outcome(worker, text="x", times=0)
        assert wrong.status == "failed"
        assert "input.times: 0 is less than the minimum" in wrong.value


async def test_an_iterators_output_comes_as_it_is_made(teller: Description, tmp_path: Path, bench: Bench) -> None:
    gate = tmp_path / "gate"
    async with started(teller) as worker:
        run = bench.run(worker, text="one two three", gate=str(gate))
        task = asyncio.create_task(run.outcome())
        await eventually(lambda: run.outputs, "the first word")
        assert run.outputs == ["one "]
        gate.touch()
        assert (await task).status == "succeeded"
        assert run.outputs == ["one ", "two ", "three "]
