"""Inputs of a model: its schema as Fields, what a person typed as typed values, errors per field."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from replicate_tui.core import field_names
from replicate_tui.core.field import UNSET, Field, Kind, Unset, Upload
from replicate_tui.core.file_input import is_cut_short
from replicate_tui.core.refusal import Refused
from replicate_tui.core.schema import fields
from replicate_tui.core.text import one_line
from replicate_tui.core.values import REDACTED, accept, as_json, choice_text, json_text

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
    "show",
    "typed",
    "without_defaults",
]

_NAMES_LISTED: Final = 12


@dataclass(frozen=True, slots=True)
class Parsed:
    """The `input` to send, by name, and what is wrong with it: `errors` by name, in words for a person.

    Values of `input` are JSON values, and Uploads where a file has yet to be uploaded.
    Nothing is to be sent while there are errors.
    """

    input: dict[str, object]
    errors: dict[str, str]


@dataclass(frozen=True, slots=True)
class Recalled:
    """An earlier run's input as raw values for a form, and `notes` by name on what could not be kept."""

    raw: dict[str, object]
    notes: dict[str, str]


def parse(fields: Sequence[Field], raw: Mapping[str, object]) -> Parsed:
    """What `raw` gives the inputs, each judged by its Field.

    Raw values are text as typed or read from a document, any JSON value, an Upload, or UNSET for an
    input to be left out; null leaves out too, unless the field takes null. Text is never a path here.
    """
    taken: dict[str, object] = {}
    errors: dict[str, str] = {}
    for field in fields:
        try:
            found = accept(field, raw.get(field.name, UNSET))
        except Refused as refusal:
            errors[field.name] = f"{field.name} {refusal}"
            continue
        if found is not UNSET:
            taken[field.name] = found
        elif field.required:
            errors[field.name] = f"{field.name} is required"
    known = [field.name for field in fields]
    unknown = [name for name in raw if name not in known and raw[name] is not UNSET]
    return Parsed(taken, errors | {name: _unknown(name, known) for name in unknown})


def _unknown(name: str, known: Sequence[str]) -> str:
    problem = f"unknown input '{one_line(name)}'"
    if not known:
        return f"{problem}; this model takes no inputs"
    near = difflib.get_close_matches(name[:100], known, n=3)
    if near:
        return f"{problem}; did you mean {' or '.join(repr(one) for one in near)}?"
    more = f" and {len(known) - _NAMES_LISTED} more" if len(known) > _NAMES_LISTED else ""
    return f"{problem}; this model takes {', '.join(known[:_NAMES_LISTED])}{more}"


def typed(text: str) -> str | Upload:
    """What a person typed: "@path" is a file of this machine, "@@x" the text "@x", else the text itself."""
    if text.startswith("@@") or len(text) < 2 or not text.startswith("@"):
        return text.removeprefix("@") if text.startswith("@@") else text
    path = Path(text[1:])
    try:
        return Upload(path.expanduser())
    except RuntimeError:  # no such user, or no home directory
        return Upload(path)


def guess(text: str) -> object:
    """`text` for an input without a Field: a JSON number, boolean, null, array or object, else the text."""
    try:
        found = json_text(text)
    except ValueError:
        return text
    return text if isinstance(found, str) else found


def show(field: Field, value: object) -> str:
    """`value` as the text of its editor, from which `parse` makes the same value again; "" for UNSET.

    An Upload shows as "@path", which `typed` reads, and a list with Uploads as one value a line.
    """
    match value:
        case _ if value is UNSET:
            return ""
        case Upload():
            return f"@{value.path}"
        case list() | tuple() if any(isinstance(member, Upload) for member in value):
            return "\n".join(show(field.item or field, member) for member in value)
        case None if field.kind in ("text", "prose", "secret"):
            return ""
        case str() if field.kind == "json":
            return value if _reads_as(field, value) else as_json(value)
    if field.kind == "choice" and value is not None and not isinstance(value, list | tuple | dict):
        return choice_text(value)
    return value if isinstance(value, str) else as_json(value)


def _reads_as(field: Field, text: str) -> bool:
    try:
        return accept(field, text) == text
    except Refused:
        return False


def without_defaults(fields: Sequence[Field], inputs: Mapping[str, object]) -> dict[str, object]:
    """`inputs` without the values that the model would take anyway.

    A required input stays even then. 1 and 1.0 are the same value; 1, true and "1" are three.
    """
    defaults = {field.name: field.default for field in fields if not field.required}
    return {name: given for name, given in inputs.items() if not _same(given, defaults.get(name, UNSET))}


def _same(left: object, right: object) -> bool:
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return left == right and isinstance(left, bool) == isinstance(right, bool)


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


def recall(fields: Sequence[Field], inputs: Mapping[str, object]) -> Recalled:
    """An earlier run's or an example's `inputs` as raw values for a form made of `fields`.

    Inputs the model no longer has, redacted secrets, and data: URIs that were cut short are left out with a
    note. Everything else is kept, even what `parse` refuses now: the form shows it and asks for another.
    """
    by_name = {field.name: field for field in fields}
    raw: dict[str, object] = {}
    notes: dict[str, str] = {}
    for name, given in inputs.items():
        note = _not_kept(by_name.get(name), given)
        if note:
            notes[name] = f"{name} {note}"
        elif given is not None or by_name[name].nullable:
            raw[name] = given
    return Recalled(raw, notes)


def _not_kept(field: Field | None, given: object) -> str:
    if field is None:
        return "is no input of this model and was left out"
    if given == REDACTED:
        return "was a secret: enter it again"
    if isinstance(given, str) and is_cut_short(given):
        return "was a file that is no longer there in full: give it again"
    return ""
