"""Secret inputs: the model gets them, the record of the run does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PLACEHOLDER = "[REDACTED]"
"""What stands in a prediction where a secret was."""


def redacted(values: Mapping[str, Any], schema: Mapping[str, Any] | None, component: str) -> dict[str, Any]:
    """The values as they are remembered and shown, for that component of a version's schema."""
    parts = schema["components"]["schemas"] if schema else {}
    properties = _mapping(_mapping(parts.get(component)).get("properties"))
    return {
        name: PLACEHOLDER if value is not None and _is_secret(properties.get(name)) else value
        for name, value in values.items()
    }


def _mapping(value: Any) -> Mapping[str, Any]:
    """The value, unless somebody's schema has something else here."""
    return value if isinstance(value, Mapping) else {}


def _is_secret(declared: Any) -> bool:
    if not isinstance(declared, dict):
        return False
    return declared.get("x-cog-secret") is True or declared.get("format") == "password"
