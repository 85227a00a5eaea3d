"""An earlier run's input, an example or a template, loaded into a form as far as it fits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from replicate_tui.core.forms.field import UNSET, Field
from replicate_tui.core.forms.file_input import is_cut_short
from replicate_tui.core.forms.nesting import TOO_DEEP, is_too_deep
from replicate_tui.core.forms.refusal import Refused
from replicate_tui.core.forms.typed_text import show
from replicate_tui.core.forms.values import REDACTED, accept
from replicate_tui.core.text import one_line


@dataclass(frozen=True, slots=True)
class Recalled:
    """An earlier run's input as raw values for a form, and `notes` by name on what did not fit.

    `raw` holds no Uploads: text that begins with "@" was no path where it comes from, and is none here.
    """

    raw: dict[str, object]
    notes: dict[str, str]


def recall(fields: Sequence[Field], inputs: Mapping[str, object]) -> Recalled:
    """An earlier run's or an example's `inputs` as raw values for a form made of `fields`.

    Inputs the model no longer has, redacted secrets, data: URIs that were cut short, and what is nested too deep
    are left out, each with a note. Everything else is kept, even what `parse` refuses now (out of range, a choice
    that is gone, another type): the form shows it, and its note says why it does not fit. What is required and
    missing has a note too.
    """
    by_name = {field.name: field for field in fields}
    raw: dict[str, object] = {}
    notes: dict[str, str] = {}
    for name, given in inputs.items():
        field = by_name.get(name)
        if field is None:
            notes[name] = f"{one_line(name)} is no input of this model and was left out"
            continue
        kept, note = _kept(field, given)
        if kept is not UNSET:
            raw[name] = kept
            note = note or _misfit(field, kept)
        if note:
            notes[name] = f"{name} {note}"
    missing = [field.name for field in fields if field.required and field.name not in raw and field.name not in notes]
    return Recalled(raw, notes | {name: f"{name} is required and was not given" for name in missing})


def refit(fields: Sequence[Field], raw: Mapping[str, object]) -> Recalled:
    """The raw values of another version's form, a draft or a preset, for a form made of `fields`.

    As `recall`, but for what a person typed: JSON text stays as typed, Uploads stay files, and what is still
    missing has no note.
    """
    by_name = {field.name: field for field in fields}
    kept = {name: given for name, given in raw.items() if name in by_name}
    notes = {name: f"{one_line(name)} is no input of this version and was left out" for name in raw if name not in kept}
    misfits = {name: f"{name} {note}" for name, given in kept.items() if (note := _misfit(by_name[name], given))}
    return Recalled(kept, notes | misfits)


def _kept(field: Field, given: object) -> tuple[object, str]:
    """The raw value that is left of `given`, and a note on what is not."""
    if given is None and not field.nullable:
        return UNSET, ""
    if is_too_deep(given):
        return UNSET, f"{TOO_DEEP} and was left out"
    plain = field.plain or field
    if isinstance(given, list) and plain.kind == "list" and any(map(_lost, given)):
        left = [member for member in given if not _lost(member)]
        words = "; ".join(f"item {n} {note}" for n, one in enumerate(given, start=1) if (note := _lost(one)))
        return left or UNSET, words
    if note := _lost(given):
        return UNSET, note
    return (show(field, given) if plain.kind == "json" and isinstance(given, str) else given), ""


def _lost(given: object) -> str:
    if given == REDACTED:
        return "was a secret: enter it again"
    if isinstance(given, str) and is_cut_short(given):
        return "was a file that is no longer there in full: give it again"
    return ""


def _misfit(field: Field, raw: object) -> str:
    try:
        accept(field, raw)
    except Refused as refusal:
        return f"no longer fits: it {refusal}"
    return ""
