"""A version's inputs and output: a table for a person, else its whole OpenAPI document."""

import shutil
from collections.abc import Mapping
from typing import Any

from replicate_tui.cli import output


def print_schema(document: Mapping[str, Any] | None, as_json: bool) -> None:
    """Print what it takes."""
    if not output.for_people(as_json):
        output.data(document)
        return
    from replicate_tui.cli import fields

    shown = fields.lines(document, room=shutil.get_terminal_size().columns, colour=output.in_colour())
    for text in shown:
        output.line(text)
    if not shown:
        output.note("it takes no inputs")
