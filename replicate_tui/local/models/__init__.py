"""The bundled models: a module each, with `DECLARATION` (what it is, cheap to import) and `load()` (its predictor).

`load()` is a model's set-up: it imports what is heavy, once per worker process, and returns the function
that runs the model. A model that can be trained takes a file of weights there, and has `load_trainer()`.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import cast

from replicate_tui.local.schema import Declaration
from replicate_tui.local.work.context import ModelError, Predict, Train

NAMES = ("hello-world", "painter", "upscaler", "storyteller", "composer", "inspector", "sleeper")
"""Names of the models, in the order in which a list without other order shows them."""


def bundled() -> list[Declaration]:
    """The descriptions of all of them."""
    return [describe(name) for name in NAMES]


def describe(name: str) -> Declaration:
    """The description of one."""
    return cast(Declaration, import_module(_module(name)).DECLARATION)


def load(name: str, weights: Path | None = None) -> Predict:
    """Set the model up, with the weights of a training or as it was born; may take a moment.

    Raises `ModelError` for weights that it cannot take.
    """
    module = import_module(_module(name))
    if weights is None:
        return cast(Callable[[], Predict], module.load)()
    if not describe(name).trainable:
        raise ModelError(f"{name} takes no weights")
    return cast(Callable[[Path], Predict], module.load)(weights)


def load_trainer(name: str) -> Train:
    """Set the model's training up. Raises `ModelError` for a model that cannot be trained."""
    if not describe(name).trainable:
        raise ModelError(f"{name} cannot be trained")
    return cast(Callable[[], Train], import_module(_module(name)).load_trainer)()


def _module(name: str) -> str:
    return f"{__name__}.{name.replace('-', '_')}"
