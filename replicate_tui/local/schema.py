"""What a model is, declared, and the OpenAPI schema that Cog would generate for it.

Replicate's `version.openapi_schema` is the OpenAPI document of the model's container as Cog writes it; this
module writes the same dialect: `x-order`, enums as components behind `allOf`, iterator outputs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

COG_VERSION = "0.16.12"
"""The release of Cog whose dialect is written here."""

OutputKind = Literal["text", "tokens", "file", "files"]

OUTPUTS: Mapping[OutputKind, dict[str, Any]] = {
    "text": {"type": "string", "title": "Output"},
    "tokens": {
        "type": "array",
        "items": {"type": "string"},
        "title": "Output",
        "x-cog-array-type": "iterator",
        "x-cog-array-display": "concatenate",
    },
    "file": {"type": "string", "title": "Output", "format": "uri"},
    "files": {"type": "array", "items": {"type": "string", "format": "uri"}, "title": "Output"},
}


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a model. Without a default it is either `required` or may be left out.

    `file` inputs are URLs for the client and paths for the predictor.
    """

    name: str
    type: Literal["string", "integer", "number", "boolean"]
    description: str
    default: str | float | bool | None = None
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    file: bool = False

    def as_property(self, order: int) -> dict[str, Any]:
        """The property of the schema's `Input` object, `order` being its place in a form."""
        value: dict[str, Any] = {"x-order": order, "description": self.description}
        if self.choices:
            value["allOf"] = [{"$ref": f"#/components/schemas/{self.name}"}]
        else:
            value |= {"type": self.type, "title": _title(self.name)}
        if self.file:
            value["format"] = "uri"
        limits = {"minimum": self.minimum, "maximum": self.maximum, "default": self.default}
        return value | {key: limit for key, limit in limits.items() if limit is not None}

    def as_component(self) -> dict[str, Any]:
        """The enum behind an input with choices."""
        return {
            "enum": list(self.choices),
            "type": self.type,
            "title": self.name,
            "description": "An enumeration.",
        }


@dataclass(frozen=True, slots=True)
class Example:
    """A recorded run. Files are named `{"$output": name}` and lie in the folder of the examples' media."""

    input: Mapping[str, Any]
    output: Any
    logs: str = ""
    seconds: float = 1.0


@dataclass(frozen=True)
class Declaration:
    """What a bundled model is. `revision` grows when its code gives other results for the same input."""

    name: str
    description: str
    inputs: tuple[Input, ...]
    output: OutputKind
    example: Example
    readme: str
    created_at: str
    revision: int = 1
    owner: str = "local"
    schema: dict[str, Any] = field(init=False)
    version: str = field(init=False)

    def __post_init__(self) -> None:
        schema = _document(self.inputs, self.output)
        canonical = json.dumps([self.owner, self.name, self.revision, schema], sort_keys=True)
        object.__setattr__(self, "schema", schema)
        object.__setattr__(self, "version", hashlib.sha256(canonical.encode()).hexdigest())

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"

    @property
    def file_inputs(self) -> frozenset[str]:
        """Names of the inputs that are files."""
        return frozenset(item.name for item in self.inputs if item.file)

    @property
    def streams(self) -> bool:
        """Whether the output arrives in pieces."""
        return self.output == "tokens"


def _document(inputs: tuple[Input, ...], output: OutputKind) -> dict[str, Any]:
    required = [item.name for item in inputs if item.required]
    body: dict[str, Any] = {
        "type": "object",
        "title": "Input",
        "properties": {item.name: item.as_property(order) for order, item in enumerate(inputs)},
    }
    if required:
        body["required"] = required
    enums = {item.name: item.as_component() for item in inputs if item.choices}
    return {
        "openapi": "3.0.2",
        "info": {"title": "Cog", "version": "0.1.0"},
        "paths": {"/predictions": {"post": {"summary": "Predict", "operationId": "predict_predictions_post"}}},
        "components": {"schemas": {"Input": body, "Output": dict(OUTPUTS[output]), **enums, **_boilerplate()}},
    }


def _boilerplate() -> dict[str, Any]:
    request = {
        "type": "object",
        "title": "PredictionRequest",
        "properties": {
            "id": {"type": "string", "title": "Id"},
            "input": {"$ref": "#/components/schemas/Input"},
            "webhook": {"type": "string", "title": "Webhook", "format": "uri"},
            "webhook_events_filter": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/WebhookEvent"},
            },
        },
    }
    response = {
        "type": "object",
        "title": "PredictionResponse",
        "properties": {
            "id": {"type": "string", "title": "Id"},
            "input": {"$ref": "#/components/schemas/Input"},
            "output": {"$ref": "#/components/schemas/Output"},
            "status": {"$ref": "#/components/schemas/Status"},
            "logs": {"type": "string", "title": "Logs", "default": ""},
            "error": {"type": "string", "title": "Error"},
            "metrics": {"type": "object", "title": "Metrics"},
            "created_at": {"type": "string", "title": "Created At", "format": "date-time"},
            "started_at": {"type": "string", "title": "Started At", "format": "date-time"},
            "completed_at": {"type": "string", "title": "Completed At", "format": "date-time"},
        },
    }
    return {
        "Status": _enumeration("Status", "starting", "processing", "succeeded", "canceled", "failed"),
        "WebhookEvent": _enumeration("WebhookEvent", "start", "output", "logs", "completed"),
        "PredictionRequest": request,
        "PredictionResponse": response,
    }


def _enumeration(title: str, *members: str) -> dict[str, Any]:
    return {"enum": list(members), "type": "string", "title": title, "description": "An enumeration."}


def _title(name: str) -> str:
    return name.replace("_", " ").title()
