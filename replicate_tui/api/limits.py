"""How fast requests may go: Replicate's published rate limits, kept on our side so that it need not refuse.

Each of the two kinds of request has a bucket: a request takes a token, tokens come back steadily, and a full bucket
may be spent at once. Requests of one kind wait in a queue of their own and never delay the other kind. What the
server tells counts for more than our arithmetic: a 429 closes the bucket, and one that announces a lower rate (while
the account has little credit) narrows it for a while.
"""

import asyncio
import math
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, Protocol, Self

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


@dataclass(frozen=True, slots=True)
class Bucket:
    """Tokens that come back at a rate, and a moment until which there are none at all. A value: methods make new ones.

    `tokens` is how many there were at `filled_at`; none come back before `closed_until`. `refusals` counts those in
    a row that named no pause, volleys as one. `reduced` is the rate that counts instead of `published` until
    `reduced_until`. Moments are seconds of any one clock; a moment before `filled_at` means that the clock was set
    back since, and pauses then keep their lengths.
    """

    published: Rate
    tokens: float
    filled_at: float
    closed_until: float
    refusals: int = 0
    reduced: Rate | None = None
    reduced_until: float = 0.0

    @classmethod
    def full(cls, published: Rate, now: float) -> Self:
        """A bucket that nobody has taken from."""
        return cls(published, float(published.burst), now, now)

    @classmethod
    def from_json(cls, raw: object, published: Rate) -> Self | None:
        """The bucket that `as_json` told of; None if it was no such thing."""
        if not isinstance(raw, Mapping):
            return None
        tokens, filled, closed, until = (
            _number(raw.get(name)) for name in ("tokens", "filled_at", "closed_until", "reduced_until")
        )
        refusals = raw.get("refusals")
        if tokens is None or filled is None or closed is None or until is None or not isinstance(refusals, int):
            return None
        return cls(
            published, max(0.0, tokens), filled, closed, min(max(0, refusals), 10), _rate(raw.get("reduced")), until
        )

    def as_json(self) -> dict[str, object]:
        """All but the published rate, as JSON can hold it."""
        return {
            "tokens": self.tokens,
            "filled_at": self.filled_at,
            "closed_until": self.closed_until,
            "refusals": self.refusals,
            "reduced": self.reduced and [self.reduced.per_minute, self.reduced.burst],
            "reduced_until": self.reduced_until,
        }

    @property
    def rate(self) -> Rate:
        """The rate that counts."""
        return self.reduced or self.published

    def at(self, now: float) -> "Bucket":
        """The bucket as it is now."""
        late = max(0.0, self.filled_at - now)
        closed_until = min(self.closed_until - late, now + BELIEVED)
        reduced_until = min(self.reduced_until - late, now + NARROWED)
        reduced = self.reduced if now < reduced_until else None
        rate = reduced or self.published
        seconds = max(0.0, now - max(self.filled_at - late, closed_until))
        tokens = min(float(rate.burst), self.tokens + seconds * rate.per_minute / 60)
        return Bucket(self.published, tokens, now, closed_until, self.refusals, reduced, reduced_until)

    def delay(self, now: float, ahead: int = 0) -> float:
        """In how many seconds there is a token, besides those for so many others who come first; 0 if there is one."""
        bucket = self.at(now)
        lacking = 0.0 if bucket.tokens >= ahead + _ENOUGH else (ahead + 1 - bucket.tokens) * 60 / bucket.rate.per_minute
        if bucket.reduced is not None:
            lacking = min(lacking, bucket.reduced_until - now)  # then the published rate counts again
        return max(0.0, bucket.closed_until - now) + lacking

    def without(self, tokens: int, now: float) -> "Bucket":
        """After so many tokens were taken; a number below 0 gives some back."""
        bucket = self.at(now)
        return replace(bucket, tokens=min(float(bucket.rate.burst), bucket.tokens - tokens))

    def answered(self, remaining: int | None, now: float) -> "Bucket":
        """After an answer; see `Limiter`. It differs from `at` only where the answer tells something new."""
        bucket = replace(self.at(now), refusals=0)
        if remaining is None:
            return bucket
        if bucket.reduced is not None and remaining > bucket.reduced.burst:
            bucket = replace(Bucket.full(self.published, now), closed_until=bucket.closed_until)
        # The server counts whole tokens: a fraction less than ours is no news, unless nothing is left.
        if bucket.tokens > 0 == remaining or remaining <= bucket.tokens - 1:
            return replace(bucket, tokens=float(remaining))
        return bucket

    def refused(self, wait: float | None, reduced: Rate | None, now: float) -> "Bucket":
        """After a refusal; see `Limiter`."""
        bucket = self.at(now)
        if reduced is not None:
            bucket = replace(bucket, reduced=reduced, reduced_until=now + NARROWED)
        if wait is None:
            # Longer with every refusal, those of one volley counted once.
            bucket = replace(bucket, refusals=bucket.refusals + (now >= bucket.closed_until))
            wait = min(LONGEST_WAIT, 2.0 ** (min(bucket.refusals, 10) - 1))
        closed_until = now + min(wait, BELIEVED)
        if closed_until < bucket.closed_until:
            return bucket
        # At that moment the server takes one again; how many more is its secret.
        return replace(bucket, tokens=1.0, closed_until=closed_until)


