"""A run's output as it comes: its stream of server-sent events, joined into the run that the store holds."""

import asyncio
import contextlib
import time

from replicate_tui.api.client import Client
from replicate_tui.api.errors import ReplicateError
from replicate_tui.api.resources import Prediction
from replicate_tui.core.store import Store

FLUSH_INTERVAL = 0.1
"""Seconds between two writes of a stream's text to the store."""


async def follow_stream(client: Client, store: Store, run_id: str, url: str) -> None:
    """Put what the stream brings into the store until it ends, at most ten times a second.

    A stream that breaks for good just ends: it is a convenience, and whoever fetches the run reports the trouble.
    """
    chunks: list[str] = []
    log: list[str] = []
    came = asyncio.Event()

    async def read() -> None:
        async with contextlib.aclosing(client.predictions.stream(url)) as events:
            async for event in events:
                if event.kind == "done":
                    return
                if event.kind in ("output", "logs"):
                    (chunks if event.kind == "output" else log).append(event.data)
                    came.set()

    async def flush() -> None:
        while True:
            await came.wait()
            came.clear()
            await _put(store, run_id, chunks, "".join(log))
            await asyncio.sleep(FLUSH_INTERVAL)

    try:
        # A group, so that a bug in either ends both and is raised.
        async with asyncio.TaskGroup() as group:
            flusher = group.create_task(flush())
            with contextlib.suppress(ReplicateError):
                await read()
            flusher.cancel()
    finally:
        await _put(store, run_id, chunks, "".join(log))


async def _put(store: Store, run_id: str, chunks: list[str], log: str) -> None:
    run = store.run(run_id)
    if run is None or run.over or not (chunks or log):
        return
    seen = {**run.prediction.raw, "status": "processing", "output": list(chunks) or None}
    if log:
        seen["logs"] = log
    await store.put(Prediction.of(seen), now=time.time())
