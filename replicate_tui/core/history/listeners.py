"""Who listens, and what they are told."""

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Listeners(Generic[T]):
    """Functions to call with news; any of them may leave while they are being called."""

    def __init__(self) -> None:
        self._all: dict[object, Callable[[T], None]] = {}

    def add(self, changed: Callable[[T], None]) -> Callable[[], None]:
        """Have `changed` called with each news; the answer ends that."""
        place = object()
        self._all[place] = changed

        def leave() -> None:
            self._all.pop(place, None)

        return leave

    def tell(self, news: T) -> None:
        """Call everyone who listens."""
        for place, changed in tuple(self._all.items()):
            if place in self._all:
                changed(news)
