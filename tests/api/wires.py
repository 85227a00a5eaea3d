"""A server on loopback that plays replies byte by byte: cut, slow, split anywhere."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from replicate_tui.api.client import Client
from replicate_tui.api.patience import Patience
from tests.clocks import LeapingClock

TOKEN = "r8_secret"
ID = "k7x2m9qd5rrm80cn4wf9t0a6zc"
DRIP = 0.02
"""Seconds between two pieces of a body that never ends."""

RUN = json.dumps({"id": ID, "status": "starting"}).encode()


@dataclass(frozen=True, slots=True)
class Request:
    """What one connection asked."""

    line: str
    headers: dict[str, str]
    body: bytes


Reply = Callable[[asyncio.StreamWriter], Awaitable[bool]]
"""Sends something; true to hang up then."""


@dataclass(slots=True)
class Wire:
    """A server that plays one reply per connection, the last one for ever; a path may have replies of its own."""

    replies: Sequence[Reply]
    paths: dict[str, list[Reply]] = field(default_factory=dict)
    port: int = 0
    requests: list[Request] = field(default_factory=list)
    time: LeapingClock = field(default_factory=LeapingClock)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await read_request(reader)
            reply = self.reply(request.line.split(" ")[1].partition("?")[0])
            self.requests.append(request)
            if await reply(writer):
                writer.write_eof()
            await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client left first
        finally:
            self.left.set()
            writer.close()

    def reply(self, path: str) -> Reply:
        """What the next request of a path gets."""
        if own := self.paths.get(path):
            return own.pop(0) if len(own) > 1 else own[0]
        return self.replies[min(len(self.requests), len(self.replies) - 1)]

    @property
    def asked(self) -> list[str]:
        """The requests' methods and paths."""
        return [request.line.removesuffix(" HTTP/1.1") for request in self.requests]

    @property
    def pauses(self) -> list[float]:
        return self.time.pauses

    def client(self, patience: Patience | None = None) -> Client:
        return Client(self.url, TOKEN, clock=self.time.clock, patience=patience)


async def read_request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(head[0], headers, body)


@asynccontextmanager
async def wire(*replies: Reply) -> AsyncIterator[Wire]:
    played = Wire(replies)
    server = await asyncio.start_server(played.connected, "127.0.0.1", 0)
    played.port = server.sockets[0].getsockname()[1]
    async with server:
        yield played


def sends(*parts: bytes) -> Reply:
    async def reply(writer: asyncio.StreamWriter) -> bool:
        for part in parts:
            writer.write(part)
            await writer.drain()
        return True

    return reply


def resets(*parts: bytes) -> Reply:
    async def reply(writer: asyncio.StreamWriter) -> bool:
        await sends(*parts)(writer)
        writer.transport.abort()
        return False

    return reply


def holds(*parts: bytes) -> Reply:
    """Sends, and then says nothing until the client leaves."""

    async def reply(writer: asyncio.StreamWriter) -> bool:
        await sends(*parts)(writer)
        return False

    return reply


def drips(*parts: bytes) -> Reply:
    """Sends, and then a blank every now and then until the client leaves: never silent, never done."""

    async def reply(writer: asyncio.StreamWriter) -> bool:
        await sends(*parts)(writer)
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.Event().wait(), DRIP)
            await sends(b" ")(writer)

    return reply


def answer(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body