class Buckets:
    """The limiter of one process: one token bucket for each kind of request."""

    def __init__(self, clock: Clock | None = None, rates: Mapping[Kind, Rate] = PUBLISHED) -> None:
        self._clock = clock or Clock()
        self._rates = rates
        self.reset()

    async def admit(self, kind: Kind) -> float:
        """Wait for the turn of a request and count it; see `Limiter`. A wait may be cancelled at any time."""
        line = self._lines[kind]
        async with line.turn:
            while wait := line.bucket.delay(self._clock.now()):
                if wait > LONGEST_WAIT:
                    return wait
                await self._clock.sleep(wait)
            line.bucket = line.bucket.without(1, self._clock.now())
        return 0.0

    def delay(self, kind: Kind) -> float:
        """In how many seconds the next request of the kind may go."""
        return self._lines[kind].bucket.delay(self._clock.now())

    def answered(self, kind: Kind, remaining: int | None) -> None:
        """A request was not throttled; see `Limiter`."""
        line = self._lines[kind]
        line.bucket = line.bucket.answered(remaining, self._clock.now())

    def refused(self, kind: Kind, wait: float | None, reduced: Rate | None) -> None:
        """A request was throttled; see `Limiter`."""
        line = self._lines[kind]
        line.bucket = line.bucket.refused(wait, reduced, self._clock.now())

    def reset(self) -> None:
        """Another server is asked; see `Limiter`. Who waits already waits for the former one, and goes on."""
        now = self._clock.now()
        self._lines = {kind: _Line(Bucket.full(rate, now)) for kind, rate in self._rates.items()}


def reduced_rate(sentence: str) -> Rate | None:
    """The lower rate that the sentence of a 429 announces; None if it announces none."""
    told = _REDUCED.search(sentence)
    if told is None or not float(told[1]) or not int(told[2]):
        return None
    return Rate(float(told[1]), int(told[2]))


def spoken(seconds: float) -> str:
    """A pause for a person: an hour at most, and nobody plans by the second what takes long."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{min(seconds, BELIEVED) / 60:.0f} min"


class _Line:
    """A bucket as it is for now, and the queue in front of it."""

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket
        self.turn = asyncio.Lock()


def _number(raw: object) -> float | None:
    try:
        return float(raw) if isinstance(raw, int | float) and math.isfinite(raw) else None
    except OverflowError:
        return None


def _rate(raw: object) -> Rate | None:
    """A rate that can be kept to; None for anything else."""
    if not isinstance(raw, list) or len(raw) != 2:
        return None
    per_minute, burst = (_number(part) for part in raw)
    if per_minute is None or burst is None or per_minute <= 0 or burst < 1:
        return None
    return Rate(per_minute, int(burst))
