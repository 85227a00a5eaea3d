"""The client against the local server: another program that speaks the same API, over a real socket."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.errors import InvalidInput, NotFound, Unauthorized
from replicate_tui.api.resources import Prediction
from tests.local.contract_report import COMMAND, assert_contract_kept, environment

PATIENCE = 60
"""Seconds until a test that waits for the server fails."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of our own."""
    folder = tmp_path_factory.mktemp("local")
    state, log = folder / "state.json", folder / "server.log"
    command = [*COMMAND, "--port", "0", "--data", str(folder / "data"), "--state", str(state)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment())
    try:
        told = wait_for(state, process, log)
        yield told["url"]
        headers = {"Authorization": f"Bearer {told['secret']}"}
        assert httpx.post(f"{told['url']}/shutdown", headers=headers, trust_env=False).status_code == 202
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()
    assert_contract_kept(state)


def wait_for(state: Path, process: "subprocess.Popen[bytes]", log: Path) -> dict[str, Any]:
    """What the server writes about itself once it listens."""
    for _ in range(PATIENCE * 20):
        if state.exists():
            told: dict[str, Any] = json.loads(state.read_text("utf-8"))
            return told
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
        pytest.fail(f"the server ended: {log.read_text('utf-8', 'replace')}")
    pytest.fail("the server does not start")


@pytest.fixture
async def client(server: str) -> AsyncIterator[Client]:
    async with Client(server, "r8_local") as opened:
        yield opened


async def ended(client: Client, prediction: Prediction) -> Prediction:
    """The run after its end."""
    async with asyncio.timeout(PATIENCE):
        while not prediction.terminal:
            prediction = await client.predictions.get(prediction.id)
    return prediction


async def test_the_account_and_the_hardware(client: Client) -> None:
    assert (await client.account()).username == "local"
    assert "cpu" in {hardware.sku for hardware in await client.hardware()}


async def test_models_their_versions_and_their_readme(client: Client) -> None:
    page = await client.models.list()
    assert "local/hello-world" in {model.full_name for model in page.results}
    assert page.skipped == 0
    model = await client.models.get("local", "hello-world")
    assert model.latest_version is not None
    assert model.latest_version.openapi_schema is not None
    assert model.latest_version.created_at is not None
    version = await client.models.versions.get("local", "hello-world", model.latest_version.id)
    assert version.openapi_schema == model.latest_version.openapi_schema
    versions = await client.models.versions.list("local", "hello-world")
    assert version.id in {each.id for each in versions.results}
    readme = await client.models.readme("local", "hello-world")
    assert readme is None or readme.strip()


async def test_search(client: Client) -> None:
    found = await client.models.search("painter")
    assert "local/painter" in {model.full_name for model in found.results}


async def test_what_is_not_there(client: Client) -> None:
    with pytest.raises(NotFound):
        await client.models.get("local", "no-such-model")
    with pytest.raises(NotFound):
        await client.predictions.get("a" * 26)
    with pytest.raises(NotFound):
        await client.models.get("..", "..")
    assert await client.models.readme("local", "no-such-model") is None


async def test_without_a_token(server: str) -> None:
    async with Client(server, None) as stranger:
        with pytest.raises(Unauthorized):
            await stranger.account()


async def test_a_base_url_with_v1(server: str) -> None:
    async with Client(f"{server}/v1/", "r8_local") as client:
        assert client.base_url == server
        assert (await client.account()).username == "local"


async def test_a_run_from_start_to_end(client: Client) -> None:
    created = await client.predictions.create("local/hello-world", {"text": "Grüße 🦩"})
    assert created.active
    run = await ended(client, created)
    assert run.status == "succeeded"
    assert "Grüße 🦩" in run.output
    assert run.input["text"] == "Grüße 🦩"
    assert None not in (run.created_at, run.started_at, run.completed_at, run.logs)
    assert isinstance(run.metrics["predict_time"], float | int)


async def test_a_run_that_is_waited_for(client: Client) -> None:
    run = await client.predictions.create("local/hello-world", {"text": "x"}, wait=30)
    assert run.status != "starting"
    assert "x" in run.output


async def test_a_run_of_a_version(client: Client) -> None:
    model = await client.models.get("local", "hello-world")
    assert model.latest_version is not None
    run = await client.predictions.create(model.latest_version.id, {"text": "x"}, wait=30)
    assert run.model == "local/hello-world"


