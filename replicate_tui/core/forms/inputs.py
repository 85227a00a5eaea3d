"""Inputs of a model: its schema as Fields, what a person typed as typed values, errors per field."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from replicate_tui.core.forms import field_names
from replicate_tui.core.forms.field import UNSET, Field, Kind, Unset, Upload
from replicate_tui.core.forms.file_input import is_large
from replicate_tui.core.forms.recalling import Recalled, recall, refit
from replicate_tui.core.forms.refusal import Refused
from replicate_tui.core.forms.schema import fields
from replicate_tui.core.forms.typed_text import guess, show, shown_as_typed, typed
from replicate_tui.core.forms.values import REDACTED, accept, json_text, same
from replicate_tui.core.text import one_line, size

__all__ = [
    "REDACTED",
    "UNSET",
    "Field",
    "Kind",
    "Parsed",
    "Recalled",
    "Unset",
    "Upload",
    "fields",
    "guess",
    "parse",
    "recall",
    "redacted",
    "refit",
    "same",
    "show",
    "shown_as_typed",
    "typed",
    "without_defaults",
]

_NAMES_LISTED: Final = 12


@dataclass(frozen=True, slots=True)
class Parsed:
    """The `input` to send, by name, and what is wrong with it: `errors` by name, in words for a person.

    Values of `input` are JSON values, and Uploads where a file has yet to be uploaded.
    Nothing is to be sent while there are errors. `warnings`, by name too, are about what can be sent all the same.
    """

    input: dict[str, object]
    errors: dict[str, str]
    warnings: dict[str, str] = field(default_factory=dict)


def parse(fields: Sequence[Field], raw: Mapping[str, object]) -> Parsed:
    """What `raw` gives the inputs, each judged by its Field.

    Raw values are text as typed or read from a document, any JSON value, an Upload, or UNSET for an
    input to be left out; null leaves out too, unless the field takes null. Text is never a path here.
    """
    taken: dict[str, object] = {}
    errors: dict[str, str] = {}
    for one in fields:
        try:
            found = accept(one, raw.get(one.name, UNSET))
        except Refused as refusal:
            errors[one.name] = f"{one.name} {refusal}"
            continue
        if found is not UNSET:
            taken[one.name] = found
        elif one.required:
            errors[one.name] = f"{one.name} is required"
    known = [one.name for one in fields]
    unknown = [name for name in raw if name not in known and raw[name] is not UNSET]
    warnings = {one.name: _warning(one, raw[one.name], taken[one.name]) for one in fields if one.name in taken}
    return Parsed(
        taken,
        errors | {name: _unknown(name, known) for name in unknown},
        {name: words for name, words in warnings.items() if words},
    )


def _warning(field: Field, raw: object, taken: object) -> str:
    large = [one for one in (taken if isinstance(taken, list) else [taken]) if is_large(one)]
    if large:
        advice = "given as @path it is uploaded instead, which is faster and keeps the run's record small"
        return f"{field.name} is a data: URI of {size(max(len(str(one)) for one in large))}: {advice}"
    if doubt := _no_json(field.plain or field, raw, taken):
        return f"{field.name} {doubt}"
    return f"{field.name} is deprecated: the model may stop taking it" if field.deprecated else ""


def _no_json(field: Field, raw: object, taken: object) -> str:
    """What is wrong with text that begins like JSON where JSON would be taken too."""
    if field.item is not None and isinstance(raw, list) and isinstance(taken, list):
        doubts = (_no_json(field.item, *pair) for pair in zip(raw, taken, strict=True))
        return next((f"item {number} {doubt}" for number, doubt in enumerate(doubts, start=1) if doubt), "")
    if field.kind != "json" or not isinstance(taken, str) or raw != taken:
        return ""
    structure = {"[": "array", "{": "object"}.get(taken.lstrip()[:1])
    if structure is None or (field.types and structure not in field.types):
        return ""
    try:
        json_text(taken)
    except ValueError as error:
        return f"begins like JSON and is sent as text, for it is no JSON: {one_line(str(error))}"
    return ""


def _unknown(name: str, known: Sequence[str]) -> str:
    problem = f"unknown input '{one_line(name)}'"
    if not known:
        return f"{problem}; this model takes no inputs"
    near = difflib.get_close_matches(name[:100], known, n=3)
    if near:
        return f"{problem}; did you mean {' or '.join(repr(one) for one in near)}?"
    more = f" and {len(known) - _NAMES_LISTED} more" if len(known) > _NAMES_LISTED else ""
    return f"{problem}; this model takes {', '.join(known[:_NAMES_LISTED])}{more}"


def without_defaults(fields: Sequence[Field], inputs: Mapping[str, object]) -> dict[str, object]:
    """`inputs` without the values that the model would take anyway.

    A required input stays even then.
    """
    defaults = {field.name: field.default for field in fields if not field.required}
    return {name: given for name, given in inputs.items() if not same(given, defaults.get(name, UNSET))}


def redacted(fields: Sequence[Field], inputs: Mapping[str, object]) -> dict[str, object]:
    """`inputs` as it is stored and shown: secrets replaced by "[REDACTED]".

    An input that no Field describes is a secret when its name says so.
    """
    by_name = {field.name: field for field in fields}
    return {
        name: REDACTED if given is not None and _is_secret(name, by_name.get(name)) else given
        for name, given in inputs.items()
    }


def _is_secret(name: str, field: Field | None) -> bool:
    if field is None:
        return field_names.is_secret(name)
    return field.kind == "secret" or (field.item is not None and _is_secret(name, field.item))
