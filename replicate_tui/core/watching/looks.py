"""Single looks at runs: at those that are followed again and again, and the last one at each run that ended.

A list tells of an end, but not the last logs. The end of a run that is followed is told with them; any other end is
told at once, and its logs are fetched in turn, those that Replicate deletes first before the rest.
"""

import math
import time
from collections.abc import Callable, Collection, Container, Iterable, Iterator
from functools import partial

from replicate_tui.api.client import Client
from replicate_tui.api.errors import APIError, UnexpectedAnswer
from replicate_tui.api.resources import Prediction
from replicate_tui.core import asking
from replicate_tui.core.history.runs import Run
from replicate_tui.core.history.store import Store
from replicate_tui.core.watching import pace
from replicate_tui.core.watching.connection import concerns_all
from replicate_tui.core.watching.followers import Followers
from replicate_tui.core.watching.rounds import Due
from replicate_tui.core.watching.waits import Clocks

LOGS_SPACING = 1.0
"""Seconds between two last looks that can wait, while runs are active: what becomes of those is told first."""

Usual = Callable[[str], float | None]
"""The seconds that runs of a model usually take, by its name; None where that is not known."""


class Looks:
    """What is known of runs beside the store: when each was fetched, which the API will not tell about, which ended.

    `followed` are the runs that somebody follows at any time.
    """

    def __init__(
        self,
        client: Client,
        store: Store,
        followed: Container[str],
        followers: Followers,
        usual: Usual,
        clocks: Clocks,
    ) -> None:
        self._client = client
        self._store = store
        self._followed = followed
        self._followers = followers
        self._usual = usual
        self._clocks = clocks
        self._first_seen: dict[str, float] = {}
        self._fetched: dict[str, float] = {}
        self._ended: dict[str, Prediction] = {}
        self._owed: dict[str, float] = {}
        self._owed_at = -math.inf
        self._refused: set[str] = set()

    def see(self, active: Collection[str], now: float) -> None:
        """These runs are active, and no others."""
        self._first_seen = {run_id: self._first_seen.get(run_id, now) for run_id in active}
        self._ended = {run_id: item for run_id, item in self._ended.items() if run_id in active}

    def asked_for(self, run_ids: Iterable[str]) -> frozenset[str]:
        """Those of the runs that the API can tell more about."""
        return frozenset(run_ids).difference(self._refused, self._ended)

    def make_due(self, run_id: str | None = None) -> None:
        """Look at a followed run now, or at all of them."""
        if run_id is None:
            self._fetched.clear()
        else:
            self._fetched.pop(run_id, None)

    def ask_anew(self, run_id: str) -> None:
        """Ask for a run although the API would not tell about it."""
        self._refused.discard(run_id)

    def put_off(self, run_id: str) -> None:
        """Count a followed run as looked at just now."""
        self._fetched[run_id] = self._clocks.monotonic()

    def owes_logs(self, run_id: str) -> bool:
        """Whether a run ended, and its last logs are still to be fetched."""
        return run_id in self._owed

    def fetched(self, run_id: str) -> float:
        """When a run was looked at singly."""
        return self._fetched.get(run_id, -math.inf)

    def last_ones(self, now: float) -> Iterator[Due]:
        """The last look at each followed run that ended, and the next of those that can wait."""
        for item in self._ended.values():
            yield Due(now, partial(self._last_look, item))
        self._owed = {run_id: moment for run_id, moment in self._owed.items() if not self._is_saved(run_id)}
        owed = min(self._owed, key=self._owed.__getitem__, default=None)
        if owed is not None:
            spacing = LOGS_SPACING if self._first_seen else 0.0
            yield Due(self._owed_at + spacing, partial(self._fetch_logs, owed), can_wait=True)

    def next_one(self, run: Run, now: float, *, streamed: bool) -> Due:
        """The next look at a followed run."""
        age = now - self._first_seen.get(run.id, now)
        interval = pace.SLOWEST if streamed else pace.followed(age, self._usual(run.prediction.model or ""))
        return Due(self.fetched(run.id) + interval, partial(self.refresh, run.id))

    async def refresh(self, run_id: str) -> None:
        """Fetch a run, and keep what the API tells."""
        try:
            prediction = await asking.fetch(self._client, self._store, run_id)
        except APIError as error:
            if concerns_all(error):
                raise
            # Asking again would bring the same answer, until somebody wants to know it anew.
            self._refused.add(run_id)
            self._forget(run_id)
            self._followers.fail(error, run_id)
            return
        except UnexpectedAnswer:
            # What cannot be read of one run says nothing about the others; a list may tell of it.
            self.put_off(run_id)
            return
        self.put_off(run_id)
        await self._store.put(prediction, now=time.time())
        if not prediction.active:
            self._forget(run_id)

    async def take(self, item: Prediction) -> None:
        """Keep a list item; one that tells an end owes the last logs, as it has none."""
        self._refused.discard(item.id)
        ends = item.id in self._store.active and not item.active
        if ends and item.id in self._followed:
            self._ended[item.id] = item
            return
        if ends:
            self._owed[item.id] = time.time() if item.completed_at is None else item.completed_at.timestamp()
        await self._store.put(item, now=time.time())

    async def _last_look(self, item: Prediction) -> None:
        await self.refresh(item.id)
        if item.id in self._store.active:
            await self._store.put(item, now=time.time())
        self._forget(item.id)

    async def _fetch_logs(self, run_id: str) -> None:
        self._owed_at = self._clocks.monotonic()
        await self.refresh(run_id)
        self._forget(run_id)

    def _is_saved(self, run_id: str) -> bool:
        """Whether somebody has looked at a run that ended, and kept what there was."""
        row = self._store.row(run_id)
        return row is None or row.folder is not None

    def _forget(self, run_id: str) -> None:
        self._fetched.pop(run_id, None)
        self._ended.pop(run_id, None)
        self._owed.pop(run_id, None)
