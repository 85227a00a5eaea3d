"""The Watcher: keeps what is shown true.

A list page tells the state of up to a hundred runs at once; a run that is followed is streamed when its model
streams, else fetched singly for its logs; older runs are read page by page when there is nothing better to do.
Refreshes are due at moments; between them nothing wakes up. What can wait takes what the rest leaves of so many
requests a second. What goes together is one round, judged together: trouble makes all of them wait. Intervals count
on the monotonic clock from when we first saw the run, never from the server's clock.
"""

import asyncio
import contextlib
import math
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence
from functools import partial

from replicate_tui.api.client import Client
from replicate_tui.api.errors import ReplicateError
from replicate_tui.api.resources import Page, Prediction
from replicate_tui.core import asking
from replicate_tui.core.history.store import Store
from replicate_tui.core.watching.connection import Trouble
from replicate_tui.core.watching.followers import Followers
from replicate_tui.core.watching.kept import Kept
from replicate_tui.core.watching.looks import Looks, Usual
from replicate_tui.core.watching.pages import Pages
from replicate_tui.core.watching.rounds import Due, Jumped, Refresh, round_of
from replicate_tui.core.watching.spare import Spare
from replicate_tui.core.watching.streaming import Streams
from replicate_tui.core.watching.waits import Clocks, Waits
from replicate_tui.core.watching.walking import Walking

_CLOCKS = Clocks()


