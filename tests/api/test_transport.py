"""What the transport promises: what is repeated, how long anything may take, through what it goes."""

import json
from collections.abc import Callable
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
    UnknownFate,
)
from replicate_tui.api.retries import pause
from tests.api.steps import CUTS, FILE, HTML, ID, UNSENT, Server, named, ok, problem

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
