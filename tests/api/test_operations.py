"""What the operations send, and what they make of the answer."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from replicate_tui.api.client import Client
from replicate_tui.api.errors import NotFound, UnexpectedAnswer
from tests.api.operations import DEPLOYMENT, EMPTY, FILE, MODEL, RUN
from tests.api.recording import Server

Ask = Callable[[Client], Awaitable[object]]


@pytest.mark.parametrize(
    "create",
    [
        lambda client, **options: client.predictions.create("a/b", {"x": 1}, **options),
        lambda client, **options: client.models.predictions.create("a", "b", {"x": 1}, **options),
        lambda client, **options: client.deployments.predictions.create("a", "b", {"x": 1}, **options),
    ],
    ids=["version", "model", "deployment"],
)
async def test_all_ways_to_a_prediction_take_the_same_options(create: Callable[..., Awaitable[Any]]) -> None:
    server = Server(RUN)
    async with server.client() as client:
        await create(client)
        assert {key for key in server.sent if key != "version"} == {"input"}
        assert not {"prefer", "cancel-after"} & set(server.requests[-1].headers)
        hook = {"webhook": "https://hooks.example/r?job=1", "webhook_events": ["start", "logs"]}
        await create(client, wait=7, cancel_after="1h30m", **hook)
    assert (server.requests[-1].headers["prefer"], server.requests[-1].headers["cancel-after"]) == ("wait=7", "1h30m")
    assert server.requests[-1].extensions["timeout"]["read"] == 22
    assert server.sent | {"version": 0} == {
        "version": 0,
        "input": {"x": 1},
        "webhook": hook["webhook"],
        "webhook_events_filter": hook["webhook_events"],
    }


async def test_a_training_names_its_destination() -> None:
    body = RUN | {"model": "acme/x", "urls": {"get": "https://api.replicate.com/v1/predictions/p1"}}
    server = Server(body)
    async with server.client() as client:
        training = await client.trainings.create(
            "acme", "x", "v1", destination="me/mine", input={"data": "https://a/b.zip"}, webhook="https://h.example/"
        )
    assert (training.id, training.status, training.model) == ("p1", "starting", "acme/x")
    assert server.sent == {
        "destination": "me/mine",
        "input": {"data": "https://a/b.zip"},
        "webhook": "https://h.example/",
    }
    assert "prefer" not in server.requests[0].headers


async def test_a_model_is_made_of_what_was_given() -> None:
    server = Server(MODEL)
    async with server.client() as client:
        await client.models.create("acme", "x", visibility="private", hardware="cpu")
        assert server.sent == {"owner": "acme", "name": "x", "visibility": "private", "hardware": "cpu"}
        texts = {
            "description": "d",
            "github_url": "g",
            "paper_url": "p",
            "license_url": "l",
            "cover_image_url": "c",
        }
        await client.models.create("acme", "x", visibility="public", hardware="gpu-t4", **texts)
    assert server.sent == {"owner": "acme", "name": "x", "visibility": "public", "hardware": "gpu-t4", **texts}


async def test_a_model_changes_in_what_was_given() -> None:
    server = Server(MODEL)
    async with server.client() as client:
        assert (await client.models.update("acme", "x", readme="# Ä", description="")).full_name == "acme/x"
    assert server.sent == {"readme": "# Ä", "description": ""}


async def test_a_deployment_is_made_and_changed() -> None:
    server = Server(DEPLOYMENT)
    async with server.client() as client:
        await client.deployments.create(
            "prod", model="acme/x", version="v1", hardware="cpu", min_instances=0, max_instances=20
        )
        assert server.sent == {
            "name": "prod",
            "model": "acme/x",
            "version": "v1",
            "hardware": "cpu",
            "min_instances": 0,
            "max_instances": 20,
        }
        await client.deployments.update("acme", "prod", min_instances=0, max_instances=0)
        assert server.sent == {"min_instances": 0, "max_instances": 0}
        await client.deployments.update("acme", "prod", version="v2", hardware="gpu-t4")
    assert server.sent == {"version": "v2", "hardware": "gpu-t4"}


async def test_lists_are_followed_by_their_links() -> None:
    link = "https://elsewhere.example/v1/x?cursor=cD0y%3D"
    server = Server(EMPTY)
    async with server.client() as client:
        for ask in (
            client.trainings.list(link),
            client.deployments.list(link),
            client.collections.list(link),
            client.files.list(link),
            client.models.versions.list("a", "b", link),
            client.models.examples("a", "b", link),
        ):
            assert (await ask).results == ()
    assert {(request.url.host, request.url.params["cursor"]) for request in server.requests} == {
        ("api.replicate.com", "cD0y=")
    }


async def test_predictions_may_be_those_of_the_website() -> None:
    server = Server(EMPTY)
    async with server.client() as client:
        await client.predictions.list(source="web", created_after=datetime(2026, 1, 2, tzinfo=UTC))
    assert dict(server.requests[0].url.params) == {"source": "web", "created_after": "2026-01-02T00:00:00+00:00"}


async def test_a_file_may_carry_notes(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("content")
    server = Server(FILE)
    async with server.client() as client:
        await client.files.create(tmp_path / "a.txt", metadata={"from": "Ä"})
    content = server.requests[0].content
    assert b'name="metadata"\r\n\r\n{"from": "\\u00c4"}\r\n' in content
    assert b'name="content"; filename="a.txt"' in content


async def test_a_signed_link_is_kept_to_itself() -> None:
    server = Server({"detail": "File not found"}, 404)
    async with server.client() as client:
        with pytest.raises(NotFound, match="Could not download the file f/1: File not found") as caught:
            async with client.files.download("f/1", owner="acme", expiry=17, signature="a+b/c="):
                pass
    assert server.requests[0].url.raw_path == b"/v1/files/f%2F1/download?owner=acme&expiry=17&signature=a%2Bb%2Fc%3D"
    assert "a+b" not in str(caught.value)


async def test_a_search_finds_models_collections_and_pages() -> None:
    server = Server(
        {
            "query": "up",
            "models": [{"model": MODEL, "metadata": {"score": 0.5, "tags": ["a", 1], "generated_description": None}}],
            "collections": [{"name": "Up", "slug": "up", "description": "d", "models": ["acme/x", None]}, "odd"],
            "pages": [{"name": "Files", "href": "/docs/files"}, {"name": "no address"}],
        }
    )
    async with server.client() as client:
        found = await client.search("up & down", limit=3)
    assert str(server.requests[0].url.query, "ascii") == "query=up+%26+down&limit=3"
    assert [each.model.full_name for each in found.models] == ["acme/x"]
    assert found.models[0].metadata is not None
    assert (found.models[0].metadata.score, found.models[0].metadata.tags) == (0.5, ("a",))
    assert [(each.slug, each.models) for each in found.collections] == [("up", ("acme/x",))]
    assert [(page.name, page.href) for page in found.pages] == [("Files", "/docs/files")]


async def test_the_webhook_secret_does_not_show_itself() -> None:
    async with Server({"key": "whsec_bG9jYWw="}).client() as client:
        secret = await client.webhook_secret()
    assert isinstance(secret, SecretStr)
    assert "bG9jYWw" not in f"{secret} {secret!r} {[secret]}"
    assert secret.get_secret_value() == "whsec_bG9jYWw="


@pytest.mark.parametrize("body", [None, [], {}, {"key": None}, {"key": ""}, {"key": 3}])
async def test_a_webhook_secret_that_is_none(body: object) -> None:
    async with Server(body).client() as client:
        with pytest.raises(UnexpectedAnswer, match="not a webhook secret"):
            await client.webhook_secret()
