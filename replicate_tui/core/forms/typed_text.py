"""Inputs as text: what a person typed made into values, and values into the text that types them again."""

from pathlib import Path

from replicate_tui.core.forms.field import UNSET, Field, Upload
from replicate_tui.core.forms.refusal import Refused
from replicate_tui.core.forms.values import accept, as_json, choice_text, json_text


def typed(text: str) -> str | Upload:
    """What a person typed: "@path" is a file of this machine, "@@x" the text "@x", else the text itself."""
    if text.startswith("@@") or len(text) < 2 or not text.startswith("@"):
        return text.removeprefix("@") if text.startswith("@@") else text
    path = Path(text[1:])
    try:
        return Upload(path.expanduser() if text.startswith("@~") else path)
    except RuntimeError:  # no such user, or no home directory
        return Upload(path)


def as_path(upload: Upload) -> str:
    """An Upload as a person types it: "@path"; a name that begins with "@" or "~" gets "./" before it."""
    path = str(upload.path)
    return f"@./{path}" if path.startswith(("@", "~")) else f"@{path}"


def guess(text: str) -> object:
    """`text` for an input without a Field: a JSON number, boolean, null, array or object, else the text."""
    try:
        found = json_text(text)
    except ValueError:
        return text
    return text if isinstance(found, str) else found


def show(field: Field, value: object) -> str:
    """`value` as the text of its editor, from which `parse` makes the same value again; "" for UNSET.

    Where files are typed, an Upload shows as "@path" and text that begins with "@" as "@@…", which `typed` reads;
    a list with Uploads shows as one value a line.
    """
    if field.plain is not None:
        return show(field.plain, value)
    match value:
        case _ if value is UNSET:
            return ""
        case Upload():
            return as_path(value)
        case list() | tuple() if any(isinstance(member, Upload) for member in value):
            return "\n".join(show(field.item or field, member) for member in value)
        case None if field.kind in ("text", "prose", "secret"):
            return ""
        case str() if field.kind == "file" and value.startswith("@"):
            return f"@{value}"
        case str() if field.kind == "json":
            return value if _reads_as(field, value) else as_json(value)
    if field.kind == "choice" and value is not None and not isinstance(value, list | tuple | dict):
        return choice_text(value)
    return value if isinstance(value, str) else as_json(value)


def shown_as_typed(field: Field, raw: object) -> str:
    """A raw value as the text of its editor: what was typed stays as it is, values show as `show` has them."""
    return raw if isinstance(raw, str) and (field.plain or field).kind == "json" else show(field, raw)


def _reads_as(field: Field, text: str) -> bool:
    try:
        return accept(field, text) == text
    except Refused:
        return False
