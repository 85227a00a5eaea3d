"""What is known of the runs of one account on one host: in the history file, and in memory as far as it is used.

Lists are windows of light rows read from the database; whole runs are kept in memory only while they are active or
were looked at lately.
"""

from collections.abc import Callable, Collection, Sequence

from replicate_tui.core.history import noting, runs
from replicate_tui.core.history.database import Database, RunRow
from replicate_tui.core.history.filters import ALL, Filter
from replicate_tui.core.history.listeners import Listeners
from replicate_tui.core.history.memory import Memory
from replicate_tui.core.history.noting import Lineage
from replicate_tui.core.history.ordering import NEWEST, Order
from replicate_tui.core.history.rows import Kind
from replicate_tui.core.history.runs import Run
from replicate_tui.core.history.scopes import Scope
from replicate_tui.core.history.under_way import UnderWay

RunsChanged = Callable[[str], None]
"""Called with the id of a run that changed, appeared or went; with "" when any may have."""


class KnownRuns:
    """Runs as they are read. Whoever writes keeps what is in memory true."""

    def __init__(self, database: Database, scope: Scope) -> None:
        self.database = database
        self.scope = scope
        self._memory = Memory()
        self._under_way = UnderWay()
        self._listeners = Listeners[str]()
        self._read_under_way()

    def _read_under_way(self) -> None:
        self._under_way.read(self.database, self.scope, self.run, self._memory.unwritten)

    def subscribe(self, changed: RunsChanged) -> Callable[[], None]:
        """Have `changed` called after each change; the answer ends that."""
        return self._listeners.add(changed)

    @property
    def active(self) -> frozenset[str]:
        """Ids of the runs that the API still works on."""
        return frozenset(self._under_way.active)

    @property
    def on_their_way(self) -> frozenset[str]:
        """Ids of the runs that wait, or are being sent: the API has not answered yet."""
        return frozenset(self._under_way.on_their_way)

    def run(self, run_id: str) -> Run | None:
        """A run with everything known of it."""
        run = self._memory.run(run_id)
        if run is None and (run := self._read(run_id)) is not None:
            self._memory.keep(run)
        return run

    def row(self, run_id: str) -> RunRow | None:
        """A run's light row."""
        row = self._memory.row(run_id)
        if row is None and (row := self.database.run_rows(self.scope, [run_id]).get(run_id)) is not None:
            self._memory.keep_row(row)
        return row

    def ids(
        self,
        words: Sequence[str] = (),
        limit: int = -1,
        *,
        kind: Kind | None = None,
        wanted: Filter = ALL,
        order: Order = NEWEST,
    ) -> list[str]:
        """Ids of this account's runs; with `words`, those that hold every one; with `kind`, its own; see `Filter`."""
        return self.database.run_ids(self.scope, words=words, limit=limit, kind=kind, wanted=wanted, order=order)

    def holding(
        self, words: Sequence[str], ids: Collection[str], *, kind: Kind | None = None, wanted: Filter = ALL
    ) -> set[str]:
        """Those of some hundred runs that `ids` would list."""
        return self.database.holding(self.scope, words, ids, kind=kind, wanted=wanted)

    def lineage(self, run_id: str) -> Lineage:
        """Which run a run was made from, and which from it."""
        return noting.lineage(self.database, self.scope, run_id)

    # -- memory ------

    def _keep(self, run: Run, row: RunRow) -> None:
        self._memory.keep(run)
        self._memory.keep_row(row)
        self._under_way.count(run)

    def _take_up(self, run_id: str) -> None:
        """Another program wrote of a run: what the disk holds counts, but for what we have yet to write ourselves."""
        if run_id in self._memory.unwritten:
            return
        self._memory.forget(run_id)
        run = self.run(run_id)
        if run is not None:
            self._under_way.count(run)
        self._listeners.tell(run_id)

    def _read_anew(self) -> None:
        """Forget all but what we have yet to write; tell that any run may have changed."""
        self._memory.forget_written()
        self._read_under_way()
        self._listeners.tell("")

    def _forget(self, run_id: str) -> None:
        self._memory.forget(run_id)
        self._under_way.forget(run_id)
        self._listeners.tell(run_id)

    def _read(self, run_id: str) -> Run | None:
        found = self.database.run(self.scope, run_id)
        if found is None:
            return None
        row, raw, logs = found
        return runs.of_kept(raw, logs, row.folder, row.seen_at)
