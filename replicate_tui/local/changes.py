"""Waiting for something to change."""

from __future__ import annotations

import asyncio


class Changes:
    """Wakes everybody who waits for something to change."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def announce(self) -> None:
        """Wake those who wait now."""
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self) -> None:
        """Return at the next announcement."""
        await self._event.wait()
