"""What is told of a model beside its inputs: versions, examples, readme. Kept in memory, and the beginning on disk."""

import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, Literal, TypeVar

from replicate_tui.api.client import Client
from replicate_tui.api.errors import NetworkError, NotFound
from replicate_tui.api.resources import Page, Prediction, Version
from replicate_tui.core.history.database import Database, storable
from replicate_tui.core.models.catalog import Catalog

KEPT_TABS: Final = 60
"""Lists and readmes kept in memory."""
LARGEST_KEPT: Final = 1_000_000
"""Bytes of one list or readme that are kept on disk."""
AS_LAST_SEEN: Final = "as last seen: the API is out of reach"

Tab = Literal["versions", "examples", "readme"]
T = TypeVar("T", Version, Prediction)


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """What is known of a list so far.

    `more` says that the API has more of it; `note` says in a sentence why it is not what one would expect.
    """

    items: tuple[T, ...]
    more: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Read(Generic[T]):
    """A list so far, and where it goes on."""

    listed: Listed[T]
    following: str | None


class ModelTabs:
    """Versions, examples and readmes of one host's models, which are named `owner/name`."""

    def __init__(self, client: Client, catalog: Catalog, database: Database, host: str) -> None:
        self._client = client
        self._catalog = catalog
        self._database = database
        self._host = host
        self._memory: OrderedDict[tuple[Tab, str], Any] = OrderedDict()

    async def versions(self, model: str, *, more: bool = False, fresh: bool = False) -> Listed[Version]:
        """The versions so far, newest first; of a model that hides them, the latest.

        `more` reads another page, `fresh` asks anew. What was seen before is told when there is no answer.
        Their schemas may be missing then.
        """

        async def page(owner: str, name: str, cursor: str | None) -> _Read[Version]:
            try:
                found = await self._client.models.versions.list(owner, name, cursor)
            except NotFound:
                return await self._latest_alone(owner, name)
            return _read(found) if found.results or cursor else await self._latest_alone(owner, name)

        return await self._listed("versions", model, Version, page, more=more, fresh=fresh)

    async def examples(self, model: str, *, more: bool = False, fresh: bool = False) -> Listed[Prediction]:
        """The runs that the model's author keeps as examples, so far. `more` and `fresh` as for versions."""

        async def page(owner: str, name: str, cursor: str | None) -> _Read[Prediction]:
            return _read(await self._client.models.examples(owner, name, cursor))

        return await self._listed("examples", model, Prediction, page, more=more, fresh=fresh)

    async def readme(self, model: str, *, fresh: bool = False) -> str | None:
        """The readme as Markdown, None if there is none; as last seen when there is no answer."""
        key: tuple[Tab, str] = ("readme", model)
        if key in self._memory and not fresh:
            remembered: str | None = self._recall(key)
            return remembered
        try:
            text = await self._client.models.readme(*_split(model))
        except NetworkError:
            kept = self._kept("readme", model)
            if kept is None:
                raise
            return None if kept == "" else str(kept)
        self._keep(key, text)
        await self._write("readme", model, text or "")
        return text

    async def _latest_alone(self, owner: str, name: str) -> _Read[Version]:
        """The latest version of a model that lists none. Raises NotFound when there is no such model."""
        model = await self._catalog.model(owner, name)
        latest = (model.latest_version,) if model.latest_version else ()
        note = f"{model.full_name} is an official model: Replicate tells of its latest version only"
        return _Read(Listed(latest, note=note if model.is_official else ""), None)

    async def _listed(
        self,
        tab: Tab,
        model: str,
        item: type[T],
        page: Callable[[str, str, str | None], Awaitable[_Read[T]]],
        *,
        more: bool,
        fresh: bool,
    ) -> Listed[T]:
        key = (tab, model)
        known: _Read[T] | None = None if fresh else self._recall(key)
        if known is not None and not (more and known.following):
            return known.listed
        try:
            read = await page(*_split(model), known.following if known else None)
        except NetworkError:
            kept = None if known else self._kept(tab, model)
            if kept is None:
                raise
            return Listed(tuple(item.of(raw) for raw in kept), note=AS_LAST_SEEN)
        if known is None:
            await self._write(tab, model, [_light(each.raw) for each in read.listed.items])
        else:
            # Asked for twice at once, a page comes twice.
            before = {each.id for each in known.listed.items}
            new = tuple(each for each in read.listed.items if each.id not in before)
            read = _Read(Listed(known.listed.items + new, read.listed.more, known.listed.note), read.following)
        self._keep(key, read)
        return read.listed

    # -- memory and disk ------

    def _recall(self, key: tuple[Tab, str]) -> Any:
        if key in self._memory:
            self._memory.move_to_end(key)
        return self._memory.get(key)

    def _keep(self, key: tuple[Tab, str], value: object) -> None:
        self._memory[key] = value
        self._memory.move_to_end(key)
        while len(self._memory) > KEPT_TABS:
            self._memory.popitem(last=False)

    def _kept(self, tab: Tab, model: str) -> Any:
        query = "SELECT raw FROM tabs WHERE host = ? AND model = ? AND tab = ?"
        found = self._database.read(query, (self._host, storable(model), tab))
        return json.loads(found[0][0]) if found else None

    async def _write(self, tab: Tab, model: str, value: str | Sequence[Mapping[str, Any]]) -> None:
        text = json.dumps(value)
        row = (self._host, storable(model), tab, text)
        if len(text) <= LARGEST_KEPT:
            await self._database.write(lambda db: db.execute("INSERT OR REPLACE INTO tabs VALUES (?, ?, ?, ?)", row))


def _read(page: Page[T]) -> _Read[T]:
    return _Read(Listed(page.results, page.next is not None), page.next)


def _light(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A version without its schema, which is kept for those that are used; an example is kept whole."""
    return {key: value for key, value in raw.items() if key != "openapi_schema"}


def _split(model: str) -> tuple[str, str]:
    owner, _, name = model.partition("/")
    return owner, name
