"""List pages: one tells the state of up to a hundred runs.

Page one is read again and again. The pages after it are read one by one, in turn, as far down as active runs are
still to come. The few that none of them tells of, or that lie too deep, are looked at singly.
"""

import math
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial

from replicate_tui.api.errors import APIError, UnexpectedAnswer
from replicate_tui.api.resources import Page, Prediction
from replicate_tui.core.watching import pace
from replicate_tui.core.watching.connection import concerns_all
from replicate_tui.core.watching.looks import Looks
from replicate_tui.core.watching.rounds import Due
from replicate_tui.core.watching.waits import Clocks

FEW_STRAYS = 5
"""So few active runs are not worth another page; twice as many are not after a page in vain, and so on."""
STRAY_INTERVAL = 10.0
"""Seconds between two looks at one active run that is on none of those pages."""

ReadPage = Callable[[str | None], Awaitable[Page[Prediction]]]
"""Reads the page of a list that a cursor leads to, the first one for none."""
PageRead = Callable[[Page[Prediction]], Awaitable[None]]
"""Called with page one, once its items are kept."""


@dataclass(slots=True)
class _Descent:
    """One way down the list. `sought` are the runs that no page told of so far, `cursor` leads to the next page.

    `in_vain` counts the pages after page one, in a row, that told of none of them.
    """

    sought: frozenset[str] = frozenset()
    cursor: str | None = None
    in_vain: int = 0

    @property
    def goes_on(self) -> bool:
        """Whether the next page is worth reading: what is sought has to pay for those read in vain."""
        return self.cursor is not None and len(self.sought) > FEW_STRAYS * (1 + self.in_vain)

    @property
    def gave_up(self) -> bool:
        """Whether another way down would not find them either."""
        return not self.goes_on and (self.cursor is None or len(self.sought) > FEW_STRAYS)

    def tell(self, page: Page[Prediction]) -> None:
        """A page after page one was read."""
        before = len(self.sought)
        self.see(page)
        self.in_vain = self.in_vain + 1 if len(self.sought) == before else 0
        self.cursor = page.next

    def see(self, page: Page[Prediction]) -> None:
        """What any page tells of needs not be sought."""
        self.sought -= {item.id for item in page.results}


class Pages:
    """The newest pages of a list, and the active runs that are not on them. `read` is told of page one."""

    def __init__(self, read_page: ReadPage, looks: Looks, read: PageRead, clocks: Clocks) -> None:
        self._read_page = read_page
        self._looks = looks
        self._read = read
        self._clocks = clocks
        self._listed_at = -math.inf
        self._descended_at = -math.inf
        self._strayed_at = -math.inf
        self._descent = _Descent()
        self._strays: frozenset[str] = frozenset()
        self._deep: frozenset[str] = frozenset()

    def make_due(self) -> None:
        """Read page one now, and seek anew what was not found."""
        self._listed_at = -math.inf
        self._deep = frozenset()

    def plan(self, sought: frozenset[str], *, listing: bool) -> Iterator[Due]:
        """How to learn of the active runs `sought`; `listing` says whether page one is wanted in any case."""
        self._descent.sought &= sought
        self._strays &= sought
        self._deep &= sought
        if sought or listing:
            yield Due(self._listed_at + pace.pages(bool(sought)), partial(self._refresh, sought))
        if self._descent.goes_on:
            yield Due(self._descended_at, self._descend, can_wait=True)
        stray = min(self._strays, key=self._looks.fetched, default=None)
        if stray is not None:
            due = max(self._strayed_at, self._looks.fetched(stray) + STRAY_INTERVAL)
            yield Due(due, partial(self._refresh_stray, stray), can_wait=True)

    async def _refresh(self, sought: frozenset[str]) -> None:
        """Read page one, and begin another way down if the last one has ended."""
        begun = self._clocks.monotonic()
        page = await self._read_page(None)
        await self._take(page)
        if not self._descent.goes_on:
            self._descent = _Descent(sought - self._deep, page.next)
        self._descent.see(page)
        self._note_strays()
        # What it took counts towards the interval; a slow server gets a pause all the same.
        ended = self._clocks.monotonic()
        self._listed_at = max(begun, ended - pace.PAGES_ACTIVE / 2)
        await self._read(page)

    async def _descend(self) -> None:
        """Read the next page of the way down."""
        self._descended_at = self._clocks.monotonic()
        descent = self._descent
        try:
            page = await self._read_page(descent.cursor)
        except APIError as error:
            if concerns_all(error):
                raise
            descent.cursor = None
        except UnexpectedAnswer:
            # One page that cannot be read says nothing about the others.
            descent.cursor = None
        else:
            await self._take(page)
            descent.tell(page)
        self._note_strays()

    async def _take(self, page: Page[Prediction]) -> None:
        for item in page.results:
            await self._looks.take(item)
        told = {item.id for item in page.results}
        self._strays -= told
        self._deep -= told

    def _note_strays(self) -> None:
        """At the end of a way down, what it did not find is looked at singly."""
        if self._descent.gave_up:
            self._deep |= self._descent.sought
        if not self._descent.goes_on:
            self._strays = self._descent.sought | self._deep

    async def _refresh_stray(self, run_id: str) -> None:
        self._strayed_at = self._clocks.monotonic()
        await self._looks.refresh(run_id)
