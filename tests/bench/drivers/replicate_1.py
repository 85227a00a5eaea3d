"""The official Python client 1.x: `python replicate_1.py async|threads BASE VERSION ID`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import replicate
from measuring import AsyncTasks, Tasks, serve_async, serve_threads

MODEL, INPUT = "local/hello-world", {"text": "bench"}


def main(way: str, base: str, version: str, identifier: str) -> None:
    @asynccontextmanager
    async def opened_async() -> AsyncIterator[AsyncTasks]:
        client = replicate.Client("r8_of_the_bench", base_url=base)
        yield {
            "create": lambda: client.predictions.async_create(version=version, input=INPUT),
            "get": lambda: client.predictions.async_get(identifier),
            "run": lambda: client.async_run(MODEL, input=INPUT),
        }

    def opened() -> Tasks:
        client = replicate.Client("r8_of_the_bench", base_url=base)
        return {
            "create": lambda: client.predictions.create(version=version, input=INPUT),
            "get": lambda: client.predictions.get(identifier),
            "run": lambda: client.run(MODEL, input=INPUT),
        }

    if way == "async":
        asyncio.run(serve_async(opened_async))
    else:
        serve_threads(opened)


if __name__ == "__main__":
    main(*sys.argv[1:])
