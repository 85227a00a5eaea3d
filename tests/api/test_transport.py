"""What the transport promises: to whom the token goes, what is repeated, how long anything may take."""

import json
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.connections import open_http
from replicate_tui.api.errors import (
    APIError,
    InvalidInput,
    Misconfigured,
    NetworkError,
    RateLimited,
    ServerError,
    UnexpectedAnswer,
    UnknownFate,
)
from replicate_tui.api.retries import pause
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


# What is repeated


@pytest.mark.parametrize("step", [problem(429), problem(502), problem(503), problem(504), HTML])
async def test_reading_is_repeated_after_a_passing_refusal(step: httpx.Response) -> None:
    server = Server(step, step, step, ok())
    async with server.client() as client:
        assert (await client.predictions.get(ID)).id == ID
    assert len(server.requests) == 4
    assert len(server.pauses) == (6 if step.status_code == 429 else 3)  # the limiter waits for what is left


async def test_a_throttling_that_names_no_time_lasts_longer_each_time() -> None:
    server = Server(problem(429), problem(429), problem(429), ok())
    async with server.client() as client:
        await client.predictions.get(ID)
    assert server.time.moment == pytest.approx(1 + 2 + 4)


@pytest.mark.parametrize("cut", CUTS + UNSENT, ids=named)
async def test_reading_is_repeated_after_a_network_error(cut: Exception) -> None:
    server = Server(cut, ok())
    async with server.client() as client:
        assert (await client.predictions.get(ID)).id == ID
    assert len(server.requests) == 2


@pytest.mark.parametrize("cut", CUTS + UNSENT, ids=named)
async def test_reading_gives_up_after_four_tries(cut: Exception) -> None:
    server = Server(cut)
    async with server.client() as client:
        with pytest.raises(NetworkError, match=r"Could not read the prediction .*api\.replicate\.com") as caught:
            await client.predictions.get(ID)
    assert not isinstance(caught.value, UnknownFate)
    assert len(server.requests) == 4


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 409, 413, 422, 500, 501])
async def test_a_final_refusal_is_not_repeated(status: int) -> None:
    server = Server(problem(status))
    async with server.client() as client:
        with pytest.raises(APIError, match=str(status)):
            await client.predictions.get(ID)
    assert len(server.requests) == 1
    assert server.pauses == []


@pytest.mark.parametrize("cut", CUTS, ids=named)
async def test_a_lost_answer_to_a_creation_is_an_unknown_fate_and_never_repeated(cut: Exception) -> None:
    server = Server(cut)
    async with server.client() as client:
        with pytest.raises(UnknownFate, match="It may have happened"):
            await client.predictions.create("acme/x", {})
    assert len(server.requests) == 1


@pytest.mark.parametrize("cut", CUTS, ids=named)
async def test_a_lost_answer_to_an_upload_is_an_unknown_fate(cut: Exception, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    server = Server(cut)
    async with server.client() as client:
        with pytest.raises(UnknownFate):
            await client.files.create(tmp_path / "a.txt")
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [502, 504, 520, 524])
@pytest.mark.parametrize("body", [b"<html>oops</html>", b"", b"upstream timed out", b"[1]"])
async def test_a_gateway_that_lost_the_answer_leaves_an_unknown_fate(status: int, body: bytes) -> None:
    server = Server(httpx.Response(status, content=body))
    async with server.client() as client:
        with pytest.raises(UnknownFate, match=str(status)):
            await client.predictions.create("acme/x", {})
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_creation_that_the_api_itself_refuses_is_refused(status: int) -> None:
    server = Server(problem(status, "Something is broken"))
    async with server.client() as client:
        with pytest.raises(ServerError, match="Something is broken"):
            await client.predictions.create("acme/x", {})
    assert len(server.requests) == 1


@pytest.mark.parametrize("unsent", UNSENT, ids=named)
async def test_a_creation_is_repeated_when_no_connection_came_about(unsent: Exception) -> None:
    server = Server(unsent, unsent, ok())
    async with server.client() as client:
        assert (await client.predictions.create("acme/x", {"a": 1})).id == ID
    assert len({request.content for request in server.requests}) == 1
    assert len(server.requests) == 3


