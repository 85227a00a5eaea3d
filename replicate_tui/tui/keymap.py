"""The keys that can be remapped in `config.toml`: every binding's id, and what is wrong with a user's choice."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from textual.binding import Binding, BindingType
from textual.keys import KEY_ALIASES, Keys, key_to_character

NAMED = frozenset({"space", "slash", "minus", "plus", "at", "underscore", "backslash"})
"""Keys that Textual names otherwise than Unicode does."""


def bindings() -> Iterator[Binding]:
    """Every binding of this program that has an id, once."""
    from textual.dom import DOMNode

    from replicate_tui.tui.screens import (  # noqa: F401 - their classes are asked
        choose_model,
        confirm,
        deployments,
        predictions,
        run,
        save_as,
        value,
        welcome,
    )

    found = (binding for owner in _below(DOMNode) if _is_ours(owner) for binding in _with_id(owner.BINDINGS))
    yield from {binding.id: binding for binding in found}.values()


def _below(owner: type[Any]) -> Iterator[type[Any]]:
    kind: type[Any]
    for kind in owner.__subclasses__():
        yield kind
        yield from _below(kind)


def _is_ours(owner: type) -> bool:
    return owner.__module__.startswith("replicate_tui.")


def mistakes(keys: Mapping[str, str]) -> list[str]:
    """What is wrong with the `[keys]` of a configuration, one sentence each."""
    if not keys:
        return []
    known = {binding.id or "" for binding in bindings()}
    found = []
    for name, chosen in keys.items():
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(sorted(known))}"
            found.append(f"config.toml [keys]: there is no action {name!r}{hint}")
        found += [
            f"config.toml [keys] {name}: {key!r} is not a key, such as f5, ctrl+s or x"
            for key in chosen.split(",")
            if not _is_key(key.strip())
        ]
    return found


def _with_id(declared: Iterable[BindingType]) -> Iterator[Binding]:
    return (binding for binding in declared if isinstance(binding, Binding) and binding.id)


def _is_key(key: str) -> bool:
    name = key.split("+")[-1]
    known = {known.value for known in Keys} | set(KEY_ALIASES) | set(NAMED)
    return len(name) == 1 or name in known or key_to_character(name) is not None
