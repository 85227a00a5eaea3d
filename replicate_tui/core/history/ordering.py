"""The orders that runs are listed in: in SQL, and of one row, so that a list can be mended at its place."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from replicate_tui.core.history import runs
from replicate_tui.core.history.filters import ELAPSED
from replicate_tui.core.history.rows import RunRow


@dataclass(frozen=True, slots=True)
class Order:
    """Runs by a column, those of which it tells nothing last; among equals the newest first."""

    column: str = "age"
    descending: bool = False

    @property
    def is_fixed(self) -> bool:
        """A run is made at one moment, under one name: it keeps its place for ever."""
        return self.column in ("age", "id")

    @property
    def moves(self) -> bool:
        """Places change as time passes."""
        return self.column == "time"

    def table(self, *, few: bool, reads_rows: bool) -> str:
        """What stands after FROM, where `few` are listed of all the runs, or each run's row is read in any case.

        Where no index has the order, reading all in one go is several times faster.
        """
        if few or self == NEWEST:
            return "runs"
        has_index = self.column in _INDEXES and not reads_rows
        return f"runs INDEXED BY {_INDEXES[self.column]}" if has_index else "runs NOT INDEXED"

    @property
    def sql(self) -> str:
        """What stands after ORDER BY."""
        if self == NEWEST:
            return "created_at DESC, id"  # an index has that order
        turn = " DESC" if self.descending else ""
        nulls = " NULLS LAST" if self.column in _UNTOLD else ""
        return f"{_COLUMNS[self.column][0]}{turn}{nulls}, created_at DESC, id"

    def place(self, row: RunRow) -> tuple[Any, ...]:
        """What compares as the rows do in SQL."""
        value = _COLUMNS[self.column][1](row)
        turned = _Turned(value) if self.descending and value is not None else value
        return value is None, 0 if turned is None else turned, -row.created_at, row.id


@dataclass(frozen=True, slots=True)
class _Turned:
    """A value that comes the later the lower it is."""

    value: Any

    def __lt__(self, other: "_Turned") -> bool:
        return bool(other.value < self.value)


def _folded(text: str) -> bytes:
    return text.encode("utf-8", "replace").lower()  # as SQLite does, which knows no letters beyond ASCII


_KEPT: Final = "CASE WHEN folder IS NOT NULL THEN 0 WHEN files > 0 THEN 1 ELSE 2 END"

_COLUMNS: Final[dict[str, tuple[str, Callable[[RunRow], Any]]]] = {
    "age": ("-created_at", lambda row: -row.created_at),
    "time": (f"({ELAPSED})", runs.elapsed),
    "status": ("status", lambda row: row.status.encode()),
    "model": ("lower(model)", lambda row: _folded(row.model)),
    "what": ("lower(what)", lambda row: _folded(row.what)),
    "files": (_KEPT, lambda row: 0 if row.folder is not None else 1 if row.files > 0 else 2),
    "id": ("id", lambda row: row.id.encode()),
}
"""By column: an expression in SQL, and the same of a row."""

_UNTOLD: Final = frozenset({"time"})
"""Columns that tell nothing of some runs; only of these is it asked for, for no index has that order."""
_INDEXES: Final = {"what": "runs_by_what"}
"""Orders by long texts, which take most of a second to be made of 100,000 runs."""

NEWEST: Final = Order()
ORDERS: Final = tuple(_COLUMNS)
"""The columns that runs can be listed by."""
FIRST_DOWN: Final = frozenset({"time"})
"""Columns whose greatest values are wanted first."""
