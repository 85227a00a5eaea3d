"""A model's inputs for a person: a row for each, and below it what is too long for a cell, and what it is for."""

import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from replicate_tui.cli.table import GAP
from replicate_tui.cli.table import lines as table_lines
from replicate_tui.core.columns import Cell, Column
from replicate_tui.core.field_columns import FIELDS
from replicate_tui.core.forms import inputs
from replicate_tui.core.forms.inputs import Field
from replicate_tui.core.forms.schema import resolved
from replicate_tui.core.text import cell_width, one_line

_NAME = 24
"""Cells for a name; a longer one has a line of its own, so that it takes no room from the others."""
_KIND = 16
_INDENT = "    "


def lines(document: Mapping[str, Any] | None, *, room: int, colour: bool, component: str = "Input") -> list[str]:
    """What the inputs in a model's OpenAPI document take, for a terminal of that width; none if it has no inputs.

    `component` is the part of the document that tells the inputs.
    """
    fields = inputs.fields(document, component)
    most = max(0, (room - _NAME - _KIND - 3 * GAP) // 2)
    limits = {"name": _NAME, "default": most, "range": most}
    columns = [_limited(column, limits[column.key]) if column.key in limits else column for column in FIELDS]
    head, *rows = table_lines(columns, fields, room=room, colour=colour)
    shown = [head]
    for number, (field, row) in enumerate(zip(fields, rows, strict=True)):
        shown += [""] if number else []
        if _is_long(FIELDS[0], field, _NAME):
            shown += table_lines(FIELDS[:1], [field], room=None, colour=colour)[1:]
        shown.append(row)
        for words in _below(field, document, component, most):
            shown += textwrap.wrap(
                words, room, initial_indent=_INDENT, subsequent_indent=_INDENT, break_on_hyphens=False
            )
    return shown if fields else []


def _limited(column: Column[Field], most: int) -> Column[Field]:
    """The column with nothing in the cells that would need more than so much room."""

    def cell(field: Field) -> Cell:
        return Cell("") if _is_long(column, field, most) else column.cell(field)

    return replace(column, cell=cell)


def _is_long(column: Column[Field], field: Field, most: int) -> bool:
    return cell_width(column.cell(field).text) > most


def _below(field: Field, document: Mapping[str, Any] | None, component: str, most: int) -> Iterator[str]:
    """What stands below the row, a paragraph each."""
    by_key: dict[str, Callable[[Field], Cell]] = {column.key: column.cell for column in FIELDS}
    default, range_ = by_key["default"](field).text, by_key["range"](field).text
    yield one_line(field.description)
    if cell_width(default) > most:
        yield default if field.required else f"default: {default}"
    if cell_width(range_) > most:
        yield f"{'one of' if field.choices else 'range'}: {range_}"
    if pattern := _pattern(document, component, field.name):
        yield f"pattern: {pattern}"
    if field.deprecated:
        yield "deprecated: the model may stop taking it"


def _pattern(document: Mapping[str, Any] | None, component: str, name: str) -> str:
    """The regular expression that a text must match, where the schema names one."""
    node, _ = resolved(document, f"{component}/properties/{name.replace('~', '~0').replace('/', '~1')}")
    pattern = node.get("pattern")
    return one_line(pattern) if isinstance(pattern, str) else ""
