"""The Journal: finds out what became of runs whose answer was lost, and of those that a program left behind.

It asks nothing while there are none. Nothing is ever sent again by itself.
"""

import asyncio
import contextlib
import math
import time

from replicate_tui.api.client import Client
from replicate_tui.api.errors import ReplicateError
from replicate_tui.api.resources import Prediction
from replicate_tui.core import asking
from replicate_tui.core.history import leases, program, runs
from replicate_tui.core.history.database import DatabaseError
from replicate_tui.core.history.leases import Leases
from replicate_tui.core.history.runs import Run
from replicate_tui.core.history.store import Connection, Store
from replicate_tui.core.sending import owed, own_rows, reconcile, stopping
from replicate_tui.core.sending.owed import Owed
from replicate_tui.core.sending.reconcile import LONGEST_SENDING
from replicate_tui.core.sending.search import Outlook, Search

PAUSES = (15.0, 60.0, 300.0, 900.0, 3600.0)
"""Seconds between two looks, as long as another one may tell more and nobody knows when."""
SOONEST = 1.0
"""Seconds between two looks at least, even if something is known to happen earlier."""
DISOWNED = "you said that it was never submitted; run it again if you still want it"
CUT_OFF = "the program ended while this was being sent"
LEFT_BEHIND = "the program ended before this was sent, so nothing was charged; run it again if you still want it"


class CannotResolve(Exception):
    """What a person decided about an unknown run cannot be so; the message says why."""


