"""Waiting for a run's end, and following a run with and without a stream."""

import asyncio
import json
from contextlib import aclosing
from itertools import pairwise
from typing import Any

import pytest

from replicate_tui.api.errors import NotFound, ServerError
from replicate_tui.api.following import FIRST_INTERVAL, LONGEST_INTERVAL
from replicate_tui.api.patience import Patience
from replicate_tui.api.resources import Prediction
from replicate_tui.api.stream import STREAM_TRIES, Event
from tests.api.wires import Reply, Wire, answer, holds, sends, wire
from tests.waiting import eventually

RUN = "/v1/predictions/p1"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
HURRY = Patience(stream_silence=0.1)


def look(status: str, output: object = None, **values: Any) -> dict[str, Any]:
    return {"id": "p1", "status": status, "output": output, **values}


def looks(*objects: dict[str, Any]) -> list[Reply]:
    return [sends(answer(json.dumps(each).encode())) for each in objects]


def begun(server: Wire, *, stream: bool = False, **values: Any) -> Prediction:
    urls = {"stream": f"{server.url}/stream"} if stream else {}
    return Prediction.of(look("starting", urls=urls) | values)


def sent(kind: str, data: str, number: int) -> bytes:
    return f"event: {kind}\nid: 1:{number}\ndata: {data}\n\n".encode()


async def followed(server: Wire, prediction: Prediction, patience: Patience | None = None) -> list[tuple[str, str]]:
    async with server.client(patience) as client, aclosing(client.predictions.follow(prediction)) as events:
        return [(event.kind, event.data) async for event in events]


# Waiting


async def test_waiting_ends_with_the_run_at_growing_intervals() -> None:
    states = [look("starting")] * 8 + [look("processing")] * 8 + [look("succeeded", "x", logs="done")]
    async with wire() as server, server.client() as client:
        server.paths[RUN] = looks(*states)
        ended = await client.predictions.wait(begun(server))
    assert (ended.status, ended.output, ended.logs) == ("succeeded", "x", "done")
    assert len(server.asked) == len(server.pauses) == len(states)
    assert server.pauses[0] == FIRST_INTERVAL
    assert all(before <= after for before, after in pairwise(server.pauses))
    assert server.pauses[-1] == LONGEST_INTERVAL


@pytest.mark.parametrize("status", ["succeeded", "failed", "canceled", "aborted"])
async def test_what_has_ended_is_not_asked_for(status: str) -> None:
    async with wire() as server, server.client() as client:
        ended = Prediction.of(look(status))
        assert await client.predictions.wait(ended) is ended
    assert server.asked == []


@pytest.mark.parametrize("status", ["failed", "canceled", "aborted"])
async def test_every_end_is_one(status: str) -> None:
    async with wire() as server, server.client() as client:
        server.paths[RUN] = looks(look("processing"), look(status))
        assert (await client.predictions.wait(begun(server))).status == status


async def test_an_end_of_a_name_to_come_is_one() -> None:
    async with wire() as server, server.client() as client:
        server.paths[RUN] = looks(look("pausing"), look("evicted", completed_at="2026-01-02T03:04:05Z"))
        assert (await client.predictions.wait(begun(server))).status == "evicted"


async def test_an_unfinished_blocking_answer_is_waited_for() -> None:
    async with wire() as server, server.client() as client:
        server.paths["/v1/predictions"] = looks(look("processing", ["whole"], logs=""))
        server.paths[RUN] = looks(look("succeeded", ["whole"], logs="told", metrics={"predict_time": 1}))
        ended = await client.predictions.wait(await client.predictions.create("a/b", {}, wait=1))
    assert (ended.logs, ended.metrics) == ("told", {"predict_time": 1})


async def test_a_look_that_fails_for_a_moment_does_not_end_the_waiting() -> None:
    async with wire() as server, server.client() as client:
        server.paths[RUN] = [sends(), sends(answer(b"", "503 Unavailable")), *looks(look("succeeded"))]
        assert (await client.predictions.wait(begun(server))).status == "succeeded"


async def test_a_run_that_is_gone_is_told() -> None:
    async with wire(sends(answer(b"{}", "404 Not Found"))) as server, server.client() as client:
        with pytest.raises(NotFound):
            await client.predictions.wait(begun(server))


async def test_waiting_may_be_cancelled() -> None:
    async with wire(holds()) as server, server.client() as client:
        waiting = asyncio.create_task(client.predictions.wait(begun(server)))
        async with asyncio.timeout(5):
            await eventually(lambda: server.asked, "the first look")
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            await server.left.wait()


# Following without a stream


