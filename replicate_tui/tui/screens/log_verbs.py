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
        from replicate_tui.tui.screens.value import ValueScreen

        event.stop()
        self.app.push_screen(ValueScreen(event.title, event.text))

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
        self._read(event.text)

    @work(group="pager", exclusive=True)
    async def _read(self, text: str) -> None:
        try:
            await read_in_pager(self.app, text, "logs.txt")
        except LendingError as error:
            self.app.notify(clean(str(error)), severity="warning")
