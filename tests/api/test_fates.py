"""Every operation when its answer is lost: what must happen once reaches the server once, the rest is repeated."""

import asyncio
import json
import logging
import socket
import traceback
from collections.abc import Callable

import pytest

from replicate_tui.api.errors import NetworkError, NotFound, RateLimited, ReplicateError, ServerError, UnknownFate
from replicate_tui.api.patience import Patience
from tests.api.operations import ONCE, OPERATIONS, REPEATABLE, Operation
from tests.api.wires import TOKEN, Reply, answer, drips, holds, resets, sends, wire

HURRY = Patience(connect=2, read=0.1, exchange=0.2, margin=0.1, upload_silence=0.1, upload=0.2, stream_silence=0.1)
"""Limits that a test can wait for."""

LIMIT = 8.0
"""No hang may last as long as this, in seconds, all tries together."""

HTML = b"<!doctype html><html><head><title>Bad gateway</title></head><body>oops</body></html>"
PROBLEM = json.dumps({"detail": "Something is broken", "status": 500}).encode()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

LOST: dict[str, Callable[[Operation], Reply]] = {
    "hung up": lambda operation: sends(),
    "reset": lambda operation: resets(),
    "cut in the head": lambda operation: sends(b"HTTP/1.1 201 Cre"),
    "cut in the body": lambda operation: sends(answer(operation.answer or b"{}")[:-1]),
    "reset in the body": lambda operation: resets(answer(operation.answer or b"{}")[:-1]),
    "no HTTP": lambda operation: sends(b"\x00\xff garbage\r\n\r\n"),
    "a gateway's 502": lambda operation: sends(answer(HTML, "502 Bad Gateway", "Content-Type: text/html")),
    "a gateway's 500": lambda operation: sends(answer(HTML, "500 Internal Server Error", "Content-Type: text/html")),
    "a gateway's 503": lambda operation: sends(answer(HTML, "503 Service Unavailable")),
    "a gateway's 524": lambda operation: sends(answer(b"", "524 A Timeout Occurred")),
}
SLOW: dict[str, Reply] = {
    "silence": holds(),
    "silence in the head": holds(b"HTTP/1.1 200"),
    "silence in the body": holds(HEAD + b"Content-Length: 99\r\n\r\n{"),
    "a dripping head": drips(b"HTTP/1.1 200 OK\r\nX-Slow:"),
    "a dripping body": drips(HEAD + b"Content-Length: 99999\r\n\r\n"),
    "an endless body": drips(HEAD + b"\r\n"),
    "a dripping explanation": drips(b"HTTP/1.1 422 No\r\nContent-Length: 99999\r\n\r\n"),
}


SEARCH = "models.search"  # has a second way, and takes it sooner


def test_all_operations_are_here() -> None:
    assert len({operation.name for operation in OPERATIONS}) == len(OPERATIONS) == 37
    posts = {each.name for each in OPERATIONS if each.asks.startswith("POST") and "cancel" not in each.asks}
    assert posts < {each.name for each in ONCE}


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
async def test_each_asks_for_its_route(operation: Operation) -> None:
    status = "204 No Content" if operation.body is None else "200 OK"
    async with wire(sends(answer(operation.answer, status))) as server, server.client() as client:
        await operation.call(client)
    assert server.asked == [operation.asks]
    assert server.requests[0].headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("way", LOST)
@pytest.mark.parametrize("operation", ONCE, ids=str)
async def test_what_must_happen_once_reaches_the_server_once(operation: Operation, way: str) -> None:
    async with wire(LOST[way](operation)) as server, server.client() as client:
        with pytest.raises(UnknownFate, match="It may have happened"):
            await operation.call(client)
    assert server.asked == [operation.asks]
    assert server.pauses == []


@pytest.mark.parametrize("way", SLOW)
@pytest.mark.parametrize("operation", ONCE, ids=str)
async def test_what_must_happen_once_does_not_hang(operation: Operation, way: str) -> None:
    async with asyncio.timeout(LIMIT), wire(SLOW[way]) as server, server.client(HURRY) as client:
        with pytest.raises(UnknownFate, match="did not answer in time") as caught:
            await operation.call(client)
    assert server.asked == [operation.asks]
    assert "It may have happened" in str(caught.value)


@pytest.mark.parametrize(
    "way", ["hung up", "reset", "cut in the head", "no HTTP", "a gateway's 502", "a gateway's 503"]
)
@pytest.mark.parametrize("operation", [each for each in REPEATABLE if each.name != SEARCH], ids=str)
async def test_what_may_happen_twice_is_repeated(operation: Operation, way: str) -> None:
    lost, ok = LOST[way](operation), sends(answer(operation.answer))
    async with wire(lost, lost, ok) as server, server.client() as client:
        await operation.call(client)
    assert server.asked == [operation.asks] * 3
    assert len(server.pauses) == 2


PATIENT = [(each, way) for each in REPEATABLE for way in SLOW if each.name in {"predictions.list", "models.delete"}]
FETCH = next(each for each in OPERATIONS if each.name == "files.download")


@pytest.mark.parametrize(
    ("operation", "way"),
    [*PATIENT, (FETCH, "silence"), (FETCH, "a dripping head"), (FETCH, "a dripping explanation")],
    ids=str,
)
async def test_nothing_hangs(operation: Operation, way: str) -> None:
    async with asyncio.timeout(LIMIT), wire(SLOW[way]) as server, server.client(HURRY) as client:
        with pytest.raises(NetworkError, match="did not answer in time") as caught:
            await operation.call(client)
    assert type(caught.value) is NetworkError
    assert len(server.asked) == 4


