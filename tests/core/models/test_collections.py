"""Collections: browsed, kept on disk, and found by their names."""

from typing import Any

import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.errors import NetworkError
from replicate_tui.api.resources import Model
from replicate_tui.core.history.database import Database
from replicate_tui.core.history.rows import CollectionRow
from replicate_tui.core.models.catalog import Catalog
from tests.core.scripted import Asked, Reply, Scripted, problem, says

HOST = "api.test"
PAINT = {"slug": "paint", "name": "Make pictures", "description": "Brushes and more"}
TALK = {"slug": "talk", "name": "Talk", "description": None}
HERON = {"owner": "acme", "name": "heron", "run_count": 5}
GULL = {"owner": "acme", "name": "gull", "description": "A bird", "run_count": 9}


@pytest.fixture
def catalog(client: Client, database: Database) -> Catalog:
    return Catalog(client, database, HOST)


def script(asked: Asked) -> Reply:
    if asked.path == "/v1/collections":
        if asked.query.get("cursor") == "2":
            return says({"previous": None, "next": None, "results": [TALK]})
        following = "https://api.test/v1/collections?cursor=2"
        return says({"previous": None, "next": following, "results": [PAINT]})
    if asked.path == "/v1/collections/paint":
        return says({**PAINT, "models": [HERON]})
    return problem(404)


async def test_every_page_is_read_and_there_at_the_next_start(
    catalog: Catalog, client: Client, database: Database, server: Scripted
) -> None:
    server.script = script
    await catalog.collections.refresh()
    await catalog.collection("paint")
    rows = (
        CollectionRow("paint", "Make pictures", "Brushes and more", ("acme/heron",)),
        CollectionRow("talk", "Talk", ""),
    )
    assert catalog.collections.rows == rows
    await server.stop()
    again = Catalog(client, database, HOST)
    assert again.collections.rows == rows
    assert again.collections.row("talk") == rows[1]
    assert again.row("acme/heron") is not None
    assert Catalog(client, database, "other.test").collections.rows == ()
    with pytest.raises(NetworkError):
        await again.collections.refresh()
    assert again.collections.rows == rows


async def test_asking_for_the_list_again_forgets_no_models_and_drops_what_is_gone(
    catalog: Catalog, server: Scripted
) -> None:
    server.script = script
    await catalog.collections.refresh()
    await catalog.collection("paint")
    generation = catalog.collections.generation
    await catalog.collections.refresh()
    assert catalog.collections.generation == generation
    assert catalog.collections.row("paint") == CollectionRow(
        "paint", "Make pictures", "Brushes and more", ("acme/heron",)
    )
    server.script = lambda asked: says({"previous": None, "next": None, "results": [PAINT]})
    await catalog.collections.refresh()
    assert [row.slug for row in catalog.collections.rows] == ["paint"]


async def test_a_model_is_found_by_its_collections_after_what_says_so_itself(
    catalog: Catalog, server: Scripted
) -> None:
    server.script = script
    painter: dict[str, Any] = {"owner": "acme", "name": "writer", "description": "of pictures"}
    await catalog.learn([Model.of(GULL), Model.of(painter)])
    assert [row.name for row in catalog.find("pictures")] == ["acme/writer"]
    await catalog.collection("paint")
    assert [row.name for row in catalog.find("pictures")] == ["acme/writer", "acme/heron"]
    assert [row.name for row in catalog.find("heron pictures")] == ["acme/heron"]
    assert [row.slug for row in catalog.collections.find("BRUSHES make")] == ["paint"]
    assert catalog.collections.find("nothing") == []


async def test_a_search_of_the_api_tells_of_collections_too(catalog: Catalog, server: Scripted) -> None:
    found = {**PAINT, "models": ["acme/gull", 7]}
    server.script = lambda asked: says({"models": [{"model": GULL}], "collections": [found, "odd"], "pages": []})
    await catalog.search("pictures")
    assert [row.name for row in catalog.find("pictures")] == ["acme/gull"]
    server.script = lambda asked: says({"models": [], "collections": None})
    assert await catalog.search("none") == []
    assert len(catalog.collections.rows) == 1