async def test_wrong_inputs_are_named(client: Client) -> None:
    with pytest.raises(InvalidInput) as caught:
        await client.predictions.create("local/painter", {"width": 1, "num_outputs": "many"})
    assert {"prompt", "width", "num_outputs"} <= {problem.field for problem in caught.value.invalid_fields}


async def test_a_run_that_fails_is_no_error(client: Client) -> None:
    run = await ended(client, await client.predictions.create("local/sleeper", {"seconds": 0, "fail": True}))
    assert run.status == "failed"
    assert run.error


async def test_canceling(client: Client) -> None:
    created = await client.predictions.create("local/sleeper", {"seconds": 3600})
    await client.predictions.cancel(created.id)
    assert (await ended(client, created)).status in {"canceled", "aborted"}
    assert (await client.predictions.cancel(created.id)).terminal


async def test_a_deadline_is_passed_on(client: Client) -> None:
    created = await client.predictions.create("local/sleeper", {"seconds": 0}, cancel_after="1h")
    assert created.deadline is not None
    assert created.deadline > datetime.now(UTC) + timedelta(minutes=50)


async def test_runs_are_listed_newest_first_and_within_bounds(client: Client) -> None:
    older = await client.predictions.create("local/hello-world", {"text": "older"}, wait=30)
    newer = await client.predictions.create("local/hello-world", {"text": "newer"}, wait=30)
    ids = [run.id for run in (await client.predictions.list()).results]
    assert ids.index(newer.id) < ids.index(older.id)
    later = datetime.now(UTC) + timedelta(hours=1)
    assert (await client.predictions.list(created_after=later)).results == ()
    assert newer.id in {run.id for run in (await client.predictions.list(created_before=later)).results}


async def test_every_page_is_followed_without_loss_or_repeat(client: Client) -> None:
    created = {(await client.predictions.create("local/sleeper", {"seconds": 0})).id for _ in range(105)}
    seen: list[str] = []
    page = await client.predictions.list()
    assert page.next is not None
    seen += [run.id for run in page.results]
    while page.next is not None:
        page = await client.predictions.list(page.next)
        seen += [run.id for run in page.results]
    assert page.previous is not None
    assert created <= set(seen)
    assert len(seen) == len(set(seen))


async def test_a_stream_tells_the_whole_output(client: Client) -> None:
    created = await client.predictions.create("local/storyteller", {"prompt": "A heron", "max_tokens": 30})
    assert created.stream_url is not None
    text, last = "", None
    async with aclosing(client.predictions.stream(created.stream_url)) as events:
        async for event in events:
            text += event.data if event.kind == "output" else ""
            last = event
    run = await ended(client, created)
    assert text == "".join(run.output)
    assert last is not None
    assert (last.kind, json.loads(last.data)) == ("done", {})


async def test_a_stream_is_followed_from_where_it_was_left(client: Client) -> None:
    created = await client.predictions.create("local/storyteller", {"prompt": "A heron", "max_tokens": 30})
    assert created.stream_url is not None
    async with aclosing(client.predictions.stream(created.stream_url)) as events:
        everything = [event async for event in events]
    middle = everything[len(everything) // 2]
    async with aclosing(client.predictions.stream(created.stream_url, last_event_id=middle.id)) as events:
        rest = [event async for event in events]
    assert rest == everything[everything.index(middle) + 1 :]


async def test_an_upload_becomes_an_input_and_its_output_is_downloaded(client: Client, tmp_path: Path) -> None:
    painted = await client.predictions.create(
        "local/painter", {"prompt": "a heron", "width": 64, "height": 64}, wait=60
    )
    picture = tmp_path / "grüner Reiher.png"
    picture.write_bytes(await content(client, painted.output[0]))
    file = await client.files.create(picture)
    assert (file.name, file.content_type, file.size) == (picture.name, "image/png", picture.stat().st_size)
    assert file.expires_at is not None
    assert file.url is not None
    scaled = await client.predictions.create("local/upscaler", {"image": file.url, "scale": 2}, wait=60)
    output = scaled.output
    whole = await content(client, output)
    assert whole.startswith(b"\x89PNG")
    assert await content(client, output, offset=100) == whole[100:]


async def content(client: Client, url: str, offset: int = 0) -> bytes:
    async with client.download(url, offset=offset) as download:
        read = b"".join([chunk async for chunk in download.chunks()])
    return read[offset - download.start :]


async def test_a_file_that_is_gone(client: Client, server: str) -> None:
    with pytest.raises(NotFound, match="Could not download out"):
        await content(client, f"{server}/files/nothing/out.png")
