"""The local server answers every operation as Replicate's OpenAPI description says, at each of its addresses."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from replicate_tui.local.http import signatures
from replicate_tui.local.storage.storage import Storage
from tests.local.contract import Answer, Contract
from tests.local.serving import Server, serving
from tests.waiting import until

PREFIXES = ("", "/v1", "/v1/v1")

TEXT = "The heron waits. The heron wades. The river waits for nobody, and the heron knows the river well. " * 4


@dataclass
class Walk:
    """Requests to every operation, one after the other, and what came back. The key signs addresses of files."""

    server: Server
    contract: Contract
    signing_key: bytes
    succeeded: set[str] = field(default_factory=set)
    violations: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, **content: Any) -> Any:
        """The answer's value at one of the prefixes, in turn; None for a refusal or an empty body."""
        reply = None
        for prefix in PREFIXES if method == "GET" else (PREFIXES[len(self.succeeded) % len(PREFIXES)],):
            reply = self.server.client.request(method, prefix + path, **content)
            self._judge(reply)
        assert reply is not None
        if reply.is_error or "json" not in reply.headers.get("content-type", ""):
            return None
        return reply.json()

    def _judge(self, reply: httpx.Response) -> None:
        method, path = reply.request.method, reply.request.url.path
        answer = Answer.of(method, path, reply.status_code, reply.headers.get("content-type", ""), reply.content)
        self.violations += map(str, self.contract.violations(answer))
        operation = self.contract.operation(method, path)
        if operation is not None and reply.is_success:
            self.succeeded.add(operation.name)

    def ended(self, path: str) -> Any:
        """The run at this path once it has ended."""

        def final() -> Any:
            run = self.ask("GET", path)
            return run if run is None or run["status"] not in ("starting", "processing") else None

        return until(final, f"the end of {path}")


@pytest.fixture
def contract() -> Contract:
    """The contract with Replicate."""
    loaded = Contract.load()
    if loaded is None:
        pytest.skip("Replicate's OpenAPI description does not lie beside the repository: no answer is judged")
    return loaded


def test_every_operation_is_answered_as_described(contract: Contract, tmp_path: Path) -> None:
    key = signing_key(tmp_path / "data")
    with serving(tmp_path) as server:
        walk = Walk(server, contract, key)
        look_around(walk)
        predict(walk)
        keep_files(walk)
        train(walk)
        deploy(walk)
    assert walk.violations == []
    assert {operation.name for operation in contract.operations} - walk.succeeded == set()


def look_around(walk: Walk) -> None:
    """What there is without doing anything."""
    walk.ask("GET", "/account")
    walk.ask("GET", "/hardware")
    walk.ask("GET", "/webhooks/default/secret")
    walk.ask("GET", "/search", params={"query": "painter"})
    walk.ask("GET", "/models")
    walk.ask("QUERY", "/models", content="painter", headers={"content-type": "text/plain"})
    model = walk.ask("GET", "/models/local/storyteller")
    walk.ask("GET", "/models/local/storyteller/readme")
    walk.ask("GET", "/models/local/storyteller/examples")
    walk.ask("GET", "/models/local/storyteller/versions")
    walk.ask("GET", f"/models/local/storyteller/versions/{model['latest_version']['id']}")
    collections = walk.ask("GET", "/collections")
    walk.ask("GET", f"/collections/{collections['results'][0]['slug']}")


def predict(walk: Walk) -> None:
    """Predictions in every state."""
    painting = {"prompt": "a heron", "width": 64, "height": 64}
    body = {"version": "local/painter", "input": painting}
    headers = {"prefer": "wait", "cancel-after": "1h"}
    done = walk.ask("POST", "/predictions", json=body, headers=headers)
    walk.ask("GET", f"/predictions/{done['id']}")
    failing = {"version": "local/sleeper", "input": {"seconds": 0, "fail": True}}
    failed = walk.ask("POST", "/predictions", json=failing)
    assert walk.ended(f"/predictions/{failed['id']}")["status"] == "failed"
    story = {
        **{"input": {"prompt": "The heron", "max_tokens": 5}},
        **{"webhook": "https://hooks.invalid/", "webhook_events_filter": ["start"]},
    }
    told = walk.ask("POST", "/models/local/storyteller/predictions", json=story)
    walk.ended(f"/predictions/{told['id']}")
    sleeping = walk.ask("POST", "/predictions", json={"version": "local/sleeper", "input": {"seconds": 3600}})
    walk.ask("GET", "/predictions")
    walk.ask("POST", f"/predictions/{sleeping['id']}/cancel")
    walk.ask("GET", f"/predictions/{sleeping['id']}")


