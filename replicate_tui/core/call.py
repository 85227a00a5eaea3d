"""A request for a run as it is told in code: what is sent, with secrets by the name of a variable, never by value."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from replicate_tui.core.field import Field, Upload
from replicate_tui.core.inputs import REDACTED, redacted
from replicate_tui.core.options import RunOptions

_SHORT: Final = 60
_NOT_IN_NAMES: Final = re.compile(r"\W+", re.ASCII)


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
        return {name: _secret(name, value) if shown[name] == REDACTED else value for name, value in self.input.items()}


@dataclass(frozen=True, slots=True)
class Secret:
    """The place of a value that an environment variable holds."""

    variable: str


def variable(*parts: object) -> str:
    """A name made of these parts that every shell takes for a variable."""
    name = _NOT_IN_NAMES.sub("_", "_".join(map(str, parts)))
    return f"_{name}" if name[:1].isdigit() else name or "_"


def uploads(told: Mapping[str, object]) -> dict[str, list[Upload]]:
    """The files among the values, by input."""
    found = {name: list(_uploads(value)) for name, value in told.items()}
    return {name: files for name, files in found.items() if files}


def holds(told: Mapping[str, object], kind: type[Secret] | type[Upload]) -> bool:
    """Whether a value of this kind is anywhere in the input."""
    return any(isinstance(leaf, kind) for value in told.values() for leaf in _leaves(value))


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


def _secret(name: str, value: object) -> object:
    if isinstance(value, list):
        return [Secret(variable(name.upper(), number)) for number in range(1, len(value) + 1)]
    return Secret(variable(name.upper()))


def _uploads(value: object) -> Iterable[Upload]:
    return (leaf for leaf in _leaves(value) if isinstance(leaf, Upload))


def _leaves(value: object) -> Iterable[object]:
    if isinstance(value, list | dict):
        for member in value.values() if isinstance(value, dict) else value:
            yield from _leaves(member)
    else:
        yield value
