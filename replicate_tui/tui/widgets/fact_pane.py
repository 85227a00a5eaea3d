"""A pane of facts, in blocks, that scrolls."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from replicate_tui.tui.widgets.fact_lines import Fact, fact_lines, names_width

SCROLLBAR = 1
"""Cells that the scroll bar takes."""


class FactPane(VerticalScroll):
    """Shows blocks of facts, wrapped to its width, with a line between them where there is room for all of it."""

    DEFAULT_CSS = """
    FactPane { scrollbar-size-vertical: 1; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._blocks: tuple[tuple[Fact, ...], ...] = ()
        self._text = Static(markup=False)

    def compose(self) -> ComposeResult:
        """The text is all there is."""
        yield self._text

    def show(self, blocks: Sequence[Sequence[Fact]]) -> None:
        """Show these blocks; empty ones are left out."""
        new = tuple(tuple(block) for block in blocks)
        if new != self._blocks:
            self._blocks = new
            self._draw()

    def on_resize(self) -> None:
        """Lines wrap differently now."""
        self._draw()

    def _draw(self) -> None:
        width = self.scrollable_content_region.width - SCROLLBAR
        names = names_width(fact for block in self._blocks for fact in block)
        blocks = [fact_lines(block, width, names) for block in self._blocks]
        lines = sum(block.plain.count("\n") + 2 for block in blocks if block) - 1
        gap = "\n\n" if lines <= self.size.height else "\n"
        self._text.update(Content(gap).join(block for block in blocks if block))
