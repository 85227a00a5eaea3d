"""What can stand in the place of the word that is being typed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from replicate_tui.cli import candidates, tree
from replicate_tui.cli.candidates import Candidate
from replicate_tui.cli.commands import COMMANDS, Commands
from replicate_tui.cli.tree import Parameter

_MOST: Final = 2_000
"""So many candidates at the most: nobody reads more."""


@dataclass(slots=True)
class Place:
    """Where on the command line the word is: in which command, and what was given before it.

    `path` are the command's words as they were typed. `waiting` is the option whose value comes next.
    """

    command: Any
    shared: dict[str, Parameter]
    path: list[str] = field(default_factory=list)
    given: dict[str, list[str]] = field(default_factory=dict)
    arguments: list[str] = field(default_factory=list)
    waiting: Parameter | None = None
    options_over: bool = False
    own: dict[str, Parameter] = field(default_factory=dict)

    @property
    def options(self) -> dict[str, Parameter]:
        """The options that may stand here, by each of their names; a command's own come before the shared ones."""
        return self.own | {name: each for name, each in self.shared.items() if name not in self.own}

    @property
    def inner(self) -> Any:
        """The commands that the command holds, by name; none where it does something itself."""
        return getattr(self.command, "commands", {})

    def value(self, key: str) -> str | None:
        """What an option was given, or None."""
        return next(iter(self.given.get(key, ())), None)


def complete(words: Sequence[str], typed: str) -> list[Candidate]:
    """What the word `typed` may become after these words (without the program's name)."""
    return _fitting(_all(_place(words), typed), typed)


def complete_file(typed: str) -> list[Candidate]:
    """The files that the path `typed` may become."""
    return _fitting(candidates.files(typed), typed)


def _fitting(found: Iterable[Candidate], typed: str) -> list[Candidate]:
    """Those that go on with what was typed, each once; one with an unprintable sign in it cannot be typed."""
    fitting = {each.text: each for each in found if each.text.startswith(typed) and each.text.isprintable()}
    return list(fitting.values())[:_MOST]


def _place(words: Sequence[str]) -> Place:
    group = tree.root()
    place = Place(group, _by_name([*tree.parameters(group), tree.HELP]))
    for word in words:
        _walk(place, word)
    return place


def _walk(place: Place, word: str) -> None:
    """Go on by one whole word."""
    name, given, value = word.partition("=")
    if place.waiting is not None:
        place.given.setdefault(place.waiting.key, []).append(word)
        place.waiting = None
    elif word == "--" and not place.options_over:
        place.options_over = True
    elif name.startswith("-") and not place.options_over:
        option = place.options.get(name)
        if option is not None and option.takes_value and not given:
            place.waiting = option
        elif option is not None:
            place.given.setdefault(option.key, []).append(value)
    elif word in place.inner:
        place.command = place.inner[word]
        place.path.append(word)
        place.own = _by_name(tree.parameters(place.command)) if not place.inner else {}
    else:
        place.arguments.append(word)


def _by_name(parameters: Iterable[Parameter]) -> dict[str, Parameter]:
    return {name: each for each in parameters for name in (*each.names, *each.negations)}


def _all(place: Place, typed: str) -> Iterator[Candidate]:
    name, given, value = typed.partition("=")
    if place.waiting is not None:
        yield from candidates.of_parameter(place, place.waiting, typed)
    elif typed.startswith("-") and not place.options_over:
        option = place.options.get(name)
        if given and option is not None:
            yield from (each.after(f"{name}=") for each in candidates.of_parameter(place, option, value))
        elif not given:
            yield from _options(place)
    elif place.inner:
        yield from _commands(place, typed) if not place.arguments else ()
    elif (parameter := _next_argument(place)) is not None:
        yield from candidates.of_parameter(place, parameter, typed)


def _options(place: Place) -> Iterator[Candidate]:
    for name, option in place.options.items():
        shared_elsewhere = option.key in ("version", "spec") and name not in place.own and bool(place.path)
        if not shared_elsewhere and (option.repeatable or option.key not in place.given):
            yield Candidate(name, option.help)


def _commands(place: Place, typed: str) -> Iterator[Candidate]:
    """The commands that may stand here, by their other names only where no name begins with what was typed."""
    if isinstance(place.command, Commands):
        names = {each.name: each.help for each in COMMANDS}
        others = {alias: each.help for each in COMMANDS for alias in each.aliases}
    else:
        names = {name: str(one.help or "") for name, one in place.inner.items() if not one.hidden}
        others = {name: "" for name in place.inner if name not in names}
    if not any(name.startswith(typed) for name in names):
        names = others
    yield from (Candidate(name, summary) for name, summary in names.items())


def _next_argument(place: Place) -> Parameter | None:
    """The argument whose turn it is."""
    wanted = [each for each in tree.parameters(place.command) if not each.is_option]
    if len(place.arguments) < len(wanted):
        return wanted[len(place.arguments)]
    return wanted[-1] if wanted and wanted[-1].repeatable else None
