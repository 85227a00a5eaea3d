"""What is done with the text of a log or an output: copied, read in the person's pager, shown whole."""

from textual import on, work

from replicate_tui.core.text import clean
from replicate_tui.tui.lending import LendingError, read_in_pager
from replicate_tui.tui.screens.with_session import WithSession
from replicate_tui.tui.widgets.log_view import LogView
from replicate_tui.tui.widgets.output_view import OutputView


class LogVerbs(WithSession):
    """A screen that shows logs and outputs."""

    @on(OutputView.AllWanted)
    def _all_wanted(self, event: OutputView.AllWanted) -> None:
        event.stop()
        self.show_all(event.title, event.text)

    def show_all(self, title: str, text: str) -> None:
        """Show a text whole."""
        from replicate_tui.tui.screens.value import ValueScreen

        self.app.push_screen(ValueScreen(title, text))

    @on(LogView.CopyWanted)
    def _log_copied(self, event: LogView.CopyWanted) -> None:
        event.stop()
        if not event.text:
            self.app.notify("Nothing to copy yet", severity="warning")
            return
        self.app.copy_to_clipboard(event.text)

    @on(LogView.PagerWanted)
    def _log_read(self, event: LogView.PagerWanted) -> None:
        event.stop()
        self.read_logs(event.text)

    @work(group="pager", exclusive=True, description="read logs")
    async def read_logs(self, text: str) -> None:
        """Have the person's pager show a log."""
        try:
            await read_in_pager(self.app, text, "logs.txt")
        except LendingError as error:
            self.app.notify(clean(str(error)), severity="warning")
