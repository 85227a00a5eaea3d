"""Follows the output of a run as it appears: server-sent events, resumed after a cut without loss or repeat.

Replicate's stream ends with exactly one `done`. A connection that ends without it, or with the comment `:408`
(nothing happened for half a minute), or that is silent for longer, is opened again with `Last-Event-ID`.
"""

import json
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Literal, TypeGuard

import httpx
from httpx_sse import EventSource

from replicate_tui.api.calls import Call
from replicate_tui.api.errors import NetworkError, RateLimited, ReplicateError, ServerError, UnexpectedAnswer
from replicate_tui.api.retries import pause
from replicate_tui.api.transport import Transport

Kind = Literal["output", "logs", "error", "done"]

STREAM_TRIES = 5
"""How many connections in a row may bring nothing new before the stream is given up."""

EVENT_LIMIT = 16 * 1024 * 1024
"""The longest event, in bytes: a file may come as a `data:` address, but memory has an end."""

_IDLE = re.compile(rb"[\r\n]:408\b")
_BLANK_LINE = re.compile(rb"(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r)")
_EVENT_STREAM = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream.

    `data` is raw text for "output" and "logs", JSON text for "error" (`{"detail": …}`) and "done"
    (`{"reason": "canceled"}`, `{"reason": "error"}` or `{}`). `id` is opaque: following can go on after it.
    """

    kind: Kind
    data: str
    id: str | None

    @property
    def reason(self) -> str | None:
        """Why: the words of an "error", or what kept a "done" from being a success; None where nothing is said."""
        if self.kind not in {"error", "done"}:
            return None
        try:
            said = json.loads(self.data)
        except (ValueError, RecursionError):
            return self.data or None
        reason = said.get("detail" if self.kind == "error" else "reason") if isinstance(said, dict) else None
        return reason if isinstance(reason, str) and reason else None


@dataclass(slots=True)
class _Position:
    """How far the stream has been handed on, across connections."""

    last_id: str | None
    trackable: bool = True
    earlier: set[str] = field(default_factory=set)
    current: set[str] = field(default_factory=set)

    def is_repeat(self, event: Event) -> bool:
        """Whether an earlier connection brought it: some servers begin anew whatever one asks for."""
        return event.kind in {"output", "logs"} and event.id in self.earlier

    def move(self, event: Event) -> None:
        self.trackable = event.id is not None
        if event.id is not None:
            self.last_id = event.id
            self.current.add(event.id)

    def reconnect(self) -> None:
        self.earlier |= self.current
        self.current = set()


async def events(transport: Transport, call: Call, last_event_id: str | None) -> AsyncGenerator[Event, None]:
    """The events after `last_event_id`, up to and with `done`.

    Raises NetworkError when the stream is lost for good, APIError when the server refuses it,
    UnexpectedAnswer when there is no stream at that address.
    """
    position = _Position(last_event_id)
    if last_event_id is not None:
        position.earlier.add(last_event_id)
    barren = 0
    while True:
        end: ReplicateError = NetworkError(f"Could not {call.doing}: the stream ended early")
        try:
            async with aclosing(_connection(transport, _resuming(call, position.last_id))) as connection:
                async for event in connection:
                    if position.is_repeat(event):
                        continue
                    barren = 0
                    position.move(event)
                    yield event
                    if event.kind == "done":
                        return
        except (NetworkError, ServerError, RateLimited) as cut:
            end = cut
        barren += 1
        wait = pause(barren, end.retry_after if isinstance(end, RateLimited | ServerError) else None)
        if barren >= STREAM_TRIES or wait is None or not position.trackable:
            raise end
        position.reconnect()
        await transport.clock.sleep(wait)


def _resuming(call: Call, last_id: str | None) -> Call:
    headers = {"Accept": _EVENT_STREAM, "Cache-Control": "no-store"}
    if last_id:
        headers["Last-Event-ID"] = last_id
    return replace(call, headers=headers, tries=1)


async def _connection(transport: Transport, call: Call) -> AsyncGenerator[Event, None]:
    """The events of one connection, unknown ones left out."""
    async with transport.open(call) as response:
        content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != _EVENT_STREAM:
            raise UnexpectedAnswer(f"Could not {call.doing}: the server sent no event stream")
        body = _bounded(_until_idle(transport.chunks(call, response)), call.doing)
        source = EventSource(httpx.Response(200, headers={"Content-Type": _EVENT_STREAM}, content=body))
        async with aclosing(source.aiter_sse()) as arrived:
            async for sent in arrived:
                if _is_known(sent.event):
                    yield Event(sent.event, sent.data, sent.id or None)


def _is_known(name: str) -> TypeGuard[Kind]:
    return name in {"output", "logs", "error", "done"}


async def _until_idle(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The bytes up to the comment that says that nothing happens: the server may not hang up itself."""
    tail = b"\n"
    async for chunk in chunks:
        if idle := _IDLE.search(tail + chunk):
            yield chunk[: max(0, idle.start() + 1 - len(tail))]
            return
        tail = (tail + chunk)[-4:]
        yield chunk


async def _bounded(chunks: AsyncIterator[bytes], doing: str) -> AsyncIterator[bytes]:
    """The bytes as they come. Raises UnexpectedAnswer where a line, or an event, does not end within the limit."""
    unfinished = 0
    tail = b""
    async for chunk in chunks:
        seen = tail + chunk
        end = -1
        for blank in _BLANK_LINE.finditer(seen):
            end = blank.end()
        unfinished = unfinished + len(chunk) if end < 0 else len(seen) - end
        if unfinished > EVENT_LIMIT:
            raise UnexpectedAnswer(f"Could not {doing}: the server sent an event that is too large")
        tail = seen[-3:]
        yield chunk
