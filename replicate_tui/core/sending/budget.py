"""The request budget that all programs on one history file share, for one host and token.

Each kind of request has one bucket, which lies in the file: whoever wants to send takes a token from it in one
transaction, or waits in its own process and looks again. A refusal that one program was told holds the others back
too, and outlives them all. Where tokens are rare, programs take them by turns.

Moments are the wall clock's, for no other clock is shared by all programs and survives them.
"""

import asyncio
import contextlib
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeVar

from replicate_tui.api.limits import LONGEST_WAIT, PUBLISHED, UNPUBLISHED, Bucket, Buckets, Clock, Kind, Limiter, Rate
from replicate_tui.core.credentials import fingerprint
from replicate_tui.core.history.history_file import DatabaseError, HistoryFile
from replicate_tui.core.settings import Settings

GRACE = 1.0
"""Seconds that a program may come too late for its turn; then it is the next one's."""

_SHORTEST = 0.01
"""Seconds between two looks at least: the wall clock is not exact enough for less."""

_STATE = "SELECT CAST(state AS BLOB) FROM budgets WHERE host = ? AND token = ? AND kind = ?"
_KEEP = "INSERT OR REPLACE INTO budgets (host, token, kind, state) VALUES (?, ?, ?, ?)"

T = TypeVar("T")


@contextlib.asynccontextmanager
async def open_limiter(settings: Settings, file: HistoryFile) -> AsyncIterator[Limiter]:
    """What admits the requests of one session: the local server's are nobody else's, all others share a budget.

    Raises:
        NoToken: there is no token for the host.
    """
    if settings.local:
        yield Buckets(rates=UNPUBLISHED)
        return
    shared = SharedBuckets(file, settings.host, fingerprint(settings.require_token()))
    try:
        yield shared
    finally:
        await shared.close()


@dataclass(frozen=True, slots=True)
class Budget:
    """A bucket and the programs that wait in front of it, in turn, each with the moment until which it is waited for.

    A value: methods make new ones.
    """

    bucket: Bucket
    line: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def from_json(cls, text: str | bytes, published: Rate) -> Self | None:
        """The budget that `as_json` told of; None if it was no such thing."""
        try:
            raw = json.loads(text)
        except (ValueError, RecursionError):
            return None
        bucket = Bucket.from_json(raw, published)
        if bucket is None:
            return None
        line = raw.get("line")
        waiting = line.items() if isinstance(line, dict) else ()
        return cls(bucket, {name: until for name, until in waiting if isinstance(until, int | float)})

    def as_json(self) -> str:
        """All but the published rate."""
        return json.dumps(self.bucket.as_json() | {"line": self.line})

    def asked(self, program: str, now: float) -> tuple["Budget", float]:
        """After a program asked for a token, and in how many seconds to ask again: 0 if it took one.

        Beyond `LONGEST_WAIT` it is not waited for.
        """
        bucket = self.bucket.at(now)
        line = {name: until for name, until in self.line.items() if now <= until <= now + LONGEST_WAIT + GRACE}
        wait = bucket.delay(now)
        if wait <= LONGEST_WAIT and (ahead := _ahead(line, program)):
            # Until there is one more than for those, or the first of them has not come for its own.
            until = max(wait, next(iter(line.values())) - now)
            wait = min(bucket.delay(now, ahead), until, LONGEST_WAIT)
        if 0 < wait <= LONGEST_WAIT:
            line[program] = now + wait + GRACE
            return Budget(bucket, line), wait
        line.pop(program, None)
        return Budget(bucket if wait else bucket.without(1, now), line), wait

    def withdrawn(self, program: str, tokens: int, now: float) -> "Budget":
        """After a program stopped waiting and gave so many tokens back."""
        line = {name: until for name, until in self.line.items() if name != program}
        return Budget(self.bucket.without(-tokens, now), line)


