"""Who needs this server: runs that are active and screens that are open; and when nobody does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class Presence:
    """Counts screens and active runs, and calls `on_idle` after `idle_exit` seconds without either."""

    def __init__(self, idle_exit: float | None, on_idle: Callable[[], None]) -> None:
        self.screens = 0
        self._runs = 0
        self._idle_exit = idle_exit
        self._on_idle = on_idle
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """The server is there, and perhaps nobody comes."""
        self._changed()

    def active_runs(self) -> int:
        """How many runs are not finished."""
        return self._runs

    def runs_changed(self, active: int) -> None:
        """A run began or ended; so many are active now."""
        self._runs = active
        self._changed()

    @asynccontextmanager
    async def screen(self) -> AsyncIterator[None]:
        """One screen is open."""
        self.screens += 1
        self._changed()
        try:
            yield
        finally:
            self.screens -= 1
            self._changed()

    def _changed(self) -> None:
        """Start or stop counting the idle seconds."""
        idle = self.screens == 0 and self._runs == 0
        if self._timer and not idle:
            self._timer.cancel()
            self._timer = None
        elif idle and self._timer is None and self._idle_exit is not None:
            self._timer = asyncio.get_running_loop().call_later(self._idle_exit, self._on_idle)
