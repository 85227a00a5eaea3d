"""Validators, made once for each schema: strict ones for the schemas of this server, lenient ones for models'.

A model's schema may be from anywhere. What of it makes no sense demands nothing, and nothing that it refers to outside
itself is ever fetched.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from replicate_tui.local.http.dialect import is_schema, json_schema

# jsonschema is imported at the first request that needs it: it costs more than the rest of the server's start.
if TYPE_CHECKING:
    from jsonschema import FormatChecker
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

log = logging.getLogger(__name__)

KEPT = 64
"""How many validators are kept."""


def body_errors(body: Any, schema: Mapping[str, Any]) -> list[ValidationError]:
    """What is wrong with a body, judged by a schema of this server's own, which must never change."""
    return list(_strict(_Same(schema)).iter_errors(body))


def input_errors(values: Any, openapi_schema: Mapping[str, Any], component: str) -> list[ValidationError]:
    """What is wrong with values, judged by a component of a model's OpenAPI document, which must never change."""
    found: list[ValidationError] = []
    try:
        for error in _lenient(_Same(openapi_schema), component).iter_errors(values):
            found.append(error)
    except RecursionError:
        log.warning("a model's schema has no end: its inputs are judged in part")
    return found


class _Same:
    """A schema as a key: equal to itself alone, which takes no look inside."""

    __slots__ = ("schema",)

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.schema is other.schema

    def __hash__(self) -> int:
        return id(self.schema)


@lru_cache(KEPT)
def _strict(key: _Same) -> Validator:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(key.schema, format_checker=_formats())


@lru_cache(KEPT)
def _lenient(key: _Same, component: str) -> Validator:
    from referencing import Registry

    schemas = key.schema["components"]["schemas"]
    told = {name: json_schema(schema) for name, schema in schemas.items() if is_schema(schema)}
    document = {"$ref": f"#/components/schemas/{component}", "components": {"schemas": told}}
    # Without a registry of ours, references to other documents would be fetched, from whatever address they name.
    judge: Validator = _lenient_kind()(document, registry=Registry(), format_checker=_formats())
    return judge


@cache
def _lenient_kind() -> Any:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    keywords = {name: _forgiving(name, judge) for name, judge in Draft202012Validator.VALIDATORS.items()}
    return extend(Draft202012Validator, validators=keywords)  # type: ignore[no-untyped-call]


def _forgiving(keyword: str, judge: Any) -> Any:
    """The keyword's own judgement, up to where its value makes no sense."""
    from jsonschema.exceptions import UnknownType
    from referencing.exceptions import Unresolvable

    senseless = (
        UnknownType,
        Unresolvable,
        re.error,
        TypeError,
        AttributeError,
        LookupError,
        ValueError,
        ArithmeticError,
    )

    def judged(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        try:
            yield from judge(validator, value, instance, schema) or ()
        except senseless as error:
            log.warning("a model's schema has a %s that judges nothing: %s", keyword, type(error).__name__)

    return judged


@cache
def _formats() -> FormatChecker:
    from jsonschema import FormatChecker

    checker = FormatChecker(formats=())
    checker.checks("uri")(_is_uri)
    return checker


def _is_uri(value: object) -> bool:
    if not isinstance(value, str):
        return True
    try:
        return bool(urlsplit(value).scheme) and "\\" not in value
    except ValueError:
        return False
