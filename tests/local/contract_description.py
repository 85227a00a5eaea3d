"""Replicate's OpenAPI description as JSON Schemas that judge answers.

The description calls itself OpenAPI 3.1 but says `nullable: true` as 3.0 does, which JSON Schema ignores. It also
leaves most fields optional that every answer of the real service has; `REQUIRED` says which these are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema import FormatChecker

DESCRIPTION = Path(__file__).parents[3] / "shared" / "reference" / "openapi.json"
"""The description lies beside the repository; where it does not, answers are not judged."""

ALL = "all"
SCHEMAS = "/components/schemas"
RELEASE = f"{SCHEMAS}/schemas_deployment_response/properties/current_release"
JSON_OF = "content/application~1json/schema"

REQUIRED: Mapping[str, str | tuple[str, ...]] = {
    f"{SCHEMAS}/schemas_model_response": ALL,
    f"{SCHEMAS}/schemas_version_response": ALL,
    f"{SCHEMAS}/schemas_deployment_response": ALL,
    RELEASE: ALL,
    f"{RELEASE}/properties/configuration": ALL,
    f"{SCHEMAS}/schemas_search_model_metadata_response": ALL,
    f"{SCHEMAS}/schemas_file_response/properties/urls": ALL,
    f"{SCHEMAS}/schemas_file_response/properties/checksums": ALL,
    f"{SCHEMAS}/schemas_training_response": (
        *("id", "model", "version", "input", "error", "status", "created_at", "urls"),
    ),
    f"{SCHEMAS}/schemas_training_response/properties/urls": ALL,
    f"/paths/~1hardware/get/responses/200/{JSON_OF}/items": ALL,
    f"/paths/~1models/query/responses/200/{JSON_OF}/properties/results/items": ALL,
    f"/paths/~1webhooks~1default~1secret/get/responses/200/{JSON_OF}": ALL,
}
"""What the described objects always hold, by the schema's place: these fields, or all that are described."""

CORRECTIONS: Mapping[str, Mapping[str, Any]] = {
    # Every "hidden" is a string too, so that it meets both branches of the `oneOf` and could never pass.
    f"{SCHEMAS}/schemas_prediction_response/properties/version": {"type": "string"},
}
"""Schemas that no answer could fit, by their place, and what is meant."""

PAGE = frozenset({"next", "previous", "results"})
"""An object of these fields is a page; a page has all of them and no others."""

_UNRESERVED = r"A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;="
_URI = re.compile(
    rf"[A-Za-z][A-Za-z0-9+.\-]*:(?:[{_UNRESERVED}]|%[0-9A-Fa-f]{{2}})*(?:#(?:[{_UNRESERVED}]|%[\dA-Fa-f]{{2}})*)?"
)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z")


def described() -> dict[str, Any] | None:
    """The description with schemas that JSON Schema understands; None when it is not there."""
    if not DESCRIPTION.exists():
        return None
    description: dict[str, Any] = json.loads(DESCRIPTION.read_text("utf-8"))
    return translated(description)


def translated(description: Mapping[str, Any]) -> dict[str, Any]:
    """The description with `nullable` as a null type, corrected, and with what is required in fact."""
    components = description.get("components", {})
    return {
        "components": {"schemas": _schemas(components.get("schemas", {}), SCHEMAS)},
        "paths": {
            path: {
                method: _operation(operation, f"/paths/{_token(path)}/{method}") for method, operation in item.items()
            }
            for path, item in description["paths"].items()
        },
    }


def _operation(operation: Mapping[str, Any], place: str) -> dict[str, Any]:
    responses = {}
    for status, response in operation["responses"].items():
        schemas = {
            media_type: _schema(content["schema"], f"{place}/responses/{status}/content/{_token(media_type)}/schema")
            for media_type, content in response.get("content", {}).items()
        }
        responses[status] = {"content": {media_type: {"schema": schema} for media_type, schema in schemas.items()}}
    return {"operationId": operation["operationId"], "responses": responses}


def _schemas(schemas: Mapping[str, Any], place: str) -> dict[str, Any]:
    return {name: _schema(schema, f"{place}/{_token(name)}") for name, schema in schemas.items()}


def _schema(schema: Mapping[str, Any], place: str) -> dict[str, Any]:
    if (correction := CORRECTIONS.get(place)) is not None:
        return dict(correction)
    result = {key: _part(key, value, place) for key, value in schema.items() if key != "nullable"}
    properties = result.get("properties", {})
    if (required := REQUIRED.get(place)) is not None:
        result["required"] = list(properties if required is ALL else required)
    if properties.keys() == PAGE:
        result |= {"required": sorted(PAGE), "additionalProperties": False}
    return _or_null(result) if schema.get("nullable") is True else result


def _part(key: str, value: Any, place: str) -> Any:
    match key, value:
        case "properties", _:
            return _schemas(value, f"{place}/properties")
        case "items" | "additionalProperties", dict():
            return _schema(value, f"{place}/{key}")
        case "allOf" | "anyOf" | "oneOf", _:
            return [_schema(part, f"{place}/{key}/{number}") for number, part in enumerate(value)]
        case _:
            return value


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(schema.get("type"), str):
        return {"anyOf": [{"type": "null"}, schema]}
    nullable = schema | {"type": [schema["type"], "null"]}
    if "enum" in schema:
        nullable["enum"] = [*schema["enum"], None]
    return nullable


def _token(name: str) -> str:
    """The name as a part of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


@cache
def formats() -> FormatChecker:
    """The formats that answers use; jsonschema checks neither of them by itself."""
    from jsonschema import FormatChecker

    checker = FormatChecker(formats=())
    checker.checks("uri")(lambda value: not isinstance(value, str) or bool(_URI.fullmatch(value)))
    checker.checks("date-time", raises=ValueError)(_is_moment)
    return checker


def _is_moment(value: object) -> bool:
    """RFC 3339 in UTC with a literal Z, as every timestamp of the service is."""
    if not isinstance(value, str):
        return True
    return bool(_MOMENT.fullmatch(value)) and bool(datetime.fromisoformat(value[:19]))
