"""`--outputs data`: files come with the answer, except in lists."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from replicate_tui.local.routes.streams import encoded
from replicate_tui.local.storage.records import Prediction, StreamEvent, new_id, timestamp
from replicate_tui.local.storage.storage import Storage
from replicate_tui.local.view import View
from tests.local.owning import deploy, make_model, start_training
from tests.local.receiving import receiving
from tests.local.serving import Server, serving
from tests.waiting import until

SMALL: dict[str, Any] = {"prompt": "x", "width": 64, "height": 64, "seed": 1}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that gives files as `data:` URLs."""
    with serving(tmp_path_factory.mktemp("data"), "--outputs", "data") as running:
        yield running
        log = (running.folder / "log.txt").read_text("utf-8")
    assert "Traceback" not in log, log


def content(url: str, media_type: str) -> bytes:
    head, _, body = url.partition(",")
    assert head == f"data:{media_type};base64"
    return base64.b64decode(body, validate=True)


@pytest.mark.parametrize(("output_format", "media_type"), [("png", "image/png"), ("webp", "image/webp")])
def test_the_answer_to_a_creation_that_waits_holds_the_files(
    server: Server, output_format: str, media_type: str
) -> None:
    painted = server.run("local/painter", **SMALL, num_outputs=2, output_format=output_format)
    assert len(painted["output"]) == 2
    for url in painted["output"]:
        with Image.open(io.BytesIO(content(url, media_type))) as picture:
            assert picture.size == (64, 64)


def test_a_look_at_a_prediction_holds_the_files_while_it_runs_and_after(server: Server) -> None:
    created = server.create("local/painter", **SMALL)
    assert created["output"] is None
    ended = server.ended(created)
    content(ended["output"][0], "image/png")
    assert server.client.post(ended["urls"]["cancel"]).json() == ended


def test_a_deployments_predictions_hold_their_files_too(server: Server) -> None:
    address = f"/v1/deployments/{deploy(server, 'local/composer')}/predictions"
    answer = server.client.post(address, json={"input": {"bars": 1}}, headers={"prefer": "wait"}).json()
    assert answer["status"] == "succeeded", answer["error"]
    head, _, body = answer["output"].partition(",")
    assert head in ("data:audio/x-wav;base64", "data:audio/wav;base64")
    assert base64.b64decode(body).startswith(b"RIFF")


def test_lists_and_pages_give_addresses_that_work(server: Server) -> None:
    painted = server.run("local/painter", **SMALL)
    listed = server.client.get("/v1/predictions").json()["results"][0]
    assert listed["id"] == painted["id"]
    assert listed["output"][0].startswith(f"{server.url}/outputs/")
    assert server.client.get(listed["output"][0]).content == content(painted["output"][0], "image/png")
    assert "data:" not in server.client.get(painted["urls"]["web"]).text
    assert "data:" not in json.dumps(server.client.get("/v1/models/local/painter").json()["default_example"])


def test_webhooks_hold_the_files(server: Server) -> None:
    with receiving() as receiver:
        body = {"version": "local/painter", "input": SMALL, "webhook": receiver.url}
        created = server.client.post("/v1/predictions", json=body).json()
        completed = until(
            lambda: next((told for told in receiver.received if told["status"] == "succeeded"), None), "the webhook"
        )
        assert completed == server.get(created)
        content(completed["output"][0], "image/png")


def test_a_file_in_a_stream_is_held_by_its_event(tmp_path: Path) -> None:
    with closing(Storage(tmp_path)) as storage:
        prediction = Prediction(new_id(), "acme/frames", "1", {}, timestamp(0), streams=True)
        folder = storage.output_folder(prediction.token)
        folder.mkdir()
        (folder / "frame.webp").write_bytes(b"pixels")
        event = StreamEvent(0, 7, "output", {"$output": "frame.webp"})
        view = View(storage, inline=True)
        text = encoded(event, partial(view.file_address, prediction, "http://localhost")).decode()
    head, id_line, data, *_ = text.splitlines()
    assert (head, id_line) == ("event: output", "id: 7:0")
    assert content(data.removeprefix("data: "), "image/webp") == b"pixels"


def test_texts_stay_what_they_are(server: Server) -> None:
    assert server.run("local/hello-world", text="x")["output"] == "hello x"
    told = server.run("local/storyteller", prompt="", max_tokens=3)
    assert all(not token.startswith("data:") for token in told["output"])


def test_a_training_gives_the_address_of_its_weights(server: Server) -> None:
    ended = server.ended(start_training(server, make_model(server)))
    training: dict[str, Any] = server.client.get(f"/v1/trainings/{ended['id']}").json()
    assert training["output"]["weights"].startswith(f"{server.url}/outputs/")
    assert server.client.get(training["output"]["weights"]).status_code == 200


def test_a_file_that_is_gone_is_an_address_that_leads_nowhere(server: Server) -> None:
    painted = server.run("local/painter", **SMALL)
    address = server.client.get("/v1/predictions").json()["results"][0]["output"][0]
    token, name = address.split("/")[-2:]
    (server.folder / "data" / "outputs" / token / name).unlink()
    assert server.get(painted)["output"] == [address]
    assert server.client.get(address).status_code == 404


def test_one_models_file_is_anothers_input(server: Server) -> None:
    painted = server.run("local/painter", **SMALL)
    larger = server.run("local/upscaler", image=painted["output"][0], scale=2)
    with Image.open(io.BytesIO(content(larger["output"], "image/png"))) as picture:
        assert picture.size == (128, 128)
