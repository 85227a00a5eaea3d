"""`python -m tests.tui.pager_app`: P reads a text in the pager, q leaves."""

from textual import work
from textual.app import App, ComposeResult
from textual.widgets import Static

from replicate_tui.tui.lending import LendingError, read_in_pager


class PagerApp(App[None]):
    """A word that says how the pager went."""

    BINDINGS = [("P", "read", "read"), ("q", "quit", "quit")]

    def compose(self) -> ComposeResult:
        """The word."""
        yield Static("ready")

    @work
    async def action_read(self) -> None:
        """Read in the pager."""
        word = self.query_one(Static)
        try:
            await read_in_pager(self, "first line\nlast line\n", "logs.txt")
        except LendingError as error:
            word.update(str(error))
        else:
            word.update("back again")


if __name__ == "__main__":
    PagerApp().run()
