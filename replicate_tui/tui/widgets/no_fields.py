"""What stands in a form that has no fields: a sentence that the keyboard can come to."""

from textual.content import Content
from textual.widgets import Static

from replicate_tui.tui.key_names import follow_keys, with_keys
from replicate_tui.tui.widgets.editors.editor import ACCENT


class NoFields(Static, can_focus=True):
    """Why there is nothing to fill in, and what to do; `sentence` is ours and names actions in braces."""

    FULL_WIDTH = True

    DEFAULT_CSS = """
    NoFields { height: auto; }
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(markup=False)
        self._sentence = sentence

    def on_mount(self) -> None:
        """Say it with the keys that there are now, and anew with others."""
        self._say()
        follow_keys(self, self._say)

    def on_focus(self) -> None:
        """Show that the keyboard is here."""
        self._say()

    def on_blur(self) -> None:
        """Show that it is elsewhere."""
        self._say()

    def _say(self) -> None:
        head, *rest = with_keys(self.app, self._sentence).split("\n")
        tone = f"bold {ACCENT}" if self.has_focus else "$foreground-muted"
        self.update(Content("\n").join([Content.styled(head, tone), *map(Content, rest)]))
