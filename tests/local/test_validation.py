"""Inputs judged by a model's schema, whatever that schema is like."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.local.http import judges
from replicate_tui.local.http.problems import Problem
from replicate_tui.local.http.validation import check_body, check_input
from tests.waiting import TIME_LIMIT

REQUIRED = ("required", "input", "text is required")
"""What is wrong with the inputs of these tests beside what they are about."""


def model(properties: dict[str, Any], **components: Any) -> dict[str, Any]:
    inputs = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}, **properties}}
    return {"components": {"schemas": {"Input": inputs, **components}}}


def problems(values: dict[str, Any], schema: dict[str, Any]) -> set[tuple[str, str, str]]:
    try:
        check_input(values, schema)
    except Problem as problem:
        told = problem.body["invalid_fields"]
        return {(item["type"], item["field"], item["description"]) for item in told}
    return set()


@contextmanager
def schemas_on_the_web(asked: list[str]) -> Iterator[str]:
    """A server that has a schema at every path, and notes who asks: its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"type": "integer"}')

        def log_message(self, *_: object) -> None:
            """Nothing is told."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(TIME_LIMIT)


def test_a_reference_to_elsewhere_is_not_followed() -> None:
    asked: list[str] = []
    with schemas_on_the_web(asked) as address:
        schema = model({"mood": {"$ref": f"{address}/mood.json"}})
        assert problems({"mood": "calm"}, schema) == {REQUIRED}
    assert asked == []


def test_a_reference_to_a_file_is_not_followed(tmp_path: Path) -> None:
    (file := tmp_path / "mood.json").write_text('{"type": "integer"}')
    schema = model({"mood": {"$ref": file.as_uri()}})
    assert problems({"mood": "calm"}, schema) == {REQUIRED}


def test_no_part_of_a_schema_is_a_document_of_its_own() -> None:
    mood = {"$ref": "#/components/schemas/mood", "$id": "http://models.example/", "$schema": "http://dialect.example/"}
    schema = model({"mood": mood}, mood={"type": "integer"})
    wrong = ("invalid_type", "input.mood", "Invalid type. Expected: integer, given: string")
    assert problems({"mood": "calm"}, schema) == {REQUIRED, wrong}


NULLABLES = {
    "a type": {"type": "string", "nullable": True},
    "choices": {"allOf": [{"$ref": "#/components/schemas/mood"}], "nullable": True},
    "a component": {"$ref": "#/components/schemas/perhaps"},
    "an alternative": {"anyOf": [{"type": "integer"}, {"type": "string", "nullable": True}]},
}


@pytest.mark.parametrize("value", NULLABLES.values(), ids=NULLABLES)
def test_what_is_nullable_may_be_null(value: dict[str, Any]) -> None:
    moods = {"mood": {"type": "string", "enum": ["calm"]}, "perhaps": {"type": "string", "nullable": True}}
    schema = model({"mood": value}, **moods)
    assert problems({"text": "x", "mood": None}, schema) == set()
    assert problems({"text": "x", "mood": "calm"}, schema) == set()
    assert {field for _, field, _ in problems({"text": "x", "mood": []}, schema)} == {"input.mood"}


def test_what_is_not_nullable_may_not_be_null() -> None:
    wrong = ("invalid_type", "input.{}", "Invalid type. Expected: string, given: null")
    schema = model({"mood": {"type": "string", "nullable": False}, "nullable": {"type": "string"}})
    values = {"text": "x", "mood": None, "nullable": None}
    assert problems(values, schema) == {(wrong[0], wrong[1].format(name), wrong[2]) for name in ("mood", "nullable")}


def test_a_nullable_value_that_is_wrong_is_told_as_any_other() -> None:
    schema = model({"mood": {"type": "string", "nullable": True, "maxLength": 3}})
    assert problems({"text": "x", "mood": 7}, schema) == {
        ("invalid_type", "input.mood", "Invalid type. Expected: string, given: integer")
    }
    assert problems({"text": "x", "mood": "calm"}, schema) == {
        ("string_lte", "input.mood", "String length must be less than or equal to 3")
    }


@pytest.mark.parametrize(
    ("limits", "wrong"),
    [
        ({"minimum": 0, "exclusiveMinimum": True}, {0: ("number_gt", "Must be greater than 0")}),
        ({"maximum": 5, "exclusiveMaximum": True}, {5: ("number_lt", "Must be less than 5")}),
        ({"minimum": 0, "exclusiveMinimum": False}, {-1: ("number_gte", "Must be greater than or equal to 0")}),
        ({"exclusiveMinimum": True}, {}),
        ({"exclusiveMinimum": 0, "exclusiveMaximum": 5}, {0: ("number_gt", "Must be greater than 0")}),
    ],
)
def test_a_limit_may_be_excluded_in_either_dialect(limits: dict[str, Any], wrong: dict[int, tuple[str, str]]) -> None:
    schema = model({"steps": {"type": "integer", **limits}})
    for right in {0, 1, 4} - set(wrong):
        assert problems({"text": "x", "steps": right}, schema) == set()
    for value, (kind, description) in wrong.items():
        assert problems({"text": "x", "steps": value}, schema) == {(kind, "input.steps", description)}


SENSELESS: dict[str, Any] = {
    "a pattern": {"pattern": "("},
    "a type": {"type": "thing"},
    "a reference to nowhere": {"$ref": "#/nowhere"},
    "a reference to a list's name": {"$ref": "#/components/schemas/Input/required/first"},
    "a reference that is no text": {"$ref": 7},
    "choices": {"enum": 3},
    "a limit": {"maxLength": "3"},
    "alternatives": {"anyOf": [7]},
    "an exclusion": {"not": 7},
    "names": {"type": "string", "required": "text"},
    "a number": 7,
    "a list": [],
}


@pytest.mark.parametrize("value", SENSELESS.values(), ids=SENSELESS)
def test_only_what_makes_no_sense_asks_for_nothing(value: Any) -> None:
    schema = model({"mood": value, "steps": {"type": "integer"}})
    wrong = ("invalid_type", "input.steps", "Invalid type. Expected: integer, given: string")
    assert problems({"mood": "calm", "steps": "many"}, schema) == {REQUIRED, wrong}


def test_beside_what_makes_no_sense_a_value_is_judged() -> None:
    schema = model({"mood": {"pattern": "(", "maxLength": 3}})
    assert problems({"text": "x", "mood": "calm"}, schema) == {
        ("string_lte", "input.mood", "String length must be less than or equal to 3")
    }


def test_a_number_that_no_computer_can_divide_is_let_pass() -> None:
    schema = model({"steps": {"multipleOf": 0.1}, "none": {"multipleOf": 0}})
    assert problems({"steps": 10**400, "none": 7}, schema) == {REQUIRED}


@pytest.mark.parametrize(
    "endless", [{"$ref": "#/components/schemas/mood"}, {"allOf": [{"$ref": "#/components/schemas/mood"}] * 2}]
)
def test_a_schema_without_end_is_left(endless: dict[str, Any]) -> None:
    schema = model({"mood": {"$ref": "#/components/schemas/mood"}}, mood=endless)
    assert REQUIRED in problems({"mood": "calm"}, schema)


def test_what_is_added_to_an_object_without_properties_is_told() -> None:
    schema = model({"mood": {"type": "object", "additionalProperties": False}})
    assert problems({"text": "x", "mood": {"calm": 1}}, schema) == {
        ("additional_property_not_allowed", "input.mood", "Additional property calm is not allowed")
    }


def test_a_schema_is_translated_once_for_all_its_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    schema = model({"mood": {"type": "string"}})
    assert problems({}, schema) == {REQUIRED}
    monkeypatch.delattr(judges, "json_schema")
    assert problems({}, schema) == {REQUIRED}


def test_equal_schemas_are_no_reason_to_mistake_one_for_the_other() -> None:
    for value in (1, True):
        wrong = f"input.steps must be one of the following: {value}"
        assert problems({"text": "x", "steps": 2}, model({"steps": {"enum": [value]}})) == {
            ("enum", "input.steps", wrong)
        }


def test_a_body_is_judged_by_a_schema_of_ours() -> None:
    schema = {"type": "object", "required": ["name"], "properties": {}, "additionalProperties": False}
    with pytest.raises(Problem) as refusal:
        check_body({"n" * 300: 1}, schema)
    assert [item["type"] for item in refusal.value.body["invalid_fields"]] == [
        *("required", "additional_property_not_allowed"),
    ]
