"""What the watcher's requests leave of so many a second to those that can wait: those take turns, evenly spaced.

What cannot wait goes when it is due, and counts all the same. So what can wait fills the gaps, a single one goes at
once, and many that come up together add no flood to what is asked anyway.
"""

import math
from collections.abc import Sequence

from replicate_tui.core.watching.rounds import Due, Refresh

RATE = 2.8
"""Requests a second, of both sorts together, as far as some of them can wait."""
BURST = 2
"""So many of them may go at once after a pause."""
LONGEST = 2.0
"""Seconds after which one that can wait goes although the others leave nothing."""

_ENOUGH = 1 - 1e-6


class Spare:
    """Counts requests, and chooses those that go. Moments are on the monotonic clock."""

    def __init__(self) -> None:
        self._left = float(BURST)
        self._counted_at = -math.inf
        self._gave_at = -math.inf

    def choose(self, plan: Sequence[Due], now: float) -> list[Refresh]:
        """What of the plan goes now: all that is due and cannot wait, and of the rest what came up first."""
        due = [each for each in plan if each.at <= now]
        urgent = [each.refresh for each in due if not each.can_wait]
        waiting = sorted((each for each in due if each.can_wait), key=lambda each: each.at)
        self.count(len(urgent), now)
        given = [each.refresh for each in waiting[: self._room(now)]]
        if given:
            self._gave_at = now
        self.count(len(given), now)
        return [*urgent, *given]

    def count(self, requests: int, now: float) -> None:
        """So many go now. What was asked for beyond the rate is made up for, though not for ever."""
        self._left = max(-float(BURST), self._tokens(now) - requests)
        self._counted_at = now

    def next_moment(self, plan: Sequence[Due]) -> float:
        """When the next of the plan goes; infinite if there is none."""
        room_at = min(self._counted_at + (1 - self._left) / RATE, self._gave_at + LONGEST)
        return min((max(each.at, room_at) if each.can_wait else each.at for each in plan), default=math.inf)

    def _tokens(self, now: float) -> float:
        return min(float(BURST), self._left + (now - self._counted_at) * RATE)

    def _room(self, now: float) -> int:
        tokens = self._tokens(now)
        if tokens < _ENOUGH:
            return int(now >= self._gave_at + LONGEST)
        return int(tokens + 1 - _ENOUGH)
