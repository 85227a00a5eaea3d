"""Models of the account's own: made, trained, run, deleted, by the official clients."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.clients.driving import Client, value
from tests.local.serving import Server

python = pytest.mark.parametrize("client", ["python-1", "python-2"], indirect=True)

ERRORS = {"python-1": "ReplicateError", "python-2": "NotFoundError", "node": "ApiError"}


def test_a_new_model_is_empty(client: Client, server: Server) -> None:
    made = value(client.drive(server, "create_model", name=f"empty-{client.name}"))
    assert (made["name"], made["version"], made["runs"]) == (f"local/empty-{client.name}", None, 0)
    if client.name == "python-2":
        assert (made["changed"], made["readme"]) == ("changed", "# Read me")


@python
def test_an_empty_model_is_deleted(client: Client, server: Server) -> None:
    name = f"short-lived-{client.name}"
    value(client.drive(server, "create_model", name=name))
    told = value(client.drive(server, "delete_model", name=name))
    assert told["deleted"] is True
    assert told["after"]["status"] == 404


def test_a_training_makes_a_version_that_runs(client: Client, server: Server, text: Path) -> None:
    destination = f"local/trained-{client.name}"
    value(client.drive(server, "create_model", name=f"trained-{client.name}"))
    training = value(client.drive(server, "train", destination=destination, path=str(text)))
    assert (training["created"], training["status"], training["error"]) == ("starting", "succeeded", None)
    assert training["listed"]
    assert re.fullmatch(rf"{destination}:[0-9a-f]{{64}}", training["version"])
    story = {"prompt": "", "max_tokens": 12, "seed": 1}
    tokens = value(client.drive(server, "run", model=training["version"], values=story))
    assert re.search("zorble|quibble|glimmer", "".join(tokens).lower())


@python
def test_a_deleted_version_is_gone(client: Client, server: Server, text: Path) -> None:
    destination = f"local/retired-{client.name}"
    value(client.drive(server, "create_model", name=f"retired-{client.name}"))
    training = value(client.drive(server, "train", destination=destination, path=str(text)))
    version = training["version"].partition(":")[2]
    told = value(client.drive(server, "delete_version", model=destination, version=version))
    # 202 is the success of this request; Python 1.x calls nothing but 204 one.
    assert told["deleted"] == (False if client.name == "python-1" else 202)
    assert told["after"]["status"] == 404


def test_a_training_is_canceled(client: Client, server: Server, text: Path) -> None:
    value(client.drive(server, "create_model", name=f"canceled-{client.name}"))
    # Nearly as long as the trainer takes, so that it is still at work when it is canceled.
    text.write_text(text.read_text("utf-8") * 10_000, "utf-8")
    told = value(client.drive(server, "cancel_training", destination=f"local/canceled-{client.name}", path=str(text)))
    assert told == {"status": "canceled", "later": "canceled"}


@pytest.mark.parametrize("destination", ["local/never-made", "somebody/else"])
def test_a_training_to_nowhere_is_refused(client: Client, server: Server, text: Path, destination: str) -> None:
    error = client.drive(server, "train", destination=destination, path=str(text))["error"]
    assert (error["class"], error["status"]) == (ERRORS[client.name], 404)
    assert error["message"] == "The specified training destination does not exist"
