"""A server inside the test that answers everything with one body, and remembers the requests."""

import json
from typing import Any

import httpx

from replicate_tui.api.client import Client
from tests.clocks import LeapingClock


class Server:
    """The server."""

    def __init__(self, body: object, status: int = 200) -> None:
        self.body = body
        self.status = status
        self.requests: list[httpx.Request] = []

    async def answer(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        return httpx.Response(self.status, content=json.dumps(self.body))

    def client(self) -> Client:
        transport = httpx.MockTransport(self.answer)
        return Client("https://api.replicate.com", "r8_secret", transport=transport, clock=LeapingClock().clock)

    @property
    def sent(self) -> Any:
        """The JSON of the last request."""
        return json.loads(self.requests[-1].content)
