"""The list of runs that a screen shows: searched once, and mended where runs change."""

import bisect
import time
from collections.abc import Sequence
from typing import Any, Final

from replicate_tui.core.history.filters import ALL, Filter
from replicate_tui.core.history.ordering import NEWEST, Order
from replicate_tui.core.history.rows import Kind
from replicate_tui.core.history.store import Store

MENDED_AT_ONCE = 300
"""So many changes are judged one by one; after more of them it is cheaper to search anew."""
MOVED_AFTER: Final = 20.0
"""Seconds after which what depends on the clock is searched anew."""


class Listing:
    """The ids of the runs that hold some words, in an order, kept true by what the store tells.

    With a `kind` only those that are of it.
    """

    def __init__(self, store: Store, kind: Kind | None = None) -> None:
        self._store = store
        self._kind = kind
        self._asked: tuple[tuple[str, ...], Filter, Order] | None = None
        self._searched_at = 0.0
        self._ids: list[str] = []
        self._listed: set[str] = set()
        self._changed: set[str] = set()
        store.subscribe(self._changed.add)

    def ids(self, words: Sequence[str] = (), wanted: Filter = ALL, order: Order = NEWEST) -> Sequence[str]:
        """The ids as they are now: the very object of the last time if none came or went, and never changed."""
        asked = (tuple(words), wanted, order)
        if asked != self._asked or "" in self._changed or len(self._changed) > MENDED_AT_ONCE or self._is_old:
            self._search(*asked)
        elif self._changed:
            self._mend(*asked)
        self._changed.clear()
        return self._ids

    @property
    def _is_old(self) -> bool:
        if self._asked is None or not (self._asked[1].moves or self._asked[2].moves):
            return False
        return time.monotonic() - self._searched_at > MOVED_AFTER

    def _search(self, words: tuple[str, ...], wanted: Filter, order: Order) -> None:
        self._asked, self._searched_at = (words, wanted, order), time.monotonic()
        found = self._store.ids(words, kind=self._kind, wanted=wanted, order=order)
        if found != self._ids:
            self._ids, self._listed = found, set(found)

    def _mend(self, words: tuple[str, ...], wanted: Filter, order: Order) -> None:
        """Take out what has gone, put in what is new; in an order that changes, all that changed is placed anew."""
        holding = self._store.holding(words, self._changed, kind=self._kind, wanted=wanted)
        gone, new = (self._changed & self._listed) - holding, holding - self._listed
        moved = set() if order.is_fixed else holding & self._listed
        if not gone and not new and not moved:
            return
        out = gone | moved
        mended = [run_id for run_id in self._ids if run_id not in out] if out else self._ids.copy()

        def place(run_id: str) -> tuple[Any, ...]:
            row = self._store.row(run_id)
            if row is None:
                raise LookupError(run_id)
            return order.place(row)

        try:
            for run_id in new | moved:
                bisect.insort(mended, run_id, key=place)
        except LookupError:  # another program gave one of the others its id, and we have not noticed yet
            self._search(words, wanted, order)
            return
        if mended != self._ids:
            self._ids = mended
            self._listed = (self._listed - gone) | new
