"""The models seen so far: kept on disk so that a list is there at once, searched here and by the API."""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from replicate_tui.api.client import Client
from replicate_tui.api.errors import NotFound, UnexpectedAnswer
from replicate_tui.api.resources import Collection, Model
from replicate_tui.core.history.database import Database, ModelRow
from replicate_tui.core.models.collections import Collections
from replicate_tui.core.models.nearness import NoSuchModel, near
from replicate_tui.core.models.ranking import Ranking

KEPT_MODELS = 50
"""Whole models kept in memory."""


class Catalog:
    """Models of one host. `changed` is called with the names of those that are known to be otherwise than before."""

    def __init__(self, client: Client, database: Database, host: str) -> None:
        self.changed: Callable[[frozenset[str]], None] = lambda names: None
        self._client = client
        self._database = database
        self._host = host
        self._rows = {row.name: row for row in database.model_rows(host)}
        self.collections = Collections(client, database, host)
        self._ranking: Ranking | None = None
        self._ranked_with = 0
        self._models: OrderedDict[str, Model] = OrderedDict()

    @property
    def rows(self) -> list[ModelRow]:
        """Every model seen, most run first."""
        return self.find("")

    @property
    def size(self) -> int:
        """How many models were seen."""
        return len(self._rows)

    def find(self, query: str) -> list[ModelRow]:
        """The models seen that a query means, best first; no query means every one, most run first."""
        if query and self._ranked_with != self.collections.generation:
            self._ranking = None
        if self._ranking is None:
            self._ranked_with = self.collections.generation
            self._ranking = Ranking(self._rows.values(), self.collections.words_of_models)
        return self._ranking.find(query)

    def row(self, name: str) -> ModelRow | None:
        """One model seen."""
        return self._rows.get(name)

    def known(self, name: str) -> Model | None:
        """A model as last seen, without asking the API; None also where what was kept of it is no model's object."""
        if name not in self._models:
            raw = self._database.model(self._host, name)
            if raw is None:
                return None
            try:
                self._keep(Model.of(raw))
            except UnexpectedAnswer:
                return None
        self._models.move_to_end(name)
        return self._models[name]

    async def refresh(self) -> list[ModelRow]:
        """The API's first page of models, newest version first."""
        page = await self._client.models.list()
        return await self.learn(page.results)

    async def search(self, query: str) -> list[ModelRow]:
        """What the API finds for a query, best first."""
        found = await self._client.models.find(query)
        await self.collections.learn_found(found.collections)
        return await self.learn(found.models.results)

    async def collection(self, slug: str) -> Collection:
        """A collection as the API tells it now, with its models, which are remembered."""
        found = await self._client.collections.get(slug)
        await self.learn(found.models)
        await self.collections.learn(found)
        return found

    def near(self, name: str) -> tuple[str, ...]:
        """The models seen that are called nearly `name` ("owner/name"), the likeliest first."""
        return near(name, (row.name for row in self.rows))

    async def model(self, owner: str, name: str) -> Model:
        """A model as the API tells it now.

        Raises:
            NoSuchModel: there is none, and models seen before are called nearly so.
        """
        try:
            model = await self._client.models.get(owner, name)
        except NotFound as error:
            if alike := self.near(f"{owner}/{name}"):
                raise NoSuchModel(error, alike) from None
            raise
        await self.learn([model])
        self._keep(model)
        return model

    async def learn(self, models: Sequence[Model]) -> list[ModelRow]:
        """Remember models; their rows, in the order given."""
        rows = [model_row(model) for model in models]
        changed = frozenset(row.name for row in rows if self._rows.get(row.name) != row)
        if changed:
            self._rows.update({row.name: row for row in rows})
            self._ranking = None
        self._models.update({model.full_name: model for model in models if model.full_name in self._models})
        pairs = [(row, model.raw) for row, model in zip(rows, models, strict=True)]
        await self._database.save_models(self._host, pairs, time.time())
        if changed:
            self.changed(changed)
        return rows

    def _keep(self, model: Model) -> None:
        self._models[model.full_name] = model
        while len(self._models) > KEPT_MODELS:
            self._models.popitem(last=False)


def model_row(model: Model) -> ModelRow:
    """The light row of a model."""
    return ModelRow(model.full_name, model.description or "", model.run_count, model.is_official)
