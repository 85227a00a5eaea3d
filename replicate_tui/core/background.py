"""Work that goes on beside what a person asks for; a bug in it ends all of it and is raised where somebody waits."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, TypeVar

T = TypeVar("T")
Work = Callable[[], Coroutine[Any, Any, None]]
"""Begins one piece of work."""


class Background:
    """Pieces of work that run at the same time. Made where a loop is running; it is to be closed."""

    def __init__(self) -> None:
        self._task = asyncio.create_task(_together([]))

    def start(self, work: Iterable[Work]) -> None:
        """Begin; to be called once."""
        self._task = asyncio.create_task(_together(work))

    async def close(self) -> None:
        """End it; a bug that ended it before is raised here."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def watch(self) -> None:
        """Wait beside it, for ever; a bug in it is raised here."""
        await asyncio.shield(self._task)

    async def beside(self, step: Awaitable[T]) -> T:
        """What `step` gives. A bug in the background is raised at once instead: the step might wait in vain."""
        waiting = asyncio.ensure_future(step)
        try:
            await asyncio.wait({waiting, self._task}, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                self._task.result()
        finally:
            waiting.cancel()
            await asyncio.wait({waiting})
        return waiting.result()


async def _together(work: Iterable[Work]) -> None:
    """Run all of these; when one fails the others end and it is raised."""
    async with asyncio.TaskGroup() as group:
        for begin in work:
            group.create_task(begin())
