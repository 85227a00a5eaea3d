"""A server that answers as a Cog server does, but for what a test makes strange about it."""

from __future__ import annotations

import asyncio
import json
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from typing import Any

SCHEMA: dict[str, Any] = {
    "paths": {"/predictions": {"post": {"x-cog-streaming": True}}},
    "components": {
        "schemas": {
            "Input": {"type": "object", "properties": {"text": {"type": "string"}}},
            "Output": {"type": "array", "items": {"type": "string"}, "x-cog-array-type": "iterator"},
        }
    },
}

Answer = tuple[int, Any]
"""A status and what is sent as JSON; bytes are events."""

DONE: Answer = (200, {"status": "succeeded", "output": ["one", "two"], "logs": "first\nsecond\n"})


@dataclass
class StrangeServer:
    """What it answers: `look` to whoever looks at the run, and once that was read `end` to the run itself.

    Where there is no `end` it hangs up. `healths` are told in turn, the last one ever after.
    """

    look: Answer = (404, {})
    end: list[Answer] = field(default_factory=lambda: [DONE])
    healths: list[Any] = field(default_factory=lambda: [{"status": "READY"}])
    schema: Any = field(default_factory=lambda: SCHEMA)
    url: str = ""
    heads: list[str] = field(default_factory=list)
    connections: list[asyncio.Task[Any]] = field(default_factory=list)
    looked_at: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[StrangeServer]:
        """Serve on loopback for as long as the block lasts."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with server:
            self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            yield self
        self.looked_at.set()
        await asyncio.gather(*self.connections)

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.connections.append(task)
        # Whoever is canceled goes in the midst of a request.
        with closing(writer), suppress(EOFError, OSError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            self.heads.append(head)
            length = int(head.partition("content-length: ")[2].partition("\r")[0] or 0)
            body = json.loads(await reader.readexactly(length) or b"null")
            if answer := await self._answer(head, body):
                writer.write(_written(*answer))
                # The end of what the client says is its going: it has read all that it wanted to.
                await reader.read()
            if body == {"input": 0}:
                self.looked_at.set()

    async def _answer(self, head: str, body: Any) -> Answer | None:
        match head.split(" ")[1]:
            case "/health-check":
                return 200, self.healths.pop(0) if len(self.healths) > 1 else self.healths[0]
            case "/openapi.json":
                return 200, self.schema
            case "/":
                return 200, {"cog_version": "0.23.1"}
            case _ if body == {"input": 0}:
                return self.look
            case _:
                await self.looked_at.wait()
                return self.end.pop(0) if self.end else None


def _written(status: int, value: Any) -> bytes:
    if isinstance(value, bytes):
        return f"HTTP/1.1 {status} Said\r\nContent-Type: text/event-stream\r\n\r\n".encode() + value
    content = json.dumps(value).encode()
    return f"HTTP/1.1 {status} Said\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n".encode() + content
