"""The bundled models: a module each, with `DECLARATION` (what it is, cheap to import) and `load()` (its predictor).

`load()` is a model's set-up: it imports what is heavy, once per worker process, and returns the function
that runs the model.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import cast

from replicate_tui.local.context import Predict
from replicate_tui.local.schema import Declaration

NAMES = ("hello-world", "painter", "upscaler", "storyteller", "sleeper")
"""Names of the models, in the order in which a list without other order shows them."""


def bundled() -> list[Declaration]:
    """The descriptions of all of them."""
    return [describe(name) for name in NAMES]


def describe(name: str) -> Declaration:
    """The description of one."""
    return cast(Declaration, import_module(_module(name)).DECLARATION)


def load(name: str) -> Predict:
    """Set the model up; may take a moment."""
    return cast(Callable[[], Predict], import_module(_module(name)).load)()


def _module(name: str) -> str:
    return f"{__name__}.{name.replace('-', '_')}"
