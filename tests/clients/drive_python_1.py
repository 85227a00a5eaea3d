"""Scenarios of the official Python client 1.x, each run with the client as it is published.

`python drive_python_1.py BASE SCENARIO [ARGUMENTS]`, the arguments being a JSON object. Prints `{"value": …}`, or
`{"error": …}` when the client raised one of its errors.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import replicate
from hooks import Receiver
from replicate.exceptions import ModelError, ReplicateError
from replicate.helpers import FileOutput
from replicate.pagination import paginate
from replicate.webhook import InvalidSignatureError, Webhooks, WebhookSigningSecret

ENDED = ("succeeded", "failed", "canceled")


def main(base: str, scenario: str, arguments: str = "{}") -> None:
    os.environ["REPLICATE_BASE_URL"] = base
    try:
        told = {"value": SCENARIOS[scenario](replicate.Client(), **json.loads(arguments))}
    except (ModelError, ReplicateError, httpx.HTTPError, RuntimeError) as error:
        told = {"error": described(error)}
    json.dump(told, sys.stdout)


def described(error: Exception) -> dict[str, Any]:
    return {
        "class": type(error).__name__,
        "status": getattr(error, "status", None),
        "title": getattr(error, "title", None),
        "message": getattr(error, "detail", None) or str(error),
    }


def shown(value: Any) -> Any:
    """The value, with what file objects hold in the place of them."""
    if isinstance(value, FileOutput):
        return {"file": value.url[:30], "content": base64.b64encode(value.read()).decode()}
    if isinstance(value, dict):
        return {key: shown(member) for key, member in value.items()}
    if isinstance(value, list | Iterator):
        return [shown(member) for member in value]
    return value


def account(client: replicate.Client) -> Any:
    return client.accounts.current().dict()


def hardware(client: replicate.Client) -> Any:
    return [hardware.dict() for hardware in client.hardware.list()]


def models(client: replicate.Client) -> Any:
    return [[f"{model.owner}/{model.name}" for model in page] for page in paginate(client.models.list)]


def search(client: replicate.Client, text: str) -> Any:
    return [f"{model.owner}/{model.name}" for model in client.models.search(text)]


def model(client: replicate.Client, name: str) -> Any:
    found = client.models.get(name)
    assert found.latest_version is not None
    versions = found.versions.list()
    version = found.versions.get(found.latest_version.id)
    return {
        "name": f"{found.owner}/{found.name}",
        "description": found.description,
        "versions": [version.id for version in versions],
        "version": version.id,
        "inputs": sorted(version.openapi_schema["components"]["schemas"]["Input"]["properties"]),
    }


def collections(client: replicate.Client) -> Any:
    found = [collection for page in paginate(client.collections.list) for collection in page]
    first = client.collections.get(found[0].slug)
    return {"slugs": [collection.slug for collection in found], "models": [each.name for each in first.models or []]}


def history(client: replicate.Client) -> Any:
    made = [client.predictions.create(version=hello(client), input={"text": "x"}, wait=True).id for _ in range(2)]
    return {"made": made, "listed": [prediction.id for prediction in client.predictions.list()]}


def run(
    client: replicate.Client,
    model: str,
    values: dict[str, Any],
    versioned: bool = False,
    files: dict[str, str] | None = None,
    **options: Any,
) -> Any:
    if versioned:
        model = f"{model}:{latest(client, model)}"
    with ExitStack() as opened:
        uploads = {name: opened.enter_context(Path(path).open("rb")) for name, path in (files or {}).items()}
        return shown(client.run(model, input={**values, **uploads}, **options))


def cancel(client: replicate.Client) -> Any:
    prediction = client.models.predictions.create("local/sleeper", input={"seconds": 600})
    prediction.cancel()
    told = prediction.status
    prediction.wait()
    return {"told": told, "status": prediction.status, "output": prediction.output}


def canceled_run(client: replicate.Client) -> Any:
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(client.run, "local/sleeper", input={"seconds": 600}, wait=False)
        client.predictions.cancel(until(lambda: [each.id for each in client.predictions.list() if alive(each)])[0])
        return {"output": running.result()}


def files(client: replicate.Client, path: str) -> Any:
    file = client.files.create(Path(path), metadata={"customer": 12})
    return {
        "file": file.dict(),
        "again": client.files.get(file.id).dict(),
        "listed": [each.id for each in client.files.list()],
        "deleted": client.files.delete(file.id),
        "after": refusal(lambda: client.files.get(file.id)),
    }


def stream(client: replicate.Client, values: dict[str, Any], versioned: bool = False) -> Any:
    name = "local/storyteller"
    reference = f"{name}:{latest(client, name)}" if versioned else name
    return [[event.event.value, event.data] for event in client.stream(reference, input=values)]


def create_model(client: replicate.Client, name: str) -> Any:
    made = client.models.create("local", name, visibility="private", hardware="cpu", description="of the tests")
    return {"name": f"{made.owner}/{made.name}", "version": made.latest_version, "runs": made.run_count}


def delete_model(client: replicate.Client, name: str) -> Any:
    return {"deleted": client.models.delete("local", name), "after": refusal(lambda: client.models.get("local", name))}


def train(client: replicate.Client, destination: str, path: str) -> Any:
    version = latest(client, "local/storyteller")
    with Path(path).open("rb") as text:
        training = client.trainings.create(
            model="local/storyteller", version=version, input={"text": text}, destination=destination
        )
    created = training.status
    until(lambda: training.reload() or training.status in ENDED)
    return {
        "created": created,
        "status": training.status,
        "error": training.error,
        "version": (training.output or {}).get("version"),
        "listed": training.id in [each.id for each in client.trainings.list()],
    }


def cancel_training(client: replicate.Client, destination: str, path: str) -> Any:
    with Path(path).open("rb") as text:
        training = client.trainings.create(
            f"local/storyteller:{latest(client, 'local/storyteller')}", {"text": text}, destination
        )
    return {"status": client.trainings.cancel(training.id).status, "later": client.trainings.get(training.id).status}


def delete_version(client: replicate.Client, model: str, version: str) -> Any:
    found = client.models.get(model)
    return {"deleted": found.versions.delete(version), "after": refusal(lambda: found.versions.get(version))}


def deployment(client: replicate.Client, name: str) -> Any:
    model = "local/hello-world"
    made = client.deployments.create(
        name=name, model=model, version=latest(client, model), hardware="cpu", min_instances=0, max_instances=1
    )
    updated = client.deployments.update("local", name, max_instances=2, hardware="gpu-t4")
    prediction = client.deployments.predictions.create(f"local/{name}", input={"text": "Ada"}, wait=True)
    prediction.wait()
    return {
        "made": made.dict(),
        "listed": [each.name for each in client.deployments.list()],
        "updated": updated.dict(),
        "got": client.deployments.get(f"local/{name}").dict(),
        "output": prediction.output,
        "off": client.deployments.update("local", name, min_instances=0, max_instances=0).dict(),
        "deleted": client.deployments.delete("local", name),
        "after": refusal(lambda: client.deployments.get(f"local/{name}")),
    }


def webhook(client: replicate.Client, events: list[str]) -> Any:
    secret = client.webhooks.default.secret()
    with Receiver() as receiver:
        prediction = client.predictions.create(
            version=hello(client),
            input={"text": "Ada"},
            webhook=f"{receiver.url}/hook?mine=1",
            webhook_events_filter=events,
        )
        received = receiver.take(len(events))
    for request in received:
        Webhooks.validate(headers=request["headers"], body=request["body"], secret=secret, tolerance=60)
    return {"secret": secret.key, "id": prediction.id, "received": received}


def vector(client: replicate.Client, secret: str, headers: dict[str, str], body: str) -> Any:
    key = WebhookSigningSecret(key=secret)
    Webhooks.validate(headers=headers, body=body, secret=key)
    try:
        Webhooks.validate(headers=headers, body=body + " ", secret=key)
    except InvalidSignatureError:
        return {"changed": "refused"}
    return {"changed": "accepted"}


def unauthenticated(client: replicate.Client) -> Any:
    stranger = replicate.Client(headers={"Authorization": "Basic c29tZTpib2R5"})
    return {"wrong": refusal(stranger.accounts.current), "none": refusal(anonymous().accounts.current)}


def token(client: replicate.Client, token: str) -> Any:
    return {
        "right": replicate.Client(api_token=token).accounts.current().username,
        "wrong": refusal(replicate.Client(api_token=f"{token}x").accounts.current),
    }


def missing(client: replicate.Client) -> Any:
    return {
        "model": refusal(lambda: client.models.get("local", "nothing")),
        "prediction": refusal(lambda: client.predictions.get("nothing")),
        "run": refusal(lambda: client.run("local/nothing", input={})),
    }


def throttled(client: replicate.Client) -> Any:
    def create() -> str:
        return client.models.predictions.create("local/hello-world", input={"text": "x"}).status

    first, second = create(), refusal(create)
    time.sleep(1)
    return {"first": first, "second": second, "third": create()}


def anonymous() -> replicate.Client:
    token = os.environ.pop("REPLICATE_API_TOKEN")
    client = replicate.Client()
    assert "authorization" not in client._client.headers
    os.environ["REPLICATE_API_TOKEN"] = token
    return client


def refusal(call: Callable[[], Any]) -> Any:
    try:
        return {"answer": repr(call())}
    except ReplicateError as error:
        return described(error)


def until(look: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 20
    while not (seen := look()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
    return seen


def alive(prediction: Any) -> bool:
    return prediction.status not in ENDED


def latest(client: replicate.Client, model: str) -> str:
    version = client.models.get(model).latest_version
    assert version is not None
    return version.id


def hello(client: replicate.Client) -> str:
    return latest(client, "local/hello-world")


SCENARIOS: dict[str, Callable[..., Any]] = {
    scenario.__name__: scenario
    for scenario in (
        *(account, hardware, models, search, model, collections, history),
        *(run, cancel, canceled_run, files, stream),
        *(create_model, delete_model, train, cancel_training, delete_version, deployment),
        *(webhook, vector, unauthenticated, token, missing, throttled),
    )
}

if __name__ == "__main__":
    main(*sys.argv[1:])
