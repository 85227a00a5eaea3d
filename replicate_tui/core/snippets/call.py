"""A request for a run as it is told in code: what is sent, with secrets by the name of a variable, never by value."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from replicate_tui.core.forms.field import Field, Upload
from replicate_tui.core.forms.inputs import REDACTED, redacted
from replicate_tui.core.forms.options import RunOptions
from replicate_tui.core.snippets.variable_names import VariableNames

_SHORT: Final = 60


@dataclass(frozen=True, slots=True)
class Call:
    """One run as it would be sent.

    `model` is "owner/name", "" if only the version is known. `version` is the id that runs, "" to run the model by
    its name. `input` holds JSON values and Uploads; `fields` tell which of them are secrets. `options` may pin
    another version, or name a deployment that runs it. `streams` says that the output comes in pieces of a text.
    """

    model: str
    input: Mapping[str, object]
    fields: Sequence[Field] = ()
    version: str = ""
    options: RunOptions = field(default_factory=RunOptions)
    streams: bool = False

    @property
    def runs(self) -> str:
        """The version that runs, "" for the model by its name."""
        return self.options.version or self.version

    @property
    def reference(self) -> str:
        """What runs, as clients take it: "owner/name", "owner/name:version", or a version's id alone."""
        return ":".join(part for part in (self.model, self.runs) if part)

    def told(self) -> dict[str, object]:
        """The input to tell: JSON values, Uploads, and a Secret for each secret."""
        shown = redacted(self.fields, self.input)
        names = VariableNames()
        return {
            name: _secret(names, name, value) if shown[name] == REDACTED else value
            for name, value in self.input.items()
        }


@dataclass(frozen=True, slots=True)
class Secret:
    """The place of a value that an environment variable holds: a text, or what is no text as JSON (`is_json`)."""

    variable: str
    is_json: bool


def uploads(told: Mapping[str, object]) -> dict[str, list[Upload]]:
    """The files among the values, by input."""
    found = {name: list(_uploads(value)) for name, value in told.items()}
    return {name: files for name, files in found.items() if files}


def holds(told: object, *kinds: type[Secret] | type[Upload]) -> bool:
    """Whether a value of one of these kinds is anywhere in the input, or in a value of it."""
    return any(isinstance(leaf, kinds) for leaf in leaves(told))


@dataclass(frozen=True, slots=True)
class Layout:
    """How a language writes nested values: its leaves, its keys with what follows them, its habits."""

    leaf: Callable[[object], str]
    key: Callable[[str], str]
    indent: str = "  "
    last_comma: str = ","

    def write(self, value: object, level: int = 0) -> str:
        """`value` over several lines; lists that are short and hold no others on one."""
        if not isinstance(value, dict | list) or not value:
            return self.leaf(value)
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        if isinstance(value, dict):
            members = [self.key(name) + self.write(member, level + 1) for name, member in value.items()]
        else:
            members = [self.write(member, level + 1) for member in value]
            line = ", ".join(members)
            if len(line) <= _SHORT and "\n" not in line:
                return f"[{line}]"
        start = "\n" + self.indent * (level + 1)
        return opening + start + f",{start}".join(members) + self.last_comma + "\n" + self.indent * level + closing


def quoted(text: str) -> str:
    """`text` in double quotes as JSON and JavaScript read it; what does not print is escaped."""
    return _escaped(text, _in_halves)


def quoted_for_python(text: str) -> str:
    """`text` in double quotes as Python reads it; what does not print is escaped."""
    return _escaped(text, lambda character: f"\\U{ord(character):08x}")


def _escaped(text: str, beyond: Callable[[str], str]) -> str:
    plain = json.dumps(text, ensure_ascii=False)
    if plain.isprintable():
        return plain
    return "".join(one if one.isprintable() else _escape(one, beyond) for one in plain)


def _escape(character: str, beyond: Callable[[str], str]) -> str:
    return f"\\u{ord(character):04x}" if ord(character) <= 0xFFFF else beyond(character)


def _in_halves(character: str) -> str:
    return json.dumps(character)[1:-1]


def _secret(names: VariableNames, name: str, value: object) -> object:
    if isinstance(value, list):
        return [_place(names, member, name.upper(), number) for number, member in enumerate(value, start=1)]
    return _place(names, value, name.upper())


def _place(names: VariableNames, value: object, *parts: object) -> Secret:
    return Secret(names.name(*parts, otherwise="SECRET"), is_json=not isinstance(value, str))


def _uploads(value: object) -> Iterable[Upload]:
    return (leaf for leaf in leaves(value) if isinstance(leaf, Upload))


def leaves(value: object) -> Iterable[object]:
    """What lists and objects hold in the end."""
    if isinstance(value, list | dict):
        for member in value.values() if isinstance(value, dict) else value:
            yield from leaves(member)
    else:
        yield value