def keep_files(walk: Walk) -> None:
    """A file from its upload to its end."""
    file = walk.ask("POST", "/files", files={"content": ("heron.txt", TEXT.encode())}, data={"metadata": '{"a": 1}'})
    walk.ask("GET", "/files")
    walk.ask("GET", f"/files/{file['id']}")
    walk.ask("GET", f"/files/{file['id']}/download", params=signed(file["id"], walk.signing_key))
    walk.ask("DELETE", f"/files/{file['id']}")
    walk.ask("GET", f"/files/{file['id']}")


def signing_key(data: Path) -> bytes:
    """The key that a server will find in this folder; a running one lets nobody look."""
    storage = Storage(data)
    try:
        return signatures.key(storage)
    finally:
        storage.close()


def signed(file_id: str, key: bytes) -> dict[str, str]:
    """What makes the address of a file valid."""
    expiry = int(time.time()) + 60
    return {"owner": "local", "expiry": str(expiry), "signature": signatures.signature("local", file_id, expiry, key)}


def train(walk: Walk) -> None:
    """A model of our own, a version trained for it, and the end of both."""
    own = {"owner": "local", "name": "heron", "visibility": "private", "hardware": "cpu", "description": "Herons"}
    walk.ask("POST", "/models", json=own)
    walk.ask("PATCH", "/models/local/heron", json={"description": "Herons and rivers", "readme": "# Herons"})
    base = walk.ask("GET", "/models/local/storyteller")["latest_version"]["id"]
    file = walk.ask("POST", "/files", files={"content": ("herons.txt", TEXT.encode())})
    trainings = f"/models/local/storyteller/versions/{base}/trainings"
    body = {"destination": "local/heron", "input": {"text": file["urls"]["get"]}}
    training = walk.ask("POST", trainings, json=body)
    ended = walk.ended(f"/trainings/{training['id']}")
    assert ended["status"] == "succeeded", ended["error"]
    second = walk.ask("POST", trainings, json=body)
    walk.ask("GET", f"/predictions/{second['id']}")
    walk.ask("POST", f"/trainings/{second['id']}/cancel")
    walk.ended(f"/trainings/{second['id']}")
    walk.ask("GET", "/trainings")
    for version in walk.ask("GET", "/models/local/heron/versions")["results"]:
        walk.ask("DELETE", f"/models/local/heron/versions/{version['id']}")
    until(lambda: not walk.ask("GET", "/models/local/heron/versions")["results"], "the end of the versions")
    walk.ask("DELETE", "/models/local/heron")
    walk.ask("GET", "/models/local/heron")


def deploy(walk: Walk) -> None:
    """A deployment from its first release to its end."""
    version = walk.ask("GET", "/models/local/hello-world")["latest_version"]["id"]
    deployment = {
        **{"name": "greeter", "model": "local/hello-world", "version": version, "hardware": "cpu"},
        **{"min_instances": 0, "max_instances": 1},
    }
    walk.ask("POST", "/deployments", json=deployment)
    walk.ask("GET", "/deployments")
    walk.ask("GET", "/deployments/local/greeter")
    walk.ask("PATCH", "/deployments/local/greeter", json={"hardware": "gpu-t4", "max_instances": 2})
    predictions = "/deployments/local/greeter/predictions"
    walk.ask("POST", predictions, json={"input": {"text": "x"}}, headers={"prefer": "wait=30"})
    walk.ask("PATCH", "/deployments/local/greeter", json={"min_instances": 0, "max_instances": 0})
    walk.ask("DELETE", "/deployments/local/greeter")
    walk.ask("GET", "/deployments/local/greeter")
