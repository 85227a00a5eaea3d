"""Removes what has outlived its time, when it is due and not before."""

from __future__ import annotations

import asyncio
import time

from replicate_tui.local.storage import Storage

LONGEST_SLEEP = 3600.0
"""Seconds after which the clock is read again in any case: it may have been set, or the machine asleep."""


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
            self._storage.remove_expired(time.time())
            due = self._storage.next_expiry()
            try:
                async with asyncio.timeout(None if due is None else _sleep(due)):
                    await self._scheduled.wait()
            except TimeoutError:
                continue


def _sleep(due: float) -> float:
    return min(LONGEST_SLEEP, max(0.0, due - time.time()))
