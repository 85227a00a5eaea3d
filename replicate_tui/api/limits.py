"""How fast requests may go: Replicate's published rate limits, kept on our side so that it need not refuse.

Each of the two kinds of request has a bucket: a request takes a token, tokens come back steadily, and a full bucket
may be spent at once. Requests of one kind wait in a queue of their own and never delay the other kind. What the
server tells counts for more than our arithmetic: a 429 closes the bucket, and one that announces a lower rate (while
the account has little credit) narrows it for a while.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

Kind = Literal["create", "other"]
"""What starts a prediction or a training; and all the rest."""

LONGEST_WAIT = 60.0
"""The longest pause that a server may ask for, in seconds; beyond it requests are refused instead of waiting."""

BELIEVED = 3600.0
"""The longest pause that a server is believed to mean, in seconds: no bogus moment may keep us away for good."""

NARROWED = 600.0
"""How long an announced lower rate is kept to, in seconds, unless the server tells of more before."""

_ENOUGH = 1 - 1e-6
_REDUCED = re.compile(
    r"reduced to (\d{1,9}(?:\.\d{1,9})?) requests? per minute with a burst of (\d{1,9})", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests a minute, and how many of them at once."""

    per_minute: float
    burst: int


PUBLISHED: Mapping[Kind, Rate] = {"create": Rate(600, 600), "other": Rate(3000, 3000)}
"""Replicate's HTTP API: rate limits."""

UNPUBLISHED: Mapping[Kind, Rate] = {"create": Rate(600_000, 10_000), "other": Rate(600_000, 10_000)}
"""For a server that has published no limits, such as the local one: it refuses what is too much, if it does at all."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Where time comes from: `now` in seconds from any beginning, `sleep` for so many of them."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


class Limiter(Protocol):
    """Who decides when a request may go. Another one may share its budget with other processes."""

    async def admit(self, kind: Kind) -> float:
        """Wait for the turn of a request and count it; 0 then.

        Where the server asked for a longer pause than `LONGEST_WAIT` it neither waits nor counts: it returns how
        many seconds are left.
        """
        ...

    def delay(self, kind: Kind) -> float:
        """In how many seconds the next request of the kind may go, those that wait already not counted."""
        ...

    def answered(self, kind: Kind, remaining: int | None) -> None:
        """A request was not throttled. `remaining` is how many more the server would take at once, if it says so."""
        ...

    def refused(self, kind: Kind, wait: float | None, reduced: Rate | None) -> None:
        """A request was throttled, for so many seconds if the server says so, and down to a lower rate if so.

        More than `BELIEVED` seconds count as that many.
        """
        ...

    def reset(self) -> None:
        """Another server is asked from now on: what the former one told is forgotten."""
        ...


class Buckets:
    """The limiter of one process: one token bucket for each kind of request."""

    def __init__(self, clock: Clock | None = None, rates: Mapping[Kind, Rate] = PUBLISHED) -> None:
        self._clock = clock or Clock()
        self._rates = rates
        self.reset()

    async def admit(self, kind: Kind) -> float:
        """Wait for the turn of a request and count it; see `Limiter`. A wait may be cancelled at any time."""
        bucket = self._buckets[kind]
        async with bucket.turn:
            while wait := bucket.delay(self._clock.now()):
                if wait > LONGEST_WAIT:
                    return wait
                await self._clock.sleep(wait)
            bucket.tokens -= 1
        return 0.0

    def delay(self, kind: Kind) -> float:
        """In how many seconds the next request of the kind may go."""
        return self._buckets[kind].delay(self._clock.now())

    def answered(self, kind: Kind, remaining: int | None) -> None:
        """A request was not throttled; see `Limiter`."""
        self._buckets[kind].answered(remaining, self._clock.now())

    def refused(self, kind: Kind, wait: float | None, reduced: Rate | None) -> None:
        """A request was throttled; see `Limiter`."""
        self._buckets[kind].refused(wait, reduced, self._clock.now())

    def reset(self) -> None:
        """Another server is asked; see `Limiter`. Who waits already waits for the former one, and goes on."""
        self._buckets = {kind: _Bucket(rate, self._clock.now()) for kind, rate in self._rates.items()}


def reduced_rate(sentence: str) -> Rate | None:
    """The lower rate that the sentence of a 429 announces; None if it announces none."""
    told = _REDUCED.search(sentence)
    if told is None or not float(told[1]) or not int(told[2]):
        return None
    return Rate(float(told[1]), int(told[2]))


def spoken(seconds: float) -> str:
    """A pause for a person: an hour at most, and nobody plans by the second what takes long."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{min(seconds, BELIEVED) / 60:.0f} min"


class _Bucket:
    """Tokens that come back at a rate, a time until which there are none at all, and the queue in front of them."""

    def __init__(self, published: Rate, now: float) -> None:
        self.turn = asyncio.Lock()
        self.tokens = float(published.burst)
        self._published = published
        self._rate = published
        self._filled_at = now
        self._closed_until = now
        self._narrow_until = now
        self._refusals = 0

    def delay(self, now: float) -> float:
        """In how many seconds there is a token; 0 if there is one."""
        self._fill(now)
        lacking = 0.0 if self.tokens >= _ENOUGH else (1 - self.tokens) * 60 / self._rate.per_minute
        if self._rate is not self._published:
            lacking = min(lacking, max(0.0, self._narrow_until - now))  # then the published rate counts again
        return max(0.0, self._closed_until - now) + lacking

    def answered(self, remaining: int | None, now: float) -> None:
        self._refusals = 0
        if remaining is None:
            return
        self._fill(now)
        if self._rate is not self._published and remaining > self._rate.burst:
            self._rate, self.tokens = self._published, float(self._published.burst)
        self.tokens = min(self.tokens, remaining)

    def refused(self, wait: float | None, reduced: Rate | None, now: float) -> None:
        self._fill(now)
        if reduced is not None:
            self._rate, self._narrow_until = reduced, now + NARROWED
        if wait is None:
            wait = self._guess(now)
        wait = min(wait, BELIEVED)
        if now + wait >= self._closed_until:
            # At that moment the server takes one again; how many more is its secret.
            self.tokens = 1.0
            self._closed_until = self._filled_at = now + wait

    def _guess(self, now: float) -> float:
        """A pause where the server names none: longer with every refusal, those of one volley counted once."""
        if now >= self._closed_until:
            self._refusals += 1
        return min(LONGEST_WAIT, 2.0 ** (min(self._refusals, 10) - 1))

    def _fill(self, now: float) -> None:
        if self._rate is not self._published and now >= self._narrow_until:
            self._rate = self._published
        if now > self._filled_at:
            self.tokens = min(self._rate.burst, self.tokens + (now - self._filled_at) * self._rate.per_minute / 60)
            self._filled_at = now
