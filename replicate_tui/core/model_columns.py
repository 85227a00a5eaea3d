"""What a list of models shows, or of collections of them."""

from replicate_tui.core import text
from replicate_tui.core.columns import Cell, Column
from replicate_tui.core.history.rows import CollectionRow, ModelRow


def _model_name(row: ModelRow) -> Cell:
    name = text.one_line(row.name)
    return Cell(name, "strong", lead=name.find("/") + 1)


def _listed_name(row: ModelRow | CollectionRow) -> Cell:
    return Cell(text.one_line(row.name), "strong") if isinstance(row, CollectionRow) else _model_name(row)


def _listed_size(row: ModelRow | CollectionRow) -> Cell:
    """How much a model is run, and whether it is official; how many models a collection has, where that is known."""
    if isinstance(row, CollectionRow):
        return Cell("" if row.models is None else f"{len(row.models)}  ", "muted")
    return Cell(f"{text.count(row.run_count)} {OFFICIAL_MARK if row.official else ' '}", "muted")


OFFICIAL_MARK = "✓"

MODELS: tuple[Column[ModelRow | CollectionRow], ...] = (
    Column("name", "model", 16, _listed_name, grow=True),
    Column("runs", "runs", 7, _listed_size, align="right"),
)
"""Models, or collections of them, beside a form."""

MODELS_DESCRIBED: tuple[Column[ModelRow], ...] = (
    Column("name", "model", 40, _model_name),
    Column("runs", "runs", 7, lambda row: Cell(text.count(row.run_count), "muted"), align="right"),
    Column("description", "description", 40, lambda row: Cell(text.one_line(row.description)), grow=True),
)
"""Models with what they are for."""
