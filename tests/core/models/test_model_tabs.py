"""Versions, examples and readmes: page by page, from memory, and as last seen when there is no answer."""

import secrets
from typing import Any

import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.errors import NetworkError, NotFound, ServerError
from replicate_tui.core.history.database import Database
from replicate_tui.core.models.catalog import Catalog
from replicate_tui.core.models.model_tabs import AS_LAST_SEEN, LARGEST_KEPT, ModelTabs
from replicate_tui.core.session import Session
from tests.core.scripted import Asked, Reply, Scripted, problem, run_object, says

HOST = "api.test"
PAINTER = "acme/painter"
OFFICIAL = {
    "owner": "acme",
    "name": "painter",
    "is_official": True,
    "latest_version": {"id": "v9", "openapi_schema": {"a": 1}},
}


@pytest.fixture
def tabs(client: Client, database: Database) -> ModelTabs:
    return begun(client, database)


def begun(client: Client, database: Database) -> ModelTabs:
    """What a new program knows."""
    return ModelTabs(client, Catalog(client, database, HOST), database, HOST)


def paged(*pages: list[dict[str, Any]]) -> Any:
    """A script whose lists have these pages."""

    def script(asked: Asked) -> Reply:
        number = int(asked.query.get("cursor", "0"))
        following = f"https://api.test{asked.path}?cursor={number + 1}" if number + 1 < len(pages) else None
        return says({"previous": None, "next": following, "results": pages[number]})

    return script


def version(name: str) -> dict[str, Any]:
    return {"id": name, "created_at": "2026-01-02T03:04:05Z", "openapi_schema": {"of": name}}


async def test_versions_come_page_by_page_and_are_asked_for_once(server: Scripted, tabs: ModelTabs) -> None:
    server.script = paged([version("v3"), version("v2")], [version("v2"), version("v1")])
    first = await tabs.versions(PAINTER)
    assert ([each.id for each in first.items], first.more) == (["v3", "v2"], True)
    assert await tabs.versions(PAINTER) == first
    assert len(server.asked) == 1
    whole = await tabs.versions(PAINTER, more=True)
    assert ([each.id for each in whole.items], whole.more, whole.note) == (["v3", "v2", "v1"], False, "")
    assert await tabs.versions(PAINTER, more=True) == whole
    assert len(server.asked) == 2
    await tabs.versions(PAINTER, fresh=True)
    assert len(server.asked) == 3


async def test_an_official_model_that_hides_its_versions_tells_of_the_latest(server: Scripted, tabs: ModelTabs) -> None:
    server.script = lambda asked: problem(404) if asked.path.endswith("/versions") else says(OFFICIAL)
    found = await tabs.versions(PAINTER)
    assert [each.id for each in found.items] == ["v9"]
    assert "official model" in found.note
    assert not found.more


async def test_an_empty_list_of_versions_is_that_of_a_model_without_any(server: Scripted, tabs: ModelTabs) -> None:
    empty: dict[str, Any] = {"previous": None, "next": None, "results": []}
    bare = {"owner": "acme", "name": "painter"}
    server.script = lambda asked: says(empty if asked.path.endswith("/versions") else bare)
    found = await tabs.versions(PAINTER)
    assert (found.items, found.note) == ((), "")


async def test_a_model_that_is_not_there_is_not_found(server: Scripted, tabs: ModelTabs) -> None:
    with pytest.raises(NotFound):
        await tabs.versions("acme/nothing")
    with pytest.raises(NotFound):
        await tabs.examples("acme/nothing")
    assert await tabs.readme("acme/nothing") is None


async def test_what_was_seen_is_told_when_there_is_no_answer(
    server: Scripted, tabs: ModelTabs, client: Client, database: Database
) -> None:
    server.script = paged([version("v3")])
    await tabs.versions(PAINTER)
    server.script = paged([run_object("r1", "succeeded")])
    await tabs.examples(PAINTER)
    server.script = lambda asked: says("# Painter")
    server_text = await tabs.readme(PAINTER)
    await server.stop()
    later = begun(client, database)
    versions = await later.versions(PAINTER)
    assert ([each.id for each in versions.items], versions.note) == (["v3"], AS_LAST_SEEN)
    assert versions.items[0].openapi_schema is None
    examples = await later.examples(PAINTER)
    assert [each.input for each in examples.items] == [{"prompt": "a heron"}]
    assert await later.readme(PAINTER) == server_text
    with pytest.raises(NetworkError):
        await later.versions("acme/never-seen")
    await server.start()
    server.script = paged([version("v4")])
    assert [each.id for each in (await later.versions(PAINTER)).items] == ["v4"]


async def test_a_failing_server_is_no_reason_to_tell_what_is_old(server: Scripted, tabs: ModelTabs) -> None:
    server.script = paged([version("v3")])
    known = await tabs.versions(PAINTER)
    server.script = lambda asked: problem(500)
    with pytest.raises(ServerError):
        await tabs.versions(PAINTER, fresh=True)
    assert await tabs.versions(PAINTER) == known


async def test_what_is_large_is_not_kept_on_disk(
    server: Scripted, tabs: ModelTabs, client: Client, database: Database
) -> None:
    server.script = paged([run_object("r1", "succeeded", output="x" * LARGEST_KEPT)])
    await tabs.examples(PAINTER)
    await server.stop()
    with pytest.raises(NetworkError):
        await begun(client, database).examples(PAINTER)


async def test_real_models_tell_their_versions_examples_and_readme(session: Session) -> None:
    versions = await session.versions("local/painter")
    assert [each.id for each in versions.items] == [(await session.target("local/painter")).version]
    examples = await session.examples("local/painter")
    assert examples.items
    assert all(each.input["prompt"] for each in examples.items)
    readme = await session.readme("local/painter")
    assert readme
    assert await session.readme("local/painter") is readme
    name = f"empty-{secrets.token_hex(4)}"
    await session.client.models.create("local", name, visibility="private", hardware="cpu")
    assert (await session.versions(f"local/{name}")).items == ()
