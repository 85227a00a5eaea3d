"""Removes what has outlived its time, when it is due and not before."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time

from replicate_tui.local.storage.storage import Storage, remove

log = logging.getLogger(__name__)

LONGEST_SLEEP = 3600.0
"""Seconds after which the clock is read again in any case: it may have been set, or the machine asleep."""

AGAIN_SECONDS = 60.0
"""When it is tried again after the database could not be written."""

AT_ONCE = 50
"""How many are removed before others on the event loop have their turn."""


class Expiry:
    """One task that sleeps until the next prediction or file is due."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._scheduled = asyncio.Event()

    def scheduled(self) -> None:
        """Something has got a time of removal, perhaps earlier than all others."""
        self._scheduled.set()

    async def run(self) -> None:
        """Work until canceled."""
        while True:
            self._scheduled.clear()
            due = await self._removed()
            try:
                async with asyncio.timeout(None if due is None else _sleep(due)):
                    await self._scheduled.wait()
            except TimeoutError:
                continue

    async def _removed(self) -> float | None:
        """Remove what is due; when there is more to do, in unix seconds."""
        try:
            while paths := self._storage.forget_expired(time.time(), AT_ONCE):
                await asyncio.to_thread(remove, paths)
            return self._storage.next_expiry()
        except sqlite3.Error as error:
            log.error("what has outlived its time could not be removed, which is tried again: %s", error)
            return time.time() + AGAIN_SECONDS


def _sleep(due: float) -> float:
    return min(LONGEST_SLEEP, max(0.0, due - time.time()))
