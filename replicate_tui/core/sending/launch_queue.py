"""The queue in front of the POST: runs wait here for their turn under the API's rate limit.

Nothing of a run that waits has been sent. The queue can be paused and put in another order, and what waits can be
taken out of it; whose turn came is out of reach.
"""

import asyncio
import contextlib
import math
from collections.abc import Awaitable, Callable, Iterator
from itertools import count

from replicate_tui.api.limits import Limiter

LONGEST_NAP = 5.0
"""Seconds after which a pause that the server asked for is looked at again: it may have ended early."""


class Removed(Exception):
    """The run was taken out of the queue before its turn; nothing of it was sent."""


class LaunchQueue:
    """Gives turns, in order, as the limiter has room. `run` must be running for that.

    `changed` is called when the order, the number of those waiting or the pause changed. `patience` is for how many
    seconds one run is sent again that the API refuses as too early; None means for as long as it takes.
    """

    def __init__(self, limiter: Limiter, *, patience: float | None = None) -> None:
        self.patience = patience
        self._limiter = limiter
        self._waiting: dict[str, asyncio.Future[int]] = {}
        self._back: dict[str, int] = {}
        self._turns = count(1)
        self._paused = False
        self._work = asyncio.Event()
        self.changed: Callable[[], None] = lambda: None

    @property
    def waiting(self) -> tuple[str, ...]:
        """The ids of those that wait, the next first."""
        return tuple(self._waiting)

    @property
    def is_free(self) -> bool:
        """Whether a run would get its turn at once."""
        return not self._waiting and not self._paused and not self._limiter.delay("create")

    @property
    def delay(self) -> float | None:
        """Seconds until the next turn; None while the queue is paused or empty."""
        return None if self._paused or not self._waiting else self._limiter.delay("create")

    @property
    def paused(self) -> bool:
        """No turns are given."""
        return self._paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        self._paused = paused
        self._tell()

    def move(self, key: str, by: int) -> None:
        """Move one that waits so many places towards the end, or the front if `by` is below 0."""
        order = list(self._waiting)
        if key in self._waiting:
            place = order.index(key)
            order.insert(min(len(order) - 1, max(0, place + by)), order.pop(place))
            self._waiting = {each: self._waiting[each] for each in order}
            self._tell()

    def remove(self, *keys: str) -> None:
        """Take out those of these that wait."""
        for key in keys:
            turn = self._waiting.pop(key, None)
            if turn is not None and not turn.done():
                turn.set_exception(Removed("it was taken out of the queue; nothing was sent"))
        self._tell()

    @contextlib.contextmanager
    def place(self, key: str, *, again: int | None = None) -> Iterator[Awaitable[int]]:
        """A place behind those that wait already; what it gives is done at its turn, and then that turn's number.

        With `again`, the number of the turn that it had in vain, it comes before those that had none or a later one.
        The request that it is for has been counted at its turn. Leaving the block leaves the queue. Awaiting the turn
        raises Removed if the run was taken out.
        """
        turn: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._enter(key, turn, again)
        self._tell()
        try:
            yield turn
        finally:
            if not turn.cancel() and not turn.cancelled():
                turn.exception()  # whoever left early does not want to know
            self._back.pop(key, None)
            if self._waiting.pop(key, None) is not None:
                self._tell()

    def _enter(self, key: str, turn: asyncio.Future[int], again: int | None) -> None:
        order = list(self._waiting)
        place = len(order)
        if again is not None:
            # Those that were refused together come back in any order.
            place = next((at for at, each in enumerate(order) if self._back.get(each, math.inf) > again), place)
            self._back[key] = again
        order.insert(place, key)
        self._waiting = {each: self._waiting.get(each, turn) for each in order}

    async def run(self) -> None:
        """Give turns, until cancelled."""
        admitted = False
        while True:
            await self._work.wait()
            if not admitted and (left := await self._limiter.admit("create")):
                await asyncio.sleep(min(left, LONGEST_NAP))
                continue
            # Between the asking and the answer anything may have changed: what is first now has the turn.
            admitted = not self._give_turn()

    def _give_turn(self) -> bool:
        if self._paused or not self._waiting:
            return False
        key = next(iter(self._waiting))
        turn = self._waiting.pop(key)
        if not turn.done():
            turn.set_result(next(self._turns))
        self._tell()
        return True

    def _tell(self) -> None:
        if self._waiting and not self._paused:
            self._work.set()
        else:
            self._work.clear()
        self.changed()
