"""The client of this program: `python ours.py async BASE VERSION ID`. Every driver has the same tasks."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from measuring import AsyncTasks, serve_async

from replicate_tui.api.client import Client
from replicate_tui.api.limits import UNPUBLISHED, Buckets

MODEL, INPUT = "local/hello-world", {"text": "bench"}


def main(way: str, base: str, version: str, identifier: str) -> None:
    # As the program itself does it: at a server of this machine nobody has to keep to Replicate's published limits.
    @asynccontextmanager
    async def opened() -> AsyncIterator[AsyncTasks]:
        async with Client(base, "r8_of_the_bench", limiter=Buckets(rates=UNPUBLISHED)) as client:

            async def run() -> None:
                ended = await client.predictions.wait(await client.predictions.create(MODEL, INPUT, wait=60))
                assert ended.status == "succeeded", ended

            yield {
                "create": lambda: client.predictions.create(version, INPUT),
                "get": lambda: client.predictions.get(identifier),
                "run": run,
            }

    assert way == "async", way
    asyncio.run(serve_async(opened))


if __name__ == "__main__":
    main(*sys.argv[1:])
