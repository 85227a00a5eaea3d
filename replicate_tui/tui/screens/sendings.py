"""What was ordered just now, so that the same is not run twice by a key that is held or pressed again."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from replicate_tui.tui.screens.model_form import Order

TWICE = 2.0
"""Seconds after a run was sent within which the same again is asked about."""


class Sendings:
    """Orders on their way to the API, and the last one that arrived."""

    def __init__(self) -> None:
        self._under_way: list[Order] = []
        self._last: tuple[float, Order] | None = None

    def repeats(self, order: Order) -> bool:
        """Whether the same is on its way, or was sent just now."""
        if any(each.same_run(order) for each in self._under_way):
            return True
        return self._last is not None and self._last[1].same_run(order) and time.monotonic() - self._last[0] < TWICE

    @contextmanager
    def sending(self, order: Order) -> Iterator[None]:
        """The order is on its way while the block lasts."""
        self._under_way.append(order)
        try:
            yield
        finally:
            self._under_way.remove(order)
            self._last = (time.monotonic(), order)