class Watcher:
    """Refreshes runs, and what else is shown, until it is cancelled.

    `listing` keeps page one fresh for runs begun elsewhere, and reads the older runs; `listing_trainings` does so for
    trainings. `patience` is for how many seconds followers are kept waiting without an answer;
    None means for ever. `usual` tells how long a model's runs take.
    """

    def __init__(
        self,
        client: Client,
        store: Store,
        *,
        patience: float | None = None,
        usual: Usual = lambda _: None,
        clocks: Clocks = _CLOCKS,
    ) -> None:
        self.listing = False
        self.listing_trainings = False
        self._store = store
        self._clocks = clocks
        self._wake = asyncio.Event()
        self._retry = asyncio.Event()
        self._planned_for: frozenset[str] = frozenset()
        self._followed: Counter[str] = Counter()
        self._followers = Followers(store)
        self._spare = Spare()
        self._waits = Waits(clocks)
        self._trouble = Trouble(store, self._followers, patience, clocks)
        self._streams = Streams(client, store, self._stream_ended)
        self._looks = Looks(client, store, self._followed, self._followers, usual, clocks)
        list_trainings = partial(asking.list_trainings, client)
        self._pages = Pages(client.predictions.list, self._looks, self._page_read, clocks)
        self._trainings = Pages(list_trainings, self._looks, self._trainings_read, clocks)
        self._walking = Walking("prediction", client.predictions.list, store, self._looks.take, clocks)
        self._walking_trainings = Walking("training", list_trainings, store, self._looks.take, clocks)
        self._kept = Kept(clocks)

    # -- asking for freshness ------

    def wake(self) -> None:
        """Look again at what is due, now. It ends no waiting that the server asked for."""
        self._wake.set()

    def refresh(self) -> None:
        """Refresh page one, the followed runs and all that is kept fresh now; end any waiting for a next try."""
        self._pages.make_due()
        self._trainings.make_due()
        self._looks.make_due()
        self._kept.make_due()
        self._trouble.forgive()
        self._retry.set()
        self.wake()

    def owes_logs(self, run_id: str) -> bool:
        """Whether a run ended while nobody followed it, and its last logs are still to be fetched."""
        return self._looks.owes_logs(run_id)

    @contextlib.contextmanager
    def following(self, run_id: str) -> Iterator[None]:
        """Keep one run as fresh as can be, with its logs, while the block lasts."""
        self._followed[run_id] += 1
        self._looks.ask_anew(run_id)
        self.wake()
        try:
            yield
        finally:
            self._followed[run_id] -= 1
            if self._followed[run_id] <= 0:
                del self._followed[run_id]
                self._streams.end(run_id)

    @contextlib.contextmanager
    def keeping(self, refresh: Refresh, interval: float, *, first: float = 0.0) -> Iterator[None]:
        """Await `refresh` in `first` seconds and then every `interval` seconds, while the block lasts.

        If the API refuses that one thing it is asked for no more, until `refresh()` or another block. Other trouble
        that it raises is the connection's.
        """
        with self._kept.keeping(refresh, interval, first):
            self.wake()
            yield

    async def follow(self, run_id: str) -> AsyncGenerator[None, None]:
        """One item for each change of a run that the store holds, the first at once; ends with the run.

        Raises:
            ReplicateError: the API refuses to tell about the run, or stayed out of reach longer than our patience.
        """
        with self.following(run_id):
            async with contextlib.aclosing(self._followers.follow(run_id)) as changes:
                async for _ in changes:
                    yield

    # -- the loop ------

    async def run(self) -> None:
        """Refresh what is due, for ever."""
        unsubscribe = self._store.subscribe(self._run_changed)
        try:
            while True:
                await self._turn()
        finally:
            unsubscribe()
            await self._streams.close()

    async def _turn(self) -> None:
        """Do what is due; if nothing is, wait until something is, or somebody wakes us."""
        self._wake.clear()
        if self._streams.bug is not None:
            raise self._streams.bug
        now = self._clocks.monotonic()
        plan = list(self._plan(now))
        older = list(self._plan_older())
        due = self._spare.choose(plan, now)
        if not due and (due := [each.refresh for each in older if each.at <= now]):
            self._spare.count(len(due), now)
        if due:
            await self._round(due)
        else:
            moment = min((self._spare.next_moment(plan), *(each.at for each in older)))
            await self._wait(moment if moment < math.inf else None, self._wake)

    def _plan(self, now: float) -> Iterator[Due]:
        """Every refresh that there is to do, and when it is due; but the older runs."""
        active = self._planned_for = self._store.active
        self._looks.see(active, now)
        self._streams.see(active)
        yield from self._looks.last_ones(now)
        for run_id in self._looks.asked_for(self._followed):
            run = self._store.run(run_id)
            if run is not None and run.active:
                # It is fetched all the same, seldom: a dead connection tells nothing.
                if self._streams.begin(run):
                    self._looks.put_off(run_id)
                yield self._looks.next_one(run, now, streamed=run_id in self._streams)
        others = self._looks.asked_for(active - self._followed.keys())
        trainings = frozenset(run_id for run_id in others if asking.is_training(self._store, run_id))
        yield from self._pages.plan(others - trainings, listing=self.listing)
        yield from self._trainings.plan(trainings, listing=self.listing_trainings)
        yield from self._kept.plan()

    def _plan_older(self) -> Iterator[Due]:
        """The next page of older runs of each list that is shown."""
        if self.listing:
            yield from self._walking.plan()
        if self.listing_trainings:
            yield from self._walking_trainings.plan()

    async def _round(self, due: Sequence[Refresh]) -> None:
        try:
            failures = await round_of(due, self._waits)
        except Jumped:
            self.refresh()
            return
        if failures:
            await self._back_off(failures[0])
        else:
            self._trouble.over()

    async def _back_off(self, error: ReplicateError) -> None:
        # Whoever asked meanwhile has this answer.
        self._wake.clear()
        self._retry.clear()
        connection = self._trouble.met(error)
        await self._wait(connection.retry_at, self._retry if connection.state == "throttled" else self._wake)

    async def _wait(self, moment: float | None, awakened: asyncio.Event) -> None:
        if await self._waits.until(moment, awakened):
            self.refresh()

    # -- news ------

    def _run_changed(self, _: str) -> None:
        if not self._store.active <= self._planned_for:
            self.wake()

    def _stream_ended(self, run_id: str) -> None:
        self._looks.make_due(run_id)
        self.wake()

    async def _page_read(self, page: Page[Prediction]) -> None:
        if self.listing:
            await self._walking.told(page)

    async def _trainings_read(self, page: Page[Prediction]) -> None:
        if self.listing_trainings:
            await self._walking_trainings.told(page)
