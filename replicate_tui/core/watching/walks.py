"""Walks through the account's list of runs, newest first, page by page: which parts of it have been read.

A walk is a claim: everything in the list from `top` down to `bottom` has been read, and `cursor` leads on from there.
Claims stay true whatever happens later, so two that meet are one, what page one tells is a claim like any other, and
one that is lost costs nothing but reading again. What was read by whom, and when a program was killed, plays no part.
"""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

MOST_EMPTY = 10
"""Pages with nothing on them that are read in a row."""

Moments = Sequence[float | None]
"""When the runs of a page were made, in its order, in seconds since the epoch; None where a run does not tell."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A part of the list that has been read; moments in seconds since the epoch.

    `cursor` is where to go on, None where the list ended. As long as no run told its moment the part has no place:
    `top` and `bottom` are infinite.
    """

    top: float
    bottom: float
    cursor: str | None

    @property
    def placed(self) -> bool:
        """Whether it is known which part of the list this is."""
        return math.isfinite(self.top)

    def after(self, moments: Moments, cursor: str | None) -> "Walk":
        """The walk with one more page read."""
        known = [moment for moment in moments if moment is not None]
        if not known:
            return replace(self, cursor=cursor)
        return Walk(self.top if self.placed else known[0], min(self.bottom, known[-1]), cursor)


def begun(moments: Moments, cursor: str | None) -> Walk:
    """What page one tells."""
    return Walk(math.inf, math.inf, None).after(moments, cursor)


def joined(walks: Iterable[Walk]) -> tuple[Walk, ...]:
    """The same claims, newest first, those that meet made one."""
    stack: list[Walk] = []
    for walk in sorted(dict.fromkeys(walks), key=lambda each: (-each.top, -each.bottom)):
        if stack and _meet(stack[-1], walk):
            stack[-1] = _one(stack[-1], walk)
        else:
            stack.append(walk)
    return tuple(stack)


def kept(walks: Iterable[Walk], before: Collection[Walk], known: Iterable[Walk]) -> tuple[Walk, ...]:
    """What is written down of these walks, which were `before` when last written, where `known` is what was found.

    Others may have written since; what these walks grew from counts no more.
    """
    united = joined((*walks, *(each for each in known if each not in before)))
    # Of two that begin at one moment the one that came further is worth more.
    return tuple({walk.top: walk for walk in united if walk.placed}.values())


def _meet(newer: Walk, older: Walk) -> bool:
    """Whether nothing can lie between the two. Of runs made at one moment some may have been read, and others not."""
    return newer.placed and (newer.cursor is None or newer.bottom < older.top)


def _one(newer: Walk, older: Walk) -> Walk:
    if newer.cursor is None or (older.cursor is not None and newer.bottom <= older.bottom):
        return newer
    return Walk(newer.top, min(newer.bottom, older.bottom), older.cursor)


@dataclass(frozen=True, slots=True)
class Walks:
    """What has been read of the list, and where to go on.

    `stack` is newest first; the first is walked on, until everything is `stopped`. The rest guards against going round
    in circles: cursors `asked` for since the first walk began, `empty` pages in a row, where page one led when it had
    no place, and whether all was begun anew.
    """

    stack: tuple[Walk, ...] = ()
    stopped: bool = False
    asked: frozenset[str] = frozenset()
    empty: int = 0
    unplaced: str | None = None
    anew: bool = False

    @property
    def cursor(self) -> str | None:
        """Where to go on; None when there is nothing to do, or nothing to be hoped for."""
        return None if self.stopped or not self.stack else self.stack[0].cursor

    @property
    def placed(self) -> tuple[Walk, ...]:
        """The walks that are worth keeping."""
        return tuple(walk for walk in self.stack if walk.placed)

    def told(self, walk: Walk) -> "Walks":
        """With what the first pages told."""
        if walk.placed:
            return self._moved(joined((walk, *self.placed)))
        # Only where it leads says whether that is news.
        if walk.cursor in (None, self.unplaced):
            return self
        return replace(self._moved((walk, *self.placed)), unplaced=walk.cursor)

    def united(self, walks: Iterable[Walk]) -> "Walks":
        """With claims that were made elsewhere."""
        return self._moved(joined((*self.stack, *walks)))

    def read(self, moments: Moments, cursor: str | None) -> "Walks":
        """With the page read that `self.cursor` leads to; its own cursor leads on."""
        current, *others = self.stack
        asked = self.asked | ({current.cursor} if current.cursor else set())
        empty = 0 if moments else self.empty + 1
        if cursor in asked or empty >= MOST_EMPTY:
            return replace(self, stopped=True)
        grown = current.after(moments, cursor)
        return replace(self, stack=joined((grown, *others)), asked=asked, empty=empty)

    def refused(self) -> "Walks":
        """The API does not take the cursor: begin anew from the top, once."""
        return replace(self, stopped=True) if self.anew else Walks(anew=True)

    def _moved(self, stack: tuple[Walk, ...]) -> "Walks":
        if stack and self.stack and stack[0].cursor == self.stack[0].cursor:
            return replace(self, stack=stack)
        return replace(self, stack=stack, asked=frozenset(), empty=0)
