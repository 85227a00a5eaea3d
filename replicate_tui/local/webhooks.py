"""Webhooks: a receiver hears of a run while it goes on, and of its end until it has understood."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import replace
from typing import Any

from replicate_tui.local import background
from replicate_tui.local.delivery import TIME_LIMIT, Courier
from replicate_tui.local.runs import Run
from replicate_tui.local.storage.records import Prediction, new_id

log = logging.getLogger(__name__)

DEFAULT_EVENTS = ("output", "completed")
"""What a receiver is told of when the prediction does not say it."""

PROGRESS_EVENTS = ("output", "logs")

THROTTLE_SECONDS = 0.5
"""The shortest time between two webhooks about new output, and between two about new log text."""

RETRY_SECONDS = (1.0, 3.0, 7.0, 15.0, 30.0, 60.0)
"""When the webhook about the end is sent again while it fails, counted from the first try."""

RETRY_JITTER = 0.1
"""The part of those times by which each is shifted at random, either way."""

Payload = Callable[[Prediction, str], Awaitable[Mapping[str, Any]]]
"""The JSON of a prediction as the HTTP API shows it to the client at a base (scheme and host)."""


class Clock:
    """The time, and waiting until some of it has passed."""

    def now(self) -> float:
        """Unix seconds."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some moment; they never go back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return after that time."""
        await asyncio.sleep(seconds)


class Webhooks:
    """Sends the webhooks of runs, each run's in order, signed with `secret` (`whsec_…`).

    `delivered` is called with a prediction's id once nothing is owed for it any more: its end was told, or the
    last try failed, or nobody wants to know of its end.
    """

    def __init__(
        self,
        secret: str,
        payload: Payload,
        delivered: Callable[[str], None],
        *,
        clock: Clock | None = None,
        time_limit: float = TIME_LIMIT,
    ) -> None:
        self._payload = payload
        self._delivered = delivered
        self._clock = clock or Clock()
        self._courier = Courier(secret, self._clock.now, time_limit)
        self._closing = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def follow(self, run: Run) -> None:
        """Tell of a run from now to its end, if it has a webhook."""
        if url := run.prediction.webhook:
            self._begin(self._follow(run, url))

    def owed(self, prediction: Prediction, base: str) -> None:
        """Tell of the end of a prediction that is over, if it has a webhook; addresses in it begin with `base`."""
        if url := prediction.webhook:
            self._begin(self._tell_end(prediction, base, url))

    async def close(self, grace: float) -> None:
        """Give what is due now `grace` seconds, then end. What waits for its next try stays owed.

        Runs should be over by now: those that are not take up the whole time.
        """
        self._closing.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._courier.close()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = background.start(work, "the telling of a run by webhooks")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _follow(self, run: Run, url: str) -> None:
        wanted = _wanted(run.prediction)
        if "start" in wanted:
            await self._tell_start(run, url)
        if wanted.intersection(PROGRESS_EVENTS):
            await self._tell_progress(run, url, wanted)
        await run.finished.wait()
        await self._tell_end(run.prediction, run.base, url)

    async def _tell_start(self, run: Run, url: str) -> None:
        while not (run.prediction.started_at or run.finished.is_set()):
            await run.changes.wait()
        if run.prediction.started_at:
            begun = replace(_as_running(run.prediction), output=None, logs="")
            await self._courier.post(url, _message_id(), lambda: self._payload(begun, run.base))

    async def _tell_progress(self, run: Run, url: str, wanted: frozenset[str]) -> None:
        news = _News(run, wanted.intersection(PROGRESS_EVENTS))

        async def latest() -> Mapping[str, Any] | None:
            if run.finished.is_set() and "completed" in wanted:
                return None
            prediction = _as_running(run.snapshot())
            news.take()
            return await self._payload(prediction, run.base)

        while not self._closing.is_set():
            wait = news.wait(self._clock.monotonic())
            if run.finished.is_set() and (wait is None or "completed" in wanted):
                return
            if wait is None:
                await run.changes.wait()
            elif wait > 0:
                await self._rest(wait, run)
            else:
                await self._courier.post(url, _message_id(), latest)
                news.told(self._clock.monotonic())

    async def _tell_end(self, prediction: Prediction, base: str, url: str) -> None:
        if "completed" in _wanted(prediction):
            first = self._clock.monotonic()
            for due in (0.0, *RETRY_SECONDS):
                await self._rest(first + due * _jitter() - self._clock.monotonic())
                if due and self._closing.is_set():
                    return
                # The same id at every try, also after a restart: the receiver knows what it has already seen.
                if await self._courier.post(url, f"msg_{prediction.id}", lambda: self._payload(prediction, base)):
                    break
            else:
                log.warning("the webhook about the end of %s was not accepted; given up", prediction.id)
        self._delivered(prediction.id)

    async def _rest(self, seconds: float, run: Run | None = None) -> None:
        """Return after that time, or when the run changes or ends, or at `close`."""
        if seconds <= 0:
            return
        causes: list[Coroutine[Any, Any, object]] = [self._clock.sleep(seconds), self._closing.wait()]
        if run and not run.finished.is_set():
            causes += [run.changes.wait(), run.finished.wait()]
        waits = [asyncio.create_task(cause) for cause in causes]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


class _News:
    """What a receiver wants to hear of a run and has not heard, and from when on it may be told again."""

    def __init__(self, run: Run, wanted: Iterable[str]) -> None:
        self._run = run
        self._free_at = dict.fromkeys(wanted, float("-inf"))
        self._read = 0
        self._fresh: set[str] = set()
        self._taken: set[str] = set()

    def wait(self, now: float) -> float | None:
        """Seconds until something may be told, none or less when it may at once; None when nothing is new."""
        self._look()
        return min((self._free_at[kind] - now for kind in self._fresh), default=None)

    def take(self) -> None:
        """All that is new is being told."""
        self._look()
        self._taken, self._fresh = self._fresh, set()

    def told(self, now: float) -> None:
        """It has been: there is a pause before more of the same."""
        self._free_at |= dict.fromkeys(self._taken, now + THROTTLE_SECONDS)

    def _look(self) -> None:
        events, prediction = self._run.events, self._run.prediction
        new = {event.event for event in events[self._read :]}
        self._read = len(events)
        if "done" in new and not prediction.streams and prediction.output is not None:
            new.add("output")
        self._fresh |= new & self._free_at.keys()


def _wanted(prediction: Prediction) -> frozenset[str]:
    return frozenset(prediction.webhook_events_filter or DEFAULT_EVENTS)


def _as_running(prediction: Prediction) -> Prediction:
    """What a webhook before the end says, however quickly the end has come."""
    return replace(prediction, status="processing", error=None, completed_at=None, metrics={})


def _message_id() -> str:
    return f"msg_{new_id()}"


def _jitter() -> float:
    return random.uniform(1 - RETRY_JITTER, 1 + RETRY_JITTER)
