"""The rest of the operations against the local server: what is made, changed, trained, deployed, deleted."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.errors import APIError, InvalidInput, NotFound
from replicate_tui.api.resources import Model
from replicate_tui.api.webhooks import sign, verify
from tests.conftest import Server


@pytest.fixture
async def client(local_server: Server) -> AsyncIterator[Client]:
    async with Client(local_server.url, "r8_local") as opened:
        yield opened


def fresh(noun: str) -> str:
    """A name that no other test has."""
    return f"{noun}-{secrets.token_hex(4)}"


async def latest(client: Client, name: str) -> str:
    model = await client.models.get("local", name)
    assert model.latest_version is not None
    return model.latest_version.id


async def own_model(client: Client) -> Model:
    return await client.models.create("local", fresh("mine"), visibility="private", hardware="cpu", description="d")


async def test_a_model_is_made_changed_and_deleted(client: Client) -> None:
    made = await own_model(client)
    assert (made.owner, made.visibility, made.description, made.latest_version) == ("local", "private", "d", None)
    changed = await client.models.update("local", made.name, readme="# Ä", description="e")
    assert changed.description == "e"
    assert await client.models.readme("local", made.name) == "# Ä"
    with pytest.raises(APIError):
        await client.models.create("local", made.name, visibility="private", hardware="cpu")
    await client.models.delete("local", made.name)
    with pytest.raises(NotFound):
        await client.models.get("local", made.name)
    with pytest.raises(NotFound):
        await client.models.delete("local", made.name)


async def test_a_search_tells_of_models_with_their_metadata(client: Client) -> None:
    found = await client.search("painter", limit=1)
    assert [each.model.full_name for each in found.models] == ["local/painter"]
    assert found.models[0].metadata is not None
    assert found.raw.keys() >= {"query", "models", "collections", "pages"}


async def test_collections_and_examples(client: Client) -> None:
    page = await client.collections.list()
    assert page.skipped == 0
    assert page.results
    whole = await client.collections.get(page.results[0].slug)
    assert whole.models
    with pytest.raises(NotFound):
        await client.collections.get("no-such-collection")
    assert (await client.models.examples("local", "painter")).skipped == 0


async def test_official_models_run_by_their_name(client: Client) -> None:
    run = await client.models.predictions.create("local", "hello-world", {"text": "x"}, wait=30)
    assert "x" in (await client.predictions.wait(run)).output


async def test_a_training_becomes_a_version_that_can_be_deleted(client: Client, tmp_path: Path) -> None:
    destination = await own_model(client)
    (tmp_path / "words.txt").write_text("The grey heron wades slowly. The heron waits. A heron is grey. " * 30)
    text = await client.files.create(tmp_path / "words.txt", metadata={"of": "a test"})
    assert text.metadata == {"of": "a test"}
    version = await latest(client, "storyteller")
    training = await client.trainings.create(
        "local", "storyteller", version, destination=destination.full_name, input={"text": text.url}
    )
    assert training.id in {each.id for each in (await client.trainings.list()).results}

    async with asyncio.timeout(60):
        while not (done := await client.trainings.get(training.id)).terminal:
            pass
    assert (done.status, done.error) == ("succeeded", None)
    assert done.trained_version is not None
    owner_and_name, _, trained = done.trained_version.partition(":")
    assert owner_and_name == destination.full_name
    run = await client.predictions.create(trained, {"prompt": "The"}, wait=30)
    assert (await client.predictions.wait(run)).status == "succeeded"
    await client.models.versions.delete("local", destination.name, trained)


async def test_a_training_needs_its_destination(client: Client) -> None:
    version = await latest(client, "storyteller")
    with pytest.raises(NotFound, match="destination"):
        await client.trainings.create("local", "storyteller", version, destination="local/nowhere", input={"text": "x"})


async def test_a_deployment_is_made_run_changed_and_deleted(client: Client) -> None:
    name = fresh("prod")
    made = await client.deployments.create(
        name,
        model="local/hello-world",
        version=await latest(client, "hello-world"),
        hardware="cpu",
        min_instances=0,
        max_instances=1,
    )
    assert made.current_release is not None
    assert made.current_release.number == 1
    assert made.full_name in {each.full_name for each in (await client.deployments.list()).results}
    run = await client.deployments.predictions.create("local", name, {"text": "deployed"}, wait=60)
    assert "deployed" in (await client.predictions.wait(run)).output
    assert run.deployment is not None
    changed = await client.deployments.update("local", name, max_instances=0)
    assert changed.current_release is not None
    assert changed.current_release.number == 2
    assert changed.current_release.configuration is not None
    assert changed.current_release.configuration.max_instances == 0
    assert (await client.deployments.get("local", name)).current_release == changed.current_release
    with pytest.raises(NotFound):
        await client.deployments.get("local", fresh("none"))


async def test_files_are_listed_read_and_deleted(client: Client, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("content")
    file = await client.files.create(tmp_path / "a.txt")
    assert (await client.files.get(file.id)).checksums == file.checksums
    assert file.id in {each.id for each in (await client.files.list()).results}
    with pytest.raises(NotFound):
        async with client.files.download(file.id, owner="local", expiry=4102444800, signature="bm8="):
            pass
    await client.files.delete(file.id)
    with pytest.raises(NotFound):
        await client.files.get(file.id)


async def test_the_webhook_secret_signs(client: Client) -> None:
    secret = await client.webhook_secret()
    assert verify(sign(b"{}", secret, id="m", timestamp=1), b"{}", secret, tolerance=None).id == "m"


@pytest.mark.parametrize("model", ["storyteller", "sleeper"])
async def test_a_run_is_followed_to_its_end_with_and_without_a_stream(client: Client, model: str) -> None:
    values = {"prompt": "A heron", "max_tokens": 20} if model == "storyteller" else {"seconds": 0.3, "log_lines": 3}
    created = await client.predictions.create(f"local/{model}", values)
    async with aclosing(client.predictions.follow(created)) as events:
        told = [event async for event in events]
    run = await client.predictions.wait(created)
    said = "".join(event.data for event in told if event.kind == "output")
    assert said == (run.output if isinstance(run.output, str) else "".join(run.output))
    assert "".join(event.data for event in told if event.kind == "logs").strip() == (run.logs or "").strip()
    assert (told[-1].kind, told[-1].reason) == ("done", None)


async def test_canceling_is_told_to_who_follows(client: Client) -> None:
    created = await client.predictions.create("local/sleeper", {"seconds": 3600})
    await client.predictions.cancel(created.id)
    async with aclosing(client.predictions.follow(created)) as events:
        told = [event async for event in events]
    assert (told[-1].kind, told[-1].reason) == ("done", "canceled")


async def test_runs_of_the_website_are_told_apart(client: Client) -> None:
    run = await client.predictions.create("local/hello-world", {"text": "x"}, wait=30)
    assert run.id not in {each.id for each in (await client.predictions.list(source="web")).results}


async def test_wrong_deployments_are_refused(client: Client) -> None:
    with pytest.raises((InvalidInput, NotFound)):
        await client.deployments.create(
            fresh("prod"), model="local/nowhere", version="v", hardware="cpu", min_instances=0, max_instances=1
        )
