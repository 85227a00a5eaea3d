"""How long a model's runs usually take, from this machine's own history."""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from replicate_tui.core.history.database import Database, Scope, storable

LATEST: Final = 200
"""So many of a model's latest runs that succeeded are judged by."""
LOOKED_THROUGH: Final = 1_000
"""So many of its latest runs they are looked for in."""
LEAST: Final = 3
"""From fewer nothing is said."""
FRESH: Final = 30.0
"""Seconds for which what was found counts."""
KEPT: Final = 100


@dataclass(frozen=True, slots=True)
class Spread:
    """Seconds that half of the runs stay within, and that 95 of 100 do."""

    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class UsualTimes:
    """What a model's runs usually take until they start, and to predict; None where too few tell."""

    starting: Spread | None = None
    predicting: Spread | None = None


NOTHING_USUAL: Final = UsualTimes()


class Usual:
    """The usual times of the models of one account. `scope` tells whose runs; it may change."""

    def __init__(
        self, database: Database, scope: Callable[[], Scope], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._scope = scope
        self._clock = clock
        self._kept: OrderedDict[tuple[Scope, str], tuple[float, UsualTimes]] = OrderedDict()

    def times(self, model: str) -> UsualTimes:
        """The usual times of `owner/name`."""
        if not model:
            return NOTHING_USUAL
        key = (self._scope(), model)
        now = self._clock()
        kept = self._kept.get(key)
        if kept is None or now - kept[0] > FRESH:
            kept = self._kept[key] = (now, self._read(*key))
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return kept[1]

    def predicting(self, model: str) -> float | None:
        """The seconds that half of a model's runs predict within; None where too few tell."""
        spread = self.times(model).predicting
        return None if spread is None else spread.p50

    def _read(self, scope: Scope, model: str) -> UsualTimes:
        rows = self._database.read(_QUERY, (scope.host, scope.account, storable(model)))
        return UsualTimes(
            spread([waited for waited, _ in rows if waited is not None and waited >= 0]),
            spread([took for _, took in rows if took is not None and took >= 0]),
        )


def spread(seconds: Sequence[float]) -> Spread | None:
    """The middle and the upper end of some durations; None of too few."""
    if len(seconds) < LEAST:
        return None
    ordered = sorted(seconds)
    return Spread(_percentile(ordered, 0.5), _percentile(ordered, 0.95))


def _percentile(ordered: Sequence[float], share: float) -> float:
    """The value below which that share lies, between the two nearest of them."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


_QUERY: Final = f"""
    SELECT started_at - created_at, CASE WHEN seconds >= 0 THEN seconds ELSE completed_at - started_at END
    FROM (
        SELECT status, kind, created_at, started_at, completed_at, seconds FROM runs
        WHERE host = ? AND account = ? AND model = ? ORDER BY created_at DESC LIMIT {LOOKED_THROUGH}
    )
    WHERE status = 'succeeded' AND kind = 'prediction' ORDER BY created_at DESC LIMIT {LATEST}
"""
