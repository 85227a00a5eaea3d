"""Looks for the runs whose answer was lost in the account's list, and says of each what the list tells."""

import asyncio
import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from replicate_tui.api.client import Client
from replicate_tui.api.resources import Prediction
from replicate_tui.core.history import runs
from replicate_tui.core.history.runs import Run
from replicate_tui.core.history.store import Store
from replicate_tui.core.sending import account_list, own_rows, reconcile
from replicate_tui.core.sending.account_list import Listed
from replicate_tui.core.sending.reconcile import Matches

MOST_NAMED = 5
"""So many candidates are named where it could not be decided which one it is."""

ABSENT = "it never reached Replicate, so nothing was charged; run it again if you still want it"


@dataclass(slots=True)
class Outlook:
    """When another look may tell more: in so many seconds, `unfinished` says that at some time nobody knows."""

    unfinished: bool = False
    seconds: float = math.inf

    def expect(self, seconds: float) -> None:
        """Something happens in so many seconds: a program's lease ends, a run must have come to be."""
        if seconds > 0:
            self.seconds = min(self.seconds, seconds)


class Search:
    """Looks for the unknown runs of one account. Whoever decides about one of them holds `deciding`."""

    def __init__(self, client: Client, store: Store, deciding: asyncio.Lock) -> None:
        self._client = client
        self._store = store
        self._deciding = deciding

    async def run(self, outlook: Outlook) -> None:
        """Look for all of them, and note in the outlook what another look may tell.

        Raises:
            ReplicateError: the list could not be read.
        """
        for run in own_rows.in_states(self._store, {runs.UNKNOWN}):
            if runs.UNKNOWN_SINCE not in run.prediction.raw:
                await self._store.save(reconcile.lost(run, run.prediction.error, since=time.time()))
        newest = await account_list.read(self._client, 1)
        skew = self._skew(newest.items)
        unknown = own_rows.in_states(self._store, {runs.UNKNOWN})
        for since, until in _together(reconcile.span(run, skew) for run in unknown):
            listed = newest if newest.through <= since else await self._listed(since, until)
            listed = await self._with_trainings(listed, since)
            async with self._deciding:
                await self._apply(listed, since, until, skew, outlook)

    async def _listed(self, since: float, until: float) -> Listed:
        return await account_list.read(self._client, account_list.MOST_PAGES, since, until)

    async def _with_trainings(self, listed: Listed, since: float) -> Listed:
        """The list with the trainings, which have one of their own, if any are looked for."""
        if not any(run.is_training for run in own_rows.in_states(self._store, {runs.UNKNOWN, runs.SUBMITTING})):
            return listed
        trainings = await account_list.read_trainings(self._client, account_list.MOST_PAGES, since)
        return Listed(listed.items + trainings.items, max(listed.through, trainings.through))

    def _skew(self, newest: Sequence[Prediction]) -> float:
        times = {each.id: each.created_at.timestamp() for each in newest if each.created_at}
        rows = {key: self._store.row(key) for key in times if own_rows.owner(self._store, key)}
        delays = (times[key] - row.seen_at for key, row in rows.items() if row is not None)
        return reconcile.clock_skew(max(times.values(), default=None), time.time(), delays)

    async def _apply(self, listed: Listed, since: float, until: float, skew: float, outlook: Outlook) -> None:
        self._store.notice_others()
        # First the rows, then what is claimed: an answer that arrives in between makes a row claim its prediction.
        rows = own_rows.in_states(self._store, {runs.UNKNOWN, runs.SUBMITTING})
        unknown = {run.id: run for run in rows if run.status == runs.UNKNOWN}
        looked_for = [run for run in rows if run.id not in unknown or _inside(reconcile.span(run, skew), since, until)]
        matches = reconcile.match(
            looked_for,
            [self._informed(item) for item in listed.items],
            {item.id for item in listed.items if own_rows.owner(self._store, item.id)},
            seen_through=listed.through,
            now=time.time(),
            skew=skew,
        )
        await self._settle(matches, unknown)
        for key in matches.waiting:
            outlook.expect(reconcile.unsettled(unknown[key], time.time()))
        if matches.waiting or len(unknown) > sum(run.id in unknown for run in looked_for):
            outlook.unfinished = True

    async def _settle(self, matches: Matches, unknown: Mapping[str, Run]) -> None:
        """Write down what is known of the unknown runs now."""
        for key, prediction in matches.adopted.items():
            await own_rows.adopt(self._store, unknown[key], prediction)
        for key in matches.absent:
            await self._store.save(runs.with_status(unknown[key], runs.NOT_SUBMITTED, ABSENT))
        for key, ids in matches.undecided.items():
            if reconcile.candidates_of(unknown[key]) != ids:
                await self._store.save(reconcile.in_doubt(unknown[key], ids, _in_doubt(ids)))

    def _informed(self, item: Prediction) -> Prediction:
        """The listed run with the input that we saw before it was removed."""
        known = self._store.run(item.id) if item.data_removed and not item.input else None
        return item if known is None else Prediction.of({**item.raw, "input": known.prediction.input})


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