@pytest.mark.parametrize("unsent", [*UNSENT, httpx.PoolTimeout("full"), httpx.ProxyError("407")], ids=named)
async def test_a_creation_that_never_left_is_a_plain_network_error(unsent: Exception) -> None:
    server = Server(unsent)
    async with server.client() as client:
        with pytest.raises(NetworkError) as caught:
            await client.predictions.create("acme/x", {})
    assert not isinstance(caught.value, UnknownFate)


async def test_a_throttled_creation_is_repeated_as_often_as_asked_for() -> None:
    server = Server(problem(429, retry_after="10"), problem(429, "resets in ~5s."), ok())
    async with server.client() as client:
        await client.predictions.create("acme/x", {})
    assert 10 <= server.pauses[0] <= 11
    assert 5 <= server.pauses[1] <= 6.5


async def test_a_throttled_upload_sends_the_whole_file_again(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"content" * 50_000)
    server = Server(problem(429), ok(FILE))
    async with server.client() as client:
        await client.files.create(tmp_path / "a.txt")
    first, second = (request.content for request in server.requests)
    assert len(first) == len(second) > 350_000
    assert second.count(b"content") > 50_000


async def test_canceling_is_repeated_because_it_is_harmless_twice() -> None:
    server = Server(httpx.ReadError("cut"), problem(503), ok())
    async with server.client() as client:
        await client.predictions.cancel(ID)
    assert [request.method for request in server.requests] == ["POST"] * 3


async def test_a_canceling_whose_answer_is_lost_created_nothing() -> None:
    server = Server(httpx.ReadError("cut"))
    async with server.client() as client:
        with pytest.raises(NetworkError) as caught:
            await client.predictions.cancel(ID)
    assert type(caught.value) is NetworkError


async def test_a_longer_wait_than_a_minute_is_left_to_the_caller() -> None:
    server = Server(problem(429, retry_after="61"))
    async with server.client() as client:
        with pytest.raises(RateLimited) as caught:
            await client.predictions.get(ID)
    assert caught.value.retry_after == 61
    assert server.pauses == []


async def test_a_minute_is_honoured() -> None:
    server = Server(problem(429, retry_after="60"), ok())
    async with server.client() as client:
        await client.predictions.get(ID)
    assert server.pauses[0] >= 60


async def test_the_last_error_is_the_one_that_is_raised() -> None:
    server = Server(httpx.ReadError("cut"), problem(503), httpx.ReadError("cut"), problem(504, "too slow"))
    async with server.client() as client:
        with pytest.raises(ServerError, match="too slow"):
            await client.predictions.get(ID)


def test_pauses_are_jittered_and_bounded() -> None:
    first = {pause(1) for _ in range(50)}
    assert len(first) > 1
    for tries, longest in ((1, 0.5), (2, 1.0), (3, 2.0), (20, 8.0)):
        waits = [wait for wait in (pause(tries) for _ in range(200)) if wait is not None]
        assert len(waits) == 200
        assert 0 <= min(waits) <= max(waits) <= longest


# How long anything may take


@pytest.mark.parametrize(
    ("ask", "read"),
    [
        (lambda client: client.predictions.get(ID), 30),
        (lambda client: client.predictions.create("a/b", {}), 30),
        (lambda client: client.predictions.create("a/b", {}, wait=60), 75),
        (lambda client: client.predictions.create("a/b", {}, wait=1), 16),
    ],
)
async def test_each_operation_has_its_patience(ask: Callable[[Client], Any], read: float) -> None:
    server = Server(ok())
    async with server.client() as client:
        await ask(client)
    timeout = server.requests[0].extensions["timeout"]
    assert (timeout["connect"], timeout["read"]) == (10, read)


