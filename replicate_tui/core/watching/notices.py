"""The end of a long run, told once to who is looking elsewhere."""

from collections.abc import Callable

from replicate_tui.core import text
from replicate_tui.core.history import runs
from replicate_tui.core.history.rows import RunRow
from replicate_tui.core.history.store import Store
from replicate_tui.core.run_columns import run_name, status_mark


class Notices:
    """Calls `tell` with each run that was seen to work, took at least `after` seconds, and has ended.

    `after` may be set anew.
    """

    def __init__(self, store: Store, after: float, tell: Callable[[RunRow], None]) -> None:
        self._store = store
        self.after = after
        self._tell = tell
        self._working = set(store.active)
        self.close = store.subscribe(self._changed)

    def _changed(self, run_id: str) -> None:
        if not run_id:
            self._working |= self._store.active
        elif run_id in self._store.active:
            self._working.add(run_id)
        elif run_id in self._working:
            self._working.discard(run_id)
            row = self._store.row(run_id)
            if row is not None and row.status in runs.ENDED and (runs.elapsed(row) or 0.0) >= self.after:
                self._tell(row)


def words(row: RunRow) -> str:
    """What is told of a run: "✓ painter succeeded after 1m 02s"."""
    name = run_name(row).rpartition("/")[2]
    return f"{status_mark(row.status).text} {name} {text.one_line(row.status)} after {text.duration(runs.elapsed(row))}"
