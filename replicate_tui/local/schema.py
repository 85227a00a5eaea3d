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
    """One input of a model or of its training. Without a default it is either `required` or may be left out.

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
class Part:
    """One field of an output that is an object; a `file` is a URL for the client and a path from the predictor."""

    name: str
    type: Literal["string", "integer", "number", "boolean", "object"]
    file: bool = False

    def as_property(self) -> dict[str, Any]:
        """The property of the schema's `Output` object."""
        value: dict[str, Any] = {"type": self.type, "title": _title(self.name)}
        return value | ({"format": "uri"} if self.file else {})


@dataclass(frozen=True, slots=True)
class Example:
    """A recorded run. Files are named `{"$output": name}` and lie in the folder of the examples' media."""

    input: Mapping[str, Any]
    output: Any
    logs: str = ""
    seconds: float = 1.0


@dataclass(frozen=True)
class Declaration:
    """What a bundled model is. `revision` grows when its code gives other results for the same input.

    An `output` of parts is an object that has all of them. `training` are the inputs of the model's training;
    a model without any cannot be trained.
    """

    name: str
    description: str
    inputs: tuple[Input, ...]
    output: OutputKind | tuple[Part, ...]
    example: Example
    readme: str
    created_at: str
    training: tuple[Input, ...] = ()
    revision: int = 1
    owner: str = "local"
    schema: dict[str, Any] = field(init=False)
    version: str = field(init=False)

    def __post_init__(self) -> None:
        schema = _document(self)
        canonical = json.dumps([self.owner, self.name, self.revision, schema], sort_keys=True)
        object.__setattr__(self, "schema", schema)
        object.__setattr__(self, "version", hashlib.sha256(canonical.encode()).hexdigest())

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"

    @property
    def trainable(self) -> bool:
        """Whether new versions of it can be made from a user's own data."""
        return bool(self.training)

    @property
    def streams(self) -> bool:
        """Whether the output arrives in pieces."""
        return self.output == "tokens"


def _document(model: Declaration) -> dict[str, Any]:
    components = {"Input": _inputs("Input", model.inputs), "Output": _output(model.output), **_enums(model.inputs)}
    components |= _boilerplate()
    if model.trainable:
        components |= {
            "TrainingInput": _inputs("TrainingInput", model.training),
            "TrainingOutput": _object("TrainingOutput", (Part("weights", "string", file=True),)),
            **_enums(model.training),
            "TrainingRequest": _request("Training"),
            "TrainingResponse": _response("Training"),
        }
    return {
        "openapi": "3.0.2",
        "info": {"title": "Cog", "version": "0.1.0"},
        "paths": {"/predictions": {"post": {"summary": "Predict", "operationId": "predict_predictions_post"}}},
        "components": {"schemas": components},
    }


def _inputs(title: str, inputs: tuple[Input, ...]) -> dict[str, Any]:
    value: dict[str, Any] = {
        "type": "object",
        "title": title,
        "properties": {item.name: item.as_property(order) for order, item in enumerate(inputs)},
    }
    required = [item.name for item in inputs if item.required]
    return value | ({"required": required} if required else {})


def _enums(inputs: tuple[Input, ...]) -> dict[str, Any]:
    return {item.name: item.as_component() for item in inputs if item.choices}


def _output(output: OutputKind | tuple[Part, ...]) -> dict[str, Any]:
    return _object("Output", output) if isinstance(output, tuple) else dict(OUTPUTS[output])


def _object(title: str, parts: tuple[Part, ...]) -> dict[str, Any]:
    return {
        "type": "object",
        "title": title,
        "required": [part.name for part in parts],
        "properties": {part.name: part.as_property() for part in parts},
    }


def _boilerplate() -> dict[str, Any]:
    return {
        "Status": _enumeration("Status", "starting", "processing", "succeeded", "canceled", "failed"),
        "WebhookEvent": _enumeration("WebhookEvent", "start", "output", "logs", "completed"),
        "PredictionRequest": _request("Prediction"),
        "PredictionResponse": _response("Prediction"),
    }


def _request(kind: Literal["Prediction", "Training"]) -> dict[str, Any]:
    return {
        "type": "object",
        "title": f"{kind}Request",
        "properties": {
            "id": {"type": "string", "title": "Id"},
            "input": _reference(kind, "Input"),
            "webhook": {"type": "string", "title": "Webhook", "format": "uri"},
            "webhook_events_filter": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/WebhookEvent"},
            },
        },
    }


def _response(kind: Literal["Prediction", "Training"]) -> dict[str, Any]:
    return {
        "type": "object",
        "title": f"{kind}Response",
        "properties": {
            "id": {"type": "string", "title": "Id"},
            "input": _reference(kind, "Input"),
            "output": _reference(kind, "Output"),
            "status": {"$ref": "#/components/schemas/Status"},
            "logs": {"type": "string", "title": "Logs", "default": ""},
            "error": {"type": "string", "title": "Error"},
            "metrics": {"type": "object", "title": "Metrics"},
            "created_at": {"type": "string", "title": "Created At", "format": "date-time"},
            "started_at": {"type": "string", "title": "Started At", "format": "date-time"},
            "completed_at": {"type": "string", "title": "Completed At", "format": "date-time"},
        },
    }


def _reference(kind: Literal["Prediction", "Training"], of: Literal["Input", "Output"]) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{'Training' if kind == 'Training' else ''}{of}"}


def _enumeration(title: str, *members: str) -> dict[str, Any]:
    return {"enum": list(members), "type": "string", "title": title, "description": "An enumeration."}


def _title(name: str) -> str:
    return name.replace("_", " ").title()
