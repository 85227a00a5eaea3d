"""Pages: `previous`, `next` and `results`, with an opaque cursor, as Replicate's HTTP API has them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request

from replicate_tui.local.addresses import api_path
from replicate_tui.local.http.problems import Problem


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list: items after `position`, or those before it when `reverse`."""

    position: int
    reverse: bool = False

    def encode(self) -> str:
        """The text that stands in an address."""
        values = {"r": "1", "p": str(self.position)} if self.reverse else {"p": str(self.position)}
        return base64.urlsafe_b64encode(urlencode(values).encode()).decode()

    @classmethod
    def of(cls, request: Request) -> Cursor | None:
        """The cursor that the client sent, None for the first page. Raises `Problem` 404 for nonsense."""
        text = request.query_params.get("cursor")
        if not text:
            return None
        try:
            values = parse_qs(base64.urlsafe_b64decode(text).decode())
            return cls(_position(values["p"][0]), "r" in values)
        except (binascii.Error, UnicodeDecodeError, ValueError, KeyError) as error:
            raise Problem(404, "Invalid cursor") from error


def _position(text: str) -> int:
    position = int(text[:20])
    if abs(position) >= 1 << 62:
        raise ValueError("no list is so long")
    return position


@dataclass(frozen=True, slots=True)
class Page:
    """Some items and whether there are more on either side."""

    results: list[Any]
    before: Cursor | None
    after: Cursor | None

    def as_json(self, request: Request, base: str) -> dict[str, Any]:
        """The page object; the links repeat the request's other parameters."""
        return {
            "previous": _link(request, base, self.before),
            "next": _link(request, base, self.after),
            "results": self.results,
        }

    def of(self, show: Callable[[Any], Any]) -> Page:
        """The same page with every item turned into what is shown."""
        return Page([show(item) for item in self.results], self.before, self.after)


class Window(Protocol):
    """Reads numbered rows from the database."""

    def __call__(self, condition: str, values: Iterable[Any], *, order: str, limit: int) -> Sequence[tuple[int, Any]]:
        """Rows that meet the condition, in the order of their numbers."""
        ...


def newest_first(window: Window, cursor: Cursor | None, size: int, filters: Mapping[str, Any]) -> Page:
    """A page of numbered rows, newest first; `filters` maps conditions (`status = ?`) to their values."""
    conditions = dict(filters)
    reverse = cursor is not None and cursor.reverse
    if cursor is not None:
        conditions["seq > ?" if reverse else "seq < ?"] = cursor.position
    where = " AND ".join(conditions) or "1"
    rows = list(window(where, conditions.values(), order="ASC" if reverse else "DESC", limit=size + 1))
    more, rows = len(rows) > size, rows[:size]
    if reverse:
        rows.reverse()
    newer = more if reverse else cursor is not None
    older = cursor is not None if reverse else more
    return Page(
        [record for _, record in rows],
        Cursor(rows[0][0], reverse=True) if rows and newer else None,
        Cursor(rows[-1][0]) if rows and older else None,
    )


def slice_of(items: Sequence[Any], cursor: Cursor | None, size: int) -> Page:
    """A page of a list that is in memory already; positions count its items."""
    position = cursor.position if cursor else 0
    start = max(0, position - size) if cursor and cursor.reverse else max(0, position)
    end = start + size
    return Page(
        list(items[start:end]),
        Cursor(start, reverse=True) if start > 0 else None,
        Cursor(end) if end < len(items) else None,
    )


def _link(request: Request, base: str, cursor: Cursor | None) -> str | None:
    if cursor is None:
        return None
    values = [(key, value) for key, value in request.query_params.multi_items() if key != "cursor"]
    return f"{base}/v1{api_path(request)}?{urlencode([*values, ('cursor', cursor.encode())])}"
