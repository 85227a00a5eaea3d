"""The list of runs that a screen shows: searched once, and mended where runs change."""

import bisect
from collections.abc import Sequence

from replicate_tui.core.history.rows import Kind
from replicate_tui.core.history.store import Store

MENDED_AT_ONCE = 300
"""So many changes are judged one by one; after more of them it is cheaper to search anew."""


class Listing:
    """The ids of the runs that hold some words, newest first, kept true by what the store tells.

    With a `kind` only those that are of it.
    """

    def __init__(self, store: Store, kind: Kind | None = None) -> None:
        self._store = store
        self._kind = kind
        self._words: tuple[str, ...] | None = None
        self._ids: list[str] = []
        self._listed: set[str] = set()
        self._changed: set[str] = set()
        store.subscribe(self._changed.add)

    def ids(self, words: Sequence[str] = ()) -> Sequence[str]:
        """The ids as they are now: the very object of the last time if none came or went, and never changed."""
        if tuple(words) != self._words or "" in self._changed or len(self._changed) > MENDED_AT_ONCE:
            self._search(words)
        elif self._changed:
            self._mend(words)
        self._changed.clear()
        return self._ids

    def _search(self, words: Sequence[str]) -> None:
        self._words = tuple(words)
        self._ids = self._store.ids(words, kind=self._kind)
        self._listed = set(self._ids)

    def _mend(self, words: Sequence[str]) -> None:
        """A run is made at one moment for ever: those that stay keep their places."""
        holding = self._store.holding(words, self._changed, kind=self._kind)
        gone, new = (self._changed & self._listed) - holding, holding - self._listed
        if not gone and not new:
            return
        mended = [run_id for run_id in self._ids if run_id not in gone] if gone else self._ids.copy()
        try:
            for run_id in new:
                bisect.insort(mended, run_id, key=self._place)
        except LookupError:  # another program gave one of the others its id, and we have not noticed yet
            self._search(words)
            return
        self._ids = mended
        self._listed -= gone
        self._listed |= new

    def _place(self, run_id: str) -> tuple[float, str]:
        row = self._store.row(run_id)
        if row is None:
            raise LookupError(run_id)
        return -row.created_at, run_id
