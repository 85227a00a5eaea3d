"""How the operations ask: addresses of the API's routes, JSON on the way out and back in."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import httpx

from replicate_tui.api.addresses import cursor_in, route
from replicate_tui.api.calls import TRIES, Call
from replicate_tui.api.errors import UnexpectedAnswer
from replicate_tui.api.limits import Kind
from replicate_tui.api.patience import Limit, Patience
from replicate_tui.api.resources import Page, Resource
from replicate_tui.api.transport import Transport

_DEEPEST = 200
"""How far lists and objects may be nested: what walks through them, or writes them, has one stack for it."""

V = TypeVar("V")
R = TypeVar("R", bound=Resource)


class Requests:
    """What all nouns of the API share. `transport` sends, `patience` bounds how long that may take."""

    def __init__(self, transport: Transport, patience: Patience) -> None:
        self.transport = transport
        self.patience = patience

    def url(self, *segments: str, params: Mapping[str, str | None] | None = None) -> httpx.URL:
        """The address of a route. Raises ValueError for an empty name."""
        return route(self.transport.base, *segments, params=params)

    def get(
        self,
        doing: str,
        *segments: str,
        params: Mapping[str, str | None] | None = None,
        accept: str = "application/json",
        tries: int = TRIES,
    ) -> Call:
        """A call that only reads."""
        return Call(
            method="GET",
            url=self.url(*segments, params=params),
            doing=doing,
            limit=self.patience.ordinary(),
            headers={"Accept": accept},
            tries=tries,
        )

    def send(
        self,
        method: str,
        doing: str,
        *segments: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        limit: Limit | None = None,
        once: bool = False,
        kind: Kind = "other",
        admitted: bool = False,
    ) -> Call:
        """A call that changes something, with a JSON body or none. Raises ValueError for what JSON does not know."""
        typed = {} if body is None else {"Content-Type": "application/json"}
        return Call(
            method=method,
            url=self.url(*segments),
            doing=doing,
            limit=limit or self.patience.ordinary(),
            headers={"Accept": "application/json", **typed, **(headers or {})},
            content=None if body is None else json.dumps(body, allow_nan=False).encode("ascii"),
            once=once,
            kind=kind,
            admitted=admitted,
        )

    async def read(self, call: Call, build: Callable[[object], V]) -> V:
        """What the JSON of the answer makes. `build` raises UnexpectedAnswer where it makes nothing."""
        answer = await self.transport.request(call)
        host = self.transport.base.host
        try:
            raw = json.loads(answer.body)
        except (ValueError, RecursionError):
            raise UnexpectedAnswer(f"Could not {call.doing}: the answer of {host} is not JSON") from None
        if _is_deeper(raw, _DEEPEST):
            raise UnexpectedAnswer(f"Could not {call.doing}: the answer of {host} is nested too deeply")
        try:
            return build(raw)
        except UnexpectedAnswer as odd:
            raise UnexpectedAnswer(f"Could not {call.doing}: the answer of {host} is {odd}") from None

    async def page(
        self,
        item: type[R],
        doing: str,
        *segments: str,
        cursor: str | None = None,
        params: Mapping[str, str | None] | None = None,
    ) -> Page[R]:
        """One page of a list. `cursor` is a page's `next` or `previous` link, or the cursor in it."""
        call = self.get(doing, *segments, params={"cursor": cursor_in(cursor), **(params or {})})
        return await self.read(call, lambda raw: Page.of(raw, item))

    async def text(self, call: Call) -> str:
        """The answer as text, whatever its bytes are."""
        answer = await self.transport.request(call)
        return answer.body.decode("utf-8", "replace")

    async def done(self, call: Call) -> None:
        """Returns when it is done; what the answer holds does not matter."""
        await self.transport.request(call)


def _is_deeper(raw: object, levels: int) -> bool:
    """Whether lists and objects are nested in more levels than that."""
    level = [raw] if isinstance(raw, list | dict) else []
    while level and levels:
        levels -= 1
        inner = (each.values() if isinstance(each, dict) else each for each in level)
        level = [value for values in inner for value in values if isinstance(value, list | dict)]
    return bool(level)
