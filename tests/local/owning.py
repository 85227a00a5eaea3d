"""What an account makes for itself on a server: models, trainings, versions, deployments."""

from __future__ import annotations

import json
import secrets
from typing import Any

import httpx

from tests.local.serving import Server

TEXT = (
    "The zebra plays the accordion. The zebra dislikes the accordion. A zebra with an accordion lives upstairs. "
    "Upstairs the accordion sleeps. The accordion upstairs belongs to a zebra."
)
"""Words that no bundled page has."""

WORDS = frozenset(TEXT.lower().replace(".", " ").split())


def post(server: Server, path: str, body: dict[str, Any]) -> httpx.Response:
    """A POST of the body, in which None leaves the key out; half a surrogate pair is sent as JSON can say it."""
    content = json.dumps({key: value for key, value in body.items() if value is not None})
    return server.client.post(path, content=content, headers={"content-type": "application/json"})


def new_name() -> str:
    """A name that nothing has yet."""
    return f"m-{secrets.token_hex(4)}"


def request_model(server: Server, **changes: Any) -> httpx.Response:
    """The answer to a request for a new private model; a change to None leaves the key out."""
    body = {"owner": "local", "name": new_name(), "visibility": "private", "hardware": "cpu", **changes}
    return post(server, "/v1/models", body)


def make_model(server: Server, **changes: Any) -> str:
    """A new private model; its full name."""
    response = request_model(server, **changes)
    assert response.status_code == 201, response.text
    return f"{response.json()['owner']}/{response.json()['name']}"


def upload(server: Server, content: bytes, name: str = "text.txt") -> str:
    """The address of a new file."""
    response = server.client.post("/v1/files", files={"content": (name, content)})
    assert response.status_code == 201, response.text
    address: str = response.json()["urls"]["get"]
    return address


def latest(server: Server, model: str) -> str:
    """The id of the version that a model has now."""
    identifier: str = server.client.get(f"/v1/models/{model}").json()["latest_version"]["id"]
    return identifier


def request_training(server: Server, destination: Any, model: str = "local/storyteller", **body: Any) -> httpx.Response:
    """The answer to a request for a training, by default on a short text."""
    body = {"destination": destination, "input": {"text": f"data:text/plain,{TEXT}"}, **body}
    return post(server, f"/v1/models/{model}/versions/{latest(server, model)}/trainings", body)


def start_training(server: Server, destination: str, **body: Any) -> dict[str, Any]:
    """A new training."""
    response = request_training(server, destination, **body)
    assert response.status_code == 201, response.text
    created: dict[str, Any] = response.json()
    return created


def trained(server: Server, destination: str, text: str = f"data:text/plain,{TEXT}") -> str:
    """The id of a version that the destination has got by a training on the text."""
    ended = server.ended(start_training(server, destination, input={"text": text}))
    assert ended["status"] == "succeeded", ended["error"]
    name, _, version = ended["output"]["version"].partition(":")
    assert name == destination
    return str(version)


def request_deployment(server: Server, model: str = "local/sleeper", **changes: Any) -> httpx.Response:
    """The answer to a request for a deployment of a model's latest version; a change to None leaves the key out."""
    body = {
        "name": new_name(),
        "model": model,
        "version": latest(server, model) if "version" not in changes else None,
        "hardware": "cpu",
        "min_instances": 0,
        "max_instances": 1,
        **changes,
    }
    return post(server, "/v1/deployments", body)


def deploy(server: Server, model: str = "local/sleeper", **changes: Any) -> str:
    """A new deployment; its `owner/name`."""
    response = request_deployment(server, model, **changes)
    assert response.status_code == 200, response.text
    return f"{response.json()['owner']}/{response.json()['name']}"
