"""The Watcher: keeps what is shown true.

A list page tells the state of up to a hundred runs at once; a run that is followed is streamed when its model
streams, else fetched singly for its logs. Refreshes are due at moments; between them nothing wakes up. Intervals
count on the monotonic clock from when we first saw the run, never from the server's clock.
"""

import asyncio
import contextlib
import math
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from functools import partial
from itertools import islice

from replicate_tui.api.client import Client
from replicate_tui.api.errors import (
    APIError,
    RateLimited,
    ReplicateError,
    ServerError,
    Unauthorized,
)
from replicate_tui.api.resources import Prediction
from replicate_tui.core.followers import Followers
from replicate_tui.core.runs import Run
from replicate_tui.core.store import Connection, Store
from replicate_tui.core.streaming import follow_stream

PAGE_INTERVAL_ACTIVE = 2.0
PAGE_INTERVAL_IDLE = 15.0
FIRST_BACKOFF = 1.0
LONGEST_BACKOFF = 30.0

MOST_PAGES = 3
"""List pages read in one refresh, as long as many active runs are on none of them."""
FEW_STRAYS = 5
"""So few active runs are not worth another page."""
STRAY_INTERVAL = 10.0
"""Seconds between two looks at one active run that is on none of those pages."""
STRAY_SPACING = 1.0
"""Seconds between two looks at any such runs: they take turns."""
LAST_LOOKS = 8
"""Runs that ended and are fetched for the last time, at once."""

_AGES = ((30.0, 0.5), (120.0, 1.0), (600.0, 2.0))
_SLOWEST = 5.0


