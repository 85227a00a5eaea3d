"""The rate limit's arithmetic: buckets of requests that fill up again steadily."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from replicate_tui.local.http.problems import Problem

CREATES_PER_MINUTE = 600
OTHERS_PER_MINUTE = 3000

LOW_CREDIT = (
    "Your rate limit for creating predictions is reduced to 6 requests per minute with a burst of 1 requests "
    "while you have less than $5.0 in credit. "
)


class Allowance:
    """So many requests a minute, with bursts of `burst`. It counts and tells; where `enforced`, it refuses too."""

    def __init__(self, per_minute: float, burst: float, *, enforced: bool = False, reason: str = "") -> None:
        self._per_second = per_minute / 60
        self._size = burst
        self._enforced = enforced
        self._reason = reason
        self._left = self._size
        self._counted_at = time.monotonic()

    def spend(self) -> dict[str, str]:
        """Count one request; the headers say how many are left and in how many seconds all are back.

        Raises `Problem` 429 when it is one too many.
        """
        now = time.monotonic()
        self._left = min(self._size, self._left + (now - self._counted_at) * self._per_second)
        self._counted_at = now
        if self._left < 1 and self._enforced:
            raise self._refusal()
        self._left = max(0.0, self._left - 1)
        reset = max(1, math.ceil((self._size - self._left) / self._per_second))
        return {"ratelimit-remaining": str(int(self._left)), "ratelimit-reset": str(reset)}

    def _refusal(self) -> Problem:
        wait = max(1, math.ceil((1 - self._left) / self._per_second))
        headers = {"retry-after": str(wait), "ratelimit-remaining": "0", "ratelimit-reset": str(wait)}
        detail = f"Request was throttled. {self._reason}Your rate limit resets in ~{wait}s."
        problem = Problem(429, detail, headers=headers)
        problem.body["retry_after"] = wait
        return problem


@dataclass(frozen=True, slots=True)
class Allowances:
    """The two published limits: for requests that create runs, and for all others."""

    creating: Allowance
    other: Allowance

    @classmethod
    def of(cls, limit: str | None) -> Allowances:
        """By name: `standard` are the published numbers, `low-credit` what accounts near zero get; a number is so
        many creations a minute, one at a time. None counts and refuses nothing. Raises ValueError."""
        creating = Allowance(CREATES_PER_MINUTE, CREATES_PER_MINUTE, enforced=limit is not None)
        other = Allowance(OTHERS_PER_MINUTE, OTHERS_PER_MINUTE, enforced=limit is not None)
        if limit == "low-credit":
            creating = Allowance(6, 1, enforced=True, reason=LOW_CREDIT)
        elif limit not in (None, "standard"):
            creating = Allowance(_per_minute(limit), 1, enforced=True)
        return cls(creating, other)


def _per_minute(text: str) -> float:
    if not (text.isascii() and text.isdecimal() and len(text) <= 7 and 1 <= int(text) <= 1_000_000):
        raise ValueError("a rate limit is standard, low-credit, or a number of creations a minute")
    return float(text)
