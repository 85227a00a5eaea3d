"""Keeps up with a prediction by asking for it: until its end, or event by event where it has no stream."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing
from typing import Any, Literal

from replicate_tui.api.errors import APIError, NetworkError, UnexpectedAnswer
from replicate_tui.api.resources import Prediction
from replicate_tui.api.stream import Event

FIRST_INTERVAL = 0.5
"""Seconds until a run is asked for again, at first."""

LONGEST_INTERVAL = 5.0
"""Seconds between two looks at a run that takes long."""

_GROWTH = 1.5

Get = Callable[[str], Awaitable[Prediction]]
Sleep = Callable[[float], Awaitable[None]]
Stream = Callable[[str], AsyncGenerator[Event, None]]


async def wait_for_end(get: Get, sleep: Sleep, prediction: Prediction) -> Prediction:
    """The run after its end."""
    async for seen in _looks(get, sleep, prediction):
        prediction = seen
    return prediction


async def follow(stream: Stream, get: Get, sleep: Sleep, prediction: Prediction) -> AsyncGenerator[Event, None]:
    """The events of a run: of its stream, and from where that fails by asking."""
    told = _Told()
    while prediction.active and prediction.stream_url is not None:
        try:
            async with aclosing(stream(prediction.stream_url)) as events:
                async for event in events:
                    told.note(event)
                    yield event
                    if event.kind == "done":
                        return
        except (NetworkError, APIError, UnexpectedAnswer) as lost:
            # Whatever is wrong with the stream, the run itself can be asked for; if not, that raises.
            prediction = await get(prediction.id)
            # A model that boots for long is silent for longer than a stream lasts.
            if not isinstance(lost, NetworkError) or prediction.status != "starting":
                break
    async for seen in _looks(get, sleep, prediction):
        for event in told.news(seen):
            yield event


async def _looks(get: Get, sleep: Sleep, prediction: Prediction) -> AsyncIterator[Prediction]:
    """The run as it is, again at growing intervals, at last ended."""
    interval = FIRST_INTERVAL
    yield prediction
    while prediction.active:
        await sleep(interval)
        interval = min(LONGEST_INTERVAL, interval * _GROWTH)
        prediction = await get(prediction.id)
        yield prediction


class _Told:
    """How much of a run has been told: elements of its output, letters of it where it is one text, and of its logs.

    Letters are counted, and texts told, with the line ends that a stream can carry: see `_lines`.
    """

    def __init__(self) -> None:
        self._elements = 0
        self._letters = 0
        self._logs = 0
        self._error = False

    def note(self, event: Event) -> None:
        """The stream told this."""
        match event.kind:
            case "output":
                self._elements += 1
                self._letters += len(event.data)
            case "logs":
                self._logs += len(event.data)
            case "error":
                self._error = True

    def news(self, seen: Prediction) -> Iterator[Event]:
        """What this look at the run brings that was not told yet."""
        yield from self._noted("output", self._output(seen))
        logs = _lines(seen.logs or "", growing=seen.active)[self._logs :]
        yield from self._noted("logs", [logs] if logs else [])
        if not seen.active:
            yield from self._end(seen)

    def _noted(self, kind: Literal["output", "logs"], data: list[str]) -> Iterator[Event]:
        for each in data:
            event = Event(kind, each, None)
            self.note(event)
            yield event

    def _output(self, seen: Prediction) -> list[str]:
        match seen.output:
            case None:
                return []
            case list(elements):
                return [_as_data(element) for element in elements[self._elements :]]
            case str(text):
                rest = _lines(text, growing=seen.active)[self._letters :]
                return [rest] if rest else []
            case value:
                return [] if seen.active or self._elements else [_as_data(value)]

    def _end(self, seen: Prediction) -> Iterator[Event]:
        if seen.status == "failed" and not self._error:
            yield Event("error", json.dumps({"detail": seen.error or ""}, ensure_ascii=False), None)
        reason = _REASONS.get(seen.status, seen.status)
        yield Event("done", json.dumps({"reason": reason} if reason else {}), None)


_REASONS = {"succeeded": None, "failed": "error", "canceled": "canceled", "aborted": "canceled"}


def _as_data(element: Any) -> str:
    """An element of an output as an event carries it: texts and addresses bare, anything else as JSON."""
    return _lines(element) if isinstance(element, str) else json.dumps(element, ensure_ascii=False)


def _lines(text: str, *, growing: bool = False) -> str:
    """The text as server-sent events carry it: every line end is a line feed.

    While it is growing, a carriage return at its end may yet become half of one.
    """
    if growing:
        text = text.removesuffix("\r")
    return text.replace("\r\n", "\n").replace("\r", "\n")
