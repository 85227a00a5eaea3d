"""Scenarios of the official Python client 2.x, each run with the client as it is published.

`python drive_python_2.py BASE SCENARIO [ARGUMENTS]`, the arguments being a JSON object. Prints `{"value": …}`, or
`{"error": …}` when the client raised one of its errors. What the API answers is held against the client's types.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import replicate
from hooks import Receiver
from replicate import FileOutput, Replicate, ReplicateError

ENDED = ("succeeded", "failed", "canceled")


def main(base: str, scenario: str, arguments: str = "{}") -> None:
    os.environ["REPLICATE_BASE_URL"] = base
    client = Replicate(_strict_response_validation=True)
    try:
        told = {"value": SCENARIOS[scenario](client, **json.loads(arguments))}
    except (ReplicateError, httpx.HTTPError) as error:
        told = {"error": described(error)}
    json.dump(told, sys.stdout)


def described(error: Exception) -> dict[str, Any]:
    body = getattr(error, "body", None)
    problem = body if isinstance(body, dict) else {}
    return {
        "class": type(error).__name__,
        "status": getattr(error, "status_code", None),
        "title": problem.get("title"),
        "message": problem.get("detail") or str(error),
        "invalid_fields": problem.get("invalid_fields"),
    }


def shown(value: Any) -> Any:
    """The value, with what file objects hold in the place of them."""
    if isinstance(value, FileOutput):
        return {"file": value.url[:30], "content": base64.b64encode(value.read()).decode()}
    if isinstance(value, os.PathLike):
        return {"file": replicate.get_path_url(value), "content": base64.b64encode(Path(value).read_bytes()).decode()}
    if isinstance(value, dict):
        return {key: shown(member) for key, member in value.items()}
    return [shown(member) for member in value] if isinstance(value, list) else value


def plain(model: Any) -> Any:
    return model.model_dump(mode="json")


def account(client: Replicate) -> Any:
    return plain(client.account.get())


def hardware(client: Replicate) -> Any:
    return [plain(hardware) for hardware in client.hardware.list()]


def models(client: Replicate) -> Any:
    pages = client.models.list().iter_pages()
    return [[f"{model.owner}/{model.name}" for model in page.results] for page in pages]


def search(client: Replicate, text: str) -> Any:
    return [f"{model.owner}/{model.name}" for model in client.models.search(body=text)]


def search_all(client: Replicate, text: str) -> Any:
    found = client.search(query=text)
    return {"query": found.query, "models": [f"{each.model.owner}/{each.model.name}" for each in found.models]}


def model(client: Replicate, name: str) -> Any:
    where = names(name)
    found = client.models.get(**where)
    assert found.latest_version is not None
    version = client.models.versions.get(**where, version_id=found.latest_version.id)
    return {
        "name": f"{found.owner}/{found.name}",
        "description": found.description,
        "versions": [version.id for version in client.models.versions.list(**where)],
        "version": version.id,
        "inputs": sorted(version.openapi_schema["components"]["schemas"]["Input"]["properties"]),
    }


def pages_of_model(client: Replicate, name: str) -> Any:
    where = names(name)
    examples = [prediction.status for prediction in client.models.examples.list(**where)]
    return {"readme": client.models.readme.get(**where), "examples": examples}


def collections(client: Replicate) -> Any:
    found = list(client.collections.list())
    first = client.collections.get(collection_slug=found[0].slug)
    return {"slugs": [collection.slug for collection in found], "models": [model.name for model in first.models]}


def history(client: Replicate) -> Any:
    version = latest(client, "local/hello-world")
    made = [client.predictions.create(version=version, input={"text": "x"}, prefer="wait").id for _ in range(2)]
    return {"made": made, "listed": [prediction.id for prediction in client.predictions.list()]}


def run(
    client: Replicate,
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


def use(client: Replicate, model: str, values: dict[str, Any], versioned: bool = False) -> Any:
    if versioned:
        model = f"{model}:{latest(client, model)}"
    return shown(replicate.use(model)(**values))


def cancel(client: Replicate) -> Any:
    prediction = client.models.predictions.create(**names("local/sleeper"), input={"seconds": 600})
    told = client.predictions.cancel(prediction_id=prediction.id).status
    ended = client.predictions.wait(prediction.id)
    return {"told": told, "status": ended.status, "output": ended.output}


def canceled_run(client: Replicate) -> Any:
    def running() -> list[str]:
        return [each.id for each in client.predictions.list() if each.status not in ENDED]

    with ThreadPoolExecutor(1) as pool:
        output = pool.submit(client.run, "local/sleeper", input={"seconds": 600}, wait=False)
        client.predictions.cancel(prediction_id=until(running)[0])
        return {"output": output.result()}


def deadline(client: Replicate) -> Any:
    version = latest(client, "local/sleeper")
    prediction = client.predictions.create(version=version, input={"seconds": 600}, cancel_after="1m")
    client.predictions.cancel(prediction_id=prediction.id)
    assert prediction.deadline is not None
    return {"seconds": (prediction.deadline - prediction.created_at).total_seconds()}


def files(client: Replicate, path: str) -> Any:
    file = client.files.create(content=Path(path), filename="photo.png", type="image/png", metadata={"customer": 12})
    return {
        "file": plain(file),
        "again": plain(client.files.get(file_id=file.id)),
        "listed": [each.id for each in client.files.list()],
        "deleted": client.files.with_raw_response.delete(file_id=file.id).status_code == 204,
        "after": refusal(lambda: client.files.get(file_id=file.id)),
    }


def stream(client: Replicate, values: dict[str, Any], versioned: bool = False) -> Any:
    name = "local/storyteller"
    reference = f"{name}:{latest(client, name)}" if versioned else name
    return [["output", piece] for piece in replicate.use(reference, streaming=True)(**values)]


def create_model(client: Replicate, name: str) -> Any:
    made = client.models.create(
        owner="local", name=name, visibility="private", hardware="cpu", description="of the tests"
    )
    changed = client.models.update(model_owner="local", model_name=name, description="changed", readme="# Read me")
    return {
        "name": f"{made.owner}/{made.name}",
        "version": made.latest_version,
        "runs": made.run_count,
        "changed": changed.description,
        "readme": client.models.readme.get(model_owner="local", model_name=name),
    }


def delete_model(client: Replicate, name: str) -> Any:
    where = names(f"local/{name}")
    answer = client.models.with_raw_response.delete(**where)
    return {"deleted": answer.status_code == 204, "after": refusal(lambda: client.models.get(**where))}


def train(client: Replicate, destination: str, path: str) -> Any:
    training = start_training(client, destination, path)

    def ended() -> Any:
        found = client.trainings.get(training_id=training.id or "")
        return found if found.status in ENDED else None

    finished = until(ended)
    return {
        "created": training.status,
        "status": finished.status,
        "error": finished.error,
        "version": finished.output and finished.output.version,
        "listed": training.id in [each.id for each in client.trainings.list()],
    }


def cancel_training(client: Replicate, destination: str, path: str) -> Any:
    training = start_training(client, destination, path)
    canceled = client.trainings.cancel(training_id=training.id or "")
    later = client.trainings.get(training_id=training.id or "")
    return {"status": canceled.status, "later": later.status}


def start_training(client: Replicate, destination: str, path: str) -> Any:
    text = client.files.create(content=Path(path), type="text/plain")
    return client.trainings.create(
        **names("local/storyteller"),
        version_id=latest(client, "local/storyteller"),
        input={"text": text.urls.get},
        destination=destination,
    )


def delete_version(client: Replicate, model: str, version: str) -> Any:
    where = {**names(model), "version_id": version}
    answer = client.models.versions.with_raw_response.delete(**where)
    return {"deleted": answer.status_code, "after": refusal(lambda: client.models.versions.get(**where))}


def deployment(client: Replicate, name: str) -> Any:
    model, where = "local/hello-world", {"deployment_owner": "local", "deployment_name": name}
    made = client.deployments.create(
        name=name, model=model, version=latest(client, model), hardware="cpu", min_instances=0, max_instances=1
    )
    updated = client.deployments.update(**where, max_instances=2, hardware="gpu-t4")
    prediction = client.deployments.predictions.create(**where, input={"text": "Ada"}, prefer="wait")
    return {
        "made": plain(made),
        "listed": [each.name for each in client.deployments.list()],
        "updated": plain(updated),
        "got": plain(client.deployments.get(**where)),
        "output": client.predictions.wait(prediction.id).output,
        "deployment": prediction.deployment,
        "off": plain(client.deployments.update(**where, min_instances=0, max_instances=0)),
        "deleted": client.deployments.with_raw_response.delete(**where).status_code == 204,
        "after": refusal(lambda: client.deployments.get(**where)),
    }


def webhook(client: Replicate, events: list[Any]) -> Any:
    secret = client.webhooks.default.secret.get()
    with Receiver() as receiver:
        prediction = client.predictions.create(
            version=latest(client, "local/hello-world"),
            input={"text": "Ada"},
            webhook=f"{receiver.url}/hook?mine=1",
            webhook_events_filter=events,
        )
        return {"secret": secret.key, "id": prediction.id, "received": receiver.take(len(events))}


def unauthenticated(client: Replicate) -> Any:
    stranger = Replicate(default_headers={"Authorization": "Basic c29tZTpib2R5"})
    # The client insists on a token, so "none at all" is asked for header by header.
    nobody = {"Authorization": replicate.omit}
    return {
        "wrong": refusal(stranger.account.get),
        "none": refusal(lambda: client.account.get(extra_headers=nobody)),
    }


def token(client: Replicate, token: str) -> Any:
    return {
        "right": Replicate(bearer_token=token).account.get().username,
        "wrong": refusal(Replicate(bearer_token=f"{token}x").account.get),
    }


def missing(client: Replicate) -> Any:
    return {
        "model": refusal(lambda: client.models.get(**names("local/nothing"))),
        "prediction": refusal(lambda: client.predictions.get(prediction_id="nothing")),
        "run": refusal(lambda: client.run("local/nothing", input={})),
    }


def throttled(client: Replicate) -> Any:
    def create(client: Replicate) -> Any:
        where = names("local/hello-world")
        return client.models.predictions.with_raw_response.create(**where, input={"text": "x"})

    first = create(client)
    second = refusal(lambda: create(client.with_options(max_retries=0)))
    third = create(client)
    return {
        "first": first.parse().status,
        "second": second,
        "third": third.parse().status,
        "tries": third.retries_taken,
    }


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


def names(model: str) -> dict[str, Any]:
    owner, name = model.split("/")
    return {"model_owner": owner, "model_name": name}


def latest(client: Replicate, model: str) -> str:
    version = client.models.get(**names(model)).latest_version
    assert version is not None
    return version.id


SCENARIOS: dict[str, Callable[..., Any]] = {
    scenario.__name__: scenario
    for scenario in (
        *(account, hardware, models, search, search_all, model, pages_of_model, collections, history),
        *(run, use, cancel, canceled_run, deadline, files, stream),
        *(create_model, delete_model, train, cancel_training, delete_version, deployment),
        *(webhook, unauthenticated, token, missing, throttled),
    )
}

if __name__ == "__main__":
    main(*sys.argv[1:])
