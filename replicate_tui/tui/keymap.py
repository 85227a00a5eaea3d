"""What is wrong with the keys that a person chose in `config.toml`."""

import importlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from itertools import combinations
from types import ModuleType
from typing import Any

from textual.binding import Binding
from textual.keys import KEY_ALIASES, Keys, key_to_character

from replicate_tui.tui.bindings import bindings, is_ours, own, owners

NAMED = frozenset({"space", "slash", "minus", "plus", "at", "underscore", "backslash"})
"""Keys that Textual names otherwise than Unicode does."""
SAID = "config.toml [keys]"

Pair = tuple[str, str]
"""The ids of two actions, in the order of the alphabet."""
Shared = tuple[Pair, str]
"""Two actions, and a key that both are on."""


@dataclass(frozen=True, slots=True)
class Place:
    """The ids of the actions that work together, and by default on which key they are."""

    names: frozenset[str]
    on_key: Mapping[str, frozenset[str]]


def mistakes(keys: Mapping[str, str]) -> list[str]:
    """What is wrong with the `[keys]` of a configuration, one sentence each. It takes a while where there are any."""
    if not keys:
        return []
    known = {binding.id or "" for binding in bindings()}
    usable = {name: chosen for name, chosen in keys.items() if name in known and not list(_no_keys(chosen))}
    told = [_unknown(name, known) for name in keys if name not in known]
    told += [
        f"{SAID} {name}: {key!r} is not a key, such as f5, ctrl+s or x"
        for name, chosen in keys.items()
        for key in _no_keys(chosen)
    ]
    return told + list(_shares(usable))


def _unknown(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, known, 1)
    hint = f"; did you mean {near[0]!r}?" if near else "; Settings, Keys lists them all"
    return f"{SAID}: there is no action {name!r}{hint}"


def _no_keys(chosen: str) -> Iterator[str]:
    return (key for key in chosen.split(",") if not _is_key(key.strip()))


def _is_key(key: str) -> bool:
    name = key.split("+")[-1]
    known = {known.value for known in Keys} | set(KEY_ALIASES) | set(NAMED)
    return len(name) == 1 or name in known or key_to_character(name) is not None


# -- two actions on one key ------


def _shares(keys: Mapping[str, str]) -> Iterator[str]:
    """For each action and key that was chosen, the actions that have it, too; what two share is told once."""
    told = defaultdict[tuple[str, str], list[str]](list)
    for pair, key in clashes(keys).items():
        chosen, other = pair if pair[0] in keys else reversed(pair)
        told[chosen, key].append(other)
    for (chosen, key), others in told.items():
        yield f"{SAID} {chosen}: {key} is the key of {' and '.join(others)}, too"


def clashes(keys: Mapping[str, str]) -> dict[Pair, str]:
    """Actions of one place that come to be on the same key by this choice, with that key.

    `keys` are those of known actions, and keys that there are. What shares its key by default is left out: there
    either the one with the focus is meant, or never are both possible.
    """
    home = _at_home()
    pairs, at_home = {pair for pair, _ in home}, {(name, key) for pair, key in home for name in pair}
    return {
        pair: key
        for pair, key in sorted(_shared(keys))
        if pair not in pairs
        if at_home.isdisjoint((name, key) for name in pair if name not in keys)
    }


@cache
def _at_home() -> frozenset[Shared]:
    """Each two actions that share a key in one place by default."""
    return frozenset(
        (pair, key)
        for place in _places()
        for key, names in place.on_key.items()
        for pair in combinations(sorted(names), 2)
    )


def _shared(keys: Mapping[str, str]) -> set[Shared]:
    """Each two actions that are on the same key in one place, at least one of them by this choice."""
    chosen = {name: frozenset(_single(key)) for name, key in keys.items()}
    found = set[Shared]()
    for place in _places():
        here = {name: on for name, on in chosen.items() if name in place.names}
        for name, on in here.items():
            for key in on:
                others = place.on_key.get(key, frozenset()) - chosen.keys()
                others |= {other for other, its in here.items() if key in its and other != name}
                found |= {((min(name, other), max(name, other)), key) for other in others}
    return found


def _single(keys: str) -> Iterator[str]:
    """The keys that a binding to these is on, as Textual names them."""
    return (each.key for each in Binding.make_bindings([Binding(keys, "", "")]))


@cache
def _places() -> tuple[Place, ...]:
    """The actions that work together, each place once; what classes there are does not change."""
    names = (frozenset((name, binding.key) for name, binding in place.items()) for place in _together())
    return tuple(map(_place, dict.fromkeys(names)))


def _place(names: frozenset[tuple[str, str]]) -> Place:
    on_key = defaultdict[str, set[str]](set)
    for name, keys in names:
        for key in _single(keys):
            on_key[key].add(name)
    return Place(frozenset(name for name, _ in names), {key: frozenset(on) for key, on in on_key.items()})


def _together() -> Iterator[Mapping[str, Binding]]:
    """The actions of each screen and the application, with those of each widget that is on it."""
    from textual.screen import ModalScreen, Screen

    from replicate_tui.tui.app import ReplicateApp

    for owner in list(owners()):
        if issubclass(owner, Screen):
            around = {} if issubclass(owner, ModalScreen) else own(ReplicateApp)
            yield around | own(owner)
            for widget in _widgets(owner):
                yield around | own(owner) | own(widget)


def _widgets(screen: type[Any]) -> Iterator[type[Any]]:
    """The classes of widgets with keys that a screen is made of: those that its modules name, and theirs."""
    from textual.screen import Screen
    from textual.widget import Widget

    found = dict.fromkeys(base for base in screen.__mro__ if is_ours(base))
    for owner in (waiting := list(found)):
        for named in _named(importlib.import_module(owner.__module__)):
            if issubclass(named, Widget) and not issubclass(named, Screen) and named not in found:
                found[named] = None
                waiting.append(named)
    yield from (owner for owner in found if own(owner) and not issubclass(owner, Screen))


def _named(module: ModuleType) -> Iterator[type[Any]]:
    return (value for value in vars(module).values() if isinstance(value, type) and is_ours(value))
