"""What is known of a model, in a few lines."""

from textual.content import Content
from textual.widgets import Static

from replicate_tui.core import text
from replicate_tui.core.history.database import ModelRow


class ModelCard(Static):
    """The model with the cursor: its name, how much it is run, what it is for."""

    DEFAULT_CSS = """
    ModelCard { height: auto; max-height: 12; padding: 0 2; }
    """

    def show(self, model: ModelRow | None) -> None:
        """Show a model, or nothing."""
        self.update(Content("") if model is None else _card(model))


def _card(model: ModelRow) -> Content:
    parts = [Content.styled(text.one_line(model.name), "b")]
    ran = f"{text.count(model.run_count)} {'run' if model.run_count == 1 else 'runs'}"
    facts = [Content.styled(ran, "$foreground-muted")]
    if model.official:
        facts.insert(0, Content.styled("official", "$success"))
    parts.append(Content("  ").join(facts))
    if model.description:
        parts.append(Content.styled(text.one_line(model.description), "$foreground 85%"))
    return Content("\n").join(parts)