class Watcher:
    """Refreshes runs until it is cancelled. `listing` keeps page one fresh for runs begun elsewhere."""

    def __init__(self, client: Client, store: Store, *, patience: float | None = None) -> None:
        self.listing = False
        self._client = client
        self._store = store
        self._patience = patience
        self._wake = asyncio.Event()
        self._retry = asyncio.Event()
        self._planned_for: frozenset[str] = frozenset()
        self._followed: Counter[str] = Counter()
        self._followers = Followers(store)
        self._first_seen: dict[str, float] = {}
        self._fetched: dict[str, float] = {}
        self._listed_at = -math.inf
        self._strayed_at = -math.inf
        self._strays: frozenset[str] = frozenset()
        self._ended: dict[str, Prediction] = {}
        self._refused: set[str] = set()
        self._streams: dict[str, asyncio.Task[None]] = {}
        self._no_stream: set[str] = set()
        self._bug: BaseException | None = None
        self._offline_since: float | None = None
        self._delay = FIRST_BACKOFF

    # -- asking for freshness ------

    def wake(self) -> None:
        """Look again at what is due, now. It ends no waiting that the server asked for."""
        self._wake.set()

    def refresh(self) -> None:
        """Refresh page one and the followed runs now, and end any waiting for a next try."""
        self._listed_at = -math.inf
        self._fetched.clear()
        self._delay = FIRST_BACKOFF
        self._retry.set()
        self.wake()

    @contextlib.contextmanager
    def following(self, run_id: str) -> Iterator[None]:
        """Keep one run as fresh as can be, with its logs, while the block lasts."""
        self._followed[run_id] += 1
        self._refused.discard(run_id)
        self.wake()
        try:
            yield
        finally:
            self._followed[run_id] -= 1
            if self._followed[run_id] <= 0:
                del self._followed[run_id]
                self._end_stream(run_id)

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
                self._wake.clear()
                if self._bug is not None:
                    raise self._bug
                now = time.monotonic()
                plan = list(self._plan(now))
                jobs = [refresh() for due, refresh in plan if due <= now]
                if jobs:
                    await self._round(jobs)
                else:
                    await self._sleep_until(min((due for due, _ in plan), default=None), self._wake)
        finally:
            unsubscribe()
            for task in self._streams.values():
                task.cancel()
            await asyncio.gather(*self._streams.values(), return_exceptions=True)

    def _run_changed(self, _: str) -> None:
        if not self._store.active <= self._planned_for:
            self.wake()

    def _plan(self, now: float) -> Iterator[tuple[float, Callable[[], Awaitable[None]]]]:
        """Every refresh that there is to do, and when it is due."""
        self._planned_for = self._store.active
        self._ended = {run_id: item for run_id, item in self._ended.items() if run_id in self._planned_for}
        for item in islice(self._ended.values(), LAST_LOOKS):
            yield now, partial(self._last_look, item)
        for run in self._followed_runs():
            self._stream(run)
            yield self._last_fetch(run.id) + self._interval(run.id, now), partial(self._refresh_one, run.id)
        others = self._others()
        if others or self.listing:
            interval = PAGE_INTERVAL_ACTIVE if others else PAGE_INTERVAL_IDLE
            yield self._listed_at + interval, self._refresh_pages
        stray = min(self._strays & others, key=self._last_fetch, default=None)
        if stray is not None:
            due = max(self._strayed_at + STRAY_SPACING, self._last_fetch(stray) + STRAY_INTERVAL)
            yield due, partial(self._refresh_stray, stray)

    def _followed_runs(self) -> list[Run]:
        """The followed runs that the API can tell more about."""
        runs = [self._store.run(run_id) for run_id in self._followed if self._is_asked_for(run_id)]
        return [run for run in runs if run is not None and run.active]

    def _others(self) -> frozenset[str]:
        """The active runs that nobody follows."""
        return frozenset(run_id for run_id in self._store.active - set(self._followed) if self._is_asked_for(run_id))

    def _is_asked_for(self, run_id: str) -> bool:
        return run_id not in self._refused and run_id not in self._ended

    def _last_fetch(self, run_id: str) -> float:
        return self._fetched.get(run_id, -math.inf)

    def _interval(self, run_id: str, now: float) -> float:
        if run_id in self._streams:
            return _SLOWEST
        age = now - self._first_seen.setdefault(run_id, now)
        return next((interval for limit, interval in _AGES if age < limit), _SLOWEST)

    async def _sleep_until(self, moment: float | None, awakened: asyncio.Event) -> None:
        if moment is None:
            await awakened.wait()
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, moment - time.monotonic())):
                await awakened.wait()

    async def _round(self, jobs: list[Awaitable[None]]) -> None:
        results = await asyncio.gather(*jobs, return_exceptions=True)
        failures: list[ReplicateError] = []
        for result in results:
            if isinstance(result, ReplicateError):
                failures.append(result)
            elif result is not None:
                raise result
        if failures:
            await self._back_off(failures[0])
        else:
            self._delay = FIRST_BACKOFF
            self._offline_since = None
            self._store.connection = Connection("online")

    # -- trouble ------

    async def _back_off(self, error: ReplicateError) -> None:
        # Whoever asked meanwhile has this answer.
        self._wake.clear()
        self._retry.clear()
        if isinstance(error, Unauthorized):
            self._store.connection = Connection("unauthorized", str(error))
            self._followers.fail(error)
            await self._wake.wait()
            return
        throttled = isinstance(error, RateLimited)
        asked = (error.retry_after or 0.0) if isinstance(error, RateLimited) else 0.0
        now = time.monotonic()
        retry_at = now + max(self._delay, asked)
        self._delay = min(LONGEST_BACKOFF, self._delay * 2)
        self._store.connection = Connection("throttled" if throttled else "offline", str(error), retry_at)
        self._lose_patience(error, retry_at if throttled else now)
        await self._sleep_until(retry_at, self._retry if throttled else self._wake)

    def _lose_patience(self, error: ReplicateError, until: float) -> None:
        """Fail the followers if we had no answer for too long, or are told that none will come until then."""
        if self._offline_since is None:
            self._offline_since = time.monotonic()
        if self._patience is not None and until - self._offline_since >= self._patience:
            self._followers.fail(error)

    # -- refreshes ------

    async def _refresh_one(self, run_id: str) -> None:
        try:
            prediction = await self._client.predictions.get(run_id)
        except APIError as error:
            if _concerns_all(error):
                raise
            # Asking again would bring the same answer, until somebody wants to know it anew.
            self._refused.add(run_id)
            self._forget(run_id)
            self._followers.fail(error, run_id)
            return
        self._fetched[run_id] = time.monotonic()
        await self._store.put(prediction, now=time.time())
        if not prediction.active:
            self._forget(run_id)

    async def _refresh_stray(self, run_id: str) -> None:
        self._strayed_at = time.monotonic()
        await self._refresh_one(run_id)

    async def _refresh_pages(self) -> None:
        """The newest runs, page by page while many of those that we look for are still to come."""
        sought = self._others()
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            page = await self._client.predictions.list(cursor)
            for item in page.results:
                await self._take(item)
            sought -= {item.id for item in page.results}
            cursor = page.next
            if cursor is None or len(sought) <= FEW_STRAYS:
                break
        self._strays = sought
        self._listed_at = time.monotonic()

    async def _take(self, item: Prediction) -> None:
        """Keep a list item; one that tells an end waits for its last look, as it has no logs."""
        self._refused.discard(item.id)
        if item.id in self._store.active and not item.active:
            self._ended[item.id] = item
        else:
            await self._store.put(item, now=time.time())

    async def _last_look(self, item: Prediction) -> None:
        await self._refresh_one(item.id)
        if item.id in self._store.active:
            await self._store.put(item, now=time.time())
        self._forget(item.id)

    def _forget(self, run_id: str) -> None:
        self._fetched.pop(run_id, None)
        self._first_seen.pop(run_id, None)
        self._ended.pop(run_id, None)
        self._no_stream.discard(run_id)

    # -- streams ------

    def _stream(self, run: Run) -> None:
        """Stream the run if it can be. It is fetched all the same, seldom: a dead connection tells nothing."""
        url = run.prediction.stream_url
        if url is None or run.id in self._streams or run.id in self._no_stream:
            return
        task = asyncio.create_task(follow_stream(self._client, self._store, run.id, url))
        self._streams[run.id] = task
        self._fetched[run.id] = time.monotonic()
        task.add_done_callback(partial(self._stream_ended, run.id))

    def _stream_ended(self, run_id: str, task: asyncio.Task[None]) -> None:
        del self._streams[run_id]
        if not task.cancelled():
            self._no_stream.add(run_id)
            self._fetched.pop(run_id, None)
            self._bug = self._bug or task.exception()
        self.wake()

    def _end_stream(self, run_id: str) -> None:
        if run_id in self._streams:
            self._streams[run_id].cancel()


def _concerns_all(error: APIError) -> bool:
    """Whether the answer says nothing about the one run that was asked about. A 403 does; a 401 does not."""
    if isinstance(error, Unauthorized):
        return error.status == 401
    return isinstance(error, RateLimited | ServerError)
