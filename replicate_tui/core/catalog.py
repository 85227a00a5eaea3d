"""The models seen so far: kept on disk so that a list is there at once, searched here and by the API."""

import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from replicate_tui.api.client import Client
from replicate_tui.api.resources import Model
from replicate_tui.core.database import Database, ModelRow

KEPT_MODELS = 50
"""Whole models kept in memory."""
MATCH_CUTOFF = 75
"""How alike, of 100, a name must be to a query to count as meant."""
SPELT_RIGHT = 20
"""A word that so many models hold is spelt right: names that are only like it are not meant."""

_IN_DESCRIPTION = 150.0
_SHORTEST_GUESSED = 3


class Catalog:
    """Models of one host."""

    def __init__(self, client: Client, database: Database, host: str) -> None:
        self._client = client
        self._database = database
        self._host = host
        self._rows = {row.name: row for row in database.model_rows(host)}
        self._sorted: list[ModelRow] = []
        self._models: OrderedDict[str, Model] = OrderedDict()

    @property
    def rows(self) -> list[ModelRow]:
        """Every model seen, most run first."""
        if not self._sorted:
            self._sorted = sorted(self._rows.values(), key=lambda row: (-row.run_count, row.name))
        return list(self._sorted)

    def row(self, name: str) -> ModelRow | None:
        """One model seen."""
        return self._rows.get(name)

    def known(self, name: str) -> Model | None:
        """A model as last seen, without asking the API."""
        if name not in self._models:
            raw = self._database.model(self._host, name)
            if raw is None:
                return None
            self._keep(Model.of(raw))
        self._models.move_to_end(name)
        return self._models[name]

    async def refresh(self) -> list[ModelRow]:
        """The API's first page of models, newest version first."""
        page = await self._client.models.list()
        return await self.learn(page.results)

    async def search(self, query: str) -> list[ModelRow]:
        """What the API finds for a query, best first."""
        page = await self._client.models.search(query)
        return await self.learn(page.results)

    async def model(self, owner: str, name: str) -> Model:
        """A model as the API tells it now."""
        model = await self._client.models.get(owner, name)
        await self.learn([model])
        self._keep(model)
        return model

    async def learn(self, models: Sequence[Model]) -> list[ModelRow]:
        """Remember models; their rows, in the order given."""
        rows = [model_row(model) for model in models]
        self._rows.update({row.name: row for row in rows})
        self._sorted = []
        self._models.update({model.full_name: model for model in models if model.full_name in self._models})
        pairs = [(row, model.raw) for row, model in zip(rows, models, strict=True)]
        await self._database.save_models(self._host, pairs, time.time())
        return rows

    def _keep(self, model: Model) -> None:
        self._models[model.full_name] = model
        while len(self._models) > KEPT_MODELS:
            self._models.popitem(last=False)


def model_row(model: Model) -> ModelRow:
    """The light row of a model."""
    return ModelRow(model.full_name, model.description or "", model.run_count, model.is_official)


def rank(rows: Iterable[ModelRow], query: str) -> list[ModelRow]:
    """The rows that a query means, best first: whole name, start of a name, inside a name, words of the
    description, then names that are nearly it. Among equals the most run first. No query means every row."""
    words = query.casefold().split()
    listed = list(rows)
    if not words:
        return listed
    texts = [(row.name.casefold(), row.description.casefold()) for row in listed]
    first, *others = [_scores(texts, word) for word in words]
    found = [
        (min([score, *(scores[number] for scores in others)]), listed[number])
        for number, score in first.items()
        if all(number in scores for scores in others)
    ]
    found.sort(key=lambda pair: (-pair[0], -pair[1].run_count, pair[1].name))
    return [row for _, row in found]


def _scores(texts: Sequence[tuple[str, str]], word: str) -> dict[int, float]:
    """How well a word fits the names and descriptions that it fits at all, by their place."""
    found = {
        number: _name_score(name, word) if word in name else _IN_DESCRIPTION
        for number, (name, description) in enumerate(texts)
        if word in name or word in description
    }
    if len(found) < SPELT_RIGHT and len(word) >= _SHORTEST_GUESSED:
        return _near_misses([name.partition("/")[2] for name, _ in texts], word) | found
    return found


def _name_score(name: str, word: str) -> float:
    short = name.partition("/")[2]
    if word in (name, short):
        return 500.0
    if short.startswith(word):
        return 400.0
    return 300.0 if name.startswith(word) else 200.0


def _near_misses(names: Sequence[str], word: str) -> dict[int, float]:
    from rapidfuzz import fuzz, process

    alike = process.extract(word, names, scorer=fuzz.partial_ratio, score_cutoff=MATCH_CUTOFF, limit=None)
    return {number: score for name, score, number in alike if len(name) >= len(word) - 1}
