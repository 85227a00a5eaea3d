"""Trainings: a version comes out of them, or a reason; and where they are seen."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from replicate_tui.local.marks import mark
from replicate_tui.local.storage.records import OwnModel, Prediction, new_id, timestamp
from replicate_tui.local.storage.storage import Storage
from replicate_tui.local.trainings import publish
from replicate_tui.local.work.jobs import Outcome
from tests.local.owning import (
    TEXT,
    WORDS,
    latest,
    make_model,
    request_training,
    start_training,
    trained,
    upload,
)
from tests.local.receiving import Receiver, receiving
from tests.local.serving import Server, serving
from tests.waiting import until

NO_DESTINATION = {"detail": "The specified training destination does not exist", "status": 404}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose trainings nobody else makes."""
    with serving(tmp_path_factory.mktemp("trainings")) as running:
        yield running
        log = (running.folder / "log.txt").read_text("utf-8")
    assert "Traceback" not in log, log


@pytest.fixture(scope="module")
def long_text(server: Server) -> str:
    """The address of a text that takes seconds to learn."""
    sentences = (f"The w{n} met the w{n * 7 % 9973} near w{n * 31 % 7919}." for n in range(20_000))
    return upload(server, " ".join(sentences).encode(), "long.txt")


def zipped(**texts: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in texts.items():
            archive.writestr(f"{name}.txt", text)
    return packed.getvalue()


def words(story: dict[str, Any]) -> set[str]:
    assert story["status"] == "succeeded", story["error"]
    return set("".join(story["output"]).lower().replace(".", " ").split())


def test_a_new_training_is_starting_and_leads_to_the_routes_of_predictions(server: Server) -> None:
    destination = make_model(server)
    response = request_training(server, destination)
    assert response.status_code == 201
    created = response.json()
    assert (created["model"], created["version"]) == ("local/storyteller", latest(server, "local/storyteller"))
    assert (created["status"], created["error"], created["source"]) == ("starting", None, "api")
    assert not {"destination", "output", "deployment", "started_at", "completed_at", "metrics"} & created.keys()
    prediction = f"{server.url}/v1/predictions/{created['id']}"
    assert (created["urls"]["get"], created["urls"]["cancel"]) == (prediction, f"{prediction}/cancel")
    ended = server.ended(created)
    training = server.client.get(f"/v1/trainings/{created['id']}").json()
    assert training["urls"]["get"] == f"{server.url}/v1/trainings/{created['id']}"
    assert training["urls"]["cancel"] == f"{server.url}/v1/trainings/{created['id']}/cancel"
    assert training["output"] == ended["output"]
    assert training["metrics"].keys() == {"predict_time", "total_time"}
    assert "loss" in training["logs"]


@pytest.mark.parametrize("form", ["text", "zip", "data"])
def test_what_was_learned_is_told_by_the_new_version_under_both_its_names(server: Server, form: str) -> None:
    half = len(TEXT.split(". ")) // 2
    parts = {"a": ". ".join(TEXT.split(". ")[:half]) + ".", "b": ". ".join(TEXT.split(". ")[half:])}
    addresses = {
        "text": lambda: upload(server, TEXT.encode()),
        "zip": lambda: upload(server, zipped(**parts), "texts.zip"),
        "data": lambda: f"data:text/plain,{TEXT}",
    }
    destination = make_model(server)
    version = trained(server, destination, addresses[form]())
    for name in (f"{destination}:{version}", version):
        story = server.run(name, prompt="The zebra", max_tokens=40)
        assert (story["model"], story["version"]) == (destination, version)
        assert words(story) <= WORDS
        assert "accordion" in words(story)


def test_a_training_changes_nothing_about_what_was_trained(server: Server) -> None:
    asked = {"prompt": "The zebra", "max_tokens": 30, "seed": 1}
    before = server.run("local/storyteller", **asked)["output"]
    trained(server, make_model(server))
    assert server.run("local/storyteller", **asked)["output"] == before


def test_the_outcome_names_the_version_and_gives_its_weights(server: Server) -> None:
    destination = make_model(server)
    ended = server.ended(start_training(server, destination))
    assert ended["output"].keys() == {"version", "weights"}
    assert ended["output"]["version"] == f"{destination}:{latest(server, destination)}"
    weights = httpx.get(ended["output"]["weights"], trust_env=False)
    assert weights.headers["content-type"] == "application/json"
    assert "accordion" in weights.text


@pytest.mark.parametrize(
    "destination", ["local/nothing", "acme/x", "nonsense", "", "a/b/c", "local/painter", "local/x:y", "\ud800"]
)
def test_a_destination_must_be_a_model_of_ones_own(server: Server, destination: str) -> None:
    response = request_training(server, destination)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json() == NO_DESTINATION


def test_a_version_without_a_trainer_is_400(server: Server) -> None:
    destination = make_model(server)
    version = trained(server, destination)
    for model in ("local/painter", destination):
        response = request_training(server, destination, model)
        assert response.status_code == 400
        assert "trainer" in response.json()["detail"]
    for address in ("local/nothing/versions/x", f"local/painter/versions/{version}", "local/storyteller/versions/x"):
        body = {"destination": destination, "input": {}}
        assert server.client.post(f"/v1/models/{address}/trainings", json=body).status_code == 404


def test_the_input_is_held_against_the_trainers_schema(server: Server) -> None:
    destination = make_model(server)
    wrong = {"state_size": 9}
    response = request_training(server, destination, input=wrong)
    assert response.status_code == 422
    assert response.json()["invalid_fields"] == [
        {"type": "required", "field": "input", "description": "text is required"},
        {"type": "number_lte", "field": "input.state_size", "description": "Must be less than or equal to 3"},
    ]
    response = request_training(server, destination, input={"text": "no address"})
    assert response.json()["invalid_fields"] == [
        {"type": "format", "field": "input.text", "description": "Does not match format 'uri'"}
    ]


def test_the_body_has_the_known_keys_only(server: Server) -> None:
    destination = make_model(server)
    for change, field in (({"surplus": 1}, ""), ({"input": None}, ""), ({"webhook": 7}, "webhook")):
        response = request_training(server, destination, **change)
        assert response.status_code == 422
        assert response.json()["invalid_fields"][0]["field"] == field
    assert request_training(server, None).json()["detail"] == "- destination is required\n"
    assert request_training(server, destination, webhook="ftp://example.com").status_code == 422
    ours = {"version": latest(server, "local/storyteller")}
    assert request_training(server, destination, **ours).status_code == 201


def test_trainings_and_predictions_are_listed_apart(server: Server) -> None:
    destination = make_model(server)
    trainings = [start_training(server, destination)["id"] for _ in range(2)]
    prediction = server.run("local/hello-world", text="x")["id"]
    listed = server.client.get("/v1/trainings").json()
    assert [item["id"] for item in listed["results"][:2]] == trainings[::-1]
    assert all(item["urls"]["get"].startswith(f"{server.url}/v1/trainings/") for item in listed["results"])
    found = {item["id"] for item in server.client.get("/v1/predictions").json()["results"]}
    assert prediction in found
    assert not found & {item["id"] for item in listed["results"]}
    for method, path in (("GET", prediction), ("POST", f"{prediction}/cancel"), ("GET", "nothing")):
        assert server.client.request(method, f"/v1/trainings/{path}").status_code == 404
    for identifier in trainings:
        assert server.ended({"urls": {"get": f"/v1/trainings/{identifier}"}})["status"] == "succeeded"


def test_pages_of_trainings_follow_each_other(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        destination = make_model(server)
        made = [start_training(server, destination)["id"] for _ in range(101)]
        first = server.client.get("/v1/trainings").json()
        assert (len(first["results"]), first["previous"]) == (100, None)
        second = server.client.get(first["next"]).json()
        assert second["next"] is None
        assert [item["id"] for item in [*first["results"], *second["results"]]] == made[::-1]
        assert server.client.get(second["previous"]).json()["results"][-1]["id"] == made[1]


@pytest.mark.parametrize("route", ["trainings", "predictions"])
def test_a_canceled_training_leaves_no_version(server: Server, long_text: str, route: str) -> None:
    destination = make_model(server)
    created = start_training(server, destination, input={"text": long_text})
    until(lambda: "step  1" in server.get(created)["logs"], "the first step")
    response = server.client.post(f"/v1/{route}/{created['id']}/cancel")
    assert response.status_code == 200
    canceled = response.json()
    assert canceled["status"] == "canceled"
    assert canceled["urls"]["get"] == f"{server.url}/v1/predictions/{created['id']}"
    assert canceled["metrics"]["predict_time"] > 0
    assert server.client.get(f"/v1/models/{destination}/versions").json()["results"] == []
    assert server.get(created)["status"] == "canceled"
    again = server.client.post(f"/v1/{route}/{created['id']}/cancel")
    assert (again.status_code, again.json()) == (200, canceled)


def test_a_destination_that_goes_meanwhile_is_the_reason_of_the_failure(server: Server, long_text: str) -> None:
    destination = make_model(server)
    created = start_training(server, destination, input={"text": long_text})
    until(lambda: "step  1" in server.get(created)["logs"], "the first step")
    assert server.client.delete(f"/v1/models/{destination}").status_code == 204
    ended = server.ended(created)
    assert ended["status"] == "failed"
    assert destination in ended["error"]
    assert server.client.get(f"/v1/models/{destination}").status_code == 404


@pytest.mark.parametrize("content", [b"", b"   \n", b"\x00\x01\x02\xff" * 100, b"PK\x03\x04broken"])
def test_what_cannot_be_learned_from_fails_with_a_reason(server: Server, content: bytes) -> None:
    destination = make_model(server)
    ended = server.ended(start_training(server, destination, input={"text": upload(server, content)}))
    assert (ended["status"], ended["output"]) == ("failed", None)
    assert ended["error"]
    assert server.client.get(f"/v1/models/{destination}/versions").json()["results"] == []


def test_a_files_address_that_is_gone_fails_with_a_reason(server: Server) -> None:
    gone = upload(server, b"x")
    assert server.client.delete(gone).status_code == 204
    ended = server.ended(start_training(server, make_model(server), input={"text": gone}))
    assert ended["status"] == "failed"
    assert "text" in ended["error"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def test_webhooks_tell_of_a_training(server: Server, receiver: Receiver) -> None:
    destination = make_model(server)
    wanted = {"webhook": receiver.url, "webhook_events_filter": ["start", "completed"]}
    created = start_training(server, destination, **wanted)
    assert (created["webhook"], created["webhook_events_filter"]) == (receiver.url, ["start", "completed"])
    until(lambda: len(receiver.received) == 2, "two webhooks")
    start, completed = receiver.received
    assert start["status"] == "processing"
    assert completed == server.client.get(f"/v1/trainings/{created['id']}").json()
    assert completed["output"]["version"].startswith(f"{destination}:")


async def test_a_training_that_is_canceled_while_its_weights_are_kept_leaves_nothing(tmp_path: Path) -> None:
    with closing(Storage(tmp_path)) as storage:
        storage.models.add(OwnModel("local/mine", "private", "cpu", timestamp(0)))
        training = Prediction(new_id(), "local/storyteller", "1", {}, timestamp(0), destination="local/mine")
        folder = storage.output_folder(training.token)
        folder.mkdir()
        (folder / "weights.json").write_text("{}")
        learned = Outcome("succeeded", {"weights": mark("weights.json")})
        publishing = asyncio.create_task(publish(storage, "storyteller", training, learned))
        training.status = "canceled"
        assert (await publishing).status == "failed"
        assert storage.versions.where("1") == []
        assert list((tmp_path / "weights").iterdir()) == []
        training.status = "processing"
        assert (await publish(storage, "storyteller", training, learned)).status == "succeeded"
        assert [version.model for version in storage.versions.where("1")] == ["local/mine"]
        assert len(list((tmp_path / "weights").iterdir())) == 1