async def test_elements_and_logs_are_told_as_they_come() -> None:
    async with wire() as server:
        server.paths[RUN] = looks(
            look("starting"),
            look("processing", None, logs="one\n"),
            look("processing", ["a"], logs="one\ntw"),
            look("processing", ["a"], logs="one\ntw"),
            look("processing", ["a", "b", ""], logs="one\ntwo\n"),
            look("succeeded", ["a", "b", "", "c"], logs="one\ntwo\nthree"),
        )
        assert await followed(server, begun(server)) == [
            ("logs", "one\n"),
            ("output", "a"),
            ("logs", "tw"),
            ("output", "b"),
            ("output", ""),
            ("logs", "o\n"),
            ("output", "c"),
            ("logs", "three"),
            ("done", "{}"),
        ]


@pytest.mark.parametrize(
    ("output", "told"),
    [
        (None, []),
        ([], []),
        ("", []),
        ("text", ["text"]),
        ("https://replicate.delivery/a.png", ["https://replicate.delivery/a.png"]),
        (["https://a/1.png", {"file": "ä"}, None, 3], ["https://a/1.png", '{"file": "ä"}', "null", "3"]),
        ({"text": "ä", "file": "https://a/1.png"}, ['{"text": "ä", "file": "https://a/1.png"}']),
        (0, ["0"]),
        (False, ["false"]),
    ],
)
async def test_any_output_is_told_once(output: object, told: list[str]) -> None:
    async with wire() as server:
        server.paths[RUN] = looks(look("processing"), look("succeeded", output))
        assert await followed(server, begun(server)) == [*(("output", each) for each in told), ("done", "{}")]


async def test_a_text_that_grows_is_told_in_parts() -> None:
    async with wire() as server:
        server.paths[RUN] = looks(
            look("processing", "Grey"), look("processing", "Grey herons"), look("succeeded", "Grey herons.")
        )
        assert await followed(server, begun(server)) == [
            ("output", "Grey"),
            ("output", " herons"),
            ("output", "."),
            ("done", "{}"),
        ]


async def test_line_ends_are_those_that_a_stream_can_carry() -> None:
    async with wire() as server:
        server.paths[RUN] = looks(
            look("processing", "a\r\nb\r", logs="1%\r"),
            look("processing", "a\r\nb\r\nc", logs="1%\r2%\r"),
            look("succeeded", "a\r\nb\r\ncd\r", logs="1%\r2%\r\n3%\r"),
        )
        assert await followed(server, begun(server)) == [
            ("output", "a\nb"),
            ("logs", "1%"),
            ("output", "\nc"),
            ("logs", "\n2%"),
            ("output", "d\n"),
            ("logs", "\n3%\n"),
            ("done", "{}"),
        ]


async def test_after_a_stream_is_lost_line_ends_of_two_letters_are_one() -> None:
    first = b"event: output\ndata: a\ndata: b\ndata: \n\n" + b"event: logs\ndata: 1\ndata: 2\ndata: \n\n"
    async with wire() as server:
        server.paths["/stream"] = [sends(HEAD + first), sends(answer(b"", "410 Gone"))]
        server.paths[RUN] = looks(look("succeeded", "a\r\nb\r\nc", logs="1\r\n2\r\n3"))
        told = await followed(server, begun(server, stream=True))
    assert told == [("output", "a\nb\n"), ("logs", "1\n2\n"), ("output", "c"), ("logs", "3"), ("done", "{}")]


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (
            look("failed", error="out of memory"),
            [("error", '{"detail": "out of memory"}'), ("done", '{"reason": "error"}')],
        ),
        (look("failed"), [("error", '{"detail": ""}'), ("done", '{"reason": "error"}')]),
        (look("canceled"), [("done", '{"reason": "canceled"}')]),
        (look("aborted"), [("done", '{"reason": "canceled"}')]),
        (look("evicted", completed_at="2026-01-02T03:04:05Z"), [("done", '{"reason": "evicted"}')]),
    ],
)
async def test_how_it_ended_is_told(end: dict[str, Any], told: list[tuple[str, str]]) -> None:
    async with wire() as server:
        server.paths[RUN] = looks(end)
        assert await followed(server, begun(server)) == told


async def test_a_run_that_has_ended_is_told_from_what_is_known() -> None:
    async with wire() as server:
        run = begun(server, stream=True, status="succeeded", output=["a"], logs="l")
        assert await followed(server, run) == [("output", "a"), ("logs", "l"), ("done", "{}")]
    assert server.asked == []


# Following a stream, and what becomes of it


