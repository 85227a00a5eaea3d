"""List pages: one tells the state of up to a hundred runs. Active runs on none of those read are looked at in turn."""

import math
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial

from replicate_tui.api.client import Client
from replicate_tui.api.resources import Page, Prediction
from replicate_tui.core.watching import pace
from replicate_tui.core.watching.looks import Looks
from replicate_tui.core.watching.rounds import Due
from replicate_tui.core.watching.waits import Clocks

MOST_PAGES = 3
"""List pages read in one refresh, as long as many active runs are on none of them."""
FEW_STRAYS = 5
"""So few active runs are not worth another page."""
STRAY_INTERVAL = 10.0
"""Seconds between two looks at one active run that is on none of those pages."""
STRAY_SPACING = 1.0
"""Seconds between two looks at any such runs: they take turns."""

PagesRead = Callable[[Sequence[Page[Prediction]]], Awaitable[None]]
"""Called with page one and those read after it, once their items are kept."""


class Pages:
    """The newest pages of the list, and the active runs that are not on them. `read` is told of the pages read."""

    def __init__(self, client: Client, looks: Looks, read: PagesRead, clocks: Clocks) -> None:
        self._client = client
        self._looks = looks
        self._read = read
        self._clocks = clocks
        self._listed_at = -math.inf
        self._strayed_at = -math.inf
        self._strays: frozenset[str] = frozenset()

    def make_due(self) -> None:
        """Read page one now."""
        self._listed_at = -math.inf

    def plan(self, sought: frozenset[str], *, listing: bool) -> Iterator[Due]:
        """How to learn of the active runs `sought`; `listing` says whether page one is wanted in any case."""
        if sought or listing:
            yield Due(self._listed_at + pace.pages(bool(sought)), partial(self._refresh, sought))
        stray = min(self._strays & sought, key=self._looks.fetched, default=None)
        if stray is not None:
            due = max(self._strayed_at + STRAY_SPACING, self._looks.fetched(stray) + STRAY_INTERVAL)
            yield Due(due, partial(self._refresh_stray, stray))

    async def _refresh(self, sought: frozenset[str]) -> None:
        """Read page by page while many of those that we look for are still to come."""
        begun = self._clocks.monotonic()
        pages: list[Page[Prediction]] = []
        cursor: str | None = None
        while len(pages) < MOST_PAGES:
            page = await self._client.predictions.list(cursor)
            pages.append(page)
            for item in page.results:
                await self._looks.take(item)
            sought -= {item.id for item in page.results}
            cursor = page.next
            if cursor is None or len(sought) <= FEW_STRAYS:
                break
        self._strays = sought
        # What it took counts towards the interval; a slow server gets a pause all the same.
        ended = self._clocks.monotonic()
        self._listed_at = max(begun, ended - pace.PAGES_ACTIVE / 2)
        await self._read(pages)

    async def _refresh_stray(self, run_id: str) -> None:
        self._strayed_at = self._clocks.monotonic()
        await self._looks.refresh(run_id)
