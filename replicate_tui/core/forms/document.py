"""A form's input as a JSON document that a person edits: written in the form's order, read with errors by line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from replicate_tui.core.forms.field import UNSET, Field, Upload
from replicate_tui.core.forms.inputs import parse, redacted
from replicate_tui.core.forms.json_lines import Entry, Problem, entries
from replicate_tui.core.forms.refusal import Refused
from replicate_tui.core.forms.typed_text import show, typed
from replicate_tui.core.forms.values import REDACTED, accept, pretty
from replicate_tui.core.text import one_line

_LINE_ENDS: Final = {ord(character): f"\\u{ord(character):04x}" for character in "\x85\u2028\u2029"}

__all__ = ["Document", "Problem", "read", "written"]


@dataclass(frozen=True, slots=True)
class Document:
    """What a document says: `raw` values for the form, and `problems` in the order of their lines.

    `raw` is empty when the text is no JSON object. It has the inputs of the form only, refused ones included;
    `whole` says whether that is all that the text says.
    """

    raw: dict[str, object]
    problems: tuple[Problem, ...]
    whole: bool


def written(fields: Sequence[Field], raw: Mapping[str, object], *, full: bool = False) -> str:
    """`raw` as a JSON object over several lines, in the order of the form; with `full` also the defaults.

    Values are written as they are sent, refused ones as they were given. What is unset is left out. A file of
    this machine is written as "@path", and other text for a file that begins with "@" as "@@…". Secrets are
    written as "[REDACTED]".
    Characters that editors take for the end of a line are escaped.
    """
    shown = redacted(fields, {name: value for name, value in raw.items() if value is not UNSET})
    given = {field.name: _value(field, shown.get(field.name, UNSET), full) for field in fields}
    text = pretty({name: value for name, value in given.items() if value is not UNSET})
    return text.translate(_LINE_ENDS) + "\n"


def read(fields: Sequence[Field], text: str, held: Mapping[str, object] | None = None) -> Document:
    """The document that a person wrote for a form of these fields: what it gives the inputs, and all that is wrong.

    "@path" is a file of this machine where the input is a file or a list of files, and text everywhere else.
    "[REDACTED]" is the secret that is `held` under its name.
    """
    found, problems = entries(text)
    if found is None:
        return Document({}, tuple(problems), whole=False)
    by_name = {field.name: field for field in fields}
    lines = {entry.name: entry for entry in found}
    raw = {name: _raw(by_name[name], entry.value) for name, entry in lines.items() if name in by_name}
    raw |= {name: secret for name, secret in secrets(fields, held or {}).items() if raw.get(name) == REDACTED}
    unknown = {name: entry.value for name, entry in lines.items() if name not in by_name}
    whole = not problems and not unknown
    errors = parse(fields, raw | unknown).errors
    problems += [_problem(lines.get(name), name, words) for name, words in errors.items()]
    return Document(raw, tuple(sorted(problems, key=lambda problem: (problem.line, problem.column))), whole)


def secrets(fields: Sequence[Field], raw: Mapping[str, object]) -> dict[str, object]:
    """Those of the raw values that are secrets."""
    given = {name: value for name, value in raw.items() if value is not UNSET}
    return {name: given[name] for name, shown in redacted(fields, given).items() if shown == REDACTED}


def _problem(entry: Entry | None, name: str, words: str) -> Problem:
    """A problem at its input's name, or at the document's beginning when the name is not there."""
    return Problem(entry.line if entry else 1, entry.column if entry else 1, one_line(words), name)


def _value(field: Field, raw: object, full: bool) -> object:
    try:
        taken = accept(field, raw)
    except Refused:
        taken = raw
    if taken is UNSET and full:
        taken = field.default
    return _written(field, taken)


def _written(field: Field, value: object) -> object:
    if isinstance(value, Upload):
        return show(field, value)
    if isinstance(value, list | tuple):
        return [_written(field.item or field, member) for member in value]
    return show(field, value) if field.kind == "file" and isinstance(value, str) else value


def _raw(field: Field, value: object) -> object:
    if field.kind == "json" and isinstance(value, str):
        shown = show(field, value)
        return shown if _is_taken(field, shown) or _is_taken(field, value) else value
    return _with_files(field, value)


def _is_taken(field: Field, raw: object) -> bool:
    try:
        accept(field, raw)
    except Refused:
        return False
    return True


def _with_files(field: Field, value: object) -> object:
    if field.kind == "file" and isinstance(value, str):
        return typed(value)
    if field.item is not None and isinstance(value, list):
        return [_with_files(field.item, member) for member in value]
    return value
