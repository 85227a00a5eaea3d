"""`python -m tests.tui.picture_app FILE`: a picture alone in an app, drawn as the terminal can; q leaves."""

import sys
from pathlib import Path

from textual.app import App, ComposeResult

from replicate_tui.tui.images import Drawing, found
from replicate_tui.tui.widgets.picture import Picture


class PictureApp(App[None]):
    """One picture."""

    BINDINGS = [("q", "quit", "quit")]

    def __init__(self, path: Path, drawing: Drawing) -> None:
        super().__init__()
        self.path = path
        self.drawing = drawing

    def compose(self) -> ComposeResult:
        """The picture."""
        yield Picture(self.path)


if __name__ == "__main__":
    PictureApp(Path(sys.argv[1]), found("auto")).run()
