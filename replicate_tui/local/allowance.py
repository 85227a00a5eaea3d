"""The rate limit's arithmetic: a bucket of requests that fills up again steadily."""

from __future__ import annotations

import math
import time


class Allowance:
    """So many requests a minute, with bursts up to that number. It counts and tells; it refuses nothing."""

    def __init__(self, per_minute: int) -> None:
        self._size = float(per_minute)
        self._left = self._size
        self._counted_at = time.monotonic()

    def spend(self) -> dict[str, str]:
        """Count one request; the headers say how many are left and in how many seconds all are back."""
        now = time.monotonic()
        per_second = self._size / 60
        self._left = min(self._size, self._left + (now - self._counted_at) * per_second)
        self._counted_at = now
        self._left = max(0.0, self._left - 1)
        reset = max(1, math.ceil((self._size - self._left) / per_second))
        return {"ratelimit-remaining": str(int(self._left)), "ratelimit-reset": str(reset)}
