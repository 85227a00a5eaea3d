"""What somebody wants to have fresh besides runs, for as long as it is shown: each with its interval."""

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from replicate_tui.api.errors import APIError, UnexpectedAnswer
from replicate_tui.core.watching.connection import concerns_all
from replicate_tui.core.watching.rounds import Due, Refresh
from replicate_tui.core.watching.waits import Clocks


@dataclass(slots=True, eq=False)
class _Thing:
    """One thing: how it is refreshed, how often in seconds, and when it is due. At infinity it is asked for no more."""

    refresh: Refresh
    interval: float
    due: float = -math.inf


class Kept:
    """Everything that is being kept fresh."""

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks
        self._things: list[_Thing] = []

    @contextlib.contextmanager
    def keeping(self, refresh: Refresh, interval: float, first: float = 0.0) -> Iterator[None]:
        """Have `refresh` planned in `first` seconds and then every `interval`, while the block lasts."""
        thing = _Thing(refresh, interval, self._clocks.monotonic() + first if first > 0 else -math.inf)
        self._things.append(thing)
        try:
            yield
        finally:
            self._things.remove(thing)

    def make_due(self) -> None:
        """All of them are due, those that were refused too."""
        for thing in self._things:
            thing.due = -math.inf

    def plan(self) -> Iterator[Due]:
        """What is to be refreshed, and when."""
        for thing in self._things:
            if thing.due < math.inf:
                yield Due(thing.due, partial(self._refresh, thing))

    async def _refresh(self, thing: _Thing) -> None:
        try:
            await thing.refresh()
        except APIError as error:
            if concerns_all(error):
                raise
            # Asking again would bring the same answer, until somebody wants to know it anew.
            thing.due = math.inf
        except UnexpectedAnswer:
            # One thing that cannot be read says nothing about the others.
            thing.due = self._clocks.monotonic() + thing.interval
        else:
            thing.due = self._clocks.monotonic() + thing.interval
