"""Judges a request's body and says what is wrong in the words of Replicate's HTTP API.

The wording and the names of the kinds of error are those of the library behind the real service
(gojsonschema): `invalid_fields` is a list of `{type, field, description}`, and `detail` has a line for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from replicate_tui.local.http.judges import body_errors, input_errors
from replicate_tui.local.http.problems import Problem

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

WEBHOOK_EVENTS = ["start", "output", "logs", "completed"]

_CREATE_PROPERTIES = {
    "input": {"type": "object"},
    "webhook": {"type": "string"},
    "webhook_events_filter": {"type": "array", "items": {"type": "string", "enum": WEBHOOK_EVENTS}},
    "stream": {"type": "boolean"},
}

CREATE_FOR_MODEL: Mapping[str, Any] = {
    "type": "object",
    "required": ["input"],
    "properties": _CREATE_PROPERTIES,
    "additionalProperties": False,
}
"""The body of a prediction whose model is named by the address."""

CREATE_PREDICTION: Mapping[str, Any] = {
    **CREATE_FOR_MODEL,
    "required": ["version", "input"],
    "properties": {"version": {"type": "string"}, **_CREATE_PROPERTIES},
}
"""The body of a prediction that names its version."""

CREATE_TRAINING: Mapping[str, Any] = {
    "type": "object",
    "required": ["destination", "input"],
    "properties": {"destination": {"type": "string"}, "version": {"type": "string"}, **_CREATE_PROPERTIES},
    "additionalProperties": False,
}
"""The body of a training. One client repeats the version of the address."""

_LINKS = {name: {"type": "string"} for name in ("description", "github_url", "paper_url", "license_url")}

CREATE_MODEL: Mapping[str, Any] = {
    "type": "object",
    "required": ["owner", "name", "visibility", "hardware"],
    "properties": {
        "owner": {"type": "string"},
        "name": {"type": "string", "maxLength": 100, "pattern": r"^[a-z0-9]+([._-]+[a-z0-9]+)*\Z"},
        "visibility": {"type": "string", "enum": ["public", "private"]},
        "hardware": {"type": "string"},
        "cover_image_url": {"type": "string"},
        **_LINKS,
    },
    "additionalProperties": False,
}
"""The body of a new model."""

UPDATE_MODEL: Mapping[str, Any] = {
    "type": "object",
    "properties": {"readme": {"type": "string"}, "weights_url": {"type": "string"}, **_LINKS},
    "additionalProperties": False,
}
"""The body of a change to a model."""

_DEPLOYMENT_PROPERTIES = {
    "version": {"type": "string"},
    "hardware": {"type": "string"},
    "min_instances": {"type": "integer", "minimum": 0, "maximum": 5},
    "max_instances": {"type": "integer", "minimum": 0, "maximum": 20},
}

CREATE_DEPLOYMENT: Mapping[str, Any] = {
    "type": "object",
    "required": ["name", "model", "version", "hardware", "min_instances", "max_instances"],
    "properties": {"name": CREATE_MODEL["properties"]["name"], "model": {"type": "string"}, **_DEPLOYMENT_PROPERTIES},
    "additionalProperties": False,
}
"""The body of a new deployment."""

UPDATE_DEPLOYMENT: Mapping[str, Any] = {
    "type": "object",
    "properties": _DEPLOYMENT_PROPERTIES,
    "additionalProperties": False,
}
"""The body of a new release of a deployment."""

TEXT_LIMIT = 1_000_000
"""Characters that an input may have unless it is a file's address: a `data:` URL holds the file itself."""

NAME_LIMIT = 200
"""Characters of a key that an answer repeats."""

Invalid = dict[str, str]


def check_body(body: Any, schema: Mapping[str, Any]) -> None:
    """Raise the 422 `Problem` unless the body is what the schema asks for."""
    _raise_if_any(_problems(body_errors(body, schema), prefix=()))


