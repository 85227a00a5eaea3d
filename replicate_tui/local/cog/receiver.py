"""Hears on loopback how a prediction ended: Cog's answer to a failure leaves the logs out, its webhook does not."""

from __future__ import annotations

import asyncio
import json
import re
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from typing import Any

from replicate_tui.local.storage.records import new_token

LENGTH = re.compile(rb"^content-length: *(\d+)\r$", re.IGNORECASE | re.MULTILINE)

ACCEPTED = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
REFUSED = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Receiver:
    """A listener with an unguessable address, for the run that is expected."""

    def __init__(self) -> None:
        self._token = new_token()
        self._expected: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._server: asyncio.Server | None = None
        self._hearing: dict[asyncio.Task[Any], StreamWriter] = {}

    async def open(self) -> None:
        """Begin to listen at a free port."""
        self._server = await asyncio.start_server(self._hear, "127.0.0.1", 0)

    async def close(self) -> None:
        """Listen no more, to those who are connected neither: one that says nothing may stay for ever."""
        if self._server:
            self._server.close()
            for writer in self._hearing.values():
                writer.transport.abort()
            await asyncio.gather(*self._hearing)
            await self._server.wait_closed()

    def address(self, run_id: str) -> str:
        """Where the end of that run is to be told."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/{self._token}/{run_id}"

    def expect(self, run_id: str) -> asyncio.Future[dict[str, Any]]:
        """The final state of that run, once it is told."""
        return self._expected.setdefault(run_id, asyncio.get_running_loop().create_future())

    def forget(self, run_id: str) -> None:
        """Nobody waits for that run any more."""
        if future := self._expected.pop(run_id, None):
            future.cancel()

    async def _hear(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        assert self._server is not None
        self._hearing[task] = writer
        task.add_done_callback(self._hearing.pop)
        if not self._server.is_serving():
            writer.transport.abort()
        # Whoever hangs up half-way, or speaks something else, has told nothing.
        with suppress(OSError, EOFError, asyncio.LimitOverrunError, ValueError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = LENGTH.search(head)
            body = await reader.readexactly(int(length[1]) if length else 0)
            writer.write(ACCEPTED if self._told(head, body) else REFUSED)
            await writer.drain()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    def _told(self, head: bytes, body: bytes) -> bool:
        method, path, *_ = head.decode("latin-1").split(" ", 2)
        start = f"/{self._token}/"
        future = self._expected.get(path.removeprefix(start))
        if method != "POST" or not path.startswith(start) or future is None or future.done():
            return False
        if not isinstance(told := json.loads(body), dict):
            return False
        future.set_result(told)
        return True
