"""A run's log text as lines: progress bars folded, and only what is new since the last look."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from replicate_tui.core.text import clean

_TAIL_LENGTH: Final = 4096
_PERCENT: Final = re.compile(r"(?<![\d.])(\d{1,3}(?:\.\d+)?) ?%")
_STEPS: Final = re.compile(
    r"\b(?:steps?|epochs?|iterations?|iter)\W{0,3}(\d{1,9}) ?(?:/|of) ?(\d{1,9})\b", re.IGNORECASE
)

# A log that slid is recognised by what it shares with the one before; less than this could be chance.
_LEAST_OVERLAP: Final = 32
_MOST_CANDIDATES: Final = 64


def lines(logs: str) -> list[str]:
    """The lines of `logs`, cleaned; one that was overwritten by carriage returns shows its last state.

    The last line is there too when it does not end yet.
    """
    *complete, unfinished = logs.split("\n")
    shown = [_line(raw) for raw in complete]
    pending = _line(unfinished)
    return [*shown, pending] if pending else shown


def last_line(logs: str) -> str:
    """The last line that says something, as in `lines`; "" if none does. Only the end of the log is read."""
    return next((line for line in reversed(lines(logs[-_TAIL_LENGTH:])) if line.strip()), "")


def joined(known: str, new: str) -> str | None:
    """A log after another look at it: the server may keep only its end. None if `new` is no later look at `known`."""
    start = _continues_at(known, new)
    return None if start is None else known + new[start:]


def progress(logs: str) -> float | None:
    """How far a run is, from 0 to 1, as its log's last percentage or count of steps says; None when it gives none.

    Trainings count "step 30/1000" where predictions tell percentages.
    """
    tail = clean(logs[-_TAIL_LENGTH:])
    shares = [(found.end(), float(found[1]) / 100) for found in _PERCENT.finditer(tail)]
    shares += [(found.end(), int(found[1]) / int(found[2])) for found in _STEPS.finditer(tail) if int(found[2])]
    return max(((end, share) for end, share in shares if share <= 1), default=(0, None))[1]


@dataclass(frozen=True, slots=True)
class Change:
    """What a view of a log has to do.

    `append`: add `lines` below those shown. `reset`: forget what is shown, then show `lines`.
    Either way `pending` replaces the unfinished last line; "" means there is none. `skipped` lines before `lines`
    are left out.
    """

    kind: Literal["append", "reset"]
    lines: tuple[str, ...]
    pending: str
    skipped: int = 0


class Tail:
    """Follows a log that is fetched whole, again and again, and tells only what is new.

    A log that lost its beginning (the server keeps a window of it) goes on where it was; one that
    shares nothing with the log before is a reset.
    """

    __slots__ = ("_open", "_seen")

    def __init__(self) -> None:
        self._seen = ""
        self._open = ""

    def feed(self, logs: str, most: int | None = None) -> Change:
        """The change from the log of the last call to `logs`, the whole log as it is now; its last `most` lines."""
        start = _continues_at(self._seen, logs)
        kind: Literal["append", "reset"] = "append" if start is not None else "reset"
        self._seen = logs
        first = 0 if most is None else _last_lines(logs, start or 0, most)
        skipped = logs.count("\n", start or 0, first)
        unread = logs[first:] if skipped or start is None else self._open + logs[start:]
        *complete, self._open = unread.split("\n")
        # Most logs have no sign in them that acts on a terminal: that is seen of all lines at once.
        line = _plain_line if clean(unread) is unread and "\r" not in unread else _line
        return Change(kind, tuple(map(line, complete)), line(self._open), skipped)


def _last_lines(logs: str, start: int, most: int) -> int:
    """Where in `logs` the last `most` complete lines begin, at `start` at the earliest."""
    end = len(logs)
    for _ in range(most + 1):
        found = logs.rfind("\n", start, end)
        if found < 0:
            return start
        end = found
    return end + 1


def _plain_line(raw: str) -> str:
    """A line that holds no sign that acts on a terminal."""
    return "" if raw.isspace() else raw


def _line(raw: str) -> str:
    """One line as a terminal would leave it: the last thing written over it."""
    states = (clean(state) for state in reversed(raw.split("\r")))
    return next((state for state in states if state.strip()), "")


def _continues_at(seen: str, logs: str) -> int | None:
    """Where in `logs` the part begins that comes after `seen`; None if it does not continue it."""
    if logs.startswith(seen):
        return len(seen)
    head = logs[:_LEAST_OVERLAP]
    if len(head) < _LEAST_OVERLAP:
        return None
    position = seen.find(head)
    for _ in range(_MOST_CANDIDATES):
        if position < 0:
            return None
        if logs.startswith(seen[position:]):
            return len(seen) - position
        position = seen.find(head, position + 1)
    return None
