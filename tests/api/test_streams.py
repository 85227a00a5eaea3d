"""Streams on real connections: cut ones, silent ones, ones that are split anywhere."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing

import pytest

from replicate_tui.api.errors import APIError, NetworkError, UnexpectedAnswer
from replicate_tui.api.stream import STREAM_TRIES, Event, Kind
from tests.api.wires import Reply, Wire, answer, holds, resets, sends, wire

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"


def sent(kind: str, data: str, number: int | None) -> bytes:
    head = f"event: {kind}\n" if number is None else f"event: {kind}\nid: 1767323045:{number}\n"
    return (head + "".join(f"data: {line}\n" for line in data.split("\n")) + "\n").encode()


def event(kind: Kind, data: str, number: int) -> Event:
    return Event(kind, data, f"1767323045:{number}")


OUTPUT: list[tuple[Kind, str, int]] = [
    ("output", " Grüße 🦩", 0),
    ("logs", "7 tokens\n8 tokens", 1),
    ("output", "\n\nslowly\u2028.", 2),
]
BODY = b": hi\n\n" + b"".join(sent(*each) for each in OUTPUT)
DONE = sent("done", "{}", 3)
EXPECTED = [event(*each) for each in OUTPUT] + [event("done", "{}", 3)]


async def follow(server: Wire, last_event_id: str | None = None) -> list[Event]:
    async with (
        server.client() as client,
        aclosing(client.predictions.stream(server.url, last_event_id=last_event_id)) as events,
    ):
        return [each async for each in events]


def chunked(body: bytes, size: int) -> bytes:
    pieces = [body[first : first + size] for first in range(0, len(body), size)]
    return CHUNKED + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
async def test_events_may_be_split_anywhere(size: int) -> None:
    async with wire(sends(chunked(BODY + DONE, size), b"0\r\n\r\n")) as server:
        assert await follow(server) == EXPECTED
    assert server.requests[0].headers["accept"] == "text/event-stream"
    assert "last-event-id" not in server.requests[0].headers


@pytest.mark.parametrize("newline", [b"\r\n", b"\r"])
async def test_lines_may_end_in_any_way(newline: bytes) -> None:
    async with wire(sends(HEAD, (BODY + DONE).replace(b"\n", newline))) as server:
        assert await follow(server) == EXPECTED


async def test_nothing_is_read_after_done() -> None:
    async with wire(holds(HEAD + BODY + DONE + sent("output", "late", 4))) as server:
        assert await follow(server) == EXPECTED


async def test_unknown_events_are_left_out() -> None:
    odd = sent("metric", "{}", 7) + b"data: no name\n\n" + b"id: 9\n\n" + b"nonsense\n\n"
    async with wire(sends(HEAD + odd + BODY + DONE)) as server:
        assert await follow(server) == EXPECTED


async def test_bytes_that_are_no_text_do_no_harm() -> None:
    async with wire(sends(HEAD + b"event: output\nid: 1\ndata: \xff\xfe\n\n" + DONE)) as server:
        assert (await follow(server))[0] == Event("output", "\ufffd\ufffd", "1")


async def test_an_error_is_handed_on_and_then_done() -> None:
    body = sent("error", '{"detail": "out of memory"}', None) + sent("done", '{"reason": "error"}', None)
    async with wire(sends(HEAD + body)) as server:
        assert await follow(server) == [
            Event("error", '{"detail": "out of memory"}', None),
            Event("done", '{"reason": "error"}', None),
        ]


@pytest.mark.parametrize("position", [len(BODY), len(BODY) - 1, len(BODY) - 12, 60, 30, 8, 0])
@pytest.mark.parametrize("cut", [sends, resets])
async def test_a_cut_stream_goes_on_without_loss_or_repeat(position: int, cut: Callable[..., Reply]) -> None:
    arrived = BODY[:position].count(b"\n\n") - (position > 5)
    rest = b"".join(sent(*each) for each in OUTPUT[max(0, arrived) :])
    async with wire(cut(HEAD, BODY[:position]), sends(HEAD + rest + DONE)) as server:
        got = await follow(server)
    if cut is sends:
        assert got == EXPECTED
        assert server.requests[1].headers.get("last-event-id") == (f"1767323045:{arrived - 1}" if arrived > 0 else None)
    else:
        assert got[-1] == EXPECTED[-1]
    assert len(server.pauses) == 1


@pytest.mark.parametrize("position", [len(BODY), len(BODY) - 1, 60, 30, 0])
async def test_a_server_that_begins_anew_repeats_nothing(position: int) -> None:
    async with wire(sends(chunked(BODY[:position] or b":", 9)), sends(HEAD + BODY + DONE)) as server:
        assert await follow(server) == EXPECTED


async def test_done_counts_after_a_cut_even_without_an_id() -> None:
    again = BODY + sent("done", "{}", None)
    async with wire(sends(HEAD, BODY), sends(HEAD + again)) as server:
        got = await follow(server)
    assert [each.kind for each in got] == ["output", "logs", "output", "done"]


async def test_following_goes_on_after_a_known_event() -> None:
    async with wire(sends(HEAD + BODY + DONE)) as server:
        assert await follow(server, "1767323045:0") == EXPECTED[1:]
    assert server.requests[0].headers["last-event-id"] == "1767323045:0"


IDLE = b":408: 408 Request Timeout\n\n"


@pytest.mark.parametrize("end", [holds, sends])
async def test_a_silent_server_is_asked_again(end: Callable[..., Reply]) -> None:
    async with wire(end(HEAD, BODY[:-30], BODY[-30:], IDLE[:3], IDLE[3:]), sends(HEAD + DONE)) as server:
        assert await follow(server) == EXPECTED


async def test_the_events_before_the_comment_count() -> None:
    async with wire(holds(HEAD + BODY + IDLE), sends(HEAD + DONE)) as server:
        assert await follow(server) == EXPECTED


async def test_text_that_looks_like_the_comment_is_text() -> None:
    body = sent("output", ":408: 408 Request Timeout", 0) + sent("output", "a\n:408", 1)
    async with wire(sends(HEAD + body + DONE)) as server:
        assert [each.data for each in await follow(server)] == [":408: 408 Request Timeout", "a\n:408", "{}"]


@pytest.mark.parametrize("reply", [sends(HEAD, IDLE), holds(HEAD, b": hi\n\n", IDLE), sends(HEAD), sends(), resets()])
async def test_a_stream_that_never_brings_anything_is_given_up(reply: Reply) -> None:
    async with wire(reply) as server:
        with pytest.raises(NetworkError, match="Could not follow the output"):
            await follow(server)
    assert len(server.requests) == STREAM_TRIES
    assert len(server.pauses) == STREAM_TRIES - 1


async def test_a_stream_that_advances_is_never_given_up() -> None:
    steps = [sends(HEAD, sent("output", str(number), number)) for number in range(3 * STREAM_TRIES)]
    async with wire(*steps, sends(HEAD + sent("done", "{}", 99))) as server:
        got = await follow(server)
    assert [each.data for each in got[:-1]] == [str(number) for number in range(3 * STREAM_TRIES)]


async def test_a_cut_stream_without_ids_is_given_up_rather_than_repeated() -> None:
    async with wire(sends(HEAD + sent("output", "a", None))) as server, server.client() as client:
        events = client.predictions.stream(server.url)
        assert await anext(events) == Event("output", "a", None)
        with pytest.raises(NetworkError):
            await anext(events)
    assert len(server.requests) == 1


async def test_a_busy_stream_server_is_asked_again() -> None:
    busy = answer(b"", "503 Service Unavailable", "Retry-After: 3")
    throttled = answer(b'{"detail": "resets in ~2s", "status": 429}', "429 Too Many Requests")
    async with wire(sends(busy), sends(throttled), sends(HEAD + BODY + DONE)) as server:
        assert await follow(server) == EXPECTED
    assert server.pauses[0] >= 3
    assert server.pauses[1] >= 2


@pytest.mark.parametrize("status", ["404 Not Found", "401 Unauthorized", "410 Gone"])
async def test_a_stream_that_is_gone_is_not_asked_again(status: str) -> None:
    async with wire(sends(answer(b"", status))) as server:
        with pytest.raises(APIError):
            await follow(server)
    assert len(server.requests) == 1


async def test_what_is_no_stream_is_unexpected() -> None:
    async with wire(sends(answer(b"<html>", "200 OK", "Content-Type: text/html"))) as server:
        with pytest.raises(UnexpectedAnswer, match="no event stream"):
            await follow(server)


async def test_leaving_a_stream_early_hangs_up() -> None:
    async with wire(holds(HEAD, BODY)) as server, server.client() as client:
        async with aclosing(client.predictions.stream(server.url)) as events:
            assert await anext(events) == EXPECTED[0]
        async with asyncio.timeout(5):
            await server.left.wait()
