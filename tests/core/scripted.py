"""An HTTP server on loopback whose answers a test scripts, and a history that it can be asked about."""

import asyncio
import inspect
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from replicate_tui.api.client import Client
from replicate_tui.core.history.database import Database, Scope
from replicate_tui.core.history.store import Store
from tests.clocks import LeapingClock

SCOPE = Scope("api.test", "acme")
TOKEN = "r8_of_the_script"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, and when it came on the monotonic clock."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Said:
    """A whole answer. `length` is what its head claims, when that is not so."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None


HANG_UP = None
Reply = Said | AsyncIterator[bytes] | None
"""A whole answer, a body in pieces, or the end of the connection."""
Script = Callable[[Asked], Reply | Awaitable[Reply]]


def says(document: object, status: int = 200, **headers: str) -> Said:
    """A JSON answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Said(json.dumps(document).encode(), status, {"Content-Type": "application/json", **named})


def problem(status: int, detail: str = "no", **headers: str) -> Said:
    """The API's error object."""
    return says({"detail": detail, "status": status}, status, **headers)


def event(kind: str, data: str, number: int) -> bytes:
    """One server-sent event."""
    return f"event: {kind}\nid: 1:{number}\ndata: {data}\n\n".encode()


class Scripted:
    """The server. `script` may be set anew at any time."""

    def __init__(self) -> None:
        self.script: Script = lambda asked: problem(404)
        self.asked: list[Asked] = []
        self.open = 0
        self.most_open = 0
        self.port = 0
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def paths(self, begin: str = "") -> list[str]:
        """The paths asked for, of those that begin so."""
        return [asked.path for asked in self.asked if asked.path.startswith(begin)]

    async def start(self) -> None:
        """Listen, on the same port as before."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse connections and drop those that are open."""
        if self._server is not None:
            self._server.close()
            for task in self._connections:
                task.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)
            await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._answer(await _read(reader), reader, writer)
        finally:
            self.open -= 1
            self._connections.discard(task)
            writer.close()

    async def _answer(self, asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append(asked)
        reply = self.script(asked)
        if inspect.isawaitable(reply):
            reply = await reply
        if reply is None:
            return
        if isinstance(reply, Said):
            length = len(reply.body) if reply.length is None else reply.length
            writer.write(_head(reply.status, {**reply.headers, "Content-Length": str(length)}) + reply.body)
            await writer.drain()
            return
        writer.write(_head(200, {"Content-Type": "text/event-stream"}))
        left = asyncio.create_task(reader.read())
        pieces = asyncio.create_task(_send(reply, writer))
        try:
            await asyncio.wait({left, pieces}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            left.cancel()
            pieces.cancel()
            await asyncio.gather(left, pieces, return_exceptions=True)


async def _send(pieces: AsyncIterator[bytes], writer: asyncio.StreamWriter) -> None:
    async for piece in pieces:
        writer.write(piece)
        await writer.drain()


async def _read(reader: asyncio.StreamReader) -> Asked:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, target, _ = lines[0].split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:] if line)}
    body = await _body(reader, headers)
    parts = urlsplit(target)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return Asked(method, parts.path, query, headers, body, time.monotonic())


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding") != "chunked":
        return await reader.readexactly(int(headers.get("content-length", "0")))
    body = b""
    while size := int(await reader.readline(), 16):
        body += (await reader.readexactly(size + 2))[:size]
    await reader.readline()
    return body


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} .", *(f"{name}: {value}" for name, value in headers.items()), "Connection: close"]
    return "\r\n".join([*lines, "", ""]).encode()


@asynccontextmanager
async def scripted(script: Script | None = None) -> AsyncIterator[Scripted]:
    """A server that plays the script."""
    server = Scripted()
    if script is not None:
        server.script = script
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def asking(server: Scripted) -> AsyncIterator[Client]:
    """A client of the server, which does not wait between its tries."""

    async with Client(server.url, TOKEN, clock=LeapingClock().clock) as client:
        yield client


@asynccontextmanager
async def opened(path: Path, scope: Scope = SCOPE) -> AsyncIterator[Store]:
    """The store on a history file."""
    database = Database.open(path)
    try:
        yield Store(database, scope)
    finally:
        await database.close()


def run_object(run_id: str, status: str = "processing", **values: Any) -> dict[str, Any]:
    """A prediction as the API tells it."""
    ended = {"completed_at": "2026-01-02T03:04:08Z"} if status in ("succeeded", "failed", "canceled") else {}
    return {
        "id": run_id,
        "model": "acme/painter",
        "version": "hidden",
        "input": {"prompt": "a heron"},
        "status": status,
        "created_at": "2026-01-02T03:04:05Z",
        "urls": {},
        **ended,
        **values,
    }


@dataclass
class History:
    """Runs that a script tells of: singly with their logs, and on pages without."""

    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    pages: list[list[str]] = field(default_factory=lambda: [[]])

    def put(self, *objects: dict[str, Any]) -> None:
        """Have the API know these runs; new ones are on page one."""
        for each in objects:
            if each["id"] not in self.runs:
                self.pages[0].append(each["id"])
            self.runs[each["id"]] = each

    def __call__(self, asked: Asked) -> Reply:
        if asked.path == "/v1/predictions":
            return self._page(int(asked.query.get("cursor", "0")))
        run = self.runs.get(asked.path.rpartition("/")[2])
        return problem(404, "The requested resource could not be found.") if run is None else says(run)

    def _page(self, number: int) -> Said:
        items = [{key: value for key, value in self.runs[each].items() if key != "logs"} for each in self.pages[number]]
        more = number + 1 < len(self.pages)
        following = f"https://api.test/v1/predictions?cursor={number + 1}" if more else None
        return says({"previous": None, "next": following, "results": items})
