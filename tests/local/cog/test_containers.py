"""Cog servers that somebody else started."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.local.cog import CogURL, Description, describe
from replicate_tui.local.cog.client import CogClient
from replicate_tui.local.work.jobs import Outcome, SetupFailed
from tests.local.cog.bench import Bench, container, free_port, needs_cog, started
from tests.waiting import TIME_LIMIT, eventually

pytestmark = needs_cog


async def test_a_running_container_is_described_and_run(
    talker: Description, tmp_path: Path, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("replicate_tui.local.cog.worker.GRACE", TIME_LIMIT)
    with container(talker, tmp_path / "model") as url:
        model = await describe(CogURL(url, "mine"))
        assert model.name == "mine"
        assert model.schema["components"] == talker.schema["components"]
        async with started(model) as worker:
            assert (await bench.outcome(worker, text="x")).value.startswith("hello x #1 ")
            failing = bench.run(worker, text="x", mood="failing")
            assert await failing.outcome() == Outcome("failed", "ValueError: I cannot say that")
            assert failing.log == "saying x\nto nobody\n"
            waiting = bench.run(worker, text="x", mood="waiting")
            task = asyncio.create_task(waiting.outcome())
            await eventually(lambda: waiting.logs, "the first log line")
            worker.cancel(waiting.job.id)
            assert await task == Outcome("canceled")
        async with started(model) as worker:
            assert (await bench.outcome(worker, text="y")).value.startswith("hello y #4 ")


@pytest.mark.parametrize("streaming", [True, False], ids=["streaming", "looked at"])
async def test_a_containers_iterator_is_followed(
    teller: Description, tmp_path: Path, bench: Bench, streaming: bool
) -> None:
    gate = tmp_path / "gate"
    with container(teller, tmp_path / "model", streaming=streaming) as url:
        model = await describe(CogURL(url, "mine"))
        assert model.streams
        async with started(model) as worker:
            run = bench.run(worker, text="one two three", gate=str(gate))
            task = asyncio.create_task(run.outcome())
            await eventually(lambda: run.outputs, "the first word")
            assert run.outputs == ["one "]
            gate.touch()
            assert (await task).status == "succeeded"
    assert run.outputs == ["one ", "two ", "three "]


async def test_a_busy_container_is_waited_for(
    teller: Description, tmp_path: Path, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, refused = tmp_path / "gate", asyncio.Event()
    health = CogClient.health

    async def looked_at_when_refused(client: CogClient) -> dict[str, Any]:
        refused.set()
        return await health(client)

    with container(teller, tmp_path / "model") as url:
        model = await describe(CogURL(url, "mine"))
        async with started(model) as one, started(model) as other:
            first, second = bench.run(one, text="a b", gate=str(gate)), bench.run(other, text="c")
            tasks = [asyncio.create_task(first.outcome())]
            await eventually(lambda: first.outputs, "the first run's beginning")
            monkeypatch.setattr(CogClient, "health", looked_at_when_refused)
            tasks.append(asyncio.create_task(second.outcome()))
            await asyncio.wait_for(refused.wait(), TIME_LIMIT)
            assert not second.outputs
            gate.touch()
            assert [outcome.status for outcome in await asyncio.gather(*tasks)] == ["succeeded", "succeeded"]
    assert second.outputs == ["c "]


async def test_a_container_that_is_not_there_is_told() -> None:
    with pytest.raises(SetupFailed, match=r"no Cog server can be reached at http://127\.0\.0\.1"):
        await describe(CogURL(f"http://127.0.0.1:{free_port()}", "mine"))
