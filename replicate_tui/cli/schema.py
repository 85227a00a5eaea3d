"""A version's inputs, and those of its training: tables for a person, else its whole OpenAPI document."""

import shutil
from collections.abc import Mapping
from typing import Any

from replicate_tui.cli import output


def print_schema(document: Mapping[str, Any] | None, as_json: bool, *, training: bool = False) -> None:
    """Print what it takes; with `training` what a training of it takes as well, where it can be trained."""
    if not output.for_people(as_json):
        output.data(document)
        return
    from replicate_tui.core.verbs.training import COMPONENT, declares_training

    if not _print_inputs(document, "Input"):
        output.note("it takes no inputs")
    if training and declares_training(document):
        output.line("\ntraining")
        if not _print_inputs(document, COMPONENT):
            output.note("a training of it takes no inputs")


def _print_inputs(document: Mapping[str, Any] | None, component: str) -> bool:
    """Print a table of inputs; whether there are any."""
    from replicate_tui.cli import fields

    room = shutil.get_terminal_size().columns
    shown = fields.lines(document, room=room, colour=output.in_colour(), component=component)
    for text in shown:
        output.line(text)
    return bool(shown)
