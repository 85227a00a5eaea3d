"""The local server answers every operation as Replicate's OpenAPI description says, at each of its addresses."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from replicate_tui.local import signatures
from replicate_tui.local.storage import Storage
from tests.local.contract import Answer, Contract
from tests.local.contract_description import translated
from tests.local.contract_report import assert_contract_kept, write_violations
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


DESCRIPTION = {
    "components": {
        "schemas": {
            "heron": {
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": {"type": "string"},
                    "hatched_at": {"type": "string", "format": "date-time"},
                    "nest": {"type": "string", "format": "uri", "nullable": True},
                    "colour": {"type": "string", "enum": ["grey", "blue"], "nullable": True},
                    "mate": {"$ref": "#/components/schemas/heron", "nullable": True},
                },
            }
        }
    },
    "paths": {
        "/herons/{heron_id}": {
            "get": {
                "operationId": "herons.get",
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/heron"}}}}
                },
            },
            "delete": {"operationId": "herons.delete", "responses": {"204": {"description": "Gone"}}},
        },
        "/herons": {
            "get": {
                "operationId": "herons.list",
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "properties": {
                                        "next": {"type": "string", "nullable": True},
                                        "previous": {"type": "string", "nullable": True},
                                        "results": {"type": "array", "items": {"$ref": "#/components/schemas/heron"}},
                                    },
                                }
                            }
                        }
                    }
                },
            }
        },
    },
}
"""A small description, with each of the peculiarities of the real one."""

Case = tuple[str, str, int, str, Any]

KEPT: dict[str, Case] = {
    "null where it may be": ("GET", "/herons/a", 200, "application/json", {"id": "a", "nest": None, "mate": None}),
    "null for a member of a set": ("GET", "/herons/a", 200, "application/json", {"id": "a", "colour": None}),
    "formats": (
        *("GET", "/v1/herons/a", 200, "application/json; charset=utf-8"),
        {"id": "a", "hatched_at": "2026-01-02T03:04:05.678Z", "nest": "https://example.com/a%20b?c=d#e"},
    ),
    "a page": ("GET", "/v1/v1/herons", 200, "application/json", {"next": None, "previous": None, "results": []}),
    "no body": ("DELETE", "/herons/a", 204, "", None),
    "a problem": ("GET", "/herons/a", 404, "application/problem+json", {"detail": "None", "status": 404}),
    "a problem elsewhere": ("GET", "/v1/storks", 404, "application/problem+json", {"detail": "None"}),
    "a page for people": ("GET", "/storks", 404, "text/html", None),
}

BROKEN: dict[str, tuple[Case, str]] = {
    "a field is missing": (("GET", "/herons/a", 200, "application/json", {}), ""),
    "null where it may not be": (("GET", "/herons/a", 200, "application/json", {"id": None}), "/id"),
    "no member of the set": (("GET", "/herons/a", 200, "application/json", {"id": "a", "colour": "red"}), "/colour"),
    "wrong inside": (("GET", "/herons/a", 200, "application/json", {"id": "a", "mate": {"id": 1}}), "/mate/id"),
    "an offset": (
        ("GET", "/herons/a", 200, "application/json", {"id": "a", "hatched_at": "2026-01-02T03:04:05+00:00"}),
        "/hatched_at",
    ),
    "no such day": (
        ("GET", "/herons/a", 200, "application/json", {"id": "a", "hatched_at": "2026-02-30T03:04:05Z"}),
        "/hatched_at",
    ),
    "no address": (("GET", "/herons/a", 200, "application/json", {"id": "a", "nest": "/nests/1"}), "/nest"),
    "a blank in an address": (("GET", "/herons/a", 200, "application/json", {"id": "a", "nest": "a:b c"}), "/nest"),
    "half a page": (("GET", "/herons", 200, "application/json", {"next": None, "results": []}), ""),
    "a bare array": (("GET", "/herons", 200, "application/json", []), ""),
    "a wrong item": (
        ("GET", "/herons", 200, "application/json", {"next": None, "previous": None, "results": [{}]}),
        "/results/0",
    ),
    "the wrong type of content": (("GET", "/herons/a", 200, "text/html", {"id": "a"}), ""),
    "an undescribed success": (("GET", "/herons/a", 201, "application/json", {"id": "a"}), ""),
    "a body where there is none": (("DELETE", "/herons/a", 204, "application/json", {}), ""),
    "a failure": (("GET", "/storks", 500, "application/problem+json", {"detail": "Oh"}), ""),
    "a refusal without words": (("GET", "/herons/a", 404, "application/problem+json", {"status": 404}), ""),
    "a refusal of another status": (
        ("GET", "/herons/a", 404, "application/problem+json", {"detail": "No", "status": 400}),
        "/status",
    ),
    "a refusal in HTML": (("GET", "/v1/storks", 404, "text/html", None), ""),
    "an unknown refusal": (("GET", "/herons/a", 418, "application/problem+json", {"detail": "No"}), ""),
}


def judged(case: Case) -> list[str]:
    """The places of what is wrong with the answer."""
    method, path, status, content_type, value = case
    body = b"" if value is None else json.dumps(value).encode()
    answer = Answer.of(method, path, status, content_type, body)
    return [violation.pointer for violation in Contract(translated(DESCRIPTION)).violations(answer)]


@pytest.mark.parametrize("name", KEPT)
def test_what_is_described_is_no_violation(name: str) -> None:
    assert judged(KEPT[name]) == []


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_not_described_is_a_violation(name: str) -> None:
    case, pointer = BROKEN[name]
    assert judged(case) == [pointer]


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """Where a state file would be."""
    return tmp_path / "state.json"


def test_a_server_that_broke_the_contract_fails_its_test(state: Path) -> None:
    assert_contract_kept(state)
    answer = Answer.of("GET", "/herons/a", 200, "application/json", b'{"id": 1}')
    write_violations(state, Contract(translated(DESCRIPTION)).violations(answer))
    with pytest.raises(AssertionError, match=r"herons.get 200 /id: 1 is not of type 'string' in \{\"id\": 1\}"):
        assert_contract_kept(state)
