"""A server inside the test that plays one step after the other."""

from collections.abc import Callable

import httpx

from replicate_tui.api.client import Client
from tests.clocks import LeapingClock

TOKEN = "r8_verysecretverysecretverysecretverysec"
ID = "k7x2m9qd5rrm80cn4wf9t0a6zc"
RUN = {"id": ID, "status": "starting"}
FILE = {"id": "f1", "name": "a.txt"}

Step = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class Server:
    """Plays one step per request and remembers what was asked; the last step repeats."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.requests: list[httpx.Request] = []
        self.time = LeapingClock()

    @property
    def pauses(self) -> list[float]:
        return self.time.pauses

    async def answer(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if isinstance(step, Exception):
            raise step
        if callable(step):
            return step(request)
        return httpx.Response(step.status_code, headers=step.headers, content=step.content)

    def client(self, base_url: str = "https://api.replicate.com", token: str | None = TOKEN) -> Client:
        return Client(base_url, token, transport=httpx.MockTransport(self.answer), clock=self.time.clock)


def ok(body: object = RUN) -> httpx.Response:
    return httpx.Response(200, json=body)


def problem(status: int, detail: str = "no", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json={"detail": detail, "status": status}, headers=named)


HTML = httpx.Response(502, html="<html><title>Bad gateway</title></html>")
CUTS: list[httpx.RequestError] = [
    httpx.ReadError("cut"),
    httpx.WriteError("cut"),
    httpx.ReadTimeout("slow"),
    httpx.WriteTimeout("slow"),
    httpx.RemoteProtocolError("Server disconnected without sending a response."),
    httpx.DecodingError("bad gzip"),
]
UNSENT: list[httpx.RequestError] = [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow")]


def named(error: Exception) -> str:
    return type(error).__name__
