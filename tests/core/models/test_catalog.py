"""The models seen so far: what is known without asking."""

from typing import Any

import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.errors import NetworkError, NotFound
from replicate_tui.api.resources import Model
from replicate_tui.core.history.database import Database, ModelRow
from replicate_tui.core.models.catalog import Catalog
from tests.core.scripted import Scripted, problem, says

HOST = "api.test"


@pytest.fixture
def catalog(client: Client, database: Database) -> Catalog:
    return Catalog(client, database, HOST)


def model(name: str, **values: Any) -> Model:
    owner, _, short = name.partition("/")
    return Model.of({"owner": owner, "name": short, **values})


def page(*models: Model) -> object:
    return {"previous": None, "next": None, "results": [each.raw for each in models]}


def row(name: str, description: str = "", run_count: int = 0) -> ModelRow:
    return ModelRow(name, description, run_count, False)


async def test_what_was_learned_is_there_at_the_next_start(
    catalog: Catalog, client: Client, database: Database, server: Scripted
) -> None:
    schema = {"components": {"schemas": {"Input": {}}}}
    painter = model(
        "acme/painter",
        description="Paints",
        run_count=7,
        is_official=True,
        latest_version={"id": "v1", "openapi_schema": schema},
    )
    await catalog.learn([painter, model("acme/writer", run_count=70)])
    again = Catalog(client, database, HOST)
    assert again.rows == [row("acme/writer", "", 70), ModelRow("acme/painter", "Paints", 7, True)]
    assert again.row("acme/painter") == ModelRow("acme/painter", "Paints", 7, True)
    known = again.known("acme/painter")
    assert known is not None
    assert known.raw == painter.raw
    assert known.latest_version is not None
    assert known.latest_version.openapi_schema == schema
    assert again.known("acme/nobody") is None
    assert again.row("acme/nobody") is None
    assert server.asked == []


async def test_what_was_kept_and_is_no_model_is_not_known(catalog: Catalog, client: Client, database: Database) -> None:
    await database.save_models(HOST, [(row("acme/odd"), {"owner": "acme", "name": 7})], 0)
    again = Catalog(client, database, HOST)
    assert again.row("acme/odd") == row("acme/odd")
    assert again.known("acme/odd") is None


async def test_another_host_has_models_of_its_own(catalog: Catalog, client: Client, database: Database) -> None:
    await catalog.learn([model("acme/painter")])
    other = Catalog(client, database, "other.test")
    assert other.rows == []
    assert other.known("acme/painter") is None


async def test_the_list_and_the_search_are_remembered_in_the_order_of_the_api(
    catalog: Catalog, server: Scripted
) -> None:
    def script(asked: Any) -> Any:
        if asked.path == "/v1/search":
            models = [{"model": each.raw} for each in (model("b/found"), model("a/found", run_count=5))]
            return says({"query": asked.query["query"], "models": models, "collections": [], "pages": []})
        return says(page(model("z/new"), model("a/old", run_count=9)))

    server.script = script
    assert [each.name for each in await catalog.refresh()] == ["z/new", "a/old"]
    assert [each.name for each in await catalog.search("found & lost")] == ["b/found", "a/found"]
    assert server.asked[-1].query["query"] == "found & lost"
    assert [each.name for each in catalog.rows] == ["a/old", "a/found", "b/found", "z/new"]


async def test_what_the_api_tells_now_replaces_what_was_known(catalog: Catalog, server: Scripted) -> None:
    await catalog.learn([model("acme/painter", description="old", run_count=1)])
    assert catalog.known("acme/painter") is not None
    server.script = lambda asked: says(model("acme/painter", description="new", run_count=2).raw)
    assert (await catalog.model("acme", "painter")).description == "new"
    assert catalog.rows == [row("acme/painter", "new", 2)]
    await catalog.learn([model("acme/painter", description="newest", run_count=3)])
    known = catalog.known("acme/painter")
    assert known is not None
    assert known.description == "newest"
    assert catalog.row("acme/painter") == row("acme/painter", "newest", 3)


async def test_who_shows_models_hears_of_those_that_are_otherwise_than_before(catalog: Catalog) -> None:
    heard: list[frozenset[str]] = []
    catalog.changed = heard.append
    painter, heron = model("acme/painter", run_count=1), model("acme/heron")
    await catalog.learn([painter, heron])
    await catalog.learn([painter, heron])
    await catalog.learn([model("acme/painter", run_count=2), heron])
    assert heard == [{"acme/painter", "acme/heron"}, {"acme/painter"}]


async def test_what_cannot_be_asked_leaves_what_is_known(catalog: Catalog, server: Scripted) -> None:
    await catalog.learn([model("acme/painter")])
    server.script = lambda asked: problem(404)
    with pytest.raises(NotFound):
        await catalog.model("acme", "painter")
    await server.stop()
    with pytest.raises(NetworkError):
        await catalog.refresh()
    with pytest.raises(NetworkError):
        await catalog.search("x")
    assert catalog.known("acme/painter") is not None
    assert [each.name for each in catalog.rows] == ["acme/painter"]


async def test_who_changes_the_list_changes_a_copy(catalog: Catalog) -> None:
    await catalog.learn([model("acme/painter")])
    catalog.rows.clear()
    assert [each.name for each in catalog.rows] == ["acme/painter"]


async def test_only_the_models_looked_at_lately_stay_in_memory(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("replicate_tui.core.models.catalog.KEPT_MODELS", 3)
    await catalog.learn([model(f"acme/m{number}", description=str(number)) for number in range(6)])
    first = catalog.known("acme/m0")
    assert catalog.known("acme/m0") is first
    for number in range(1, 6):
        known = catalog.known(f"acme/m{number}")
        assert known is not None
        assert known.description == str(number)
    again = catalog.known("acme/m0")
    assert again is not first
    assert again == first
    assert catalog.known("acme/m5") is catalog.known("acme/m5")
