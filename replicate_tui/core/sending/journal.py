"""The Journal: finds out what became of runs whose answer was lost, and of those that a program left behind.

It asks nothing while there are none. Nothing is ever sent again by itself.
"""

import asyncio
import contextlib
import math
import time
from collections.abc import Iterable, Iterator, Sequence

from replicate_tui.api.client import Client
from replicate_tui.api.errors import ReplicateError
from replicate_tui.api.resources import Prediction
from replicate_tui.core import asking
from replicate_tui.core.history import leases, runs
from replicate_tui.core.history.leases import Leases
from replicate_tui.core.history.runs import Run
from replicate_tui.core.history.store import Connection, Store
from replicate_tui.core.sending import account_list, owed, reconcile, stopping
from replicate_tui.core.sending.account_list import Listed
from replicate_tui.core.sending.owed import Owed
from replicate_tui.core.sending.reconcile import LONGEST_SENDING

PAUSES = (15.0, 60.0, 300.0, 900.0, 3600.0)
"""Seconds between two looks, as long as another one may tell more and nobody knows when."""
SOONEST = 1.0
"""Seconds between two looks at least, even if something is known to happen earlier."""
MOST_NAMED = 5
"""So many candidates are named where it could not be decided which one it is."""

ABSENT = "it never reached Replicate, so nothing was charged; run it again if you still want it"
DISOWNED = "you said that it was never submitted; run it again if you still want it"
CUT_OFF = "the program ended while this was being sent"
LEFT_BEHIND = "the program ended before this was sent, so nothing was charged; run it again if you still want it"


class CannotResolve(Exception):
    """What a person decided about an unknown run cannot be so; the message says why."""


