"""A run while it is active: it grows, is journaled to disk, and tells those who watch."""

from __future__ import annotations

import asyncio
import logging
import math
import sqlite3
import time
from collections.abc import Callable
from typing import Any

from replicate_tui.local.changes import Changes
from replicate_tui.local.marks import NESTING_LIMIT
from replicate_tui.local.storage.records import Prediction, StreamEvent, timestamp
from replicate_tui.local.storage.storage import Storage

log = logging.getLogger(__name__)

JOURNAL_SECONDS = 0.1
"""Log text and output elements are gathered for this long before they are written to disk."""

STORE_AGAIN_SECONDS = 1.0
"""How long after a failure it is tried again to write the end to disk."""

UNSAYABLE = f"the model gave an output that JSON cannot say: NaN, an infinity, or more than {NESTING_LIMIT} levels"


class Run:
    """A prediction that is not finished, its stream so far, and its journal. `base` is how its client calls us.

    State changes are on disk before the method that makes them returns; logs and outputs follow within
    `JOURNAL_SECONDS`. `changes` announces the start and new stream events, `finished` is set at the end, and
    `on_stored` is called when the end is on disk: while the disk takes nothing, that is tried again and again.
    The data of the run are kept for `retention` seconds after its end.
    """

    def __init__(
        self,
        prediction: Prediction,
        storage: Storage,
        on_stored: Callable[[Run], None],
        *,
        retention: float,
        base: str,
    ) -> None:
        self.prediction = prediction
        self.base = base
        self.events: list[StreamEvent] = []
        self.changes = Changes()
        self.finished = asyncio.Event()
        self._storage = storage
        self._on_stored = on_stored
        self._retention = retention
        self._unsayable = False
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
        if not _is_sayable(item):
            self._unsayable = True
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
        """The model is done; an iterator's elements are its output. What JSON cannot say makes it a failure."""
        if self._unsayable or not (self.prediction.streams or _is_sayable(output)):
            self.fail(UNSAYABLE)
        elif self.active:
            self.prediction.output = (self.prediction.output or []) if self.prediction.streams else output
            self._finish("succeeded", {})

    def fail(self, error: str) -> None:
        """It ended in an error, which is a sentence for the user."""
        self._finish("failed", {"reason": "error"}, error)

    def cancel(self) -> None:
        """Nobody wants it any more."""
        self._finish("canceled", {"reason": "canceled"})

    def abort(self) -> None:
        """Its deadline passed before the model began."""
        self._finish("aborted", {"reason": "canceled"})

    def _finish(self, status: str, reason: dict[str, str], error: str | None = None) -> None:
        """End it; what has ended stays as it is."""
        if not self.active:
            return
        now = time.monotonic()
        prediction = self.prediction
        self._publish_logs()
        if error is not None:
            self._publish("error", {"detail": error})
        self._publish("done", reason)
        prediction.status, prediction.error = status, error
        prediction.completed_at = timestamp(time.time())
        prediction.expires_at = time.time() + self._retention
        prediction.metrics = {"total_time": round(now - self._created, 6)}
        if self._started is not None:
            prediction.metrics["predict_time"] = round(now - self._started, 6)
        self._stop_timer()
        self._store_end()
        self.finished.set()
        self.changes.announce()

    def _store_end(self) -> None:
        try:
            self._storage.conclude(self.prediction, self.events[self._journaled :])
        except sqlite3.Error as failure:
            log.error("the end of run %s could not be written, which is tried again: %s", self.prediction.id, failure)
            asyncio.get_running_loop().call_later(STORE_AGAIN_SECONDS, self._store_end)
            return
        self._journaled = len(self.events)
        self._on_stored(self)

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
        self._stop_timer()
        self._publish_logs()
        try:
            self._storage.add_events(self.prediction.id, self.events[self._journaled :])
        except sqlite3.Error as failure:
            # What is missing is written with what comes next.
            log.warning("the journal of run %s could not be written: %s", self.prediction.id, failure)
        else:
            self._journaled = len(self.events)
        self.changes.announce()

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None


def _is_sayable(value: Any, room: int = NESTING_LIMIT) -> bool:
    """Whether JSON has words for a value that some reader of JSON made, and everybody can follow it inwards."""
    if isinstance(value, float):
        return math.isfinite(value)
    if not isinstance(value, list | dict):
        return True
    parts = value.values() if isinstance(value, dict) else value
    return room > 0 and all(_is_sayable(part, room - 1) for part in parts)
