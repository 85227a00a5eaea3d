"""A network between the program and the local server that does what a test, or a seed, tells it to.

It passes bytes on as they are, and knows only where a request begins and ends: a client sends the next one after the
answer to the last.
"""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from replicate_tui.local.http.allowance import LOW_CREDIT

_LENGTH = re.compile(rb"^content-length:[ \t]*(\d+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Request:
    """One request on its way. `at` is on the monotonic clock; `number` counts those that create runs, from 1."""

    method: str
    path: str
    body: bytes
    at: float
    number: int

    @property
    def creates(self) -> bool:
        """Whether it is to create a run."""
        return self.method == "POST" and self.path.endswith("/predictions")


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to a request instead of passing.

    `cut`: the connection ends before the server has heard of it. `forget`: the server hears of it, and the
    connection ends before its answer. `hold`: it passes after so many seconds. `refuse`: it is answered here, with a
    429 that says to come back after so many seconds, for the reason given.
    """

    kind: Literal["cut", "forget", "hold", "refuse"]
    seconds: float = 0.0
    reason: str = ""


_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

Script = Callable[[Request], Fault | None]
"""What is to happen to a request; None for nothing."""


def low_credit(per_minute: int) -> str:
    """Replicate's sentence for accounts with little credit, with another rate."""
    return LOW_CREDIT.replace("reduced to 6 requests", f"reduced to {per_minute} requests")


class Proxy:
    """The network, at `url`. `seen` are the requests that came, `refused` those of them that were answered here.

    `held` counts those that came and were not passed on.
    """

    def __init__(self, server: str, script: Script) -> None:
        self.url = ""
        self.seen: list[Request] = []
        self.refused: list[Request] = []
        self.script = script
        self.held = 0
        self.passing = asyncio.Event()
        self.passing.set()
        self._closed = False
        self._server = urlsplit(server)
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def creations(self) -> list[Request]:
        """The requests that came to create runs."""
        return [request for request in self.seen if request.creates]

    def silence(self) -> None:
        """Let nothing pass in either way from now on; nobody is told."""
        self.passing.clear()

    async def close(self) -> None:
        """End all connections, and every new one at once."""
        self._closed = True
        dead = list(self._connections)
        for connection in dead:
            connection.cancel()
        await asyncio.gather(*dead, return_exceptions=True)

    def open(self) -> None:
        """Let everything pass again."""
        self._closed = False
        self.passing.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what comes in by one connection, until either side ends it."""
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            if self._closed:
                return
            there = await asyncio.open_connection(self._server.hostname, self._server.port)
            try:
                await _Connection(self, (reader, writer), there).serve()
            finally:
                there[1].close()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # what a cut is
        finally:
            self._connections.discard(task)
            writer.transport.abort()

    def note(self, method: str, path: str, body: bytes) -> Request:
        """A request came."""
        request = Request(method, path, body, time.monotonic(), len(self.creations) + 1)
        self.seen.append(request)
        return request


class _Connection:
    """One connection, as the proxy has it: a program on one side, the server on the other."""

    def __init__(self, proxy: Proxy, program: _Streams, server: _Streams) -> None:
        self._proxy = proxy
        self._from_program, self._to_program = program
        self._from_server, self._to_server = server
        self._forgetting = False

    async def serve(self) -> None:
        ways = [asyncio.create_task(self._pass_requests()), asyncio.create_task(self._pass_answers())]
        try:
            done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in done:
                way.result()
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _pass_requests(self) -> None:
        while True:
            head = await self._from_program.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            body = await self._from_program.readexactly(int(length[1]) if length else 0)
            method, path, _ = head.decode("latin-1").split(" ", 2)
            request = self._proxy.note(method, path, body)
            fault = self._proxy.script(request)
            self._proxy.held += 1
            await self._proxy.passing.wait()
            self._proxy.held -= 1
            if fault is not None and fault.kind == "refuse":
                await self._refuse(request, fault)
                continue
            await self._suffer(fault)
            self._to_server.write(head + body)
            await self._to_server.drain()

    async def _suffer(self, fault: Fault | None) -> None:
        if fault is None:
            return
        if fault.kind == "cut":
            raise ConnectionResetError
        self._forgetting = fault.kind == "forget"
        await asyncio.sleep(fault.seconds)

    async def _refuse(self, request: Request, fault: Fault) -> None:
        self._proxy.refused.append(request)
        wait = f"{fault.seconds:.0f}"
        detail = f"Request was throttled. {fault.reason}Your rate limit resets in ~{wait}s."
        body = json.dumps({"detail": detail, "status": 429, "retry_after": int(wait)}).encode()
        head = f"HTTP/1.1 429 .\r\nContent-Type: application/json\r\nRetry-After: {wait}\r\n"
        self._to_program.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        await self._to_program.drain()

    async def _pass_answers(self) -> None:
        while content := await self._from_server.read(65536):
            await self._proxy.passing.wait()
            if self._forgetting:
                raise ConnectionResetError
            self._to_program.write(content)
            await self._to_program.drain()


@asynccontextmanager
async def proxied(server: str, script: Script = lambda request: None) -> AsyncIterator[Proxy]:
    """A network to the server at that address, for as long as the block lasts."""
    proxy = Proxy(server, script)
    listener = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    try:
        proxy.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        yield proxy
    finally:
        listener.close()
        await proxy.close()
        await listener.wait_closed()
