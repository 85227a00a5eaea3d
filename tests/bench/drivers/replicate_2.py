"""The official Python client 2.x: `python replicate_2.py async|threads BASE VERSION ID`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from measuring import AsyncTasks, Tasks, serve_async, serve_threads
from replicate import AsyncReplicate, Replicate

MODEL, INPUT = "local/hello-world", {"text": "bench"}


def main(way: str, base: str, version: str, identifier: str) -> None:
    @asynccontextmanager
    async def opened_async() -> AsyncIterator[AsyncTasks]:
        async with AsyncReplicate(bearer_token="r8_of_the_bench", base_url=f"{base}/v1") as client:
            yield {
                "create": lambda: client.predictions.create(version=version, input=INPUT),
                "get": lambda: client.predictions.get(prediction_id=identifier),
                "run": lambda: client.run(MODEL, input=INPUT),
            }

    def opened() -> Tasks:
        client = Replicate(bearer_token="r8_of_the_bench", base_url=f"{base}/v1")
        return {
            "create": lambda: client.predictions.create(version=version, input=INPUT),
            "get": lambda: client.predictions.get(prediction_id=identifier),
            "run": lambda: client.run(MODEL, input=INPUT),
        }

    if way == "async":
        asyncio.run(serve_async(opened_async))
    else:
        serve_threads(opened)


if __name__ == "__main__":
    main(*sys.argv[1:])
