"""To read the text of an output: where its lines are, what of it is folded, and how it is written."""

from textual.actions import SkipAction
from textual.widget import Widget

from replicate_tui.tui.widgets.output_text import OutputText


class OutputReading(Widget):
    """A view with the text of an output, and what its keys do to that; where there is none they are left to others."""

    _text: OutputText

    def action_page(self, pages: int) -> None:
        """Scroll the text by some pages."""
        self._scrolled().page(pages)

    def action_start(self) -> None:
        """Scroll to the start of the text."""
        self._scrolled().go_to_end(False)

    def action_end(self) -> None:
        """Scroll to the end of the text, and stay there when it grows."""
        self._scrolled().go_to_end(True)

    def action_fold(self) -> None:
        """Open or close the branch of the tree that has the cursor."""
        self._scrolled().toggle()

    def action_fold_all(self, folded: bool) -> None:
        """Close or open every branch."""
        self._scrolled().fold_all(folded)

    def action_as_written(self) -> None:
        """Show the text as it was written, or as it reads best again."""
        self._text.as_written = not self._text.as_written
        self._text.draw()

    def _scrolled(self) -> OutputText:
        if not self._text.display:
            raise SkipAction
        return self._text
