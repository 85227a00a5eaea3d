"""The phases of one run and what each took: waiting for a machine, predicting or training, saving what came out.

What is over is the difference of two stamps of the server's clock; what goes on is counted on our own, from when this
machine saw it begin, or from the stamp of what began before this machine knew of the run. The API does not tell waiting
in a queue from a machine that boots.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final, Literal

from replicate_tui.api.resources import TERMINAL
from replicate_tui.core.costs.usual import NOTHING_USUAL, Spread, UsualTimes
from replicate_tui.core.history.rows import RunRow
from replicate_tui.core.history.runs import OURS

LEAST_SAVING: Final = 0.05
"""Seconds below which the time after predicting is only the server's bookkeeping."""
KEPT_SIGHTINGS: Final = 1_000

PhaseName = Literal["queued, booting", "predicting", "training", "saving"]


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase: the seconds it took, or has taken if it is `running`; what it usually takes where that is known."""

    name: PhaseName
    seconds: float
    running: bool = False
    usual: Spread | None = None


def phases(
    row: RunRow, *, now: float, since: float | None = None, usual: UsualTimes = NOTHING_USUAL
) -> tuple[Phase, ...]:
    """The phases of a run so far, of which something is known.

    `now` is our clock, `since` when this machine saw the present phase begin (see `Sightings`); both in seconds since
    the epoch. A run that was not sent has none.
    """
    if row.status in OURS:
        return ()
    work: PhaseName = "training" if row.kind == "training" else "predicting"
    ended = row.status in TERMINAL or row.completed_at is not None
    if not ended:
        elapsed = max(0.0, now - (_begun(row, now) if since is None else since))
        if row.started_at is None and row.status != "processing":
            return (Phase("queued, booting", elapsed, running=True, usual=usual.starting),)
        waited = _between(row.created_at, row.started_at)
        return (*_over("queued, booting", waited, usual.starting), Phase(work, elapsed, True, usual.predicting))
    predicting = predicted(row.started_at, row.completed_at, row.seconds)
    waited = _between(row.created_at, row.started_at)
    if row.started_at is None and predicting is None:
        waited = _between(row.created_at, row.completed_at)
    return (
        *_over("queued, booting", waited, usual.starting),
        *_over(work, predicting, usual.predicting),
        *_over("saving", _saving(row), None),
    )


class Sightings:
    """When this machine saw active runs begin the phase that they are in. Have it see each change of a run."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def see(self, row: RunRow, now: float) -> float:
        """When the run was seen to begin its present phase, in seconds since the epoch."""
        if row.status in TERMINAL or row.completed_at is not None:
            self._seen.pop(row.id, None)
            return now
        phase = _present(row)
        known = self._seen.get(row.id)
        if known is None or known[0] != phase:
            # What we did not see before went on without us, perhaps.
            known = (phase, now if known is not None else _begun(row, now))
            self._seen[row.id] = known
            if len(self._seen) > KEPT_SIGHTINGS:
                self._seen.popitem(last=False)
        return known[1]


def predicted(started: float | None, completed: float | None, seconds: float | None) -> float | None:
    """The seconds that a run predicted for: as its metrics say, else between its stamps; None where nothing tells."""
    if seconds is not None and seconds >= 0:
        return seconds
    return _between(started, completed)


def _saving(row: RunRow) -> float | None:
    whole = _between(row.started_at, row.completed_at)
    if whole is None or row.seconds is None or row.seconds < 0:
        return None
    rest = whole - row.seconds
    return rest if rest > LEAST_SAVING else None


def _over(name: PhaseName, seconds: float | None, usual: Spread | None) -> tuple[Phase, ...]:
    return () if seconds is None else (Phase(name, seconds, usual=usual),)


def _present(row: RunRow) -> str:
    if row.status in OURS:
        return "ours"
    return "starting" if row.started_at is None and row.status != "processing" else "processing"


def _begun(row: RunRow, now: float) -> float:
    """When the present phase began at the latest, as far as the row can tell; the server's clock may be ahead."""
    waited = _between(row.created_at, row.started_at) or 0.0
    return min(now, min(row.seen_at, row.created_at) + waited)


def _between(first: float | None, last: float | None) -> float | None:
    """The seconds from one stamp to another; None if one is missing or they are the wrong way round."""
    if first is None or last is None or last < first:
        return None
    return last - first