async def test_uploads_and_streams_are_given_time(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    server = Server(ok(FILE), httpx.Response(404))
    async with server.client() as client:
        await client.files.create(tmp_path / "a.txt")
        with pytest.raises(APIError):
            await anext(client.predictions.stream("https://stream.replicate.com/v1/x"))
    upload, stream = (request.extensions["timeout"] for request in server.requests)
    assert (upload["connect"], upload["read"], upload["write"]) == (10, 300, 300)
    assert (stream["connect"], stream["read"]) == (10, 90)


# Whom the token goes to


async def token_sent_to(url: str, base: str) -> bool:
    server = Server(httpx.Response(200, content=b"x"))
    async with server.client(base) as client, client.download(url) as download:
        assert download.status == 200
    sent: str | None = server.requests[0].headers.get("authorization")
    return sent == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://api.replicate.com/v1/files/x/download", True),
        ("https://API.replicate.com:443/x", True),
        ("https://replicate.delivery/xezq/a.png", True),
        ("https://pbxt.replicate.delivery/a.png", True),
        ("https://replicate.com/a.png", True),
        ("http://api.replicate.com/v1/files/x", False),
        ("https://api.replicate.com:8443/x", False),
        ("http://replicate.delivery/a.png", False),
        ("https://replicate.delivery:444/a.png", False),
        ("https://replicate.delivery.evil.example/a.png", False),
        ("https://evilreplicate.delivery/a.png", False),
        ("https://replicate.delivery@evil.example/a.png", False),
        ("https://evil.example/a.png", False),
        ("https://evil.example/?x=replicate.delivery", False),
    ],
)
async def test_the_token_goes_to_replicate_only(url: str, sent: bool) -> None:
    assert await token_sent_to(url, "https://api.replicate.com/v1") is sent


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("http://127.0.0.1:8123/v1/files/x", True),
        ("http://127.0.0.1:8124/v1/files/x", False),
        ("https://127.0.0.1:8123/x", False),
        ("http://localhost:8123/x", False),
        ("https://replicate.delivery/xezq/a.png", False),
        ("https://api.replicate.com/v1/files/x/download", False),
    ],
)
async def test_the_token_goes_to_the_very_server_at_the_base_url(url: str, sent: bool) -> None:
    assert await token_sent_to(url, "http://127.0.0.1:8123") is sent


async def test_a_stream_elsewhere_gets_no_token() -> None:
    server = Server(httpx.Response(404))
    async with server.client() as client:
        for url in ("https://stream.replicate.com/v1/files/a", "https://replicate.delivery/a"):
            with pytest.raises(APIError):
                await anext(client.predictions.stream(url))
    assert not any("authorization" in request.headers for request in server.requests)


async def test_without_a_token_none_is_sent() -> None:
    for token in (None, "", "  "):
        server = Server(ok())
        async with server.client(token=token) as client:
            await client.predictions.get(ID)
        assert "authorization" not in server.requests[0].headers


async def test_a_download_follows_redirects_and_leaves_the_token_behind() -> None:
    def redirect(target: str) -> httpx.Response:
        return httpx.Response(302, headers={"location": target})

    server = Server(
        redirect("https://replicate.delivery/b"),
        redirect("https://cdn.example/c"),
        redirect("/d"),
        httpx.Response(200, content=b"x"),
    )
    async with server.client() as client, client.download("https://api.replicate.com/v1/a") as download:
        assert [chunk async for chunk in download.chunks()] == [b"x"]
    assert [str(request.url) for request in server.requests] == [
        "https://api.replicate.com/v1/a",
        "https://replicate.delivery/b",
        "https://cdn.example/c",
        "https://cdn.example/d",
    ]
    assert ["authorization" in request.headers for request in server.requests] == [True, True, False, False]


async def test_a_download_does_not_follow_redirects_for_ever() -> None:
    server = Server(httpx.Response(302, headers={"location": "https://cdn.example/again"}))
    async with server.client() as client:
        with pytest.raises(APIError, match="redirects"):
            async with client.download("https://replicate.delivery/a"):
                pass
    assert len(server.requests) == 6


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://replicate.delivery/a", "http://[", "https://:x/"])
async def test_a_download_follows_no_odd_redirects(target: str) -> None:
    server = Server(httpx.Response(302, headers={"location": target}))
    async with server.client() as client:
        with pytest.raises((NetworkError, APIError)):
            async with client.download("https://replicate.delivery/a"):
                pass
    assert all(request.url.host == "replicate.delivery" for request in server.requests)


@pytest.mark.parametrize("target", ["https://evil.example/v1/account", "https://api.replicate.com/v1/elsewhere"])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_calls_of_the_api_follow_no_redirect(status: int, target: str) -> None:
    server = Server(httpx.Response(status, headers={"location": target}))
    async with server.client() as client:
        with pytest.raises(APIError, match="redirects to") as caught:
            await client.account()
        with pytest.raises(APIError):
            await client.predictions.create("a/b", {})
    assert caught.value.status == status
    assert len(server.requests) == 2