class SharedBuckets:
    """The limiter of all programs on one history file that use the same token; see `Limiter`.

    `token` is the token's fingerprint. While the file cannot be written requests are limited in this process alone;
    `error` says why, and is None otherwise. `tell` is called with the first one, in a sentence. End it with `close`,
    before the file.
    """

    def __init__(
        self,
        file: HistoryFile,
        host: str,
        token: str,
        *,
        clock: Clock | None = None,
        rates: Mapping[Kind, Rate] = PUBLISHED,
    ) -> None:
        self.error: DatabaseError | None = None
        self.tell: Callable[[str], None] = lambda words: None
        self._is_told = False
        self._file = file
        self._host = host
        self._token = token
        self._clock = clock or Clock(time.time)
        self._rates = rates
        self._turns = {kind: asyncio.Lock() for kind in rates}
        self._known = {kind: self._fresh(kind) for kind in rates}
        self._unwritten: set[Kind] = set()
        self._pending: set[asyncio.Task[Any]] = set()
        self._bug: BaseException | None = None

    async def admit(self, kind: Kind) -> float:
        """Wait for the turn of a request and count it; see `Limiter`. A wait may be cancelled at any time."""
        self._raise_bug()
        async with self._turns[kind]:
            while True:
                look = self._begin(self._change(kind, lambda budget, now: budget.asked(self._file.program, now)))
                try:
                    wait = await asyncio.shield(look)
                    if not 0 < wait <= LONGEST_WAIT:
                        return wait
                    await self._clock.sleep(max(wait, _SHORTEST))
                except asyncio.CancelledError:
                    self._leave_behind(self._withdraw(kind, look))
                    raise

    def delay(self, kind: Kind) -> float:
        """In how many seconds the next request of the kind may go, whichever program's it is."""
        now = self._clock.now()
        try:
            budget = self._current(kind, self._file.one(_STATE, (self._host, self._token, kind)))
        except DatabaseError as error:
            self._fail(error)
            budget = self._known[kind]
        return budget.bucket.delay(now)

    def answered(self, kind: Kind, remaining: int | None) -> None:
        """A request was not throttled; see `Limiter`. What tells nothing new is not written."""
        bucket, now = self._known[kind].bucket, self._clock.now()
        if bucket.answered(remaining, now) != bucket.at(now):
            self._told(kind, lambda bucket, now: bucket.answered(remaining, now))

    def refused(self, kind: Kind, wait: float | None, reduced: Rate | None) -> None:
        """A request was throttled; see `Limiter`."""
        self._told(kind, lambda bucket, now: bucket.refused(wait, reduced, now))

    def reset(self) -> None:
        """Another server is asked; see `Limiter`. The other programs on the file forget the former one, too."""
        for kind in self._rates:
            self._told(kind, lambda bucket, now: Bucket.full(bucket.published, now))

    async def close(self) -> None:
        """Finish the writes under way. A bug in a write that nobody waited for is raised here, or by `admit`."""
        while self._pending:
            await asyncio.wait(self._pending)
        self._raise_bug()

    def _told(self, kind: Kind, change: Callable[[Bucket, float], Bucket]) -> None:
        """Change the bucket without anybody waiting for it; what is asked of the file later comes after it."""

        def changed(budget: Budget, now: float) -> tuple[Budget, None]:
            return replace(budget, bucket=change(budget.bucket, now)), None

        self._leave_behind(self._change(kind, changed))

    async def _withdraw(self, kind: Kind, look: "asyncio.Task[float]") -> None:
        """Undo what somebody asked for who does not want it any more."""
        tokens = 0 if await look else 1
        program = self._file.program
        await self._change(kind, lambda budget, now: (budget.withdrawn(program, tokens, now), None))

    async def _change(self, kind: Kind, change: Callable[[Budget, float], tuple[Budget, T]]) -> T:
        """Change a budget in one transaction; in this process alone where the file cannot be written."""
        key = (self._host, self._token, kind)

        def work(db: sqlite3.Connection) -> tuple[Budget, T]:
            budget, result = change(self._current(kind, db.execute(_STATE, key).fetchone()), self._clock.now())
            db.execute(_KEEP, (*key, budget.as_json()))
            return budget, result

        try:
            budget, result = await self._file.write(work)
        except DatabaseError as error:
            self._fail(error)
            self._unwritten.add(kind)
            budget, result = change(self._known[kind], self._clock.now())
        else:
            self.error = None
            self._unwritten.discard(kind)
        self._known[kind] = budget
        return result

    def _current(self, kind: Kind, found: tuple[bytes] | None) -> Budget:
        """What counts: the file's word, unless we know of something newer that could not be written."""
        stored = Budget.from_json(found[0], self._rates[kind]) if found else None
        if kind not in self._unwritten:
            return stored or self._fresh(kind)
        known = self._known[kind]
        return stored if stored and stored.bucket.filled_at >= known.bucket.filled_at else known

    def _fail(self, error: DatabaseError) -> None:
        self.error = error
        if not self._is_told:
            self._is_told = True
            self.tell(f"{error}; until it can be, other programs on it do not know how fast this one asks the API")

    def _fresh(self, kind: Kind) -> Budget:
        return Budget(Bucket.full(self._rates[kind], self._clock.now()))

    def _begin(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Begin work that `close` waits for. All changes begin here, so that the file gets them in order."""
        task = asyncio.create_task(work)
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)
        return task

    def _leave_behind(self, work: Coroutine[Any, Any, None]) -> None:
        self._begin(work).add_done_callback(self._note_bug)

    def _note_bug(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (bug := task.exception()) is not None:
            self._bug = bug

    def _raise_bug(self) -> None:
        if self._bug is not None:
            raise self._bug


def _ahead(line: Mapping[str, float], program: str) -> int:
    """How many programs come first."""
    return list(line).index(program) if program in line else len(line)
