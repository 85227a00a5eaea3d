"""The editor of a text that is mostly short: one line, and a way out for what needs more."""

from replicate_tui.tui.widgets.editors.outside import OutsideEditing
from replicate_tui.tui.widgets.editors.text import LineEditor


class WordsEditor(LineEditor, OutsideEditing):
    """A text on one line, which the person's own editor may show on many."""

    def outside_text(self) -> tuple[str, str]:
        """What stands on the line."""
        return self.text, ".txt"

    def take_outside(self, text: str) -> None:
        """Put it on the line."""
        self.type_over(text)