async def test_a_download_that_falls_silent_ends() -> None:
    async with (
        asyncio.timeout(LIMIT),
        wire(holds(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nab")) as server,
        server.client(HURRY) as client,
        client.download(f"{server.url}/out.png") as download,
    ):
        chunks = download.chunks()
        assert await anext(chunks) == b"ab"
        with pytest.raises(NetworkError, match="did not answer in time"):
            await anext(chunks)


async def test_an_answer_that_is_waited_for_is_given_its_time() -> None:
    """The limits grow with `wait`: what is too slow for an ordinary request is not too slow for this one."""
    patience = Patience(read=0.05, exchange=0.05, margin=5)
    late = asyncio.Event()

    async def reply(writer: asyncio.StreamWriter) -> bool:
        await late.wait()
        writer.write(answer(b'{"id": "p1", "status": "succeeded"}'))
        return True

    async with asyncio.timeout(LIMIT), wire(reply) as server, server.client(patience) as client:
        waiting = asyncio.create_task(client.predictions.create("a/b", {}, wait=1))
        with pytest.raises(NetworkError):
            await client.account()  # takes its four tries in the meantime
        late.set()
        assert (await waiting).status == "succeeded"
    assert server.asked.count("POST /v1/predictions") == 1


# Deletions


DELETIONS = [operation for operation in OPERATIONS if operation.asks.startswith("DELETE")]
GONE = answer(b'{"detail": "The requested resource could not be found.", "status": 404}', "404 Not Found")


@pytest.mark.parametrize("operation", DELETIONS, ids=str)
@pytest.mark.parametrize("lost", [resets(), sends(answer(HTML, "504 Gateway Timeout"))])
async def test_what_is_gone_after_a_lost_answer_was_deleted(operation: Operation, lost: Reply) -> None:
    async with wire(lost, sends(GONE)) as server, server.client() as client:
        await operation.call(client)
    assert len(server.asked) == 2


@pytest.mark.parametrize("operation", DELETIONS, ids=str)
async def test_what_was_never_there_was_not_deleted(operation: Operation) -> None:
    throttled = answer(b'{"detail": "resets in ~1s"}', "429 Too Many Requests")
    for replies in ([sends(GONE)], [sends(throttled), sends(GONE)]):
        async with wire(*replies) as server, server.client() as client:
            with pytest.raises(NotFound):
                await operation.call(client)
        assert len(server.asked) == len(replies)


# Refusals


@pytest.mark.parametrize("operation", ONCE, ids=str)
async def test_what_the_api_itself_refuses_did_not_happen(operation: Operation) -> None:
    async with wire(sends(answer(PROBLEM, "500 Internal Server Error"))) as server, server.client() as client:
        with pytest.raises(ServerError, match="Something is broken"):
            await operation.call(client)
    assert len(server.asked) == 1


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
async def test_a_storm_of_refusals_ends(operation: Operation) -> None:
    throttled = answer(b'{"detail": "Your rate limit resets in ~30s."}', "429 Too Many Requests")
    async with wire(sends(throttled)) as server, server.client() as client:
        with pytest.raises(RateLimited) as caught:
            await operation.call(client)
    assert caught.value.retry_after == 30
    assert len(server.asked) == (2 if operation.name == SEARCH else 4)
    assert server.time.moment >= 30 * (len(server.asked) - 1)


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
async def test_without_a_server_everything_is_tried_and_nothing_is_in_doubt(operation: Operation) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        async with wire() as server:
            server.port = unused.getsockname()[1]
            async with server.client() as client:
                with pytest.raises(NetworkError, match="no connection to") as caught:
                    await operation.call(client)
    assert type(caught.value) is NetworkError
    assert len(server.pauses) == (1 if operation.name == SEARCH else 3)


# The token


ECHOES: dict[str, bytes] = {
    "a refusal": answer(
        json.dumps(
            {
                "title": f"T {TOKEN}",
                "detail": {"you sent": [TOKEN]},
                "invalid_fields": [{"type": TOKEN, "field": f"input.{TOKEN}", "description": f"{TOKEN} is required"}],
            }
        ).encode(),
        "422 Unprocessable",
    ),
    "an escaped refusal": answer(b'{"detail": "' + TOKEN.replace("_", "\\u005f").encode() + b'"}', "403 Forbidden"),
    "a page": answer(f"<title>{TOKEN.replace('_', '&#95;')}</title>".encode(), "404 Not Found"),
    "a failure": answer(f"upstream of {TOKEN} failed".encode(), "500 Internal Server Error"),
    "a redirect": answer(b"", "302 Found", f"Location: http://{TOKEN}/x"),
    "a broken head": f"{TOKEN} HTTP/1.1 200\r\n\r\n".encode(),
    "no JSON": answer(TOKEN.encode()),
    "another shape": answer(json.dumps({TOKEN: TOKEN}).encode()),
}


@pytest.mark.parametrize("way", ECHOES)
@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
async def test_no_error_repeats_the_token(operation: Operation, way: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    error: ReplicateError | None = None
    async with wire(sends(ECHOES[way])) as server, server.client() as client:
        try:
            await operation.call(client)
        except ReplicateError as raised:
            error = raised
        shown = [repr(client), repr(vars(client)), repr(vars(client._transport)), caplog.text]
    assert error is not None or way in {"no JSON", "another shape"} or operation.name == "models.readme.get"
    if error is not None:
        shown += [str(error), repr(error), repr(vars(error)), *traceback.format_exception(error)]
    assert not [text for text in shown if TOKEN in text]
