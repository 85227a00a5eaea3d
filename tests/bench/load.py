"""A load generator that costs little: requests as bytes over kept connections, answers read no further than needed."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import repeat, takewhile

from tests.bench.measured import Measured, Order, spent

LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Target:
    """Where requests go."""

    host: str
    port: int

    def request(self, method: str, path: str, body: bytes = b"") -> bytes:
        """One request as it stands on the wire."""
        head = f"{method} {path} HTTP/1.1\r\nhost: {self.host}:{self.port}\r\nauthorization: Bearer any\r\n"
        head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        return head.encode("ascii") + body


async def volley(
    target: Target,
    request: bytes,
    order: Order,
    limit: float,
    used: Callable[[], float | None] = lambda: None,
) -> Measured:
    """The request, as often as ordered, or for `limit` seconds. `used` tells what the server has cost so far."""
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    connections = [await _opened(loop, target, latencies) for _ in range(order.at_once)]
    began, cpu, before = time.perf_counter(), time.process_time(), used()
    requests = takewhile(lambda _: time.perf_counter() < began + limit, repeat(request, order.count))
    await asyncio.gather(*(connection.ask(requests) for connection in connections))
    took = time.perf_counter() - began, time.process_time() - cpu
    return Measured.of(latencies, *took, spent(before, used()))


async def _opened(loop: asyncio.AbstractEventLoop, target: Target, latencies: list[float]) -> _Asking:
    _, protocol = await loop.create_connection(lambda: _Asking(loop, latencies), target.host, target.port)
    return protocol


class _Asking(asyncio.Protocol):
    """One connection: a request leaves when the answer to the last one is whole."""

    def __init__(self, loop: asyncio.AbstractEventLoop, latencies: list[float]) -> None:
        self._latencies = latencies
        self._ended: asyncio.Future[None] = loop.create_future()
        self._received = b""
        self._lacking: int | None = None
        self._asked = 0.0

    async def ask(self, requests: Iterator[bytes]) -> None:
        """Ask until there is nothing more to ask. Raises ConnectionError for an answer that is no success."""
        self._requests = requests
        self._next()
        try:
            await self._ended
        finally:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._ended.done():
            self._ended.set_exception(ConnectionError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        if self._lacking is None:
            self._received += data
            head, end, body = self._received.partition(b"\r\n\r\n")
            if not end:
                return
            length = LENGTH.search(head)
            if length is None or not head.startswith(b"HTTP/1.1 20"):
                self._ended.set_exception(ConnectionError(self._received.decode("utf-8", "replace")))
                return
            self._lacking, self._received = int(length[1]) - len(body), b""
        else:
            self._lacking -= len(data)
        if self._lacking <= 0:
            self._latencies.append(time.perf_counter() - self._asked)
            self._next()

    def _next(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._ended.set_result(None)
            return
        self._lacking = None
        self._asked = time.perf_counter()
        self._transport.write(request)


class Listener(asyncio.Protocol):
    """One open stream: how many events have come, and the longest time without any, in seconds."""

    def __init__(self, request: bytes) -> None:
        self.begun = asyncio.Event()
        self.events = 0
        self.gap = 0.0
        self._request = request
        self._last = 0.0

    @classmethod
    async def opened(cls, target: Target, path: str) -> Listener:
        """Listening from now on."""
        loop = asyncio.get_running_loop()
        request = target.request("GET", path)
        _, protocol = await loop.create_connection(lambda: cls(request), target.host, target.port)
        return protocol

    def forget(self) -> None:
        """Count anew."""
        self.events, self.gap, self._last = 0, 0.0, time.perf_counter()

    def close(self) -> None:
        """Listen no longer."""
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if count := data.count(b"event: output\n"):
            now = time.perf_counter()
            self.gap = max(self.gap, now - self._last)
            self._last = now
            self.events += count
            self.begun.set()
