"""Runs whose fate is unknown, matched with the account's list: which of them are there, which were never created.

A run that was sent and not answered may run, and be paid for. What the list tells is judged by what was run, by its
input, and by when. Runs that are alike cannot be told apart: as many as are found are taken for ours, as long as there
are no more of them than we sent; the rest was never created once the list would have to show it. Where a mistake
could lead to paying twice, or give one training's result to another, nothing is decided, and a person is asked.
"""

import math
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import combinations

from replicate_tui.api.resources import Prediction
from replicate_tui.core.forms.inputs import same
from replicate_tui.core.history import runs
from replicate_tui.core.history.runs import Run
from replicate_tui.core.sending import likeness
from replicate_tui.core.sending.likeness import Likeness

MARGIN = 120.0
"""Seconds by which a run's time in the list may lie outside the time in which it was sent."""
SETTLING = 60.0
"""Seconds for which a run may still come to be after its answer was lost."""
LONGEST_SENDING = 900.0
"""Seconds after which a run that was sent has come to be, or never will."""


@dataclass(frozen=True, slots=True)
class Matches:
    """What became of each unknown run, by its local id; each is in one of the four.

    `adopted` are there; `absent` were surely never created; `undecided` may be any of these ids, and only a person
    can tell; of those `waiting` a later look may tell more.
    """

    adopted: Mapping[str, Prediction]
    absent: frozenset[str]
    undecided: Mapping[str, tuple[str, ...]]
    waiting: frozenset[str]


def match(
    unknown: Sequence[Run],
    candidates: Sequence[Prediction],
    claimed: Set[str],
    *,
    seen_through: float,
    now: float,
    skew: float = 0.0,
) -> Matches:
    """What became of the `unknown` runs, as far as a list of the account's runs tells.

    Runs that are still being sent may be among the unknown: what may be theirs is taken for nobody's. `claimed` are
    the ids of those `candidates` that are known to be other runs of ours. The list was read back to `seen_through`,
    in seconds since the epoch on the server's clock, which may be ahead of ours by `skew` seconds (behind if below 0).
    """
    rows = {run.id: run for run in sorted(unknown, key=lambda run: (sent_at(run), run.id))}
    free = {each.id: each for each in sorted(candidates, key=_age) if each.id not in claimed}
    fitting = {key: {each.id: _likeness(run, each, skew) for each in free.values()} for key, run in rows.items()}
    pairs, undecided, waiting, left = _share_out(rows, tuple(free), _firm(fitting))
    awaited = {each for key, run in rows.items() if run.status == runs.SUBMITTING for each in _fit(fitting[key])}
    for key in left:
        # What is less like this run than like another is that one's: those that were sent together differ in part.
        doubts = tuple(each for each in _fit(fitting[key]) if each not in pairs.values())
        if unsettled(rows[key], now) or not awaited.isdisjoint(doubts):
            waiting.add(key)
        elif doubts:
            undecided[key] = doubts
        elif seen_through > span(rows[key], skew)[0]:
            waiting.add(key)
    return Matches(
        adopted={key: free[each] for key, each in pairs.items()},
        absent=frozenset(left) - waiting - undecided.keys(),
        undecided=undecided,
        waiting=frozenset(waiting),
    )


def span(run: Run, skew: float = 0.0) -> tuple[float, float]:
    """Between which moments the list would place an unanswered run, on the server's clock."""
    sent, known = sent_at(run), _stamp(run, runs.UNKNOWN_SINCE)
    lost = sent + LONGEST_SENDING if known is None else known
    last = math.inf if run.status == runs.SUBMITTING else max(sent, lost)
    # Our clock may have been set meanwhile: whatever is known of that widens the time and does not move it.
    return min(sent, lost) - MARGIN + min(0.0, skew), last + MARGIN + max(0.0, skew)


def clock_skew(newest: float | None, now: float, delays: Iterable[float]) -> float:
    """By how many seconds the server's clock is at least ahead of ours (behind if below 0); 0 if nothing shows.

    `newest` is the server's time of the newest run, `delays` from our time of sending runs to the server's time of
    their creation: neither can be in the future.
    """
    if newest is not None and newest > now:
        return newest - now
    return min(0.0, min(delays, default=0.0))


def runs_elsewhere(run: Run, candidate: Prediction) -> bool:
    """Whether a listed run ran something else than ours."""
    return likeness.of_target(run.prediction, candidate) == Likeness.OTHER


def lost(run: Run, error: str | None, *, since: float) -> Run:
    """The run with its answer lost, at that moment or before it."""
    return runs.noting(run, {"status": runs.UNKNOWN, "error": error, runs.UNKNOWN_SINCE: since})


def end_of_sending(run: Run) -> float:
    """When the sending of a run was over, whatever became of the program; infinity if it is not known to have begun."""
    sent = _stamp(run, runs.SENT_AT)
    return math.inf if sent is None else sent + LONGEST_SENDING


def unsettled(run: Run, now: float) -> float:
    """Seconds for which the run may still come to be unseen; 0 once the list shows it if it was created at all."""
    known = _stamp(run, runs.UNKNOWN_SINCE)
    if known is None:
        return max(0.0, sent_at(run) + LONGEST_SENDING + SETTLING - now)
    return max(0.0, SETTLING - abs(now - known))  # a clock that was set back tells of the future


def in_doubt(run: Run, ids: Sequence[str], error: str) -> Run:
    """The unknown run with the ids of what it may be, and what to do about it in words."""
    return runs.noting(run, {"status": runs.UNKNOWN, "error": error, runs.CANDIDATES: list(ids)})


