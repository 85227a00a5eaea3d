"""What a program has of its runs in memory: those it worked with lately, and all that the disk does not have yet."""

from collections import Counter, OrderedDict
from collections.abc import Set
from itertools import islice
from typing import TypeVar

from replicate_tui.core.history.rows import RunRow
from replicate_tui.core.history.runs import Run

KEPT_RUNS = 300
KEPT_ROWS = 2_000

T = TypeVar("T")


class Memory:
    """Runs and light rows by id; the longest unused ones are let go of."""

    def __init__(self) -> None:
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._rows: OrderedDict[str, RunRow] = OrderedDict()
        self._unwritten: Counter[str] = Counter()

    @property
    def ids(self) -> set[str]:
        """The ids of all that is here."""
        return {*self._rows, *self._runs}

    @property
    def unwritten(self) -> Set[str]:
        """The ids of the runs that are being written."""
        return self._unwritten.keys()

    def run(self, run_id: str) -> Run | None:
        """A run, which counts as used now."""
        if run_id in self._runs:
            self._runs.move_to_end(run_id)
        return self._runs.get(run_id)

    def row(self, run_id: str) -> RunRow | None:
        """A light row."""
        return self._rows.get(run_id)

    def rows(self) -> tuple[RunRow, ...]:
        """Every light row."""
        return tuple(self._rows.values())

    def keep(self, run: Run) -> None:
        """Have a run here."""
        self._runs[run.id] = run
        self._runs.move_to_end(run.id)
        self._trim(self._runs, KEPT_RUNS)

    def keep_row(self, row: RunRow) -> None:
        """Have a light row here."""
        self._rows[row.id] = row
        self._rows.move_to_end(row.id)
        self._trim(self._rows, KEPT_ROWS)

    def forget(self, run_id: str) -> None:
        """Have nothing of a run any more."""
        self._runs.pop(run_id, None)
        self._rows.pop(run_id, None)

    def forget_written(self) -> None:
        """Have nothing more than what is being written."""
        for run_id in self.ids - self.unwritten:
            self.forget(run_id)

    def begin_writing(self, run_id: str) -> None:
        """A run is on its way to the disk, and stays here so long."""
        self._unwritten[run_id] += 1

    def end_writing(self, run_id: str) -> None:
        """It has arrived there, or never will."""
        self._unwritten[run_id] -= 1
        if not self._unwritten[run_id]:
            del self._unwritten[run_id]

    def _trim(self, kept: OrderedDict[str, T], most: int) -> None:
        surplus = len(kept) - most
        if surplus > 0:
            for run_id in list(islice((each for each in kept if each not in self._unwritten), surplus)):
                del kept[run_id]
