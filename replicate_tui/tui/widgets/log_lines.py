"""The lines of a log that are kept: when each was first seen, which pass a filter, which are searched for. Pure."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import islice

from replicate_tui.core.text import ELLIPSIS

MAX_LINE_LENGTH = 10_000
"""Characters of one line that are kept."""


def pattern_for(words: str) -> re.Pattern[str] | None:
    """What finds `words` as they stand, in any case unless one of their letters is a capital; None for no words."""
    if not words:
        return None
    return re.compile(re.escape(words), 0 if words != words.lower() else re.IGNORECASE)


class LogLines:
    """Complete lines, then one unfinished line. Each has a number that it keeps, counted from 0 at the log's beginning.

    `wanted` is the filter: what a line must hold to pass; `sought` is what is searched among those that pass.
    """

    __slots__ = ("_first", "_found", "_lines", "_passed", "_pending_seen", "_seen", "pending", "sought", "wanted")

    def __init__(self) -> None:
        self.pending = ""
        self.wanted: re.Pattern[str] | None = None
        self.sought: re.Pattern[str] | None = None
        self._lines: list[str] = []
        self._seen: list[float | None] = []
        self._pending_seen: float | None = None
        self._first = 0
        self._passed: list[int] = []
        self._found: list[int] = []

    @property
    def first(self) -> int:
        """The number of the first line that is kept: how many before it are not."""
        return self._first

    @property
    def end(self) -> int:
        """The number of the unfinished line, or of the next one to come."""
        return self._first + len(self._lines)

    @property
    def count(self) -> int:
        """How many lines are kept, with the unfinished one, passed or not."""
        return len(self._lines) + bool(self.pending)

    @property
    def any_seen(self) -> bool:
        """Whether of any line it is known when it came."""
        return any(self._seen) or (bool(self.pending) and self._pending_seen is not None)

    @property
    def passing(self) -> list[str]:
        """The complete lines that pass the filter."""
        return self._lines if self.wanted is None else [self._lines[at - self._first] for at in self._passed]

    @property
    def passing_pending(self) -> str:
        """The unfinished line, if it passes the filter."""
        return self.pending if _holds(self.wanted, self.pending) else ""

    @property
    def text(self) -> str:
        """All lines that pass the filter, each with its end."""
        pending = self.passing_pending
        return "".join(f"{line}\n" for line in self.passing) + (f"{pending}\n" if pending else "")

    @property
    def passed(self) -> int:
        """How many lines pass the filter, with the unfinished one."""
        complete = len(self._lines) if self.wanted is None else len(self._passed)
        return complete + bool(self.passing_pending)

    @property
    def found(self) -> Sequence[int]:
        """The numbers of the lines that hold what is searched."""
        if self.sought is not None and self.passing_pending and self.sought.search(self.pending):
            return [*self._found, self.end]
        return self._found

    def clear(self) -> None:
        """Forget all lines; what is wanted and sought stays."""
        self._lines, self._seen, self._passed, self._found = [], [], [], []
        self.pending, self._pending_seen, self._first = "", None, 0

    def skip(self, count: int) -> None:
        """Forget all lines, and that many more that came after them."""
        end = self.end + count
        self.clear()
        self._first = end

    def add(self, lines: Sequence[str], pending: str, seen: float | None) -> list[str]:
        """Add complete lines and put another unfinished one; return the added ones that pass.

        `seen` is the time of this look; None where the lines were written nobody knows how long before.
        """
        first = self.end
        if lines:
            self._lines += lines
            begun = self._pending_seen if self.pending else seen
            self._seen += [begun, *[seen] * (len(lines) - 1)]
        if lines or not self.pending:
            self._pending_seen = seen
        self.pending = pending
        numbers = self._numbers_passing(lines, first)
        if self.wanted is not None:
            self._passed += numbers
        self._found += self._numbers_found(numbers)
        return list(lines) if self.wanted is None else [self._lines[at - self._first] for at in numbers]

    def cut(self, most: int) -> int:
        """Forget the first lines where there are more than `most`; return how many of them passed the filter."""
        surplus = max(self.count - most, 0)
        if not surplus:
            return 0
        del self._lines[:surplus], self._seen[:surplus]
        self._first += surplus
        gone = bisect_left(self._passed, self._first) if self.wanted is not None else surplus
        del self._passed[:gone], self._found[: bisect_left(self._found, self._first)]
        return gone

    def filter(self, wanted: re.Pattern[str] | None) -> None:
        """Let only lines pass that hold this; None lets all pass."""
        self.wanted = wanted
        self._passed = [] if wanted is None else list(self._numbers_passing(self._lines, self._first))
        self.search(self.sought)

    def search(self, sought: re.Pattern[str] | None) -> None:
        """Search this among the lines that pass; None searches nothing."""
        self.sought = sought
        self._found = self._numbers_found(range(self._first, self.end) if self.wanted is None else self._passed)

    def number_of(self, shown: int) -> int:
        """The number of the line that is the `shown`th of those that pass; the unfinished one comes last."""
        if self.wanted is None:
            return self._first + shown
        return self._passed[shown] if shown < len(self._passed) else self.end

    def place_of(self, number: int) -> int:
        """Where among the lines that pass a line is, or the first one after it."""
        return number - self._first if self.wanted is None else bisect_left(self._passed, number)

    def seen(self, number: int) -> float | None:
        """When a line was first seen, in seconds since 1970; None for one that was there before anybody looked."""
        at = number - self._first
        return self._seen[at] if at < len(self._seen) else self._pending_seen

    def _numbers_passing(self, lines: Sequence[str], first: int) -> Sequence[int]:
        if self.wanted is None:
            return range(first, first + len(lines))
        return [number for number, line in enumerate(lines, first) if self.wanted.search(line)]

    def _numbers_found(self, numbers: Iterable[int]) -> list[int]:
        sought = self.sought
        if sought is None:
            return []
        if isinstance(numbers, range):
            lines = islice(self._lines, numbers.start - self._first, numbers.stop - self._first)
            return [number for number, line in zip(numbers, lines, strict=True) if sought.search(line)]
        return [number for number in numbers if sought.search(self._lines[number - self._first])]


def _holds(wanted: re.Pattern[str] | None, line: str) -> bool:
    return wanted is None or wanted.search(line) is not None


def kept_line(line: str) -> str:
    """Return a line as it is kept: a row of the screen, whatever stood in it for a line end, and not without end."""
    line = line.replace("\n", " ")
    missing = len(line) - MAX_LINE_LENGTH
    return f"{line[:MAX_LINE_LENGTH]}{ELLIPSIS} {missing:,} more characters" if missing > 0 else line
