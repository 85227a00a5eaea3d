"""OpenAPI 3.0's dialect of schemas, in which models describe their inputs, as the JSON Schema that validators know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Schema = dict[str, Any] | bool

LEFT_OUT = frozenset({"$schema", "$id", "nullable"})
"""What would make of a part a document of its own, in another dialect or at another address; and what is rewritten."""

EXCLUSIVE = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
"""OpenAPI 3.0 has a flag beside a limit where JSON Schema has a limit of its own."""


def is_schema(value: object) -> bool:
    """Whether it may stand where a schema is expected."""
    return isinstance(value, Mapping | bool)


def json_schema(schema: Mapping[str, Any] | bool) -> Schema:
    """The same demands in JSON Schema (2020-12). A part that is no schema at all demands nothing."""
    if isinstance(schema, bool):
        return schema
    told = {key: _translated(key, value) for key, value in schema.items() if _makes_sense(key, value)}
    for exclusive, limit in EXCLUSIVE.items():
        if isinstance(flag := told.get(exclusive), bool):
            del told[exclusive]
            if flag and limit in told:
                told[exclusive] = told.pop(limit)
    return {"if": {"not": {"type": "null"}}, "then": told} if schema.get("nullable") is True else told


def _makes_sense(key: str, value: Any) -> bool:
    return key not in LEFT_OUT and (key not in HOLDERS or HOLDERS[key][0](value))


def _translated(key: str, value: Any) -> Any:
    return HOLDERS[key][1](value) if key in HOLDERS else value


def _are_schemas(value: Any) -> bool:
    return isinstance(value, list) and all(map(is_schema, value))


def _all(schemas: list[Any]) -> list[Schema]:
    return [json_schema(each) for each in schemas]


def _are_named(value: Any) -> bool:
    return isinstance(value, Mapping)


def _each(schemas: Mapping[str, Any]) -> dict[str, Schema]:
    return {name: json_schema(each) if is_schema(each) else True for name, each in schemas.items()}


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


_ONE = "items additionalProperties not contains propertyNames if then else unevaluatedItems unevaluatedProperties"
_MANY = "allOf anyOf oneOf prefixItems"
_NAMED = "properties patternProperties dependentSchemas $defs definitions"

HOLDERS: Mapping[str, tuple[Callable[[Any], bool], Callable[[Any], Any]]] = {
    **dict.fromkeys(_ONE.split(), (is_schema, json_schema)),
    **dict.fromkeys(_MANY.split(), (_are_schemas, _all)),
    **dict.fromkeys(_NAMED.split(), (_are_named, _each)),
    "required": (_are_names, list),
}
"""Keywords whose value is made of schemas or of names: whether it is, and its translation."""