def check_input(values: Mapping[str, Any], openapi_schema: Mapping[str, Any], component: str = "Input") -> None:
    """Raise the 422 `Problem` unless the values fit that component of a model version's schema, if it has it.

    What makes no sense in the schema, which may be from anywhere, asks for nothing.
    """
    _raise_if_any(_too_long(values))
    if isinstance(openapi_schema["components"]["schemas"].get(component), Mapping):
        _raise_if_any(_problems(input_errors(values, openapi_schema, component), prefix=("input",)))


def _too_long(values: Mapping[str, Any]) -> Iterator[Invalid]:
    for name, value in values.items():
        if isinstance(value, str) and len(value) > TEXT_LIMIT and not value.startswith("data:"):
            description = f"String length must be less than or equal to {TEXT_LIMIT}"
            yield {"type": "string_lte", "field": f"input.{name}", "description": description}


def _raise_if_any(invalid: Iterable[Invalid]) -> None:
    fields = list(invalid)
    if not fields:
        return
    lines = (f"- {item['field']}: {item['description']}".replace("- : ", "- ", 1) for item in fields)
    detail = "".join(f"{line}\n" for line in lines)
    raise Problem(422, detail, title="Input validation failed", invalid_fields=fields)


def _problems(errors: Iterable[ValidationError], *, prefix: tuple[str, ...]) -> Iterator[Invalid]:
    seen: set[tuple[str, str, str]] = set()
    for error in sorted(errors, key=lambda error: [str(part) for part in error.absolute_path]):
        field = ".".join([*prefix, *(_clipped(part) for part in error.absolute_path)])
        for kind, description in _described(error, field):
            if (key := (kind, field, description)) not in seen:
                seen.add(key)
                yield {"type": kind, "field": field, "description": description}


def _described(error: ValidationError, field: str) -> list[tuple[str, str]]:
    limit: Any = error.validator_value
    value: Any = error.instance
    match error.validator:
        case "required":
            return [("required", f"{_clipped(name)} is required") for name in limit if name not in value]
        case "additionalProperties":
            assert isinstance(error.schema, Mapping)
            extra = [name for name in value if name not in error.schema.get("properties", ())]
            return [
                ("additional_property_not_allowed", f"Additional property {_clipped(name)} is not allowed")
                for name in extra
            ]
        case "enum":
            allowed = ", ".join(_quoted(member) for member in limit)
            return [("enum", f"{field} must be one of the following: {allowed}")]
        case "type":
            return [("invalid_type", f"Invalid type. Expected: {_type_names(limit)}, given: {_type_of(value)}")]
        case "maximum":
            return [("number_lte", f"Must be less than or equal to {limit}")]
        case "minimum":
            return [("number_gte", f"Must be greater than or equal to {limit}")]
        case "exclusiveMaximum":
            return [("number_lt", f"Must be less than {limit}")]
        case "exclusiveMinimum":
            return [("number_gt", f"Must be greater than {limit}")]
        case "maxLength":
            return [("string_lte", f"String length must be less than or equal to {limit}")]
        case "minLength":
            return [("string_gte", f"String length must be greater than or equal to {limit}")]
        case "format":
            return [("format", f"Does not match format '{limit}'")]
        case "pattern":
            return [("pattern", f"Does not match pattern '{limit}'")]
        case "minItems":
            return [("array_min_items", f"Array must have at least {limit} items")]
        case "maxItems":
            return [("array_max_items", f"Array must have at most {limit} items")]
        case _:
            return [(str(error.validator), error.message)]


def _clipped(name: object) -> str:
    text = str(name)
    return text if len(text) <= NAME_LIMIT else f"{text[:NAME_LIMIT]}…"


def _quoted(member: Any) -> str:
    return f'"{member}"' if isinstance(member, str) else str(member)


def _type_names(expected: str | list[str]) -> str:
    return expected if isinstance(expected, str) else "/".join(expected)


def _type_of(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "integer" if value.is_integer() else "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"