# What is seen of the token


async def test_the_token_appears_in_no_repr_and_no_error() -> None:
    def echo(request: httpx.Request) -> httpx.Response:
        return httpx.Response(400, json={"detail": f"you sent {request.headers['authorization']}"})

    client = Server(echo).client()
    async with client:
        with pytest.raises(InvalidInput) as caught:
            await client.account()
    shown = [repr(client), str(client), repr(caught.value), str(caught.value), caught.value.detail]
    shown += [repr(part) for part in vars(client).values()]
    shown += [repr(part) for part in vars(client._transport).values()]
    shown += traceback.format_exception(caught.value)
    assert not [text for text in shown if TOKEN in text]
    assert "[token]" in caught.value.detail


def frames_locals(error: BaseException) -> Iterator[str]:
    """What a crash report with local variables would show."""
    seen: BaseException | None = error
    while seen is not None:
        for frame, _ in traceback.walk_tb(seen.__traceback__):
            if "replicate_tui" in frame.f_code.co_filename or "httpx" in frame.f_code.co_filename:
                yield from (repr(value) for value in frame.f_locals.values())
        seen = None if seen.__suppress_context__ else seen.__cause__ or seen.__context__


@pytest.mark.parametrize("step", [problem(401), httpx.ReadError("cut"), ok({"id": 3})])
async def test_the_token_appears_in_no_crash_report(step: Step) -> None:
    server = Server(step)
    async with server.client() as client:
        for ask in (client.predictions.get(ID), client.predictions.create("a/b", {})):
            with pytest.raises((APIError, NetworkError, UnexpectedAnswer)) as caught:
                await ask
            assert not [text for text in frames_locals(caught.value) if TOKEN in text]


@pytest.mark.parametrize("token", [f"{TOKEN}\nX: y", "r8_“quoted”", "r8 blank", "\x1b[31m"])
def test_a_token_that_no_header_can_carry_is_refused_without_showing_it(token: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        Client("https://api.replicate.com", token)
    assert token not in str(caught.value)
    assert "secret" not in "".join(traceback.format_exception(caught.value))


# Oversized answers


async def test_a_huge_problem_is_not_read_to_its_end() -> None:
    read = 0

    async def endless() -> Any:
        nonlocal read
        while True:
            read += 1
            yield b"x" * 10_000

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(400, content=endless())

    async with Server(answer).client() as client:
        with pytest.raises(InvalidInput) as caught:
            await client.predictions.get(ID)
    assert read < 20
    assert len(caught.value.detail) == 500


async def test_a_problem_that_is_cut_still_counts() -> None:
    async def cut() -> Any:
        yield json.dumps({"detail": "gone"}).encode()
        raise httpx.ReadError("cut")

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404, content=cut())

    server = Server(answer)
    async with server.client() as client:
        with pytest.raises(APIError, match="404"):
            await client.predictions.get(ID)
    assert len(server.requests) == 1


# Proxies and certificates


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that names no proxy, whatever this machine's does."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def mounted(http: httpx.AsyncClient) -> int:
    return len(http._mounts)


@pytest.mark.usefixtures("no_proxies")
async def test_proxies_are_for_other_machines_than_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example:3128")
    near = await open_http(tls=False, loopback=True, user_agent="x", transport=None)
    far = await open_http(tls=False, loopback=False, user_agent="x", transport=None)
    async with near, far:
        assert mounted(near) == 0
        assert mounted(far) == 1


@pytest.mark.usefixtures("no_proxies")
async def test_an_unusable_proxy_is_a_plain_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "gopher://user:hunter2@proxy.example")
    with pytest.raises(Misconfigured, match="HTTPS_PROXY") as caught:
        await open_http(tls=False, loopback=False, user_agent="x", transport=None)
    assert "hunter2" not in str(caught.value)


async def test_unreadable_certificates_are_a_plain_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "absent.pem"))
    with pytest.raises(Misconfigured, match="SSL_CERT_FILE"):
        await open_http(tls=True, loopback=False, user_agent="x", transport=None)
