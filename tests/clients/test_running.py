"""Runs of the official clients: to their end, into failure, stopped."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.catalogue import CATALOGUE
from tests.clients.driving import Client, value
from tests.local.serving import Server

second = pytest.mark.parametrize("client", ["python-2"], indirect=True)
node = pytest.mark.parametrize("client", ["node"], indirect=True)

MODEL_ERRORS = {"python-1": "ModelError", "python-2": "ModelError", "node": "Error"}


@pytest.mark.parametrize("wait", [True, False], ids=["waiting", "polling"])
@pytest.mark.parametrize("versioned", [False, True], ids=["name", "version"])
def test_a_run_gives_its_output(client: Client, server: Server, versioned: bool, wait: bool) -> None:
    told = client.drive(
        server, "run", model="local/hello-world", values={"text": "Ada"}, versioned=versioned, wait=wait
    )
    assert value(told) == "hello Ada"


def test_a_run_that_outlasts_the_wait_is_polled_to_its_end(client: Client, server: Server) -> None:
    told = client.drive(server, "run", model="local/sleeper", values={"seconds": 1.2}, wait=1)
    assert value(told) == "slept 1.2 s"


def test_all_tokens_of_a_run_come_together(client: Client, server: Server) -> None:
    story = {"prompt": "At noon", "max_tokens": 8, "seed": 5}
    tokens = value(client.drive(server, "run", model="local/storyteller", values=story, versioned=True))
    assert tokens == newest(server)["output"]
    assert len(tokens) == 8


@pytest.mark.parametrize("wait", [True, False], ids=["waiting", "polling"])
def test_a_failed_run_raises_the_models_error(client: Client, server: Server, wait: bool) -> None:
    told = client.drive(server, "run", model="local/sleeper", values={"seconds": 0, "fail": True}, wait=wait)
    assert told["error"]["class"] == MODEL_ERRORS[client.name]
    assert told["error"]["message"].endswith("asked to fail after 0.0 s")


def test_a_prediction_is_canceled(client: Client, server: Server) -> None:
    assert value(client.drive(server, "cancel")) == {"told": "canceled", "status": "canceled", "output": None}


def test_a_run_that_somebody_cancels_ends_without_output(client: Client, server: Server) -> None:
    assert value(client.drive(server, "canceled_run")) == {"output": None}


@node
def test_an_abort_signal_cancels_the_run(client: Client, server: Server) -> None:
    assert value(client.drive(server, "abort")) == {"output": None, "last": "canceled"}


@second
def test_a_deadline_counts_from_the_creation(client: Client, server: Server) -> None:
    assert value(client.drive(server, "deadline"))["seconds"] == pytest.approx(60, abs=0.01)


@second
@pytest.mark.parametrize("versioned", [False, True], ids=["name", "version"])
def test_a_model_is_used_as_a_function(client: Client, server: Server, versioned: bool) -> None:
    story = {"prompt": "At noon", "max_tokens": 8, "seed": 5}
    text = value(client.drive(server, "use", model="local/storyteller", values=story, versioned=versioned))
    assert text == "".join(newest(server)["output"])


def test_a_catalogued_model_answers_with_its_recorded_example(client: Client, shelves: Server) -> None:
    model = CATALOGUE[3]
    name = f"{model['owner']}/{model['name']}"
    told = client.drive(shelves, "run", model=name, values={"text": "Ada"}, versioned=True)
    assert value(told) == model["default_example"]["output"]


def newest(server: Server) -> dict[str, Any]:
    """The last run, in full."""
    listed = server.client.get("/v1/predictions").json()["results"][0]
    return server.get(listed)
