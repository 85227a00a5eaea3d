"""Leases in the history file: what one program does for all that share the file, until it ends or its lease does.

A lease that is not renewed ends by itself: a program that was killed holds nothing for long. Moments are the wall
clock's, for no other clock is shared by all programs and survives them.
"""

import asyncio
import contextlib
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator

from replicate_tui.core.history.history_file import DatabaseError, HistoryFile
from replicate_tui.core.history.program import is_here

LENGTH = 20.0
"""Seconds until a lease that is not renewed ends."""
RENEWAL = 5.0
"""Seconds between two renewals of a lease that is being held."""


class Leases:
    """Takes and gives back leases in the name of this program."""

    def __init__(self, file: HistoryFile) -> None:
        self._file = file
        self._turn = asyncio.Lock()
        self._blocks: Counter[str] = Counter()
        self._renewals: dict[str, asyncio.Task[None]] = {}

    @property
    def holder(self) -> str:
        """Who holds what is taken here."""
        return self._file.program

    async def take(self, name: str, seconds: float | None = None) -> bool:
        """Take a lease that nobody else holds, or renew our own, for `LENGTH` by default; whether it is ours now."""
        length = LENGTH if seconds is None else seconds

        def take(db: sqlite3.Connection) -> bool:
            now = time.time()
            if _holder(db.execute(_HELD, (name,)).fetchone(), now) not in (None, self.holder):
                return False
            db.execute("INSERT OR REPLACE INTO leases VALUES (?, ?, ?)", (name, self.holder, now + length))
            db.execute("DELETE FROM leases WHERE expires_at < ?", (now - _FORGOTTEN,))
            return True

        return await self._file.write(take)

    async def give_back(self, name: str) -> None:
        """End a lease of ours before its time."""
        statement = "DELETE FROM leases WHERE name = ? AND holder = ?"
        await self._file.write(lambda db: db.execute(statement, (name, self.holder)))

    def held_by(self, name: str) -> str | None:
        """Who holds a lease now; None if nobody does."""
        return _holder(self._file.one(_HELD, (name,)), time.time())

    def left(self, name: str) -> float:
        """Seconds until a lease ends unless it is renewed; 0 if nobody holds it."""
        found, now = self._file.one(_HELD, (name,)), time.time()
        return 0.0 if found is None or _holder(found, now) is None else float(found[1]) - now

    @contextlib.asynccontextmanager
    async def holding(self, name: str) -> AsyncIterator[bool]:
        """Hold a lease while the block lasts, if nobody else holds it; whether it is ours.

        The blocks of one name share the lease: the last one that ends gives it back.
        """
        async with self._turn:
            held = await self.take(name)
            if held:
                self._blocks[name] += 1
                if self._blocks[name] == 1:
                    self._renewals[name] = asyncio.create_task(self._renew(name))
        try:
            yield held
        finally:
            if held:
                await asyncio.shield(self._end(name))

    async def _end(self, name: str) -> None:
        async with self._turn:
            self._blocks[name] -= 1
            if not self._blocks[name]:
                renewal = self._renewals.pop(name)
                renewal.cancel()
                await asyncio.wait([renewal])
                await self.give_back(name)

    async def _renew(self, name: str) -> None:
        while True:
            await asyncio.sleep(RENEWAL)
            with contextlib.suppress(DatabaseError):  # a full disk may be free again the next time
                await self.take(name)


def sleeps(holder: str) -> bool:
    """Whether a program whose lease ended is still there, on this machine: it was stopped, and may go on."""
    return is_here(holder)


def program(holder: str) -> str:
    """The name of the lease that a program holds as long as it works on runs that it asked for."""
    return f"program:{holder}"


_HELD = "SELECT holder, expires_at FROM leases WHERE name = ?"
_LONGEST = 3600.0
"""No lease lasts longer: an end further away was written before the clock was set back."""
_FORGOTTEN = 86_400.0


def _holder(found: tuple[str, float] | None, now: float) -> str | None:
    if found is None or not now < found[1] <= now + _LONGEST:
        return None
    return found[0]
