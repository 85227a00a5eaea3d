"""One value of one Field: what was typed or read from a document, made into what the API takes."""

import difflib
import json
import re
from collections.abc import Callable
from typing import Final

from replicate_tui.core.forms import json_lines, numerals
from replicate_tui.core.forms.amounts import integer, number, refuse_amount
from replicate_tui.core.forms.field import UNSET, Field, Kind, Pieces, Upload
from replicate_tui.core.forms.file_input import file_value, is_web_url, sendable
from replicate_tui.core.forms.nesting import TOO_DEEP, TooDeep, is_too_deep
from replicate_tui.core.forms.refusal import CAUSES, Refused, given
from replicate_tui.core.text import fit, one_line

REDACTED: Final = "[REDACTED]"

_CHOICES_LISTED: Final = 12
_AS_TEXT: Final = " (write @@ for text that starts with @)"
_TEXT_KINDS: Final = ("text", "prose", "secret")
_BOOLEANS: Final = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}


def accept(field: Field, raw: object) -> object:
    """`raw` as the API takes it for `field`, or UNSET when the input is to be left out.

    `raw` is text as typed, any JSON value, an Upload or UNSET. Text is never a path here.
    Raises Refused when the field does not take it.
    """
    if field.plain is not None:
        return _hidden(field.plain, raw)
    if isinstance(raw, str) and field.kind not in _TEXT_KINDS and raw not in field.choices:
        if raw.strip() == "null" and field.nullable:
            return None
        if not raw.strip():
            return UNSET
    if raw is UNSET or (raw == "" and field.kind == "secret"):
        return UNSET
    if raw is None:
        return None if field.nullable else UNSET
    if numerals.is_too_long(raw):
        raise Refused("has too many digits", "unsendable")
    taken = _TAKES[field.kind](field, raw)
    _refuse_unsendable(taken)
    return taken


def json_text(text: str) -> object:
    """The JSON value that `text` is. Raises ValueError if it is none that could be sent (NaN, infinity), or TooDeep."""
    try:
        found = json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise TooDeep from None
    if is_too_deep(found):
        raise TooDeep
    json.dumps(found, allow_nan=False)
    return found


def as_json(value: object) -> str:
    """`value` as JSON text for a person: no escapes that need not be."""
    return json.dumps(value, ensure_ascii=False)


def pretty(value: object) -> str:
    """`value` as JSON text over several lines."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def json_type(value: object) -> str:
    """What JSON Schema calls the type of `value`; 7.0 is an integer."""
    match value:
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "integer" if value.is_integer() else "number"
        case str():
            return "string"
        case list() | tuple():
            return "array"
        case None:
            return "null"
    return "object"


def same(left: object, right: object) -> bool:
    """Whether two JSON values are the same one, all the way down: 1 is 1.0, and 1, true and "1" are three."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def choice_text(member: object) -> str:
    """How a member of a choice is typed and shown."""
    return member if isinstance(member, str) else str(member)


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _refuse_unsendable(taken: object) -> None:
    if is_too_deep(taken):
        raise Refused(TOO_DEEP, "unsendable")
    try:
        json.dumps(taken, ensure_ascii=False, allow_nan=False, default=_upload_as_text).encode()
    except UnicodeEncodeError:
        raise Refused("holds characters that are not valid Unicode", "unsendable") from None
    except (TypeError, ValueError, RecursionError):
        raise Refused("holds a value that JSON does not have", "unsendable") from None


def _upload_as_text(found: object) -> str:
    if isinstance(found, Upload):
        return ""
    raise TypeError(type(found).__name__)


def _text(field: Field, raw: object) -> object:
    if isinstance(raw, Upload) and field.kind != "secret":
        return sendable(raw, _AS_TEXT)
    if isinstance(raw, bool | int | float):
        raw = as_json(raw)
    if isinstance(raw, Pieces) and raw:
        raw = _joined(raw)
    if not isinstance(raw, str):
        raise Refused(f"must be text {given(raw)}")
    refuse_amount(field, len(raw), "character")
    return raw


def _joined(pieces: Pieces) -> object:
    """The text that a run gave in pieces; its files and other values are none."""
    texts = [piece for piece in pieces if isinstance(piece, str) and not is_web_url(piece)]
    return "".join(texts) if len(texts) == len(pieces) else pieces


def _secret(field: Field, raw: object) -> object:
    if raw == REDACTED:
        raise Refused(f"is {REDACTED}: Replicate does not keep secrets, enter it again", "secret")
    return _text(field, raw)


def _hidden(plain: Field, raw: object) -> object:
    """`raw` as `plain` takes it; why it does not is told without what was given."""
    if raw == REDACTED:
        return _secret(plain, raw)
    try:
        return accept(plain, raw)
    except Refused as refusal:
        wanted = f": {' or '.join(plain.types) or plain.kind} is wanted" if refusal.cause == "type" else ""
        raise Refused(f"is {CAUSES[refusal.cause]}{wanted}", refusal.cause) from None


