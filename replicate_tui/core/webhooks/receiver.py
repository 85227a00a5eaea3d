"""Receives webhooks: an HTTP server that lets in what Replicate signed, keeps it, and hands it on.

It answers as soon as a webhook is proven and kept; whatever is done with it is done afterwards.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import Final

import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from replicate_tui.api import webhooks
from replicate_tui.api.errors import Untrusted
from replicate_tui.core.webhooks.events import RELAYED, Arrived, kept_headers

BODY_LIMIT: Final = 16 * 1024 * 1024
"""The longest body that is read, in bytes."""
BODY_SECONDS: Final = 20.0
"""How long a body may take to arrive."""
MOST_WAITING: Final = 1_000
"""How many webhooks may wait to be taken: more are asked to come again."""
MOST_AT_ONCE: Final = 100
"""How many connections there may be."""
CLOSING_SECONDS: Final = 1
BACKLOG: Final = 128

Keep = Callable[[Arrived], Arrived]
"""Writes a proven webhook down; may raise OSError."""


class Receiver:
    """What arrives, proven or not, in `arrivals`; what is proven was kept before.

    `secret` is what they are signed with. `keep` is called in a thread of its own. `forward_to` is noted with what
    is kept. Why a webhook could not be kept is in `trouble`, "" as long as all could.
    """

    def __init__(self, secret: SecretStr, keep: Keep, *, forward_to: str = "") -> None:
        webhooks.sign(b"", secret, id="msg", timestamp=0)  # a secret that is none is told now
        self.arrivals: asyncio.Queue[Arrived] = asyncio.Queue(MOST_WAITING)
        self.trouble = ""
        self.app = Starlette(routes=[Route("/{path:path}", self._receive, methods=["POST"])])
        self._secret = secret
        self._keep = keep
        self._forward_to = forward_to
        self._keeping = asyncio.Lock()

    async def _receive(self, request: Request) -> Response:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _body(request)
        except ClientDisconnect:
            return _said(400, "the body is not whole")
        except TimeoutError:
            return _said(408, "the body took too long")
        if body is None:
            return _said(413, f"a webhook has at most {BODY_LIMIT:,} bytes")
        event = self._judged(request, body)
        if self.arrivals.full():
            return _said(503, "too many webhooks wait; send it again later")
        if event.verified:
            event = await self._kept(event)
        with contextlib.suppress(asyncio.QueueFull):  # it is kept, and that is what was promised
            self.arrivals.put_nowait(event)
        return _said(200, "received") if event.verified else _said(401, event.problem)

    def _judged(self, request: Request, body: bytes) -> Arrived:
        event = Arrived(
            headers=kept_headers(request.headers),
            body=body,
            received_at=time.time(),
            query=request.url.query,
            relayed=RELAYED in request.headers,
            forwarded_to=self._forward_to,
        )
        try:
            webhooks.verify(event.headers, body, self._secret)
        except Untrusted as error:
            return replace(event, reason=error.reason, problem=str(error))
        return event

    async def _kept(self, event: Arrived) -> Arrived:
        """One after the other: of two that are the same the second is known."""
        async with self._keeping:
            try:
                return await asyncio.to_thread(self._keep, event)
            except OSError as error:
                self.trouble = f"a webhook could not be kept: {error.strerror or error}"
                return event


@contextlib.asynccontextmanager
async def listening(receiver: Receiver, host: str, port: int) -> AsyncIterator[str]:
    """Receive at this address for as long as the block lasts; it gives the address. Port 0 takes a free one.

    Raises:
        OSError: the address cannot be had.
    """
    with _listener(host, port) as listener:
        server = _Server(receiver.app)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            shown = f"[{host}]" if ":" in host else host
            yield f"http://{shown}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


async def _body(request: Request) -> bytes | None:
    """The body, None where it is too long; no more of it is read than there may be."""
    told = request.headers.get("content-length", "")
    if told.isdecimal() and (len(told) > len(str(BODY_LIMIT)) or int(told) > BODY_LIMIT):
        return None
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > BODY_LIMIT:
            return None
    return bytes(content)


def _said(status: int, sentence: str) -> Response:
    return PlainTextResponse(f"{sentence}\n", status)


class _Server(uvicorn.Server):
    """uvicorn, leaving the signals to whoever began it."""

    def __init__(self, app: Starlette) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="error",
                access_log=False,
                server_header=False,
                limit_concurrency=MOST_AT_ONCE,
                timeout_graceful_shutdown=CLOSING_SECONDS,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
