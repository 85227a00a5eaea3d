"""The Store: the truth about active and opened runs, written through to disk, told to whoever listens.

Lists are windows of light rows read from the database; whole runs are kept in memory only while they are active or
were looked at lately.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from replicate_tui.api.resources import Prediction
from replicate_tui.core import runs
from replicate_tui.core.database import Database, RunRow, Scope
from replicate_tui.core.runs import Run

KEPT_RUNS = 300
KEPT_ROWS = 2_000

RunsChanged = Callable[[str], None]
"""Called with the id of a run that changed, appeared or went."""


@dataclass(frozen=True, slots=True)
class Connection:
    """How we stand with the API. `retry_at` is on the monotonic clock, None when nothing is planned."""

    state: Literal["connecting", "online", "offline", "throttled", "unauthorized"] = "connecting"
    reason: str = ""
    retry_at: float | None = None


class Store:
    """Runs of one account on one host."""

    def __init__(self, database: Database, scope: Scope) -> None:
        self.database = database
        self.scope = scope
        self._connection = Connection()
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._rows: OrderedDict[str, RunRow] = OrderedDict()
        self._active: set[str] = set(database.unfinished_ids(scope, runs.ENDED | runs.OURS))
        self._listeners: list[RunsChanged] = []
        self._connection_listeners: list[Callable[[Connection], None]] = []

    # -- listening ------

    def subscribe(self, changed: RunsChanged) -> Callable[[], None]:
        """Have `changed` called after each change; the answer ends that."""
        self._listeners.append(changed)
        return lambda: self._listeners.remove(changed)

    def subscribe_connection(self, changed: Callable[[Connection], None]) -> Callable[[], None]:
        """Have `changed` called when the connection's state does; the answer ends that."""
        self._connection_listeners.append(changed)
        return lambda: self._connection_listeners.remove(changed)

    @property
    def connection(self) -> Connection:
        """How we stand with the API."""
        return self._connection

    @connection.setter
    def connection(self, connection: Connection) -> None:
        if connection == self._connection:
            return
        self._connection = connection
        for changed in tuple(self._connection_listeners):
            changed(connection)

    # -- reading ------

    @property
    def active(self) -> frozenset[str]:
        """Ids of the runs that the API still works on."""
        return frozenset(self._active)

    def run(self, run_id: str) -> Run | None:
        """A run with everything known of it."""
        if run_id in self._runs:
            self._runs.move_to_end(run_id)
            return self._runs[run_id]
        found = self.database.run(self.scope, run_id)
        if found is None:
            return None
        row, raw, logs = found
        run = Run(Prediction.of({**raw, "logs": logs}), Path(row.folder) if row.folder else None, row.seen_at)
        self._keep(run)
        return run

    def row(self, run_id: str) -> RunRow | None:
        """A run's light row."""
        if run_id in self._rows:
            return self._rows[run_id]
        found = self.database.run_rows(self.scope, [run_id])
        if run_id not in found:
            return None
        self._remember(found[run_id])
        return found[run_id]

    def ids(self, words: Sequence[str] = (), limit: int = -1) -> list[str]:
        """Ids of this account's runs, newest first; with `words`, those that hold every one of them."""
        return self.database.run_ids(self.scope, words=words, limit=limit)

    # -- writing ------

    async def put(self, prediction: Prediction, *, now: float, instead_of: str | None = None) -> Run:
        """Join an answer about a run with what is known; write and tell if that changed anything.

        `instead_of` names the local row that stood for the run until the API gave it an id.
        """
        known = self.run(prediction.id) or (self.run(instead_of) if instead_of else None)
        if known is None:
            return await self.save(Run(prediction, None, now))
        merged = Prediction.of(runs.merge(known.prediction.raw, prediction.raw))
        if merged == known.prediction and merged.raw == known.prediction.raw:
            return known
        return await self.save(replace(known, prediction=merged), instead_of=instead_of)

    async def save(self, run: Run, *, instead_of: str | None = None) -> Run:
        """Keep the run as it is, on disk and in memory, and tell."""
        row = runs.row(run)
        self._keep(run)
        self._remember(row)
        (self._active.add if run.active else self._active.discard)(run.id)
        if instead_of is not None:
            self._forget(instead_of)
        raw = {key: value for key, value in run.prediction.raw.items() if key != "logs"}
        await self.database.save_run(self.scope, row, raw, run.logs, instead_of=instead_of)
        self._tell(run.id)
        return run

    async def set_folder(self, run_id: str, folder: Path | None) -> None:
        """Remember where a run's files are kept."""
        run = self.run(run_id)
        if run is not None and run.folder != folder:
            await self.save(replace(run, folder=folder))

    async def adopt(self, account: str, token: str) -> None:
        """The token turned out to be this account's: its rows are ours from now on."""
        moved = account != self.scope.account
        # Before the write: whatever is saved from now on belongs to the account already.
        self.scope = Scope(self.scope.host, account)
        await self.database.save_account(self.scope.host, token, account)
        if moved:
            self._rows.clear()
            self._active |= set(self.database.unfinished_ids(self.scope, runs.ENDED | runs.OURS))
            self._tell("")

    # -- memory ------

    def _keep(self, run: Run) -> None:
        self._runs[run.id] = run
        self._runs.move_to_end(run.id)
        while len(self._runs) > KEPT_RUNS:
            self._runs.popitem(last=False)

    def _remember(self, row: RunRow) -> None:
        self._rows[row.id] = row
        self._rows.move_to_end(row.id)
        while len(self._rows) > KEPT_ROWS:
            self._rows.popitem(last=False)

    def _forget(self, run_id: str) -> None:
        self._runs.pop(run_id, None)
        self._rows.pop(run_id, None)
        self._active.discard(run_id)
        self._tell(run_id)

    def _tell(self, run_id: str) -> None:
        for changed in tuple(self._listeners):
            changed(run_id)
