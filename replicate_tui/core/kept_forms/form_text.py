"""The raw values of a form as text to keep: JSON, beside it the places at which a path means a file to upload.

Such a file is no text that begins with "@", which any input may be: the places are kept apart from the values.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from replicate_tui.core.forms import inputs
from replicate_tui.core.forms.file_input import absolute
from replicate_tui.core.forms.inputs import REDACTED, UNSET, Field, Upload

LARGEST: Final = 16 * 1024 * 1024
"""Bytes of a form that are kept; more is no form that a person filled."""

Place = tuple[str | int, ...]


class TooLarge(ValueError):
    """A form that holds more than is kept."""


def as_json(fields: Sequence[Field], raw: Mapping[str, object]) -> str:
    """What is kept of raw values: all but secrets and what is left out; files by their absolute paths.

    Raises:
        TooLarge: it has more than `LARGEST` bytes.
    """
    kept = without_secrets(fields, raw)
    try:
        text = json.dumps({"values": kept, "files": []})
    except TypeError:  # walking through every value is slow, and seldom needed
        text = json.dumps({"values": _plain(kept), "files": list(_places(kept))})
    if len(text) > LARGEST:  # as ASCII, a character is a byte
        raise TooLarge(f"the form holds more than {LARGEST // 1024 // 1024} MB")
    return text


def from_json(text: str) -> dict[str, object]:
    """The raw values in a text that was kept."""
    kept = json.loads(text)
    values: dict[str, object] = kept["values"]
    for first, *rest in kept["files"]:
        values[first] = _with_upload(values[first], rest)
    return values


def without_secrets(fields: Sequence[Field], raw: Mapping[str, object]) -> dict[str, object]:
    """The raw values that are given and no secrets."""
    given = {name: value for name, value in raw.items() if value is not UNSET}
    shown = inputs.redacted(fields, given)
    return {name: value for name, value in given.items() if value == REDACTED or shown[name] != REDACTED}


def _plain(value: object) -> object:
    match value:
        case Upload():
            return str(absolute(value).path)
        case Mapping():
            return {name: _plain(member) for name, member in value.items()}
        case list() | tuple():
            return [_plain(member) for member in value]
    return value


def _places(value: object, place: Place = ()) -> Iterator[Place]:
    """Where uploads are."""
    match value:
        case Upload():
            yield place
        case Mapping():
            for name, member in value.items():
                yield from _places(member, (*place, name))
        case list() | tuple():
            for number, member in enumerate(value):
                yield from _places(member, (*place, number))


def _with_upload(value: object, place: Sequence[str | int]) -> object:
    """The value with an Upload at the place."""
    if not place:
        return Upload(Path(str(value)))
    first, *rest = place
    held: Any = value
    held[first] = _with_upload(held[first], rest)
    return held