class Journal:
    """Settles what is unknown on one account. `run` does so by itself; `resolve` is for what only a person knows."""

    def __init__(self, client: Client, store: Store, held: Leases) -> None:
        self._client = client
        self._store = store
        self._leases = held
        self._wake = asyncio.Event()
        self._deciding = asyncio.Lock()
        self._owed: dict[str, Owed] = {}
        self._unfinished = False
        self._unreached = False
        self._event = math.inf

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
                pause = next(pauses, math.inf) if self._unfinished else math.inf
                if await self._woken(min(pause, max(SOONEST, self._event))):
                    pauses = iter(PAUSES)
        finally:
            unsubscribe()
            unsubscribe_runs()

    async def settle(self) -> None:
        """Say of each run that a program left behind on its way what is known of it, and what we owe first.

        Raises:
            DatabaseError: the history file cannot be used; what is owed stays so.
        """
        for key, word in tuple(self._owed.items()):
            await owed.pay(self._store, word)
            self._owed.pop(key)
        self._store.notice_others()
        for run in self._rows(runs.ON_ITS_WAY):
            owner = self._owner(run.id)
            if owner == self._leases.holder:
                continue
            if self._lives(owner, run):
                self._unfinished = True
                self._expect(self._leases.left(leases.program(owner)))
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
        if self._rows({runs.UNKNOWN}):
            await self._reconcile_alone()
        for run_id in self._store.active:
            await stopping.fulfil(self._client, self._store, run_id)

    async def _reconcile_alone(self) -> None:
        scope = self._store.scope
        async with self._leases.holding(f"reconcile:{scope.host}:{scope.account}") as ours:
            if ours:
                await self._reconcile()
            else:
                self._unfinished = True

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
                kept = await self._adopt(run, told)
        # What is alike may be decided now.
        self.wake()
        return await stopping.fulfilled(self._client, self._store, kept)

    # -- waiting ------

    async def _look(self) -> None:
        self._unfinished = self._unreached = False
        self._event = math.inf
        await self.settle()
        try:
            await self.reconcile()
        except ReplicateError:
            # The watcher says what the trouble is; once it is over, or after a while, we look again.
            self._unfinished = self._unreached = True

    def _expect(self, seconds: float) -> None:
        """Another look may tell more in so many seconds: a program's lease ends, a run must have come to be."""
        if seconds > 0:
            self._event = min(self._event, seconds)

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
        if row is not None and row.status in runs.ON_ITS_WAY and self._owner(run_id) != self._leases.holder:
            self.wake()

    # -- rows ------

    def _rows(self, states: Iterable[str]) -> list[Run]:
        """Our own rows in these states, oldest first; the API may have states of the same names."""
        wanted = frozenset(states)
        ids = [key for key in self._store.database.ids_in(self._store.scope, wanted) if runs.is_local(key)]
        return [run for key in ids if (run := self._store.run(key)) is not None and run.status in wanted]

    def _unknown(self, run_id: str) -> Run:
        run = self._store.run(run_id)
        if run is None:
            raise CannotResolve(f"there is no run {run_id}: if there was one, it has been found meanwhile")
        if run.status != runs.UNKNOWN:
            raise CannotResolve(f"{run_id} is not unknown: it is {run.status}")
        return run

    def _owner(self, run_id: str) -> str:
        return self._store.database.asked(self._store.scope, run_id).owner

    def _lives(self, owner: str, run: Run) -> bool:
        """Whether the program that sends a run may still be there; of a nameless one nobody knows."""
        if not owner:
            return time.time() - run.seen_at < LONGEST_SENDING
        if self._leases.held_by(leases.program(owner)) is not None:
            return True
        return time.time() - reconcile.sent_at(run) < LONGEST_SENDING and leases.sleeps(owner)

    # -- reconciling ------

    async def _reconcile(self) -> None:
        for run in self._rows({runs.UNKNOWN}):
            if runs.UNKNOWN_SINCE not in run.prediction.raw:
                await self._store.save(reconcile.lost(run, run.prediction.error, since=time.time()))
        newest = await account_list.read(self._client, 1)
        skew = self._skew(newest.items)
        for since, until in _together(reconcile.span(run, skew) for run in self._rows({runs.UNKNOWN})):
            listed = newest if newest.through <= since else await self._listed(since, until)
            listed = await self._with_trainings(listed, since)
            async with self._deciding:
                await self._apply(listed, since, until, skew)

    async def _listed(self, since: float, until: float) -> Listed:
        return await account_list.read(self._client, account_list.MOST_PAGES, since, until)

    async def _with_trainings(self, listed: Listed, since: float) -> Listed:
        """The list with the trainings, which have one of their own, if any are looked for."""
        if not any(run.is_training for run in self._rows({runs.UNKNOWN, runs.SUBMITTING})):
            return listed
        trainings = await account_list.read_trainings(self._client, account_list.MOST_PAGES, since)
        return Listed(listed.items + trainings.items, max(listed.through, trainings.through))

    def _skew(self, newest: Sequence[Prediction]) -> float:
        times = {each.id: each.created_at.timestamp() for each in newest if each.created_at}
        rows = {key: self._store.row(key) for key in times if self._owner(key)}
        delays = (times[key] - row.seen_at for key, row in rows.items() if row is not None)
        return reconcile.clock_skew(max(times.values(), default=None), time.time(), delays)

    async def _apply(self, listed: Listed, since: float, until: float, skew: float) -> None:
        self._store.notice_others()
        # First the rows, then what is claimed: an answer that arrives in between makes a row claim its prediction.
        rows = self._rows({runs.UNKNOWN, runs.SUBMITTING})
        unknown = {run.id: run for run in rows if run.status == runs.UNKNOWN}
        looked_for = [run for run in rows if run.id not in unknown or _inside(reconcile.span(run, skew), since, until)]
        matches = reconcile.match(
            looked_for,
            [self._informed(item) for item in listed.items],
            {item.id for item in listed.items if self._owner(item.id)},
            seen_through=listed.through,
            now=time.time(),
            skew=skew,
        )
        for key, prediction in matches.adopted.items():
            await self._adopt(unknown[key], prediction)
        for key in matches.absent:
            await self._store.save(runs.with_status(unknown[key], runs.NOT_SUBMITTED, ABSENT))
        for key, ids in matches.undecided.items():
            if reconcile.candidates_of(unknown[key]) != ids:
                await self._store.save(reconcile.in_doubt(unknown[key], ids, _in_doubt(ids)))
        for key in matches.waiting:
            self._expect(reconcile.unsettled(unknown[key], time.time()))
        if matches.waiting or len(unknown) > sum(run.id in unknown for run in looked_for):
            self._unfinished = True

    def _informed(self, item: Prediction) -> Prediction:
        """The listed run with the input that we saw before it was removed."""
        known = self._store.run(item.id) if item.data_removed and not item.input else None
        return item if known is None else Prediction.of({**item.raw, "input": known.prediction.input})

    async def _adopt(self, run: Run, prediction: Prediction) -> Run:
        hidden = runs.hiding(prediction, [run])
        return await self._store.put(hidden, now=run.seen_at, instead_of=run.id)

    def _refuse_others(self, run: Run, prediction: Prediction) -> None:
        if self._owner(prediction.id):
            raise CannotResolve(f"{prediction.id} is another run of yours already")
        if reconcile.runs_elsewhere(run, prediction):
            raise CannotResolve(f"{prediction.id} is a run of {prediction.model or prediction.version}, not of this")


def _in_doubt(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - MOST_NAMED} more" if len(ids) > MOST_NAMED else ""
    return (
        f"its answer was lost, and it may be {' or '.join(ids[:MOST_NAMED])}{more}: look at "
        f"{'that run' if len(ids) == 1 else 'those runs'}, then say which one it is, or that it was never submitted"
    )


def _together(spans: Iterable[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """The spans, those that overlap as one, newest first."""
    joined: list[tuple[float, float]] = []
    for since, until in sorted(spans):
        if joined and since <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(until, joined[-1][1]))
        else:
            joined.append((since, until))
    yield from reversed(joined)


def _inside(span: tuple[float, float], since: float, until: float) -> bool:
    return since <= span[0] and span[1] <= until
