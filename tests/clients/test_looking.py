"""What the official clients see: the account, hardware, models, versions, collections, their own runs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.catalogue import CATALOGUE
from tests.clients.driving import Client, value
from tests.local.serving import Server

second = pytest.mark.parametrize("client", ["python-2"], indirect=True)


def drive(client: Client, server: Server, scenario: str, **arguments: Any) -> Any:
    return value(client.drive(server, scenario, **arguments))


def test_the_account(client: Client, server: Server) -> None:
    account = drive(client, server, "account")
    assert (account["type"], account["username"]) == ("user", "local")


def test_the_hardware(client: Client, server: Server) -> None:
    skus = {hardware["sku"]: hardware["name"] for hardware in drive(client, server, "hardware")}
    assert {"cpu", "gpu-t4"} <= skus.keys()
    assert all(skus.values())


def test_every_page_of_the_models_is_reached_by_its_link(client: Client, shelves: Server) -> None:
    pages = drive(client, shelves, "models")
    names = [name for page in pages for name in page]
    assert len(pages) >= 2
    assert max(map(len, pages)) <= 25
    assert len(names) == len(set(names))
    assert {f"{model['owner']}/{model['name']}" for model in CATALOGUE} <= set(names)


def test_models_are_found_by_words(client: Client, server: Server) -> None:
    assert drive(client, server, "search", text="enlarges picture") == ["local/upscaler"]
    assert drive(client, server, "search", text='no "such" words') == []


@second
def test_the_newer_search_finds_the_same(client: Client, server: Server) -> None:
    found = drive(client, server, "search_all", text="enlarges picture")
    assert found == {"query": "enlarges picture", "models": ["local/upscaler"]}


def test_a_model_and_its_version(client: Client, server: Server) -> None:
    model = drive(client, server, "model", name="local/painter")
    assert model["name"] == "local/painter"
    assert model["version"] in model["versions"]
    assert {"prompt", "seed", "width"} <= set(model["inputs"])
    assert "landscape" in model["description"]


@second
def test_a_models_readme_and_examples(client: Client, server: Server) -> None:
    pages = drive(client, server, "pages_of_model", name="local/painter")
    assert pages["readme"].startswith("# painter")
    assert pages["examples"] == ["succeeded"]


def test_collections_and_what_is_in_them(client: Client, server: Server) -> None:
    collections = drive(client, server, "collections")
    assert collections["slugs"]
    assert collections["models"]


def test_the_runs_of_the_account_newest_first(client: Client, server: Server) -> None:
    history = drive(client, server, "history")
    assert history["listed"][:2] == history["made"][::-1]
