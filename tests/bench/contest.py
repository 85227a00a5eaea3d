"""The part about the clients: the same tasks in turns, and what the first request of a fresh process takes."""

from __future__ import annotations

from contextlib import AsyncExitStack

from tests.bench.contestants import Driver, contestants, driven, newcomers
from tests.bench.measured import Order
from tests.bench.stage import Stage

TASKS = (
    Order("create", 50, 1),
    Order("get", 100, 1),
    Order("create", 160, 16),
    Order("get", 320, 16),
    Order("run", 10, 10),
)
WARMING = (Order("get", 16, 16), Order("create", 16, 16), Order("run", 1, 1))


async def clients(stage: Stage, end: float) -> None:
    """Every client does every task in each round; each begins with what the last one has left behind finished."""
    async with AsyncExitStack() as stack:
        drivers: dict[str, Driver] = {}
        for each in contestants():
            arguments = (stage.server.url, stage.example["version"], stage.example["id"])
            drivers[each.name] = await stack.enter_async_context(driven(each, *arguments, stage.server.folder))
            for order in WARMING:
                await drivers[each.name].do(order, stage.used)
        for turn in stage.turns(end):
            names = list(drivers)
            for order in TASKS:
                # Who comes first changes, in case that matters.
                for name in [*names[turn % len(names) :], *names[: turn % len(names)]]:
                    await stage.drained()
                    took = await drivers[name].do(order, stage.used)
                    stage.report.clients.setdefault(f"{order.task}, {order.at_once} at once: {name}", []).append(took)


async def starts(stage: Stage, end: float) -> None:
    """Fresh processes, in turns; the first round compiles and does not count."""
    beginners = newcomers(contestants())
    for each in beginners:
        await each.first(stage.server.url, stage.example["id"], stage.server.folder)
    for _ in stage.turns(end):
        for each in beginners:
            took = await each.first(stage.server.url, stage.example["id"], stage.server.folder)
            stage.report.starts.setdefault(each.name, []).append(took)
