"""Reads the account's older runs in the background, page by page, and remembers in the history file how far it came."""

import contextlib
import math
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial

from replicate_tui.api.addresses import cursor_in
from replicate_tui.api.errors import APIError, UnexpectedAnswer
from replicate_tui.api.resources import Page, Prediction
from replicate_tui.core.history.rows import Kind
from replicate_tui.core.history.scopes import Scope, settled
from replicate_tui.core.history.store import Store
from replicate_tui.core.watching.connection import concerns_all
from replicate_tui.core.watching.pages import ReadPage
from replicate_tui.core.watching.rounds import Due
from replicate_tui.core.watching.waits import Clocks
from replicate_tui.core.watching.walks import Walk, Walks, begun, kept

SPACING = 2.0
"""Seconds between two pages."""
UNREADABLE = 60.0
"""Seconds until a page is read again that could not be understood."""

_ITS = "host = ? AND account = ? AND kind = ?"
"""The condition that holds of the claims about one list."""


class Walking:
    """The walk through the list of all runs of a kind. `take` keeps what a page tells of a run."""

    def __init__(
        self,
        kind: Kind,
        read_page: ReadPage,
        store: Store,
        take: Callable[[Prediction], Awaitable[None]],
        clocks: Clocks,
    ) -> None:
        self._kind = kind
        self._read_page = read_page
        self._store = store
        self._take = take
        self._clocks = clocks
        self._walks = Walks()
        self._scope: Scope | None = None
        self._due = -math.inf

    def plan(self) -> Iterator[Due]:
        """The next page, if there is one to read."""
        if self._walks.cursor is not None:
            yield Due(self._due, partial(self._step, self._walks.cursor))

    async def told(self, page: Page[Prediction]) -> None:
        """Page one told this; it is kept already."""
        with contextlib.suppress(UnexpectedAnswer):
            await self._keep(self._walks.told(begun(_moments(page), cursor_in(page.next))))

    async def _step(self, cursor: str) -> None:
        self._due = self._clocks.monotonic() + SPACING
        try:
            page = await self._read_page(cursor)
            further = cursor_in(page.next)
        except APIError as error:
            if concerns_all(error):
                raise
            await self._refused()
        except UnexpectedAnswer:
            self._due = self._clocks.monotonic() + UNREADABLE
        else:
            for item in page.results:
                await self._take(item)
            await self._keep(self._walks.read(_moments(page), further))

    async def _keep(self, walks: Walks) -> None:
        """Go on from there; on disk it is joined with what others know, and with what we knew before."""
        scope = self._store.scope
        if walks.placed != self._walks.placed or scope != self._scope:
            before = self._walks.placed if scope == self._scope else ()
            walks = walks.united(
                await self._store.database.write(partial(_write, scope, self._kind, walks.placed, before))
            )
        self._walks, self._scope = walks, scope

    async def _refused(self) -> None:
        self._walks = self._walks.refused()
        if not self._walks.stack:
            await self._store.database.write(partial(_replace, self._store.scope, self._kind, ()))


def _moments(page: Page[Prediction]) -> list[float | None]:
    return [None if item.created_at is None else item.created_at.timestamp() for item in page.results]


def _write(
    scope: Scope, kind: Kind, walks: Sequence[Walk], before: Sequence[Walk], db: sqlite3.Connection
) -> tuple[Walk, ...]:
    whose = settled(db, scope)
    query = f"SELECT top, bottom, cursor FROM walks WHERE {_ITS}"
    known = [Walk(*row) for row in db.execute(query, (whose.host, whose.account, kind))]
    written = kept(walks, before, known)
    _replace(scope, kind, written, db)
    return written


def _replace(scope: Scope, kind: Kind, walks: Sequence[Walk], db: sqlite3.Connection) -> None:
    whose = settled(db, scope)
    db.execute(f"DELETE FROM walks WHERE {_ITS}", (whose.host, whose.account, kind))
    rows = [(whose.host, whose.account, kind, walk.top, walk.bottom, walk.cursor) for walk in walks]
    db.executemany("INSERT INTO walks VALUES (?, ?, ?, ?, ?, ?)", rows)
