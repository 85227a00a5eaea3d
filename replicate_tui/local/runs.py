"""A run while it is active: it grows, is journaled to disk, and tells those who watch."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from replicate_tui.local.changes import Changes
from replicate_tui.local.records import Prediction, StreamEvent, timestamp
from replicate_tui.local.storage import Storage

JOURNAL_SECONDS = 0.1
"""Log text and output elements are gathered for this long before they are written to disk."""


class Run:
    """A prediction that is not finished, its stream so far, and its journal. `base` is how its client calls us.

    State changes are on disk before the method that makes them returns; logs and outputs follow within
    `JOURNAL_SECONDS`. `changes` announces the start and new stream events, `finished` is set at the end.
    """

    def __init__(
        self, prediction: Prediction, storage: Storage, on_finish: Callable[[Run], None], base: str = ""
    ) -> None:
        self.prediction = prediction
        self.base = base
        self.events: list[StreamEvent] = []
        self.changes = Changes()
        self.finished = asyncio.Event()
        self._storage = storage
        self._on_finish = on_finish
        self._created = time.monotonic()
        self._started: float | None = None
        self._new_logs: list[str] = []
        self._journaled = 0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def active(self) -> bool:
        """Whether it still goes on."""
        return self.prediction.active

    def start(self) -> None:
        """The model begins to work on it."""
        self._started = time.monotonic()
        self.prediction.status = "processing"
        self.prediction.started_at = timestamp(time.time())
        self._storage.save(self.prediction)
        self.changes.announce()

    def log(self, text: str) -> None:
        """The model wrote log text. Ignored once the run is over."""
        if self.active:
            self._new_logs.append(text)
            self._journal_soon()

    def output(self, item: Any) -> None:
        """The model handed over one element of its output. Ignored once the run is over."""
        if not self.active:
            return
        self._publish_logs()
        self.prediction.output = self.prediction.output or []
        self.prediction.output.append(item)
        self._publish("output", item)
        self.changes.announce()
        self._journal_soon()

    def snapshot(self) -> Prediction:
        """The prediction as of now, logs included."""
        self._publish_logs()
        return self.prediction

    def succeed(self, output: Any) -> None:
        """The model is done; an iterator's elements are its output."""
        if not self.prediction.streams:
            self.prediction.output = output
        elif self.prediction.output is None:
            self.prediction.output = []
        self._finish("succeeded", {})

    def fail(self, error: str) -> None:
        """It ended in an error, which is a sentence for the user."""
        self.prediction.error = error
        self._finish("failed", {"reason": "error"})

    def cancel(self) -> None:
        """Nobody wants it any more."""
        self._finish("canceled", {"reason": "canceled"})

    def abort(self) -> None:
        """Its deadline passed before the model began."""
        self._finish("aborted", {"reason": "canceled"})

    def _finish(self, status: str, reason: dict[str, str]) -> None:
        now = time.monotonic()
        self._publish_logs()
        if self.prediction.error is not None:
            self._publish("error", {"detail": self.prediction.error})
        self._publish("done", reason)
        self.prediction.status = status
        self.prediction.completed_at = timestamp(time.time())
        self.prediction.metrics = {"total_time": round(now - self._created, 6)}
        if self._started is not None:
            self.prediction.metrics["predict_time"] = round(now - self._started, 6)
        self._on_finish(self)
        self._storage.save(self.prediction)
        self._journal()
        self.finished.set()

    def _publish_logs(self) -> None:
        if self._new_logs:
            text = "".join(self._new_logs)
            self._new_logs.clear()
            self.prediction.logs += text
            self._publish("logs", text)

    def _publish(self, event: str, data: Any) -> None:
        self.events.append(StreamEvent(len(self.events), int(time.time()), event, data))

    def _journal_soon(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(JOURNAL_SECONDS, self._journal)

    def _journal(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        self._publish_logs()
        self._storage.add_events(self.prediction.id, self.events[self._journaled :])
        self._journaled = len(self.events)
        self.changes.announce()
