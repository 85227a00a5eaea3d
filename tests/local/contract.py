"""Judges the local server's answers by Replicate's OpenAPI description."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.local.contract_description import described, formats

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

JSON_TYPES = ("application/json", "application/problem+json")

REFUSALS = frozenset({400, 401, 402, 403, 404, 405, 409, 413, 422, 429})
"""Statuses that any operation may answer without describing them; the body is a problem."""

PARTIAL = 206
"""What a described 200 becomes when the client asked for a range of a file."""

RANGE_REFUSED = 416

PROBLEM: Mapping[str, Any] = {
    "type": "object",
    "required": ["detail"],
    "properties": {
        "detail": {"type": "string", "minLength": 1},
        "status": {"type": "integer"},
        "title": {"type": "string"},
        "type": {"type": "string"},
        "instance": {"type": "string"},
        "retry_after": {"type": "integer", "minimum": 0},
        "invalid_fields": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["type", "field", "description"],
                "properties": {name: {"type": "string"} for name in ("type", "field", "description")},
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}
"""An error's body: flat, in the style of RFC 7807."""

EXCERPT = 160
"""Characters of a body that a violation repeats."""


@dataclass(frozen=True)
class Answer:
    """One HTTP answer. `body` is None when it was not kept, `path` is without percent-encoding."""

    method: str
    path: str
    status: int
    media_type: str
    body: bytes | None

    @classmethod
    def of(cls, method: str, path: str, status: int, content_type: str, body: bytes | None) -> Answer:
        """With the parameters of the content type left out."""
        return cls(method, path, status, content_type.partition(";")[0].strip().lower(), body)


@dataclass(frozen=True)
class Violation:
    """What is wrong with one answer; `pointer` is the place in its body."""

    operation: str
    status: int
    pointer: str
    message: str
    excerpt: str

    def __str__(self) -> str:
        return f"{self.operation} {self.status} {self.pointer or '/'}: {self.message} in {self.excerpt}"


@dataclass(frozen=True)
class Operation:
    """One operation of the description: `answers` maps statuses to media types to schemas."""

    name: str
    method: str
    path: re.Pattern[str]
    answers: Mapping[int, Mapping[str, Any]]


class Contract:
    """A translated description, asked for one answer after the other."""

    def __init__(self, description: Mapping[str, Any]) -> None:
        self._components = description["components"]
        self.operations = tuple(_operations(description["paths"]))
        self._validators: dict[tuple[str, int, str], Draft202012Validator] = {}

    @classmethod
    def load(cls) -> Contract | None:
        """The contract with Replicate; None without its description."""
        description = described()
        return None if description is None else cls(description)

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation at this path, with or without the prefixes `/v1` and `/v1/v1`."""
        plain = re.sub(r"^(/v1){1,2}(?=/)", "", path)
        return next((each for each in self.operations if each.method == method and each.path.fullmatch(plain)), None)

    def violations(self, answer: Answer) -> list[Violation]:
        """All that is wrong with it."""
        operation = self.operation("GET" if answer.method == "HEAD" else answer.method, answer.path)
        name = operation.name if operation else f"{answer.method} {answer.path[:EXCERPT]}"
        excerpt = (answer.body or b"")[:EXCERPT].decode("utf-8", "replace")
        found = self._judged(answer, operation)
        return [Violation(name, answer.status, pointer, message, excerpt) for pointer, message in found]

    def _judged(self, answer: Answer, operation: Operation | None) -> Iterator[tuple[str, str]]:
        if answer.status >= 500:
            yield "", "the server failed"
        elif operation is None:
            # Pages, deliveries and streams are not described; a refusal of the API at an unknown address is a problem.
            if answer.path.startswith("/v1/") and answer.status >= 400 and answer.status != RANGE_REFUSED:
                yield from self._problem(answer)
        elif answer.status in operation.answers:
            yield from self._described(answer, operation)
        elif answer.status in REFUSALS:
            yield from self._problem(answer)
        elif not (answer.status in (PARTIAL, RANGE_REFUSED) and operation.name == "files.download"):
            yield "", "this status is not described"

    def _described(self, answer: Answer, operation: Operation) -> Iterator[tuple[str, str]]:
        contents = operation.answers[answer.status]
        if answer.status >= 400:
            yield from self._problem(answer)
        elif not contents and answer.body:
            yield "", "the body should be empty"
        if not contents or answer.method == "HEAD":
            return
        if answer.media_type not in contents:
            yield "", f"the content type {answer.media_type!r} is none of {', '.join(contents)}"
        elif answer.media_type in JSON_TYPES:
            key = (operation.name, answer.status, answer.media_type)
            yield from self._invalid(answer, key, contents[answer.media_type])

    def _problem(self, answer: Answer) -> Iterator[tuple[str, str]]:
        if answer.method == "HEAD":
            return
        if answer.media_type not in JSON_TYPES:
            yield "", f"a refusal of content type {answer.media_type!r}"
            return
        yield from self._invalid(answer, ("problem", 0, ""), PROBLEM)
        body = _parsed(answer.body)
        if isinstance(body, dict) and body.get("status", answer.status) != answer.status:
            yield "/status", "not the status of the answer"

    def _invalid(self, answer: Answer, key: tuple[str, int, str], schema: Any) -> Iterator[tuple[str, str]]:
        from jsonschema.exceptions import best_match

        try:
            body = json.loads(answer.body or b"", parse_constant=_no_constant)
        except ValueError as error:
            yield "", f"not JSON: {error}"
            return
        for error in self._validator(key, schema).iter_errors(body):
            cause = best_match([error])
            yield "".join(f"/{part}" for part in cause.absolute_path), cause.message[:EXCERPT]

    def _validator(self, key: tuple[str, int, str], schema: Any) -> Draft202012Validator:
        if key not in self._validators:
            # Imported at the first answer: it costs as much as the server's start.
            from jsonschema import Draft202012Validator

            whole = {**schema, "components": self._components}
            self._validators[key] = Draft202012Validator(whole, format_checker=formats())
        return self._validators[key]


def _operations(paths: Mapping[str, Any]) -> Iterator[Operation]:
    for template, item in paths.items():
        pattern = re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)))
        for method, operation in item.items():
            answers = {
                int(status): {media_type: content["schema"] for media_type, content in response["content"].items()}
                for status, response in operation["responses"].items()
            }
            yield Operation(operation["operationId"], method.upper(), pattern, answers)


def _parsed(body: bytes | None) -> Any:
    try:
        return json.loads(body or b"")
    except ValueError:
        return None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON value")
