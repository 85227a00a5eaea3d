"""What is known of a model, or of a collection, in a few lines."""

from textual.content import Content
from textual.widgets import Static

from replicate_tui.core import text
from replicate_tui.core.history.rows import CollectionRow, ModelRow
from replicate_tui.core.model_columns import OFFICIAL_MARK
from replicate_tui.tui.key_names import key_of


class ModelCard(Static):
    """What has the cursor: its name, how much it is run or how many it holds, what it is for."""

    DEFAULT_CSS = """
    ModelCard { height: auto; max-height: 12; padding: 0 2; }
    """

    def show(self, row: ModelRow | CollectionRow | None) -> None:
        """Show a model or a collection, or nothing."""
        card = Content("") if row is None else _card(row, key_of(self.app, "table.open"))
        if self.content != card:
            self.update(card)


def _card(row: ModelRow | CollectionRow, key: str) -> Content:
    facts = _of_collection(row, key) if isinstance(row, CollectionRow) else _of_model(row)
    parts = [Content.styled(text.one_line(row.name), "b")]
    if facts:
        parts.append(facts)
    if row.description:
        parts.append(Content.styled(text.one_line(row.description), "$foreground 85%"))
    return Content("\n").join(parts)


def _of_model(row: ModelRow) -> Content:
    ran = f"{text.count(row.run_count)} {'run' if row.run_count == 1 else 'runs'}"
    facts = [Content.styled(ran, "$foreground-muted")]
    if row.official:
        facts.insert(0, Content.styled(f"{OFFICIAL_MARK} official", "$success"))
    return Content("  ").join(facts)


def _of_collection(row: CollectionRow, key: str) -> Content:
    told = f"{key} shows its models" if row.models is None else text.counted(len(row.models), "model")
    return Content.styled(told, "$foreground-muted")
