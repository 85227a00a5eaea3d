"""Routes for the program that starts the server: its health, leases for screens, and its end."""

from __future__ import annotations

import asyncio
import hmac
import os
from collections.abc import AsyncIterator, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from replicate_tui.local.http.answers import JSON
from replicate_tui.local.http.held import HeldResponse
from replicate_tui.local.http.problems import unauthenticated
from replicate_tui.local.http.routing import open_route
from replicate_tui.local.process.presence import Presence


class ControlRoutes:
    """Handlers over the presence. Setting `stopping` ends the server, and with it every lease.

    A `guarded` server accepts one token only.
    """

    def __init__(
        self, presence: Presence, version: str, secret: str, stopping: asyncio.Event, *, guarded: bool
    ) -> None:
        self._presence = presence
        self._version = version
        self._secret = secret
        self._stopping = stopping
        self._guarded = guarded

    def open_routes(self) -> Sequence[BaseRoute]:
        """Their addresses, outside Replicate's API."""
        return [
            open_route("/health", GET=self.health),
            open_route("/lease", GET=self.lease),
            open_route("/shutdown", POST=self.shutdown),
        ]

    async def health(self, request: Request) -> Response:
        """GET /health: who answers, and how many need it."""
        content = {
            "version": self._version,
            "pid": os.getpid(),
            "active": self._presence.active_runs(),
            "screens": self._presence.screens,
            "guarded": self._guarded,
        }
        return JSON(content)

    async def lease(self, request: Request) -> Response:
        """GET /lease: an answer that lasts as long as the client wants the server to."""
        return HeldResponse(self._held(), media_type="text/plain")

    async def shutdown(self, request: Request) -> Response:
        """POST /shutdown: for whoever can read the state file."""
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._secret}".encode()):
            raise unauthenticated(given=bool(given))
        self._stopping.set()
        return JSON({"status": "stopping"}, 202)

    async def _held(self) -> AsyncIterator[bytes]:
        async with self._presence.screen():
            yield b"open\n"
            await self._stopping.wait()
