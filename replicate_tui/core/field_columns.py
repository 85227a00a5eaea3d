"""What a list of a model's inputs shows."""

from replicate_tui.core import text
from replicate_tui.core.columns import Cell, Column
from replicate_tui.core.forms.inputs import UNSET, Field, show


def _field_kind(field: Field) -> Cell:
    """What it takes; of a list also what of."""
    words: list[str] = []
    current: Field | None = field
    while current is not None:
        words.append(current.kind)
        current = current.item
    return Cell(" of ".join(words))


def _field_range(field: Field) -> Cell:
    if field.choices:
        return Cell(text.one_line(", ".join(str(choice) for choice in field.choices)), "muted")
    low = "" if field.minimum is None else f"{field.minimum}"
    high = "" if field.maximum is None else f"{field.maximum}"
    return Cell(f"{low}–{high} {field.counted}".rstrip() if low or high else "", "muted")


def _field_default(field: Field) -> Cell:
    if field.required:
        return Cell("required", "accent")
    return Cell("" if field.default is UNSET else text.one_line(show(field, field.default)))


FIELDS: tuple[Column[Field], ...] = (
    Column("name", "input", 20, lambda field: Cell(text.one_line(field.name), "strong")),
    Column("kind", "kind", 8, _field_kind),
    Column("default", "default", 12, _field_default, grow=True),
    Column("range", "range", 16, _field_range, grow=True),
)
"""A model's inputs; what each is for is longer than a cell."""