async def test_a_stream_is_followed_where_there_is_one() -> None:
    events = sent("output", "a", 0) + sent("logs", "l", 1) + sent("done", "{}", 2)
    async with wire() as server:
        server.paths["/stream"] = [sends(HEAD + events)]
        run = begun(server, stream=True)
        assert await followed(server, run) == [("output", "a"), ("logs", "l"), ("done", "{}")]
    assert server.asked == ["GET /stream"]


@pytest.mark.parametrize(
    "trouble",
    [
        sends(answer(b"", "404 Not Found")),
        sends(answer(b"", "401 Unauthorized")),
        sends(answer(b"<html>", "200 OK", "Content-Type: text/html")),
        sends(),
    ],
)
async def test_a_stream_that_cannot_be_had_is_made_up_for(trouble: Reply) -> None:
    async with wire() as server:
        server.paths["/stream"] = [trouble]
        server.paths[RUN] = looks(look("processing", ["a"]), look("succeeded", ["a", "b"], logs="l"))
        assert await followed(server, begun(server, stream=True)) == [
            ("output", "a"),
            ("output", "b"),
            ("logs", "l"),
            ("done", "{}"),
        ]


async def test_after_a_stream_is_lost_nothing_is_told_twice_or_left_out() -> None:
    first = sent("output", "a", 0) + sent("logs", "one\\n", 1) + sent("output", "b", 2)
    async with wire() as server:
        server.paths["/stream"] = [sends(HEAD + first), sends(answer(b"", "410 Gone"))]
        server.paths[RUN] = looks(
            look("processing", ["a", "b", "c"], logs="one\\ntwo"),
            look("failed", ["a", "b", "c"], logs="one\\ntwo", error="no"),
        )
        told = await followed(server, begun(server, stream=True))
    assert told == [
        ("output", "a"),
        ("logs", "one\\n"),
        ("output", "b"),
        ("output", "c"),
        ("logs", "two"),
        ("error", '{"detail": "no"}'),
        ("done", '{"reason": "error"}'),
    ]


async def test_an_error_that_was_told_is_not_told_again() -> None:
    error = b'event: error\ndata: {"detail": "no"}\n\n'
    async with wire() as server:
        server.paths["/stream"] = [sends(HEAD + sent("output", "a", 0) + error), sends(answer(b"", "404 Not Found"))]
        server.paths[RUN] = looks(look("failed", ["a"], error="no"))
        told = await followed(server, begun(server, stream=True))
    assert told == [("output", "a"), ("error", '{"detail": "no"}'), ("done", '{"reason": "error"}')]


async def test_a_model_that_boots_for_long_is_streamed_all_the_same() -> None:
    idle = sends(HEAD + b": hi\n\n:408: 408 Request Timeout\n\n")
    async with wire() as server:
        server.paths["/stream"] = [idle] * (2 * STREAM_TRIES) + [
            sends(HEAD + sent("output", "a", 0) + sent("done", "{}", 1))
        ]
        urls = {"stream": f"{server.url}/stream"}
        server.paths[RUN] = looks(look("starting", urls=urls))
        told = await followed(server, begun(server, stream=True))
    assert told == [("output", "a"), ("done", "{}")]
    assert server.asked.count(f"GET {RUN}") == 2


async def test_a_stream_that_falls_silent_is_taken_up_again() -> None:
    async with asyncio.timeout(5), wire() as server:
        server.paths["/stream"] = [
            holds(HEAD + sent("output", "a", 0)),
            sends(HEAD + sent("output", "b", 1) + sent("done", "{}", 2)),
        ]
        told = await followed(server, begun(server, stream=True), HURRY)
    assert told == [("output", "a"), ("output", "b"), ("done", "{}")]
    assert server.requests[1].headers["last-event-id"] == "1:0"


async def test_when_the_run_itself_cannot_be_asked_for_that_is_told() -> None:
    async with wire(sends(answer(b'{"detail": "broken"}', "500 Oh"))) as server:
        with pytest.raises(ServerError, match="broken"):
            await followed(server, begun(server, stream=True))


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (Event("error", '{"detail": "out of memory"}', None), "out of memory"),
        (Event("error", "not JSON", None), "not JSON"),
        (Event("error", '{"detail": 3}', None), None),
        (Event("error", "", None), None),
        (Event("done", "{}", None), None),
        (Event("done", '{"reason": "canceled"}', None), "canceled"),
        (Event("done", "[]", None), None),
        (Event("done", "[" * 100_000, None), "[" * 100_000),
        (Event("output", '{"reason": "x"}', None), None),
    ],
    ids=range(9),
)
def test_an_event_says_why(event: Event, reason: str | None) -> None:
    assert event.reason == reason
