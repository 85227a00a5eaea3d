"""The OpenAPI document of a Cog model: what it says about running it, and one made where nothing was built."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from replicate_tui.local.cog.worker import Abilities
from replicate_tui.local.work.jobs import SetupFailed

TEXTUAL = ("string", "integer", "number", "boolean")


def document(schemas: Mapping[str, Any]) -> dict[str, Any]:
    """The document in Replicate's dialect around `components.schemas`."""
    return {
        "openapi": "3.0.2",
        "info": {"title": "Cog", "version": "0.1.0"},
        "paths": {"/predictions": {"post": {"summary": "Predict", "operationId": "predict_predictions_post"}}},
        "components": {"schemas": dict(schemas)},
    }


def abilities(schema: Mapping[str, Any], *, ours: bool) -> Abilities:
    """What the document says about the model; a server of `ours` streams whatever it says.

    Raises `SetupFailed` for a document that describes no model.
    """
    try:
        components = schema["components"]["schemas"]
        properties = components["Input"].get("properties", {})
        output = _resolved(components.get("Output", {}), components)
        operation = schema.get("paths", {}).get("/predictions", {}).get("post", {})
        observable = components["Input"].get("type") == "object"
        return Abilities(
            file_inputs=frozenset(name for name, value in properties.items() if _holds_files(value)),
            iterates=output.get("x-cog-array-type") == "iterator",
            texts_only=_text(_resolved(output.get("items", output), components)),
            observable=observable,
            event_stream=observable and (ours or operation.get("x-cog-streaming") is True),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise SetupFailed("the model's OpenAPI schema has no Input that can be read") from error


def _holds_files(value: Mapping[str, Any]) -> bool:
    return any(each.get("format") == "uri" for each in _alternatives(value))


def _alternatives(value: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield value
    for inner in [value.get("items"), *value.get("anyOf", [])]:
        if isinstance(inner, Mapping):
            yield from _alternatives(inner)


def _resolved(value: Mapping[str, Any], components: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = value.get("$ref")
    return components[reference.rpartition("/")[2]] if isinstance(reference, str) else value


def _text(value: Mapping[str, Any]) -> bool:
    return value.get("type") in TEXTUAL and value.get("format") != "uri"
