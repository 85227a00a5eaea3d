"""What should be known of one thing: a sentence, facts, and what stands in its way."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from replicate_tui.core.text import clean
from replicate_tui.tui.widgets.fact_lines import Fact, fact_lines


class AboutPane(VerticalScroll):
    """A sentence across the whole width, a warning, and facts below, apart where there is room for that."""

    DEFAULT_CSS = """
    AboutPane { scrollbar-size-vertical: 1; & > Static { height: auto; } }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._sentence, self._warning = "", ""
        self._facts: Sequence[Fact] = ()
        self._text = Static(markup=False)

    def compose(self) -> ComposeResult:
        """The text is all there is."""
        yield self._text

    def show(self, sentence: str, facts: Sequence[Fact], warning: str = "") -> None:
        """Show these."""
        self._sentence, self._facts, self._warning = clean(sentence), tuple(facts), clean(warning)
        self._draw()

    def on_resize(self) -> None:
        """Lines wrap differently now."""
        self._draw()

    def _draw(self) -> None:
        width = max(self.scrollable_content_region.width, 20)
        warning = Content.styled(f"! {self._warning}", "$text-warning") if self._warning else Content()
        blocks = [block for block in (Content(self._sentence), warning, fact_lines(self._facts, width)) if block]
        lines = sum(block.get_height({}, width) + 1 for block in blocks) - 1
        self._text.update(Content("\n\n" if lines <= self.size.height else "\n").join(blocks))
