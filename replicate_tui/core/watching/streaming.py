"""A run's output as it comes: its stream of server-sent events, joined into the run that the store holds."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from functools import partial

from replicate_tui.api.client import Client
from replicate_tui.api.errors import ReplicateError
from replicate_tui.api.resources import Prediction
from replicate_tui.core.history.runs import Run
from replicate_tui.core.history.store import Store

FLUSH_INTERVAL = 0.1
"""Seconds between two writes of a stream's text to the store."""


class Streams:
    """The streams of the runs that are followed. `ended` is called when one came to its end by itself.

    `bug` is what broke one of them, if that was no trouble with the network.
    """

    def __init__(self, client: Client, store: Store, ended: Callable[[str], None]) -> None:
        self.bug: BaseException | None = None
        self._client = client
        self._store = store
        self._ended = ended
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._done: set[str] = set()

    def __contains__(self, run_id: str) -> bool:
        return run_id in self._tasks

    def see(self, active: frozenset[str]) -> None:
        """These runs are active, and no others."""
        self._done &= active

    def begin(self, run: Run) -> bool:
        """Stream a run if it can be and was not yet; whether that began just now."""
        url = run.prediction.stream_url
        if url is None or run.id in self._tasks or run.id in self._done:
            return False
        task = asyncio.create_task(follow_stream(self._client, self._store, run.id, url))
        self._tasks[run.id] = task
        task.add_done_callback(partial(self._over, run.id))
        return True

    def end(self, run_id: str) -> None:
        """Stream a run no longer; it may begin again."""
        if run_id in self._tasks:
            self._tasks[run_id].cancel()

    async def close(self) -> None:
        """End all of them."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _over(self, run_id: str, task: asyncio.Task[None]) -> None:
        del self._tasks[run_id]
        if not task.cancelled():
            self._done.add(run_id)
            self.bug = self.bug or task.exception()
        self._ended(run_id)


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
