"""Server-sent events: live, replayed, resumed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
from httpx_sse import EventSource, ServerSentEvent

from replicate_tui.local.routes.streams import encoded
from replicate_tui.local.storage.records import StreamEvent
from tests.local.serving import Server
from tests.waiting import until


def events(server: Server, url: str, last_event_id: str | None = None) -> list[ServerSentEvent]:
    """A stream's events, read to its end, without a token."""
    headers = {"accept": "text/event-stream", **({"last-event-id": last_event_id} if last_event_id else {})}
    with (
        httpx.Client(trust_env=False, timeout=30) as stranger,
        stranger.stream("GET", url, headers=headers) as response,
    ):
        assert response.headers["content-type"].startswith("text/event-stream")
        return list(EventSource(response).iter_sse())


def told(seen: list[ServerSentEvent]) -> list[tuple[str, str, str]]:
    return [(event.event, event.id, event.data) for event in seen]


def test_the_fragments_are_the_text_and_the_last_event_is_done(server: Server) -> None:
    created = server.create("local/storyteller", prompt="Once upon a time", max_tokens=25, seed=4)
    url = created["urls"]["stream"]
    assert url.startswith(f"{server.url}/v1/streams/")
    assert "/files/" not in url
    seen = events(server, url)
    ended = server.get(created)
    outputs = [event.data for event in seen if event.event == "output"]
    assert outputs == ended["output"]
    assert len(outputs) == 25
    assert "".join(event.data for event in seen if event.event == "logs") == ended["logs"]
    assert (seen[-1].event, seen[-1].data) == ("done", "{}")
    assert [int(re.fullmatch(r"\d+:(\d+)", event.id)[1]) for event in seen] == list(range(len(seen)))  # type: ignore[index]


def test_a_stream_begins_with_a_comment(server: Server) -> None:
    created = server.run("local/storyteller", prompt="x", max_tokens=1)
    assert httpx.get(created["urls"]["stream"], trust_env=False).text.startswith(": hi\n\nevent: ")


def test_models_that_give_everything_at_once_have_no_stream(server: Server) -> None:
    assert "stream" not in server.create("local/hello-world", text="x")["urls"]


def test_a_finished_run_is_replayed_and_resumed_after_the_last_id(server: Server) -> None:
    created = server.run("local/storyteller", prompt="", max_tokens=8, seed=1)
    url = created["urls"]["stream"]
    whole = told(events(server, url))
    middle = whole[4][1]
    assert told(events(server, url, middle)) == whole[5:]
    assert told(events(server, url, "not one of ours")) == whole
    assert events(server, url, whole[-1][1]) == []


def test_a_running_stream_is_resumed_without_loss_or_repetition(server: Server) -> None:
    created = server.create("local/storyteller", prompt="", max_tokens=40, seed=2)
    url = created["urls"]["stream"]
    first: list[ServerSentEvent] = []
    with server.client.stream("GET", url) as response:
        for event in EventSource(response).iter_sse():
            first.append(event)
            if len(first) == 5:
                break
    rest = events(server, url, first[-1].id)
    outputs = [event.data for event in [*first, *rest] if event.event == "output"]
    assert outputs == server.get(created)["output"]


def test_a_canceled_run_says_so_and_ends_its_stream(server: Server) -> None:
    created = server.create("local/storyteller", prompt="", max_tokens=2000)
    until(lambda: server.get(created)["output"], "the first token")
    server.client.post(created["urls"]["cancel"])
    seen = events(server, created["urls"]["stream"])
    assert (seen[-1].event, seen[-1].data) == ("done", '{"reason": "canceled"}')


def test_an_unknown_stream_is_404(server: Server) -> None:
    assert server.client.get("/v1/streams/nothing").status_code == 404


def test_a_client_that_hangs_up_does_not_disturb_the_others(server: Server) -> None:
    created = server.create("local/storyteller", prompt="", max_tokens=30)
    for _ in range(10):
        with server.client.stream("GET", created["urls"]["stream"]) as response:
            next(response.iter_raw())
    assert len(server.ended(created)["output"]) == 30
    assert server.health()["active"] == 0


def data_lines(data: Any) -> list[str]:
    text = encoded(StreamEvent(3, 17, "output", data), "http://h/{}".format).decode()
    assert text.startswith("event: output\nid: 17:3\n")
    assert text.endswith("\n\n")
    return text.splitlines()[2:-1]


async def test_lines_of_a_fragment_become_lines_of_data_and_are_joined_again() -> None:
    assert data_lines(" herons wade\nslowly.") == ["data:  herons wade", "data: slowly."]
    assert data_lines("\n\n") == ["data: ", "data: ", "data: "]
    assert data_lines({"$output": "a b.png"}) == ["data: http://h/a b.png"]

    async def body() -> AsyncIterator[bytes]:
        yield encoded(StreamEvent(0, 1, "output", " one\n\n two\n"), str)

    response = httpx.Response(200, headers={"content-type": "text/event-stream"}, content=body())
    assert [event.data async for event in EventSource(response).aiter_sse()] == [" one\n\n two\n"]
