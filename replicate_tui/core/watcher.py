"""The Watcher: keeps what is shown true.

A list page tells the state of up to a hundred runs at once; a run that is followed is streamed when its model
streams, else fetched singly for its logs. Refreshes are due at moments; between them nothing wakes up. Intervals
count on the monotonic clock from when we first saw the run, never from the server's clock.
"""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Iterable, Iterator
from dataclasses import dataclass, field

from replicate_tui.api.client import Client
from replicate_tui.api.errors import (
    APIError,
    NetworkError,
    NotFound,
    RateLimited,
    ReplicateError,
    ServerError,
    Unauthorized,
)
from replicate_tui.core.store import Connection, Store
from replicate_tui.core.streaming import follow_stream

PAGE_INTERVAL_ACTIVE = 2.0
PAGE_INTERVAL_IDLE = 15.0
LONGEST_BACKOFF = 30.0

_AGES = ((30.0, 0.5), (120.0, 1.0), (600.0, 2.0))
_SLOWEST = 5.0


@dataclass(slots=True)
class _Follower:
    """One waiting `follow`: what wakes it, and the error that ends it."""

    changed: asyncio.Event = field(default_factory=asyncio.Event)
    error: ReplicateError | None = None


class Watcher:
    """Refreshes runs until it is cancelled. `listing` keeps page one fresh for runs begun elsewhere."""

    def __init__(self, client: Client, store: Store, *, patience: float | None = None) -> None:
        self.listing = False
        self._client = client
        self._store = store
        self._patience = patience
        self._wake = asyncio.Event()
        self._followed: Counter[str] = Counter()
        self._followers: list[tuple[str, _Follower]] = []
        self._first_seen: dict[str, float] = {}
        self._fetched: dict[str, float] = {}
        self._page_due = 0.0
        self._off_page: set[str] = set()
        self._streams: dict[str, asyncio.Task[None]] = {}
        self._no_stream: set[str] = set()
        self._bug: BaseException | None = None
        self._offline_since: float | None = None
        self._delay = 1.0

    # -- asking for freshness ------

    def wake(self) -> None:
        """Look again at what is due, now."""
        self._wake.set()

    def refresh(self) -> None:
        """Refresh page one now, and end any waiting for a next try."""
        self._page_due = 0.0
        self._delay = 1.0
        self.wake()

    @contextlib.contextmanager
    def following(self, run_id: str) -> Iterator[None]:
        """Keep one run as fresh as can be, with its logs, while the block lasts."""
        self._followed[run_id] += 1
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
        follower = _Follower()
        entry = (run_id, follower)
        unsubscribe = self._store.subscribe(lambda changed: follower.changed.set() if changed == run_id else None)
        self._followers.append(entry)
        try:
            with self.following(run_id):
                while True:
                    follower.changed.clear()
                    run = self._store.run(run_id)
                    yield
                    if run is None or run.over:
                        return
                    await follower.changed.wait()
                    if follower.error is not None:
                        raise follower.error
        finally:
            self._followers.remove(entry)
            unsubscribe()

    # -- the loop ------

    async def run(self) -> None:
        """Refresh what is due, for ever."""
        try:
            while True:
                self._wake.clear()
                if self._bug is not None:
                    raise self._bug
                jobs, next_due = self._due()
                if jobs:
                    await self._round(jobs)
                else:
                    await self._sleep_until(next_due)
        finally:
            for task in self._streams.values():
                task.cancel()
            await asyncio.gather(*self._streams.values(), return_exceptions=True)

    def _due(self) -> tuple[list[Awaitable[None]], float | None]:
        """The refreshes due now, and when the next is."""
        now = time.monotonic()
        moments: list[float] = []
        jobs: list[Awaitable[None]] = []
        for run_id in self._single_ids():
            due = self._fetched.get(run_id, 0.0) + self._interval(run_id, now)
            if due <= now:
                jobs.append(self._refresh_one(run_id))
            else:
                moments.append(due)
        others = self._store.active - set(self._followed)
        if others or self.listing:
            if self._page_due <= now:
                self._page_due = now + (PAGE_INTERVAL_ACTIVE if others else PAGE_INTERVAL_IDLE)
                jobs.append(self._refresh_page())
            else:
                if others:
                    self._page_due = min(self._page_due, now + PAGE_INTERVAL_ACTIVE)
                moments.append(self._page_due)
        return jobs, min(moments, default=None)

    def _single_ids(self) -> Iterable[str]:
        active = self._store.active
        ids = [run_id for run_id in self._followed if self._wants_fetch(run_id)]
        return [*ids, *(run_id for run_id in self._off_page & active if run_id not in self._followed)]

    def _wants_fetch(self, run_id: str) -> bool:
        if run_id in self._streams:
            return False
        run = self._store.run(run_id)
        if run is None or not run.active:
            return False
        if run.prediction.stream_url and run_id not in self._no_stream:
            self._start_stream(run_id, run.prediction.stream_url)
            return False
        return True

    def _interval(self, run_id: str, now: float) -> float:
        age = now - self._first_seen.setdefault(run_id, now)
        slowest = _SLOWEST if run_id in self._followed else 2 * _SLOWEST
        return next((interval for limit, interval in _AGES if age < limit and run_id in self._followed), slowest)

    async def _sleep_until(self, moment: float | None) -> None:
        if moment is None:
            await self._wake.wait()
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, moment - time.monotonic())):
                await self._wake.wait()

    async def _round(self, jobs: list[Awaitable[None]]) -> None:
        results = await asyncio.gather(*jobs, return_exceptions=True)
        failures = [result for result in results if isinstance(result, BaseException)]
        trouble = next((error for error in failures if not isinstance(error, ReplicateError)), None)
        if trouble is not None:
            raise trouble
        if failures:
            await self._back_off(failures[0])
        else:
            self._delay = 1.0
            self._offline_since = None
            self._store.connection = Connection("online")

    # -- trouble ------

    async def _back_off(self, error: BaseException) -> None:
        if isinstance(error, Unauthorized):
            self._store.connection = Connection("unauthorized", str(error))
            self._fail_followers(error)
            await self._wake.wait()
            return
        delay = self._delay
        self._delay = min(LONGEST_BACKOFF, self._delay * 2)
        if isinstance(error, RateLimited):
            delay = max(delay, error.retry_after or 0.0)
        retry_at = time.monotonic() + delay
        throttled = isinstance(error, RateLimited)
        self._store.connection = Connection("throttled" if throttled else "offline", str(error), retry_at)
        self._lose_patience(error)
        await self._sleep_until(retry_at)

    def _lose_patience(self, error: BaseException) -> None:
        now = time.monotonic()
        if self._offline_since is None:
            self._offline_since = now
        if self._patience is not None and now - self._offline_since >= self._patience:
            self._fail_followers(error)

    def _fail_followers(self, error: BaseException, run_id: str | None = None) -> None:
        for followed, follower in self._followers:
            if run_id in (None, followed) and isinstance(error, ReplicateError):
                follower.error = error
                follower.changed.set()

    # -- refreshes ------

    async def _refresh_one(self, run_id: str) -> None:
        try:
            prediction = await self._client.prediction(run_id)
        except (NetworkError, RateLimited, ServerError, Unauthorized):
            raise
        except APIError as error:
            self._fail_followers(error, run_id)
            if isinstance(error, NotFound):
                self._off_page.discard(run_id)
            return
        finally:
            self._fetched[run_id] = time.monotonic()
        await self._store.put(prediction, now=time.time())
        if not prediction.active:
            self._forget(run_id)

    async def _refresh_page(self) -> None:
        active = self._store.active
        page = await self._client.predictions()
        listed = {prediction.id for prediction in page.results}
        for prediction in page.results:
            await self._store.put(prediction, now=time.time())
        self._off_page = set(active - listed - set(self._followed))
        ended = [item.id for item in page.results if item.id in active and not item.active]
        # A list item has no logs: one last look at each run that ended.
        for run_id in ended:
            await self._refresh_one(run_id)

    def _forget(self, run_id: str) -> None:
        self._fetched.pop(run_id, None)
        self._first_seen.pop(run_id, None)
        self._off_page.discard(run_id)
        self._no_stream.discard(run_id)

    # -- streams ------

    def _start_stream(self, run_id: str, url: str) -> None:
        task = asyncio.create_task(follow_stream(self._client, self._store, run_id, url))
        self._streams[run_id] = task
        task.add_done_callback(lambda done: self._stream_ended(run_id, done))

    def _stream_ended(self, run_id: str, task: asyncio.Task[None]) -> None:
        self._no_stream.add(run_id)
        self._streams.pop(run_id, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._bug = error
        self.wake()

    def _end_stream(self, run_id: str) -> None:
        task = self._streams.get(run_id)
        if task is not None:
            task.cancel()
            self._no_stream.discard(run_id)
