"""Servers that are not quite Cog: what is strange about them spoils as little as it can."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.local.cog import describe, source
from replicate_tui.local.work.jobs import Outcome, SetupFailed
from tests.local.cog.bench import Bench, started
from tests.local.cog.strange import DONE, SCHEMA, Answer, StrangeServer
from tests.waiting import TIME_LIMIT

SILENT = {**SCHEMA, "paths": {}}
"""The schema of a server that streams no events."""

FIRST = b'event: log\ndata: {"data": "first\\n"}\n\nevent: output\ndata: {"chunk": "one"}\n\n'

BROKEN = {
    "a log without text": b"event: log\ndata: {}\n\n",
    "a log that is a number": b'event: log\ndata: {"data": 7}\n\n',
    "an output without a chunk": b"event: output\ndata: {}\n\n",
    "no JSON": b"event: log\ndata: second\n\n",
    "no object": b"event: output\ndata: [1]\n\n",
    "a hole without bottom": b"event: output\ndata: " + b"[" * 100_000 + b"\n\n",
}


async def outcome(server: StrangeServer, bench: Bench) -> tuple[Outcome, list[Any], str]:
    """How a run ends, the elements of its output, and its logs."""
    model = await describe(source(server.url))
    async with started(model) as worker:
        run = bench.run(worker, text="x")
        ended = await asyncio.wait_for(run.outcome(), TIME_LIMIT)
    return ended, run.outputs, run.log


@pytest.mark.parametrize("event", BROKEN.values(), ids=BROKEN)
async def test_a_broken_event_spoils_no_run(bench: Bench, event: bytes) -> None:
    async with StrangeServer(look=(200, FIRST + event)).serving() as server:
        assert await outcome(server, bench) == (
            *(Outcome("succeeded", ["one", "two"]), ["one", "two"]),
            "first\nsecond\n",
        )


@pytest.mark.parametrize(
    "told",
    [[], 7, {}, {"status": 7, "logs": 7, "error": [], "output": {}}, {"logs": ["first"], "output": "one"}],
)
async def test_a_broken_state_spoils_no_run(bench: Bench, told: Any) -> None:
    async with StrangeServer(look=(202, told), schema=SILENT).serving() as server:
        assert await outcome(server, bench) == (
            *(Outcome("succeeded", ["one", "two"]), ["one", "two"]),
            "first\nsecond\n",
        )


@pytest.mark.parametrize(
    ("end", "sentence"),
    [
        ((422, {"detail": [{"loc": ["body", "input", "text"], "msg": "too long"}, {"msg": "bad"}, 7]}), None),
        ((500, {"error": ["no", "text"], "logs": 7}), "Cog answered 500"),
        ((500, []), "Cog answered 500 Said"),
        ((200, {}), "the model failed without a reason"),
    ],
)
async def test_a_broken_end_fails_the_run(bench: Bench, end: Answer, sentence: str | None) -> None:
    async with StrangeServer(end=[end]).serving() as server:
        ended, *_ = await outcome(server, bench)
        assert ended == Outcome("failed", sentence or "input.text: too long; {'msg': 'bad'}; 7")


async def test_a_server_that_becomes_another_while_a_run_waits_fails_the_run(bench: Bench) -> None:
    healths = [{"status": "READY"}, {"status": "READY"}, ["no", "health"]]
    async with StrangeServer(end=[(409, {}), DONE], healths=healths).serving() as server:
        ended, *_ = await outcome(server, bench)
        assert ended == Outcome("failed", f"what answers at {server.url} is no Cog server")


async def test_what_a_failed_setup_said_may_be_anything() -> None:
    failed = {"status": "SETUP_FAILED", "setup": "in vain"}
    async with StrangeServer(healths=[failed]).serving() as server:
        with pytest.raises(SetupFailed, match="the model's setup failed"):
            await describe(source(server.url))


async def test_a_password_goes_to_the_server_and_nowhere_else(bench: Bench) -> None:
    async with StrangeServer().serving() as server:
        model = await describe(source(server.url.replace("//", "//ada:s3cret@")))
        async with started(model) as worker:
            assert (await bench.outcome(worker, text="x")).status == "succeeded"
        pair = base64.b64encode(b"ada:s3cret").decode()
        assert all(f"authorization: basic {pair}".lower() in head for head in server.heads)
        assert model.description == f"The Cog model at {server.url}"
        assert "s3cret" not in repr(model)


@pytest.mark.parametrize("schema", [["no", "document"], {"components": {}}])
async def test_no_complaint_about_a_server_tells_its_password(schema: Any) -> None:
    async with StrangeServer(schema=schema).serving() as server:
        with pytest.raises(SetupFailed) as failure:
            await describe(source(server.url.replace("//", "//ada:s3cret@")))
    assert "s3cret" not in str(failure.value)


async def test_a_lost_connection_is_told_without_the_password(bench: Bench, tmp_path: Path) -> None:
    async with StrangeServer(end=[]).serving() as server:
        model = await describe(source(server.url.replace("//", "//ada:s3cret@")))
        async with started(model) as worker:
            ended = await bench.outcome(worker, text="x")
    assert ended.status == "failed"
    assert server.url in json.dumps(ended.value)
    assert "s3cret" not in ended.value
