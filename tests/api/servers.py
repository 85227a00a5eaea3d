"""A server inside the test that answers every request with one function or body."""

import json
from collections.abc import Callable

import httpx

from replicate_tui.api.client import Client
from tests.clocks import LeapingClock

TOKEN = "r8_secret"
ID = "k7x2m9qd5rrm80cn4wf9t0a6zc"
RUN = {"id": ID, "status": "starting"}
MODEL = {"owner": "acme", "name": "x"}

Route = Callable[[httpx.Request], httpx.Response]


class Server:
    """Answers every request with one function or body, and remembers the requests."""

    def __init__(self, route: Route | object) -> None:
        self.route: Route = route if callable(route) else lambda _: httpx.Response(200, content=json.dumps(route))
        self.requests: list[httpx.Request] = []

    async def answer(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        return self.route(request)

    @property
    def asked(self) -> str:
        """The last request's method, path and query."""
        request = self.requests[-1]
        return f"{request.method} {request.url.raw_path.decode()}"


def client(server: Server, base_url: str = "https://api.replicate.com") -> Client:
    return Client(base_url, TOKEN, transport=httpx.MockTransport(server.answer), clock=LeapingClock().clock)
