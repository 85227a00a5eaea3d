"""What differs between the inputs of two versions of a model, and what that means for a form begun for the old one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from replicate_tui.core.forms.field import UNSET, Field, Kind
from replicate_tui.core.forms.refusal import Refused
from replicate_tui.core.forms.typed_text import show
from replicate_tui.core.forms.values import accept, choice_text, same
from replicate_tui.core.text import fit, one_line

Sort = Literal["added", "removed", "changed"]
Aspect = Literal["", "type", "required", "default", "choices", "bounds", "null", "deprecated", "items"]

_LISTED: Final = 6
_KINDS: Final[dict[Kind, str]] = {
    "text": "a text",
    "prose": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "choice": "a choice",
    "file": "a file",
    "list": "a list",
    "json": "JSON",
    "secret": "a secret",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference in one input. `words` go after its name; `old` and `new` are its Fields, None where it is not."""

    name: str
    sort: Sort
    aspect: Aspect
    words: str
    old: Field | None = None
    new: Field | None = None


def changes(old: Sequence[Field], new: Sequence[Field]) -> tuple[Change, ...]:
    """What became of the `old` version's inputs in the `new` one: the new form's order, then what was removed.

    An input that changed in several ways has a Change for each.
    """
    before = {field.name: field for field in old}
    after = {field.name: field for field in new}
    found = [
        change
        for field in new
        for change in (_differences(before[field.name], field) if field.name in before else [_added(field)])
    ]
    gone = [Change(field.name, "removed", "", "is gone", old=field) for field in old if field.name not in after]
    return (*found, *gone)


def what_it_means(raw: Mapping[str, object], changes: Sequence[Change]) -> tuple[str, ...]:
    """A sentence on each change that concerns a form with these raw values, made for the old version.

    Optional inputs that are new are told; changes of what the form neither holds nor must hold now are not.
    """
    by_name: dict[str, list[Change]] = {}
    for change in changes:
        by_name.setdefault(change.name, []).append(change)
    meanings = (_meaning(name, raw.get(name, UNSET), those) for name, those in by_name.items())
    return tuple(sentence for sentence in meanings if sentence)


def _added(field: Field) -> Change:
    if field.required:
        return Change(field.name, "added", "", "is new and required", new=field)
    default = "" if field.default is UNSET else f", {_shown(field, field.default)} if unset"
    return Change(field.name, "added", "", f"is new: {_KINDS[field.kind]}{default}", new=field)


def _differences(old: Field, new: Field) -> list[Change]:
    if _KINDS[old.kind] != _KINDS[new.kind]:
        words = f"was {_KINDS[old.kind]} and is now {_KINDS[new.kind]}"
        found: list[tuple[Aspect, str]] = [("type", words), ("required", _required(old, new))]
    else:
        found = [(aspect, describe(old, new)) for aspect, describe in _ASPECTS]
    return [Change(new.name, "changed", aspect, words, old, new) for aspect, words in found if words]


def _required(old: Field, new: Field) -> str:
    if old.required == new.required:
        return ""
    return "is required now" if new.required else "is no longer required"


def _default(old: Field, new: Field) -> str:
    if same(old.default, new.default):
        return ""
    if new.default is UNSET:
        return f"has no default any more (it was {_shown(old, old.default)})"
    was = "" if old.default is UNSET else f" instead of {_shown(old, old.default)}"
    return f"has the default {_shown(new, new.default)}{was}"


def _choices(old: Field, new: Field) -> str:
    before = {choice_text(member) for member in old.choices}
    after = {choice_text(member) for member in new.choices}
    gained = [choice_text(member) for member in new.choices if choice_text(member) not in before]
    lost = [choice_text(member) for member in old.choices if choice_text(member) not in after]
    parts = [f"{verb} {_listed(members)}" for verb, members in (("gained", gained), ("lost", lost)) if members]
    return " and ".join(parts)


def _bounds(old: Field, new: Field) -> str:
    if (old.minimum, old.maximum) == (new.minimum, new.maximum):
        return ""
    return f"takes {_range(new)} instead of {_range(old)}"


def _range(field: Field) -> str:
    return field.bounds or (f"any number of {field.counted}" if field.counted else "any number")


def _null(old: Field, new: Field) -> str:
    if old.nullable == new.nullable:
        return ""
    return "may be null now" if new.nullable else "may no longer be null"


def _deprecated(old: Field, new: Field) -> str:
    return "is deprecated now" if new.deprecated and not old.deprecated else ""


def _items(old: Field, new: Field) -> str:
    if old.item is None or new.item is None:
        return ""
    return "; ".join(f"each item {change.words}" for change in _differences(old.item, new.item))


_ASPECTS: Final[tuple[tuple[Aspect, Callable[[Field, Field], str]], ...]] = (
    ("required", _required),
    ("default", _default),
    ("choices", _choices),
    ("bounds", _bounds),
    ("null", _null),
    ("deprecated", _deprecated),
    ("items", _items),
)


def _meaning(name: str, raw: object, changes: Sequence[Change]) -> str:
    """What the changes of one input mean for its raw value; "" for nothing."""
    first = changes[0]
    new = first.new
    if new is None:
        return "" if _absent(first.old, raw) else f"{name} is gone: what you gave is left out"
    if first.sort == "added":
        return f"{name} {first.words}{': fill it in' if new.required else ''}"
    if _absent(new, raw):
        return _meaning_unset(name, new, changes)
    try:
        accept(new, raw)
    except Refused as refusal:
        return f"{name} no longer fits: it {refusal}"
    told = [change.words for change in changes if change.aspect in ("type", "deprecated")]
    return f"{name} {', '.join(told)}; what you gave still fits" if told else ""


def _meaning_unset(name: str, new: Field, changes: Sequence[Change]) -> str:
    aspects = {change.aspect for change in changes}
    if new.required and aspects & {"required", "default", "type"}:
        return f"{name} is required now: fill it in"
    told = [change.words for change in changes if change.aspect == "default"]
    return f"{name} {told[0]}; you left it unset" if told else ""


def _absent(field: Field | None, raw: object) -> bool:
    """Whether the input would be left out."""
    if raw is UNSET or field is None:
        return raw is UNSET
    try:
        return accept(field, raw) is UNSET
    except Refused:
        return False


def _shown(field: Field, value: object) -> str:
    return "[a secret]" if field.kind == "secret" else fit(one_line(show(field, value)), 40) or "empty text"


def _listed(members: Sequence[str]) -> str:
    shown = ", ".join(fit(one_line(member), 40) for member in members[:_LISTED])
    return f"{shown} and {len(members) - _LISTED:,} more" if len(members) > _LISTED else shown
