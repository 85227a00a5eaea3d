"""Answers at the edge of what can be: redirects to nowhere, what has no end, what is too deep or too long."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.errors import APIError, Misconfigured, RateLimited, UnexpectedAnswer
from replicate_tui.api.limits import BELIEVED
from replicate_tui.api.problems import problem
from replicate_tui.api.stream import EVENT_LIMIT
from tests.api.nowhere import NO_PLACES, fetched, streamed
from tests.api.servers import TOKEN, Server, client
from tests.api.wires import ID, RUN, answer, sends, wire
from tests.clocks import LeapingClock

CALLS: list[Callable[[Client], Awaitable[object]]] = [
    lambda c: c.account(),
    lambda c: c.predictions.create("a/b", {}),
    lambda c: fetched(c, f"{c.base_url}/f"),
]
FAR = [place for place in NO_PLACES if place.isascii() and place not in {"", "http:///x"}]


def shortened(text: str) -> str:
    return ascii(text[:30])


# Redirects


def redirects(location: str) -> bytes:
    return answer(b"", "302 Found", f"Location: {location}")


@pytest.mark.parametrize("location", FAR, ids=shortened)
async def test_a_redirect_to_nowhere_is_the_servers_error(location: str) -> None:
    async with wire(sends(redirects(location))) as server, server.client() as asked:
        for call in CALLS:
            with pytest.raises(APIError, match="redirects to an address that cannot be read") as caught:
                await call(asked)
            assert caught.value.status == 302
    assert len(server.requests) == len(CALLS)


@pytest.mark.parametrize("location", ["/b", "b", "{url}/b", "?x=/b", "//{host}/b"])
async def test_a_download_follows_redirects_of_every_form(location: str) -> None:
    async with wire(sends(answer(b"whole"))) as server, server.client() as asked:
        place = location.format(url=server.url, host=server.url.removeprefix("http://"))
        server.replies = [sends(redirects(place)), sends(answer(b"whole"))]
        assert await fetched(asked, f"{server.url}/a") == b"whole"
    assert server.requests[1].line.split(" ")[1] in {"/b", "/a?x=/b"}


@pytest.mark.parametrize("url", NO_PLACES[:-1], ids=shortened)
async def test_an_address_at_which_nothing_can_be_is_unexpected(url: str) -> None:
    async with Client("http://127.0.0.1:1", TOKEN, clock=LeapingClock().clock) as asked:
        for use in (fetched, streamed):
            with pytest.raises(UnexpectedAnswer, match="an address that"):
                await use(asked, url)


@pytest.mark.parametrize("base", ["http://xn--/", "http://127.0.0.1:99999", "http://h:-1"])
def test_a_base_url_at_which_nothing_can_be_is_refused(base: str) -> None:
    with pytest.raises(Misconfigured, match="base URL"):
        Client(base, TOKEN)


# Sizes, depths, lengths


def nested(levels: int) -> bytes:
    return b'{"id":"a","status":"b","results":[],"error":%s}' % (b"[" * levels + b"]" * levels)


@pytest.mark.parametrize("piece", [b"x" * 65536, b"\ndata: " + b"x" * 999], ids=["line", "lines"])
async def test_an_event_that_never_ends_is_given_up(piece: bytes) -> None:
    sent = 0

    async def endless(writer: asyncio.StreamWriter) -> bool:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nevent: output\ndata: ")
        while True:
            writer.write(piece)
            sent += len(piece)
            await writer.drain()

    async with wire(endless) as server, server.client() as asked:
        with pytest.raises(UnexpectedAnswer, match="too large"):
            await streamed(asked, server.url)
    assert EVENT_LIMIT < sent < 4 * EVENT_LIMIT
    assert len(server.requests) == 1


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
async def test_many_events_are_no_large_one(ending: bytes) -> None:
    event = ending.join([b"event: output", b"data: " + b"x" * (1 << 20), b"", b""])
    done = ending.join([b"event: done", b"data: {}", b"", b""])
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    async with wire(sends(head, *[event] * 20, done)) as server, server.client() as asked:
        assert await streamed(asked, server.url) == 21


async def test_an_answer_that_is_nested_too_deeply_is_unexpected() -> None:
    async with wire(sends(answer(nested(250)))) as server, server.client() as asked:
        with pytest.raises(UnexpectedAnswer, match="nested too deeply"):
            await asked.predictions.get(ID)
        server.replies = [sends(answer(nested(150)))]
        assert (await asked.predictions.get(ID)).id == "a"


@pytest.mark.parametrize(
    "problem",
    [
        {"detail": "no", "retry_after": 1e308},
        {"detail": "no", "retry_after": 10**300},
        {"detail": "reduced to 0.000000001 requests per minute with a burst of 1", "retry_after": 0},
    ],
)
async def test_a_pause_without_end_is_told_in_few_words(problem: dict[str, Any]) -> None:
    server = Server(lambda _: httpx.Response(429, json=problem))
    async with client(server) as asked:
        for _ in range(3):
            with pytest.raises(RateLimited) as caught:
                await asked.predictions.create("a/b", {})
            assert len(str(caught.value)) < 200
            assert caught.value.retry_after is None or caught.value.retry_after <= BELIEVED


async def test_a_long_pause_is_not_told_by_the_second() -> None:
    server = Server(lambda _: httpx.Response(429, json={"detail": "no", "retry_after": 1e308}))
    async with client(server) as asked:
        for sentence in ("no", "It asked for a pause, which ends in 60 min; nothing was sent"):
            with pytest.raises(RateLimited, match=sentence):
                await asked.account()
    assert len(server.requests) == 1


async def test_a_link_or_id_that_fits_no_address_is_unexpected() -> None:
    async with wire(sends(answer(b"{}"))) as server, server.client() as asked:
        for call in (asked.predictions.list("a" * 70_000), asked.predictions.get("a" * 70_000)):
            with pytest.raises(UnexpectedAnswer, match="too long for an address"):
                await call
    assert server.requests == []


def test_blanks_without_end_in_an_explanation_cost_no_time() -> None:
    before = time.process_time()
    body = json.dumps({"detail": "resets in" + " " * 60_000}).encode()
    assert problem(429, {}, body, doing="", host="").retry_after is None
    assert time.process_time() - before < 2


async def test_odd_cookies_put_nothing_on_the_screen() -> None:
    odd = f"Set-Cookie: a=b; expires=Mon, 01-Jan-{'9' * 5000} 00:00:00 GMT"
    async with wire(sends(answer(RUN, "200 OK", odd))) as server, server.client() as asked:
        assert (await asked.predictions.get(ID)).id == ID


@pytest.mark.parametrize(
    "disposition",
    [
        "attachment; filename*=undefined''a",
        "attachment; filename*=idna''a",
        "attachment; filename*=punycode''%ff",
        "attachment; filename*=a; filename*0=b",
        f"attachment; filename*{'9' * 5000}=x",
        f"attachment; filename={'x' * 9000}",
    ],
    ids=shortened,
)
async def test_a_file_name_that_cannot_be_read_is_none(disposition: str) -> None:
    reply = sends(answer(b"whole", "200 OK", f"Content-Disposition: {disposition}"))
    async with wire(reply) as server, server.client() as asked, asked.download(server.url) as download:
        assert download.name is None
        assert b"".join([chunk async for chunk in download.chunks()]) == b"whole"