def _boolean(field: Field, raw: object) -> object:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, int | float) and raw in (0, 1):
        return raw == 1
    known = _BOOLEANS.get(raw.strip().casefold()) if isinstance(raw, str) else None
    if known is None:
        raise Refused(f"must be true or false {given(raw)}")
    return known


def _choice(field: Field, raw: object) -> object:
    if isinstance(raw, str | bool | int | float):
        for same in (_same_text, _same_trimmed, _same_number):
            for member in field.choices:
                if same(member, raw):
                    return member
    members = [choice_text(member) for member in field.choices]
    if len(members) <= _CHOICES_LISTED:
        listed = ", ".join(fit(one_line(member), 40) for member in members)
        raise Refused(f"must be one of: {listed} {given(raw)}", "choice")
    near = difflib.get_close_matches(str(raw)[:200], members, n=3, cutoff=0.4)
    nearest = f"; nearest: {one_line(', '.join(near))}" if near else ""
    raise Refused(f"must be one of its {len(members):,} choices {given(raw)}{nearest}", "choice")


def _same_text(member: object, raw: object) -> bool:
    return choice_text(member) == choice_text(raw)


def _same_trimmed(member: object, raw: object) -> bool:
    text = choice_text(raw).strip()
    return choice_text(member) == text or (isinstance(member, bool) and str(member).lower() == text)


def _same_number(member: object, raw: object) -> bool:
    number = numerals.exact(member)
    return number is not None and number == numerals.exact(raw)


def _list(field: Field, raw: object) -> object:
    item = field.item or Field(field.name, "json")
    members = _members(item, raw)
    refuse_amount(field, len(members), "item")
    return [_member(item, number, member) for number, member in enumerate(members, start=1)]


def _members(item: Field, raw: object) -> list[object]:
    """The members that a JSON array has, or text: a JSON array, else one value a line."""
    if isinstance(raw, list | tuple):
        return list(raw)
    if not isinstance(raw, str):
        if isinstance(raw, dict):
            raise Refused(f"must be a list {given(raw)}")
        return [raw]
    try:
        found = json_text(raw)
    except ValueError as error:
        if item.kind in ("list", "json") or re.match(r'\s*\[\s*["\]]', raw):
            raise Refused(f"must be a list: a JSON array ({one_line(str(error))})") from None
        return _lines(raw)
    if isinstance(found, list):
        return found
    if item.kind in ("list", "json"):
        raise Refused(f"must be a list: a JSON array {given(raw)}")
    return _lines(raw)


def _lines(text: str) -> list[object]:
    return [line for line in text.replace("\r\n", "\n").split("\n") if line.strip()]


def _member(item: Field, number: int, raw: object) -> object:
    try:
        taken = _of_types(item, raw) if item.kind == "json" and isinstance(raw, str) else accept(item, raw)
    except Refused as error:
        raise Refused(f"item {number} {error}", error.cause) from None
    if taken is UNSET:
        raise Refused(f"item {number} is empty")
    return taken


def _json(field: Field, raw: object) -> object:
    if isinstance(raw, Upload):
        return sendable(raw, _AS_TEXT)
    if not isinstance(raw, str):
        return _of_types(field, raw)
    try:
        found = json_text(raw)
    except TooDeep:
        raise Refused(TOO_DEEP, "unsendable") from None
    except ValueError:
        if field.types and "string" not in field.types:
            raise Refused(f"must be JSON: {_wanted(field)}; {_fault(raw)}") from None
        found = raw
    if "string" in field.types and not _has_type(found, field.types):
        found = raw
    return _of_types(field, found)


def _of_types(field: Field, found: object) -> object:
    if not _has_type(found, field.types):
        raise Refused(f"must be JSON: {_wanted(field)} {given(found)}")
    return found


def _wanted(field: Field) -> str:
    return " or ".join(field.types)


def _fault(text: str) -> str:
    """Where and why `text` is no JSON."""
    fault = json_lines.fault(text)
    if fault is None:
        return given(text)
    line = f"line {fault.line}, " if "\n" in text.strip() else ""
    return f"{line}column {fault.column}: {fault.words}"


def _has_type(found: object, types: tuple[str, ...]) -> bool:
    name = json_type(found)
    return not types or name in types or (name == "integer" and "number" in types)


_TAKES: Final[dict[Kind, Callable[[Field, object], object]]] = {
    "text": _text,
    "prose": _text,
    "secret": _secret,
    "integer": integer,
    "number": number,
    "boolean": _boolean,
    "choice": _choice,
    "file": lambda _, raw: file_value(raw),
    "list": _list,
    "json": _json,
}
