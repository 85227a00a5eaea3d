"""Rounds of refreshes: what is due at the same time is done at the same time, and judged together."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, NamedTuple

from replicate_tui.api.errors import ReplicateError
from replicate_tui.core.watching.waits import Waits

Refresh = Callable[[], Awaitable[Any]]


class Due(NamedTuple):
    """A refresh, which counts as one request, and from when on it is due on the monotonic clock.

    One that `can_wait` goes when the others leave room for it; of several the one that was due first.
    """

    at: float
    refresh: Refresh
    can_wait: bool = False


class Jumped(Exception):
    """The machine slept or its clock was set meanwhile: what was under way was given up."""


async def round_of(refreshes: Iterable[Refresh], waits: Waits) -> list[ReplicateError]:
    """Do all of these; the troubles that they met.

    Raises:
        Jumped: the answers on their way may never come.
        Exception: a bug in one of them, once all have ended.
    """
    tasks = [asyncio.create_task(_done(refresh)) for refresh in refreshes]
    try:
        jumped = await waits.done(tasks)
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, ReplicateError | asyncio.CancelledError):
            raise result
    if jumped:
        raise Jumped
    return [result for result in results if isinstance(result, ReplicateError)]


async def _done(refresh: Refresh) -> None:
    await refresh()
