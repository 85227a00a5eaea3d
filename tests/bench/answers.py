"""The part about the server: how fast it answers, left alone and while a hundred streams are open."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from tests.bench.load import Listener, Target, volley
from tests.bench.measured import Order, spent
from tests.bench.stage import Stage

VOLLEYS = (Order("create", 150, 1), Order("get", 300, 1), Order("create", 300, 16), Order("get", 600, 16))
WARMING = Order("create", 100, 16)
VOLLEY_SECONDS = 1.0
"""The longest that a volley lasts: fewer are asked then."""

GENERATOR = (Order("get", 1000, 1), Order("get", 3000, 16))
TOKENS_PER_SECOND = 40
"""How fast a storyteller speaks."""

LISTENING_SECONDS = 1.5


async def generator_alone(stage: Stage) -> None:
    """What the load generator takes for itself, against a server that only answers."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.answering"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        target = Target("127.0.0.1", int(await process.stdout.readline()))
        request = target.request("GET", "/v1/predictions/0")
        for _ in range(stage.rounds):
            for order in GENERATOR:
                took = await volley(target, request, order, VOLLEY_SECONDS)
                stage.report.generator.setdefault(f"{order.at_once} at once", []).append(took)
    finally:
        await process.communicate(b"")


async def server_alone(stage: Stage, end: float) -> None:
    """Volleys at a server that has nothing else to do; its workers are set up before."""
    await volley(stage.target, _request(stage, WARMING), WARMING, 5 * VOLLEY_SECONDS)
    await stage.drained()
    for _ in stage.turns(end):
        await _volleys(stage, "", 0)


async def server_with_streams(stage: Stage, streams: int, speakers: int, end: float) -> None:
    """The same while so many streams are listened to."""
    async with _listeners(stage, streams, speakers) as listeners:
        await _heard(stage, "alone", listeners, asyncio.sleep(LISTENING_SECONDS))
        await _heard(stage, "while asked", listeners, _rounds_of_volleys(stage, streams, speakers, end))
    await stage.drained()


async def _rounds_of_volleys(stage: Stage, streams: int, speakers: int, end: float) -> None:
    for _ in stage.turns(end):
        await _volleys(stage, f", {streams} streams", speakers)


async def _volleys(stage: Stage, circumstances: str, lasting: int) -> None:
    for order in VOLLEYS:
        took = await volley(stage.target, _request(stage, order), order, VOLLEY_SECONDS, stage.used)
        stage.report.server.setdefault(f"{order.task}, {order.at_once} at once{circumstances}", []).append(took)
        await stage.drained(lasting)


def _request(stage: Stage, order: Order) -> bytes:
    if order.task == "get":
        return stage.target.request("GET", f"/v1/predictions/{stage.example['id']}")
    body = {"version": stage.example["version"], "input": stage.example["input"]}
    return stage.target.request("POST", "/v1/predictions", json.dumps(body).encode())


@asynccontextmanager
async def _listeners(stage: Stage, streams: int, speakers: int) -> AsyncIterator[Sequence[Listener]]:
    """Streams of storytellers that all speak, several of one storyteller if there are fewer of those."""
    told = [_storyteller(stage, seed) for seed in range(speakers)]
    paths = [told[number % speakers]["urls"]["stream"].removeprefix(stage.server.url) for number in range(streams)]
    listeners = [await Listener.opened(stage.target, path) for path in paths]
    try:
        async with asyncio.timeout(30):
            await asyncio.gather(*(listener.begun.wait() for listener in listeners))
        yield listeners
    finally:
        for listener in listeners:
            listener.close()
        for each in told:
            stage.server.client.post(each["urls"]["cancel"])


def _storyteller(stage: Stage, seed: int) -> dict[str, Any]:
    return stage.server.create("local/storyteller", prompt="", max_tokens=2000, seed=seed)


async def _heard(stage: Stage, name: str, listeners: Sequence[Listener], meanwhile: Awaitable[None]) -> None:
    for listener in listeners:
        listener.forget()
    used, began = stage.used(), time.perf_counter()
    await meanwhile
    seconds, core = time.perf_counter() - began, spent(used, stage.used())
    stage.report.streams[name] = {
        "events": sum(listener.events for listener in listeners) / seconds,
        "nominal": float(TOKENS_PER_SECOND * len(listeners)),
        "gap": 1000 * max(listener.gap for listener in listeners),
        "server": None if core is None else core / seconds,
    }
