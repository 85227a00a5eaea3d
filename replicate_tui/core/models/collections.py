"""Collections of models as they were last seen: kept on disk, asked for anew where they are looked at."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from replicate_tui.api.client import Client
from replicate_tui.api.resources import Collection, FoundCollection
from replicate_tui.core.history.database import Database, storable
from replicate_tui.core.history.rows import CollectionRow

MOST_PAGES: Final = 10
"""Pages of the API's list that are read."""

_PUT = "INSERT OR REPLACE INTO collections VALUES (?, ?, ?, ?, ?, ?)"


class Collections:
    """The collections of one host. `generation` grows when what is known of them changes."""

    def __init__(self, client: Client, database: Database, host: str) -> None:
        self._client = client
        self._database = database
        self._host = host
        self._rows: dict[str, CollectionRow] | None = None
        self.generation = 0

    @property
    def rows(self) -> tuple[CollectionRow, ...]:
        """Every collection seen, in the order of the API."""
        return tuple(self._known.values())

    def row(self, slug: str) -> CollectionRow | None:
        """One collection seen."""
        return self._known.get(slug)

    def find(self, query: str) -> list[CollectionRow]:
        """The collections that hold every word in their name or description."""
        words = query.casefold().split()
        return [row for row in self.rows if all(word in _text(row) for word in words)]

    def words_of_models(self) -> Mapping[str, str]:
        """For each model that is known to be in collections the names of those, in small letters."""
        names = defaultdict[str, list[str]](list)
        for row in self.rows:
            for model in row.models or ():
                names[model].append(row.name.casefold() or row.slug)
        return {model: "\n".join(words) for model, words in names.items()}

    async def refresh(self) -> None:
        """Ask the API for its collections, without their models.

        Raises:
            ReplicateError: there was no answer.
            DatabaseError: the file cannot be written.
        """
        found: list[Collection] = []
        cursor = None
        for _ in range(MOST_PAGES):
            page = await self._client.collections.list(cursor)
            found += page.results
            cursor = page.next
            if cursor is None:
                break
        known = self._known
        rows = {
            each.slug: CollectionRow(
                each.slug, each.name or each.slug, each.description or "", _models(known, each.slug)
            )
            for each in found
        }
        await self._take({**rows, **{slug: row for slug, row in known.items() if cursor and slug not in rows}})

    async def learn(self, collection: Collection) -> CollectionRow:
        """Remember a collection that was asked for by itself, with its models; its row."""
        models = tuple(model.full_name for model in collection.models)
        row = CollectionRow(collection.slug, collection.name or collection.slug, collection.description or "", models)
        await self._put([row])
        return row

    async def learn_found(self, found: Iterable[FoundCollection]) -> None:
        """Remember the collections that a search told of. What is known of their models stays."""
        rows = [
            CollectionRow(
                each.slug,
                each.name or each.slug,
                each.description or "",
                _models(self._known, each.slug) or tuple(each.models) or None,
            )
            for each in found
        ]
        await self._put(rows)

    @property
    def _known(self) -> dict[str, CollectionRow]:
        """The rows by slug; read when they are first wanted, for few look at them."""
        if self._rows is None:
            query = "SELECT slug, name, description, models FROM collections WHERE host = ? ORDER BY place, slug"
            self._rows = {
                slug: CollectionRow(slug, name, description, None if models is None else tuple(json.loads(models)))
                for slug, name, description, models in self._database.read(query, (self._host,))
            }
        return self._rows

    async def _put(self, rows: Sequence[CollectionRow]) -> None:
        if any(self._known.get(row.slug) != row for row in rows):
            await self._take(self._known | {row.slug: row for row in rows})

    async def _take(self, rows: dict[str, CollectionRow]) -> None:
        if list(rows.items()) == list(self._known.items()):
            return
        self._rows = rows
        self.generation += 1
        values = [self._stored(place, row) for place, row in enumerate(rows.values())]

        def write(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM collections WHERE host = ?", (self._host,))
            db.executemany(_PUT, values)

        await self._database.write(write)

    def _stored(self, place: int, row: CollectionRow) -> tuple[object, ...]:
        models = None if row.models is None else json.dumps(row.models)
        return self._host, storable(row.slug), place, storable(row.name), storable(row.description), models


def _models(known: Mapping[str, CollectionRow], slug: str) -> tuple[str, ...] | None:
    row = known.get(slug)
    return None if row is None else row.models


def _text(row: CollectionRow) -> str:
    return f"{row.slug}\n{row.name}\n{row.description}".casefold()
