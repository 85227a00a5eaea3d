"""The Store: the truth about active and opened runs, written through to disk, told to whoever listens."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from replicate_tui.api.resources import Prediction
from replicate_tui.core.history import accounts, merging, noting, runs
from replicate_tui.core.history.carrying import carrying
from replicate_tui.core.history.database import Asked, Database, RunRow, RunText
from replicate_tui.core.history.known_runs import KnownRuns
from replicate_tui.core.history.listeners import Listeners
from replicate_tui.core.history.marks import Recognising
from replicate_tui.core.history.redaction import Hidden, as_kept
from replicate_tui.core.history.runs import Run
from replicate_tui.core.history.scopes import Scope, refreshed

OTHERS_INTERVAL = 1.0
"""Seconds between two looks at whether another program wrote to the same file."""

_FATES = {
    "deleted": "{} was deleted while it was open: it was begun anew, with the runs that were watched or seen lately",
    "replaced": "{} was replaced while it was open: it goes on with the runs that were watched or seen lately added",
}


@dataclass(frozen=True, slots=True)
class Connection:
    """How we stand with the API. `retry_at` is on the monotonic clock, None when nothing is planned.

    With `failing` it is in reach and answers with an error of its own.
    """

    state: Literal["connecting", "online", "offline", "throttled", "unauthorized"] = "connecting"
    reason: str = ""
    retry_at: float | None = None
    failing: bool = False


class Store(KnownRuns):
    """Runs of one account on one host.

    `warn` is called with what a person must know of the history file that was not so when it was opened.
    """

    def __init__(self, database: Database, scope: Scope) -> None:
        super().__init__(database, scope)
        self.hidden = Hidden()
        self._recognising = Recognising(database)
        self._connection = Connection()
        self.warn: Callable[[str], None] = lambda warning: None
        self._connection_listeners = Listeners[Connection]()

    # -- the connection ------

    def subscribe_connection(self, changed: Callable[[Connection], None]) -> Callable[[], None]:
        """Have `changed` called when the connection's state does; the answer ends that."""
        return self._connection_listeners.add(changed)

    @property
    def connection(self) -> Connection:
        """How we stand with the API."""
        return self._connection

    @connection.setter
    def connection(self, connection: Connection) -> None:
        if connection == self._connection:
            return
        self._connection = connection
        self._connection_listeners.tell(connection)

    # -- writing ------

    async def put(self, prediction: Prediction, *, now: float, instead_of: str | None = None) -> Run:
        """Join an answer about a run with what is known; write and tell if that changed anything.

        `instead_of` names the local row that stood for the run until the API gave it an id. Secrets that this program
        knows of the run are not kept, wherever the API tells them. Nothing is kept of a run that a person deleted.
        """
        if instead_of is not None:
            self.hidden.share(instead_of, prediction.id)
        local = self.run(instead_of) if instead_of else None
        known = self.run(prediction.id)
        # A list may have told of it before whoever sent it had its answer, and knows less of it.
        known = merging.joined(local, known) if known and local else known or local
        if known is None:
            # It may be the run that is just being sent, told by a list before the POST is answered.
            for key in self._under_way.unanswered:
                self.hidden.share(key, prediction.id)
            hidden = runs.hiding(prediction, self._under_way.unanswered.values())
            told = self._as_kept(hidden, Run(hidden, None, now), hidden.input)
            if noting.is_forgotten(self.database, self.scope, prediction.id):
                return Run(told, None, now)
            return await self.save(Run(told, None, now), instead_of=instead_of)
        merged = self._merged(known, prediction, local or known)
        if instead_of is None and merged == known.prediction and merged.raw == known.prediction.raw:
            return known
        return await self.save(replace(known, prediction=merged), instead_of=instead_of)

    def _merged(self, known: Run, told: Prediction, asked: Run) -> Prediction:
        """What is known of a run after an answer about it; `asked` is its row as it was asked for."""
        sent = asked.prediction.input
        # Another program may not have known its secrets.
        earlier = as_kept(known.prediction, self.hidden.of(told.id), sent, whole=True)
        return Prediction.of(merging.merge(earlier.raw, self._as_kept(told, asked, sent).raw))

    def _as_kept(self, told: Prediction, run: Run, sent: Mapping[str, Any]) -> Prediction:
        """An answer about a run without its secrets, as far as this program knows or recognises them."""
        kept = as_kept(told, self.hidden.of(told.id), sent)
        for secrets in self._recognising.of(self.scope, run, self._under_way.unanswered.values()):
            kept = as_kept(kept, secrets, sent)
        return kept

    async def advance(self, run: Run, before: str) -> bool:
        """Keep a run in its next state if it is still in the state `before` on disk; whether it was.

        Another program may have found a run abandoned whose program slept for long.
        """
        raw = runs.without_logs(run.prediction)
        row = self._noted(run)
        if not await self.database.save_run(self.scope, row, raw, run.logs, only_if=before):
            self._take_up(run.id)
            return False
        self._keep(run, row)
        self._listeners.tell(run.id)
        return True

    async def save(self, run: Run, *, instead_of: str | None = None, asked: Asked | None = None) -> Run:
        """Keep the run as it is, on disk and in memory, and tell. `asked` says how we asked for it.

        Whoever is cancelled meanwhile stops nothing: what memory holds reaches the disk, and is told.
        """
        row = self._noted(run, instead_of)
        # What is found of a run that grows is what it began with; its end brings the rest.
        found_by = None if run.active and self._memory.run(run.id) else runs.found_by(run)
        self._memory.begin_writing(run.id)
        self._keep(run, row)
        await asyncio.shield(self._write(run, row, found_by, asked, instead_of))
        return run

    def _noted(self, run: Run, instead_of: str | None = None) -> RunRow:
        """The light row of a run with what a person noted of it, which no answer of the API tells."""
        row = runs.row(run)
        for run_id in filter(None, (run.id, instead_of)):
            if (known := self.row(run_id)) is not None:
                row = replace(row, tags=row.tags or known.tags, note=row.note or known.note)
        return row

    async def note(self, run_id: str, *, tags: Sequence[str] | None = None, note: str | None = None) -> None:
        """Keep a person's tags or note of a run; None leaves them as they are."""
        row = self.row(run_id)
        if row is not None:
            wanted = noting.read_tags(row.tags) if tags is None else tags
            await noting.note(self.database, self.scope, run_id, tags=wanted, text=row.note if note is None else note)
            self._take_up(run_id)

    async def forget(self, run_ids: Iterable[str]) -> int:
        """Delete our copies of these runs, but of none that goes on; how many that were."""
        doomed = [run_id for run_id in run_ids if (run := self.run(run_id)) is not None and run.over]
        await noting.forget(self.database, self.scope, doomed)
        for run_id in doomed:
            self._forget(run_id)
        return len(doomed)

    async def set_folder(self, run_id: str, folder: Path | None) -> None:
        """Remember where a run's files are kept."""
        run = self.run(run_id)
        if run is not None and run.folder != folder:
            await self.database.set_folder(self.scope, run_id, str(folder) if folder else None)
            await self.save(replace(run, folder=folder))

    async def listen(self) -> None:
        """Notice what other programs write, until cancelled."""
        while True:
            await asyncio.sleep(OTHERS_INTERVAL)
            await self.notice_loss()
            self.notice_others()

    async def notice_loss(self) -> None:
        """Where the file was deleted or replaced: go on with what is there now, and put into it what we know.

        Raises:
            DatabaseError: there can be no file; nothing is lost if it is noticed once more.
        """
        fate = self.database.fate()
        if fate:
            known = {*self._under_way.active, *self._under_way.unanswered, *self._memory.ids}
            await self.database.begin_anew(carrying(self.database.program, self.scope.host, known))
            self._read_anew()
            self.warn("; ".join(filter(None, (_FATES[fate].format(self.database.path), self.database.warning))))

    def notice_others(self) -> None:
        """Take up what other programs wrote on the same file since the last time."""
        owned = refreshed(self.database, self.scope)
        changed = self.database.changed_by_others(owned)
        if owned != self.scope:
            self._change_owner(owned)
            return
        for run_id in changed:
            self._take_up(run_id)
        if changed:
            self._forget_renamed()

    def _forget_renamed(self) -> None:
        """Another program's row goes by its local id until the API gives it one; then nothing has that id any more."""
        local = {row.id for row in self._memory.rows() if row.status in runs.OURS} - self._memory.unwritten
        for run_id in local - self.database.run_rows(self.scope, tuple(local)).keys():
            self._forget(run_id)

    # -- whose ------

    async def adopt(self, account: str, *, moved: bool = True, displaced: bool = False) -> None:
        """The token turned out to be this account's: its rows are ours from now on. See `accounts.adopt`.

        Whoever is cancelled meanwhile waits for its end.
        """
        adopting = asyncio.ensure_future(self._adopt(account, moved, displaced))
        try:
            await asyncio.shield(adopting)
        except asyncio.CancelledError:
            await asyncio.wait([adopting])
            raise

    async def _adopt(self, account: str, moved: bool, displaced: bool) -> None:
        scope = self.scope
        found = await accounts.adopt(self.database, scope, account, moved=moved, displaced=displaced)
        self._change_owner(replace(scope, account=account))
        for run in found:
            await self._join(run)

    def _change_owner(self, scope: Scope) -> None:
        """Go on with the rows of another name."""
        if scope == self.scope:
            return
        self.scope = scope
        self._read_anew()

    async def _join(self, run: Run) -> None:
        """What was written of a run since it was joined may not know of all that both names did."""
        if run.id not in self._memory.unwritten:
            self._memory.forget(run.id)
        latest = self.run(run.id)
        if latest is None:
            return
        joined = merging.joined(run, latest)
        if joined != latest or joined.prediction.raw != latest.prediction.raw:
            await self.save(joined)

    async def _write(
        self, run: Run, row: RunRow, found_by: RunText | None, asked: Asked | None, instead_of: str | None
    ) -> None:
        raw = runs.without_logs(run.prediction)
        try:
            await self.database.save_run(
                self.scope, row, raw, run.logs, found_by=found_by, asked=asked, instead_of=instead_of
            )
        finally:
            self._memory.end_writing(run.id)
        if instead_of is not None:
            self._forget(instead_of)
        self._listeners.tell(run.id)
