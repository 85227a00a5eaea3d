"""Part of the account's list of runs, read for those whose answer was lost."""

import math
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from replicate_tui.api.client import Client
from replicate_tui.api.resources import Page, Prediction
from replicate_tui.core import asking

MOST_PAGES = 20
"""List pages read for runs that were sent at about the same time."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Part of the account's list, and how far back it is complete, on the server's clock."""

    items: tuple[Prediction, ...]
    through: float


async def read_trainings(client: Client, pages: int, since: float = -math.inf) -> Listed:
    """The list of trainings back to a moment on the server's clock, as far as so many pages lead.

    Raises:
        ReplicateError: the list could not be read.
    """
    return await _read(partial(asking.list_trainings, client), pages, since)


async def read(client: Client, pages: int, since: float = -math.inf, until: float = math.inf) -> Listed:
    """The list between two moments on the server's clock, from its newest on, as far as so many pages lead.

    Raises:
        ReplicateError: the list could not be read.
    """

    def page(cursor: str | None) -> Awaitable[Page[Prediction]]:
        return client.predictions.list(cursor, created_after=_moment(since), created_before=_moment(until))

    return await _read(page, pages, since)


async def _read(read_page: Callable[[str | None], Awaitable[Page[Prediction]]], pages: int, since: float) -> Listed:
    items: list[Prediction] = []
    cursor: str | None = None
    unreadable = 0
    for _ in range(pages):
        page = await read_page(cursor)
        items += page.results
        unreadable += page.skipped
        cursor = page.next
        if cursor is None or _oldest(items) < since:
            break
    # What cannot be read may be what is looked for.
    through = math.inf if unreadable else since if cursor is None else _oldest(items)
    return Listed(tuple(items), through)


def _oldest(items: Iterable[Prediction]) -> float:
    return min((each.created_at.timestamp() for each in items if each.created_at), default=math.inf)


def _moment(seconds: float) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if math.isfinite(seconds) else None