class Journal:
    """Settles what is unknown on one account. `run` does so by itself; `resolve` is for what only a person knows.

    Without `may_stop` the wish to stop a run stays noted, for a journal that may.
    """

    def __init__(self, client: Client, store: Store, held: Leases, *, may_stop: bool = True) -> None:
        self._client = client
        self._store = store
        self._leases = held
        self._may_stop = may_stop
        self._wake = asyncio.Event()
        self._deciding = asyncio.Lock()
        self._owed: dict[str, Owed] = {}
        self._search = Search(client, store, self._deciding)
        self._outlook = Outlook()
        self._unreached = False
        self._looked = asyncio.Event()
        self._trouble: ReplicateError | DatabaseError | None = None

    def owe(self, word: Owed) -> None:
        """Have the word about a run be written that the history file did not take."""
        self._owed[word.row.id] = word
        self.wake()

    def wake(self) -> None:
        """Look now: an answer was lost, or another program may have ended."""
        self._wake.set()

    async def run(self) -> None:
        """Settle and reconcile at once, then whenever that may tell more, until cancelled."""
        unsubscribe = self._store.subscribe_connection(self._connected)
        unsubscribe_runs = self._store.subscribe(self._changed)
        pauses = iter(PAUSES)
        try:
            while True:
                self._wake.clear()
                await self._look()
                pause = next(pauses, math.inf) if self._outlook.unfinished else math.inf
                if await self._woken(min(pause, max(SOONEST, self._outlook.seconds))):
                    pauses = iter(PAUSES)
        finally:
            unsubscribe()
            unsubscribe_runs()

    async def looked(self) -> None:
        """Wait until `run` has looked once.

        Raises:
            DatabaseError: the history file could not be used.
            ReplicateError: the list could not be read, or a run not be stopped for now.
        """
        await self._looked.wait()
        if self._trouble is not None:
            raise self._trouble

    def elsewhere(self) -> dict[str, float | None]:
        """The runs that other programs send, by their ids, oldest first: seconds until a program counts as ended.

        None where the program is surely there.
        """
        sent = ((run, own_rows.owner(self._store, run.id)) for run in own_rows.in_states(self._store, runs.ON_ITS_WAY))
        return {run.id: self._given_up_in(owner, run) for run, owner in sent if owner != self._leases.holder}

    async def settle(self) -> None:
        """Say of each run that a program left behind on its way what is known of it, and what we owe first.

        Raises:
            DatabaseError: the history file cannot be used; what is owed stays so.
        """
        for key, word in tuple(self._owed.items()):
            await owed.pay(self._store, word)
            self._owed.pop(key)
        self._store.notice_others()
        for run in own_rows.in_states(self._store, runs.ON_ITS_WAY):
            owner = own_rows.owner(self._store, run.id)
            if owner == self._leases.holder:
                continue
            if self._lives(owner, run):
                self._outlook.unfinished = True
                self._outlook.expect(self._leases.left(leases.program(owner)))
            elif run.status == runs.SUBMITTING:
                since = min(time.time(), reconcile.end_of_sending(run))
                await self._store.save(reconcile.lost(run, CUT_OFF, since=since))
            else:
                await self._store.save(runs.with_status(run, runs.NOT_SUBMITTED, LEFT_BEHIND))

    async def reconcile(self) -> None:
        """Look for the unknown runs in the account's list, and say what is known of them then; stop what is to be.

        Raises:
            ReplicateError: the list could not be read, or a run not be stopped for now.
        """
        self._store.notice_others()
        if own_rows.in_states(self._store, {runs.UNKNOWN}):
            await self._reconcile_alone()
        for run_id in self._store.active if self._may_stop else ():
            await stopping.fulfil(self._client, self._store, run_id)

    async def _reconcile_alone(self) -> None:
        scope = self._store.scope
        async with self._leases.holding(f"reconcile:{scope.host}:{scope.account}") as ours:
            if ours:
                await self._search.run(self._outlook)
            else:
                self._outlook.unfinished = True

    async def resolve(self, run_id: str, prediction_id: str | None) -> Run:
        """Have an unknown run be that prediction, or none at all if it was never submitted: a person knows.

        Raises:
            CannotResolve: the run is not unknown, or the prediction is another run.
            ReplicateError: the API does not tell of the prediction.
        """
        before = self._unknown(run_id)
        told = None
        if prediction_id is not None:
            told = await asking.get(self._client, prediction_id, training=before.is_training)
        async with self._deciding:
            self._store.notice_others()
            run = self._unknown(run_id)
            if told is None:
                kept = await self._store.save(runs.with_status(run, runs.NOT_SUBMITTED, DISOWNED))
            else:
                self._refuse_others(run, told)
                kept = await own_rows.adopt(self._store, run, told)
        # What is alike may be decided now.
        self.wake()
        return await stopping.fulfilled(self._client, self._store, kept) if self._may_stop else kept

    # -- waiting ------

    async def _look(self) -> None:
        self._outlook = Outlook()
        self._unreached = False
        self._trouble = None
        try:
            await self.settle()
            await self.reconcile()
        except ReplicateError as error:
            # The watcher says what the trouble is; once it is over, or after a while, we look again.
            self._outlook.unfinished = self._unreached = True
            self._trouble = error
        except DatabaseError as error:
            self._trouble = error
            raise
        finally:
            self._looked.set()

    async def _woken(self, pause: float) -> bool:
        """Wait until woken, or for so long; whether woken."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if math.isinf(pause) else pause):
                await self._wake.wait()
        return self._wake.is_set()

    def _connected(self, connection: Connection) -> None:
        if connection.state == "online" and self._unreached:
            self.wake()

    def _changed(self, run_id: str) -> None:
        """Another program sends a run: it may end before it has told what became of it."""
        row = self._store.row(run_id) if runs.is_local(run_id) else None
        if row is None or row.status not in runs.ON_ITS_WAY:
            return
        if own_rows.owner(self._store, run_id) != self._leases.holder:
            self.wake()

    # -- rows ------

    def _unknown(self, run_id: str) -> Run:
        run = self._store.run(run_id)
        if run is None:
            raise CannotResolve(f"there is no run {run_id}: if there was one, it has been found meanwhile")
        if run.status != runs.UNKNOWN:
            raise CannotResolve(f"{run_id} is not unknown: it is {run.status}")
        return run

    def _lives(self, owner: str, run: Run) -> bool:
        """Whether the program that sends a run may still be there; of a nameless one nobody knows."""
        if not owner:
            return time.time() - run.seen_at < LONGEST_SENDING
        if self._leases.held_by(leases.program(owner)) is not None:
            return not program.has_ended(owner)
        return time.time() - reconcile.sent_at(run) < LONGEST_SENDING and leases.sleeps(owner)

    def _given_up_in(self, owner: str, run: Run) -> float | None:
        left = self._leases.left(leases.program(owner))
        if left and leases.sleeps(owner):
            return None
        since = reconcile.sent_at(run) if owner else run.seen_at
        return left or max(0.0, since + LONGEST_SENDING - time.time())

    def _refuse_others(self, run: Run, prediction: Prediction) -> None:
        if own_rows.owner(self._store, prediction.id):
            raise CannotResolve(f"{prediction.id} is another run of yours already")
        if reconcile.runs_elsewhere(run, prediction):
            raise CannotResolve(f"{prediction.id} is a run of {prediction.model or prediction.version}, not of this")