def candidates_of(run: Run) -> tuple[str, ...]:
    """The ids of what an unknown run may be, where that could not be decided."""
    ids = run.prediction.raw.get(runs.CANDIDATES)
    return tuple(ids) if isinstance(ids, list) and run.status == runs.UNKNOWN else ()


# -- who belongs to whom ------


def _share_out(
    rows: Mapping[str, Run], free: Sequence[str], firm: Mapping[str, frozenset[str]]
) -> tuple[dict[str, str], dict[str, tuple[str, ...]], set[str], list[str]]:
    """What is whose; what may be whose; the runs to which another's answer matters; those that nothing is left for."""
    pairs: dict[str, str] = {}
    undecided: dict[str, tuple[str, ...]] = {}
    waiting: set[str] = set()
    left: list[str] = []
    for keys, found in _groups(firm):
        group = [rows[key] for key in keys]
        ours = _assigned(group, [each for each in free if each in found], firm)
        if any(run.status == runs.SUBMITTING for run in group):
            waiting.update(run.id for run in group if run.status != runs.SUBMITTING)
        elif len(ours) < len(found) or _are_mistakable(group, ours, firm):
            undecided |= {key: tuple(each for each in free if each in firm[key]) for key in keys}
        else:
            pairs |= ours
            left += [key for key in keys if key not in ours]
    return pairs, undecided, waiting, left


def _fit(found: Mapping[str, Likeness]) -> tuple[str, ...]:
    """What a run may be."""
    return tuple(each for each, how in found.items() if how)


def _firm(fitting: Mapping[str, Mapping[str, Likeness]]) -> dict[str, frozenset[str]]:
    """What fits each run. What is the very same as one run is not what is merely like another."""
    exact = {each for found in fitting.values() for each, how in found.items() if how == Likeness.SAME}
    return {
        key: frozenset(
            each for each, how in found.items() if how == Likeness.SAME or (how == Likeness.LIKE and each not in exact)
        )
        for key, found in fitting.items()
    }


def _groups(firm: Mapping[str, frozenset[str]]) -> list[tuple[list[str], frozenset[str]]]:
    """Runs that something fits in common, with all that fits any of them."""
    groups: list[tuple[list[str], frozenset[str]]] = []
    for key, found in firm.items():
        joined = [group for group in groups if group[1] & found]
        keys = [*(each for group in joined for each in group[0]), key]
        groups = [group for group in groups if not group[1] & found]
        groups.append((keys, found.union(*(group[1] for group in joined))))
    return groups


def _assigned(group: Sequence[Run], found: Sequence[str], firm: Mapping[str, frozenset[str]]) -> dict[str, str]:
    """A run for each of those found, from the oldest on; short of some when there are too few runs that they fit."""
    waiting = sorted(group, key=lambda run: (span(run)[1], sent_at(run), run.id))
    pairs: dict[str, str] = {}
    # What tells where its result goes leaves the others less choice.
    for each in sorted(found, key=lambda each: len({_destination(run) for run in group if each in firm[run.id]})):
        key = next((run.id for run in waiting if run.id not in pairs and each in firm[run.id]), None)
        if key is not None:
            pairs[key] = each
    return pairs


def _are_mistakable(group: Sequence[Run], ours: Mapping[str, str], firm: Mapping[str, frozenset[str]]) -> bool:
    """Whether it matters which of these runs is which of those found, and that cannot be told."""
    if not ours:
        return False
    return (len(ours) < len(group) and not _alike(group)) or any(
        _destination(one) != _destination(other)
        and ours.get(one.id, "") in firm[other.id]
        and ours.get(other.id, "") in firm[one.id]
        for one, other in combinations(group, 2)
    )


def _alike(group: Sequence[Run]) -> bool:
    """Whether it does not matter which of these runs was created."""
    first, *others = (run.prediction for run in group)
    what = (first.model, first.version, first.deployment, runs.destination(first))
    return all(
        (o.model, o.version, o.deployment, runs.destination(o)) == what and same(o.input, first.input) for o in others
    )


def _destination(run: Run) -> str:
    return runs.destination(run.prediction)


# -- moments ------


def _likeness(run: Run, candidate: Prediction, skew: float) -> Likeness:
    """How well a listed run fits one of ours in all respects; what was made on the website never does."""
    if candidate.source == "web":
        return Likeness.OTHER
    when = _of_time(run, candidate, skew)
    return min(when, likeness.of_run(run.prediction, candidate)) if when else Likeness.OTHER


def _of_time(run: Run, candidate: Prediction, skew: float) -> Likeness:
    if candidate.created_at is None:
        return Likeness.DOUBTFUL
    first, last = span(run, skew)
    return Likeness.SAME if first <= candidate.created_at.timestamp() <= last else Likeness.OTHER


def _age(candidate: Prediction) -> tuple[float, str]:
    return (candidate.created_at.timestamp() if candidate.created_at else math.inf, candidate.id)


def sent_at(run: Run) -> float:
    """When it was sent at the earliest, on our clock."""
    stamp = _stamp(run, runs.SENT_AT)
    if stamp is not None:
        return stamp
    return run.prediction.created_at.timestamp() if run.prediction.created_at else run.seen_at


def _stamp(run: Run, key: str) -> float | None:
    stamp = run.prediction.raw.get(key)
    return float(stamp) if isinstance(stamp, int | float) else None
