"""The watcher and streams: what they bring, what comes of one that breaks, and when they end."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.resources import Prediction
from replicate_tui.core.history.runs import Run
from replicate_tui.core.history.store import Store
from replicate_tui.core.watching import streaming
from replicate_tui.core.watching.watcher import Watcher
from tests.core.scripted import Asked, Reply, Scripted, event, problem, run_object
from tests.core.watched import NEVER, SOON, begun, last, paced, put, singles, watching
from tests.waiting import TIME_LIMIT, eventually


def streamed(run_id: str, server: Scripted, **values: Any) -> dict[str, Any]:
    return run_object(run_id, urls={"stream": f"{server.url}/stream/{run_id}"}, **values)


def tokens(run: Run | None) -> list[str]:
    assert run is not None
    return run.prediction.output or []


async def test_a_stream_that_breaks_half_way_falls_back_to_fetching_and_loses_nothing(
    server: Scripted, client: Client, store: Store
) -> None:
    words = ["Grey", " herons", " wade", " slowly", "."]
    history = await begun(server, store, streamed("r1", server))
    broken = 0

    async def three(again: bool) -> AsyncIterator[bytes]:
        nonlocal broken
        broken += 1
        for number, word in enumerate([] if again else words[:3]):
            yield event("output", word, number)

    def script(asked: Asked) -> Reply:
        if asked.path.startswith("/stream/"):
            return three("last-event-id" in asked.headers)
        if tokens(store.run("r1")) == words[:3]:
            history.put(run_object("r1", "succeeded", output=words, logs="5 tokens\n"))
        return history(asked)

    server.script = script
    async with watching(client, store) as watcher:
        async with asyncio.timeout(TIME_LIMIT):
            seen = [list(tokens(store.run("r1"))) async for _ in watcher.follow("r1")]
    assert broken > 1
    assert [len(each) for each in seen] == sorted(len(each) for each in seen)
    assert words[:3] in seen
    assert seen[-1] == words
    assert store.run("r1").logs == "5 tokens\n"  # type: ignore[union-attr]


async def test_a_flood_of_tokens_reaches_the_store_ten_times_a_second_and_wholly(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, followed=NEVER)
    history = await begun(server, store, streamed("r1", server))
    told: list[float] = []
    more = asyncio.Event()

    async def flood() -> AsyncIterator[bytes]:
        for number in range(200):
            yield event("output", f"{number} ", number)
            await asyncio.to_thread(int)  # so that they arrive one by one
        await more.wait()
        for number in range(200, 400):
            yield event("output", f"{number} ", number)
        yield event("logs", "400 tokens", 400)
        yield event("done", "{}", 401)

    held = asyncio.Event()

    async def script(asked: Asked) -> Reply:
        if asked.path.startswith("/stream/"):
            return flood()
        await held.wait()
        return history(asked)

    server.script = script
    store.subscribe(lambda _: told.append(time.monotonic()))
    async with watching(client, store) as watcher:
        with watcher.following("r1"):
            await eventually(lambda: len(tokens(store.run("r1"))) == 200, "the first half")
            more.set()
            await eventually(lambda: singles(server), "the look after the stream")
            run = store.run("r1")
            assert tokens(run) == [f"{number} " for number in range(400)]
            assert run is not None
            assert run.logs == "400 tokens"
            held.set()
    assert len(told) <= (told[-1] - told[0]) / streaming.FLUSH_INTERVAL + 2
    reopened = Store(store.database, store.scope)
    assert len(tokens(reopened.run("r1"))) == 400


async def test_leaving_early_ends_the_stream_and_coming_back_begins_it_anew(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, followed=NEVER)
    history = await begun(server, store, streamed("r1", server))

    async def first_and_silence() -> AsyncIterator[bytes]:
        yield event("output", "Once", 0)
        await asyncio.Event().wait()

    server.script = lambda asked: first_and_silence() if asked.path.startswith("/stream/") else history(asked)
    async with watching(client, store) as watcher:
        for times in (1, 2):
            async with aclosing(watcher.follow("r1")) as changes:
                await anext(changes)
                await eventually(lambda: server.paths("/stream/") == ["/stream/r1"] * times, "the stream")  # noqa: B023
                await eventually(lambda: tokens(store.run("r1")), "a token")
            await eventually(lambda: server.open == 0, "the stream's end")
    assert server.paths("/stream/") == ["/stream/r1"] * 2


async def test_a_stream_that_goes_silent_for_ever_does_not_hide_the_end(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, followed=SOON)
    history = await begun(server, store, streamed("r1", server))

    async def silence() -> AsyncIterator[bytes]:
        yield b": hi\n\n"
        history.put(run_object("r1", "succeeded", output=["all"], logs="logs"))
        await asyncio.Event().wait()

    server.script = lambda asked: silence() if asked.path.startswith("/stream/") else history(asked)
    async with watching(client, store) as watcher:
        run = await last(watcher, store, "r1")
    assert (run.status, tokens(run), run.logs) == ("succeeded", ["all"], "logs")


async def test_a_stream_that_is_refused_is_not_asked_for_again(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, followed=SOON)
    history = await begun(server, store, streamed("r1", server))
    server.script = lambda asked: problem(404) if asked.path.startswith("/stream/") else history(asked)
    async with watching(client, store) as watcher:
        following = asyncio.create_task(last(watcher, store, "r1"))
        await eventually(lambda: len(singles(server)) >= 3, "three looks")
        history.put(run_object("r1", "succeeded"))
        await following
    assert len(server.paths("/stream/")) == 1


async def test_a_bug_in_reading_a_stream_is_raised_where_the_watcher_runs(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(url: str) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(client.predictions, "stream", broken)
    await put(store, streamed("r1", server))
    watcher = Watcher(client, store)
    with watcher.following("r1"), pytest.raises(ExceptionGroup) as raised:
        await asyncio.wait_for(watcher.run(), TIME_LIMIT)
    assert raised.group_contains(ZeroDivisionError)


async def test_a_bug_in_keeping_a_stream_is_raised_although_the_stream_goes_on(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(store, streamed("r1", server))

    async def endless() -> AsyncIterator[bytes]:
        yield event("output", "Once", 0)
        await asyncio.Event().wait()

    def broken(*given: object) -> None:
        raise ZeroDivisionError("a bug")

    server.script = lambda asked: endless()
    monkeypatch.setattr(Prediction, "of", broken)
    watcher = Watcher(client, store)
    with watcher.following("r1"), pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(watcher.run(), TIME_LIMIT)
