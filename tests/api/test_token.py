"""Whom the token goes to, and that nobody else sees it."""

import traceback
from collections.abc import Iterator

import httpx
import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.errors import (
    APIError,
    InvalidInput,
    Misconfigured,
    NetworkError,
    UnexpectedAnswer,
)
from tests.api.steps import ID, TOKEN, Server, Step, ok, problem

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
