"""The actions that are on keys: each has a binding, and each binding an id by which it can be remapped."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

from textual.binding import Binding


def bindings() -> Iterator[Binding]:
    """Every binding of this program that has an id, once. All screens are imported for it: that takes a while."""
    yield from {binding.id: binding for owner in owners() for binding in own(owner).values()}.values()


def binding(name: str) -> Binding:
    """The binding with this id. Where no class that was imported so far has it, all screens are imported.

    Raises:
        LookupError: there is none.
    """
    for among in (_imported, owners):
        for owner in among():
            if found := own(owner).get(name):
                return found
    raise LookupError(f"there is no action {name!r}")


def owners() -> Iterator[type[Any]]:
    """Every class of this program that may have keys: the application, its screens, its widgets."""
    import replicate_tui.tui as package

    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)
    yield from _imported()


def _imported() -> Iterator[type[Any]]:
    from textual.dom import DOMNode

    yield from dict.fromkeys(owner for owner in _below(DOMNode) if is_ours(owner))


def _below(owner: type[Any]) -> Iterator[type[Any]]:
    kind: type[Any]
    for kind in owner.__subclasses__():
        yield kind
        yield from _below(kind)


def is_ours(owner: type) -> bool:
    """Whether a class is of this program."""
    return owner.__module__.startswith("replicate_tui.")


def own(owner: type[Any]) -> dict[str, Binding]:
    """The bindings with an id that a class has, by their ids, those of its bases included."""
    return {
        binding.id: binding
        for base in reversed(owner.__mro__)
        if is_ours(base)
        for binding in vars(base).get("BINDINGS", ())
        if isinstance(binding, Binding) and binding.id
    }
