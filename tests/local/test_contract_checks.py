"""What the check of the local server's answers lets pass, and what it does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.local.contract import Answer, Contract
from tests.local.contract_description import translated
from tests.local.contract_report import assert_contract_kept, write_violations

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


def test_a_server_that_broke_the_contract_fails_its_test(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    assert_contract_kept(state)
    answer = Answer.of("GET", "/herons/a", 200, "application/json", b'{"id": 1}')
    write_violations(state, Contract(translated(DESCRIPTION)).violations(answer))
    with pytest.raises(AssertionError, match=r"herons.get 200 /id: 1 is not of type 'string' in \{\"id\": 1\}"):
        assert_contract_kept(state)
