"""What all drivers share: orders arrive as JSON lines, each is done many times over, and what it took is told.

An order is `{"task": name, "count": n, "at_once": n}`; the answer is `{"latencies": [...], "seconds": s, "cpu": s}`.
Each order has a client of its own, whose connections are opened by as many `get` before anything is measured: one
that was left idle might be hung up on by the server.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

AsyncTasks = Mapping[str, Callable[[], Awaitable[object]]]
Tasks = Mapping[str, Callable[[], object]]
Told = dict[str, Any]


async def serve_async(opened: Callable[[], AbstractAsyncContextManager[AsyncTasks]]) -> None:
    """Do what the lines say as tasks of one event loop, until there are no more lines."""
    for name, count, at_once in _orders():
        async with opened() as tasks:
            await _all_async(tasks["get"], at_once, at_once)
            told = await _all_async(tasks[name], count, at_once)
        _tell(told)


def serve_threads(opened: Callable[[], Tasks]) -> None:
    """The same with a thread for each that is done at once."""
    for name, count, at_once in _orders():
        tasks = opened()
        _all(tasks["get"], at_once, at_once)
        _tell(_all(tasks[name], count, at_once))


async def _all_async(task: Callable[[], Awaitable[object]], count: int, at_once: int) -> Told:
    # What one iterator hands out it hands out once, whoever asks.
    turns, latencies = iter(range(count)), list[float]()
    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(_turns_async(task, turns, latencies) for _ in range(at_once)))
    return _told(latencies, began, cpu)


def _all(task: Callable[[], object], count: int, at_once: int) -> Told:
    turns, latencies = iter(range(count)), list[float]()
    threads = [threading.Thread(target=_turns, args=(task, turns, latencies)) for _ in range(at_once)]
    began, cpu = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return _told(latencies, began, cpu)


async def _turns_async(task: Callable[[], Awaitable[object]], turns: Iterator[int], latencies: list[float]) -> None:
    for _ in turns:
        began = time.perf_counter()
        await task()
        latencies.append(time.perf_counter() - began)


def _turns(task: Callable[[], object], turns: Iterator[int], latencies: list[float]) -> None:
    for _ in turns:
        began = time.perf_counter()
        task()
        latencies.append(time.perf_counter() - began)


def _told(latencies: list[float], began: float, cpu: float) -> Told:
    return {"latencies": latencies, "seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu}


def _orders() -> Iterator[tuple[str, int, int]]:
    for line in sys.stdin:
        order = json.loads(line)
        yield order["task"], order["count"], order["at_once"]


def _tell(told: Told) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
