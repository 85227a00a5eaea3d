"""The commands as data: what each takes, read from the functions that do them."""

import inspect
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Union, cast, get_args, get_origin

import typer

from replicate_tui.cli.commands import COMMANDS, Commands

Kind = Literal["text", "integer", "number", "boolean", "path", "choice"]

_KINDS: Final[dict[object, Kind]] = {bool: "boolean", int: "integer", float: "number", Path: "path"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """An argument or an option of a command.

    `names` are how it is written (`--json`, `-y`), empty for an argument; `negations` are those that say no
    (`--no-wait`). `metavar` stands for its value in a help text, "" where nothing does. `default` is a JSON value, None
    where leaving it out means more than any value. `minimum` and `maximum` bound a number.
    """

    key: str
    names: tuple[str, ...]
    negations: tuple[str, ...]
    metavar: str
    help: str
    kind: Kind
    choices: tuple[str, ...]
    default: object
    required: bool
    repeatable: bool
    variable: str | None
    minimum: float | None
    maximum: float | None

    @property
    def is_option(self) -> bool:
        """Whether it is written with its name."""
        return bool(self.names)

    @property
    def takes_value(self) -> bool:
        """Whether a value is written after its name."""
        return self.is_option and self.kind != "boolean"


@dataclass(frozen=True, slots=True)
class Node:
    """A command, or a group of them (`inner`), as it is reached by `path`; `aliases` are other names of its last word.

    `command` is typer's own object.
    """

    path: tuple[str, ...]
    aliases: tuple[str, ...]
    section: str
    command: Any

    @property
    def name(self) -> str:
        """The whole of it, without the program's name."""
        return " ".join(self.path)

    @property
    def summary(self) -> str:
        """What it does, in a sentence."""
        return str(self.command.help or "").strip()

    @property
    def is_group(self) -> bool:
        """Whether it holds commands and does nothing itself."""
        return hasattr(self.command, "commands")


HELP: Final = Parameter(
    "help",
    ("-h", "--help"),
    (),
    "",
    "Show this message and exit.",
    "boolean",
    (),
    False,
    False,
    False,
    None,
    None,
    None,
)
"""What every command takes."""


def root() -> Commands:
    """The program's own group of commands; none of them is imported yet."""
    from typer.main import get_command

    from replicate_tui.cli.program import app

    return cast(Commands, get_command(app))


def first_level(group: Commands) -> Iterator[Node]:
    """The commands of the first level, as the help orders them; each is imported as it is reached."""
    for listed in COMMANDS:
        yield Node((listed.name,), listed.aliases, listed.section, group.commands[listed.name])


def inner(node: Node) -> Iterator[Node]:
    """The commands of a group, those that only repeat another one told as its aliases."""
    if not node.is_group:
        return
    found = node.command.commands
    hidden = {name: one.callback for name, one in found.items() if one.hidden}
    for name, one in found.items():
        if not one.hidden:
            aliases = tuple(alias for alias, callback in hidden.items() if _same(callback, one.callback))
            yield Node((*node.path, name), aliases, node.section, one)


def every(group: Commands) -> Iterator[Node]:
    """All groups and commands, each group before what it holds."""
    for node in first_level(group):
        yield node
        yield from inner(node)


def find(group: Commands, words: Sequence[str]) -> Node | None:
    """The group or command that words or their aliases name; None where they name none, or go on after one."""
    nodes = first_level(group)
    node: Node | None = None
    for word in words:
        node = next((each for each in nodes if word in (each.path[-1], *each.aliases)), None)
        if node is None:
            return None
        nodes = inner(node)
    return node


def parameters(command: Any) -> tuple[Parameter, ...]:
    """What a command takes, in the order of its help, and without what every command takes."""
    return tuple(_parameter(each, command.callback) for each in command.params if not each.hidden)


def _same(left: Any, right: Any) -> bool:
    return inspect.unwrap(left) is inspect.unwrap(right)


def _parameter(found: Any, callback: Any) -> Parameter:
    annotation = _annotation(callback, found.name)
    several = get_origin(annotation) is list
    value = get_args(annotation)[0] if several else annotation
    choices = tuple(str(member.value) for member in value) if _is_choice(value) else ()
    option = found.param_type_name == "option"
    return Parameter(
        key=found.name,
        names=tuple(found.opts) if option else (),
        negations=tuple(found.secondary_opts),
        metavar=found.metavar or ("" if option else found.name.upper()),
        help=(found.help or "").strip(),
        kind="choice" if choices else _KINDS.get(value, "text"),
        choices=choices,
        default=_json(found.default),
        required=bool(found.required),
        repeatable=several,
        variable=found.envvar if isinstance(found.envvar, str) else None,
        minimum=_bound(callback, found.name, "min"),
        maximum=_bound(callback, found.name, "max"),
    )


def _annotation(callback: Any, name: str) -> Any:
    """The type of a parameter's value, without what typer is told of it and without None."""
    found = inspect.signature(callback).parameters[name].annotation
    found = get_args(found)[0] if get_origin(found) is Annotated else found
    if get_origin(found) in (Union, types.UnionType):
        return next(each for each in get_args(found) if each is not type(None))
    return found


def _bound(callback: Any, name: str, which: str) -> float | None:
    found = inspect.signature(callback).parameters[name].annotation
    told = [each for each in get_args(found)[1:] if isinstance(each, typer.models.ParameterInfo)]
    return getattr(told[0], which) if told else None


def _is_choice(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, Enum)


def _json(default: object) -> object:
    if isinstance(default, Enum):
        return default.value
    return default if default is None or isinstance(default, bool | int | float | str) else str(default)
