"""Server-sent events of a run: live, replayed, or resumed after `Last-Event-ID`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from replicate_tui.local.addresses import base_url
from replicate_tui.local.http.held import HeldResponse
from replicate_tui.local.http.problems import not_found
from replicate_tui.local.http.routing import open_route
from replicate_tui.local.marks import absolute
from replicate_tui.local.runner import Runner
from replicate_tui.local.runs import Run
from replicate_tui.local.storage.records import StreamEvent
from replicate_tui.local.storage.storage import Storage
from replicate_tui.local.view import View

GREETING = b": hi\n\n"
KEEP_ALIVE = b": still here\n\n"
KEEP_ALIVE_SECONDS = 20.0

Encode = Callable[[Sequence[StreamEvent]], Awaitable[bytes]]


class StreamRoutes:
    """The handler over the runner (live) and the storage (replayed)."""

    def __init__(self, runner: Runner, storage: Storage, view: View) -> None:
        self._runner = runner
        self._storage = storage
        self._view = view

    def open_routes(self) -> Sequence[BaseRoute]:
        """The address, which is itself the permission to read the stream."""
        return [open_route("/streams/{token}", GET=self.stream)]

    async def stream(self, request: Request) -> Response:
        """GET /streams/{token}."""
        prediction = self._storage.prediction_of_token(request.path_params["token"])
        if prediction is None or not prediction.streams or prediction.data_removed:
            raise not_found()
        position = _after(request.headers.get("last-event-id"))
        address = partial(self._view.file_address, prediction, base_url(request))

        async def encode(events: Sequence[StreamEvent]) -> bytes:
            return await self._view.made(lambda: b"".join(encoded(event, address) for event in events))

        if run := self._runner.active.get(prediction.id):
            events = _live(run, position, encode)
        else:
            events = _replayed(self._storage.events(prediction.id)[position:], encode)
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return HeldResponse(events, media_type="text/event-stream", headers=headers)


async def _live(run: Run, position: int, encode: Encode) -> AsyncIterator[bytes]:
    yield GREETING
    while True:
        events = run.events[position:]
        if events:
            position += len(events)
            yield await encode(events)
        elif run.finished.is_set():
            return
        elif not await _changed(run):
            yield KEEP_ALIVE


async def _changed(run: Run) -> bool:
    try:
        async with asyncio.timeout(KEEP_ALIVE_SECONDS):
            await run.changes.wait()
    except TimeoutError:
        return False
    return True


async def _replayed(events: Sequence[StreamEvent], encode: Encode) -> AsyncIterator[bytes]:
    yield GREETING
    yield await encode(events)


def encoded(event: StreamEvent, address: Callable[[str], str]) -> bytes:
    """One event as it stands in the stream; `address` is where a file of the output is."""
    data = absolute(event.data, address) if event.event == "output" else event.data
    lines = _text(data).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    head = f"event: {event.event}\nid: {event.at}:{event.seq}\n"
    return (head + "".join(f"data: {line}\n" for line in lines) + "\n").encode("utf-8", "replace")


def _text(data: Any) -> str:
    return data if isinstance(data, str) else json.dumps(data)


def _after(last_event_id: str | None) -> int:
    """Where to go on; an id that is none of ours begins anew."""
    _, _, seq = (last_event_id or "").rpartition(":")
    return int(seq) + 1 if seq.isascii() and seq.isdigit() and len(seq) < 19 else 0
