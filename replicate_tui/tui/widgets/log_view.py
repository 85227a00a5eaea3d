"""A run's log: followed to its end until the reader scrolls up."""

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from replicate_tui.core.logs import Tail
from replicate_tui.core.text import ELLIPSIS
from replicate_tui.tui.widgets.text_lines import TextLines

MAX_LINES = 100_000
"""Lines that are kept; of a longer log the beginning is cut off, and a note says so."""

MAX_LINE_LENGTH = 10_000
"""Characters of one line that are kept."""


class LogView(TextLines):
    """The log of one run, given whole each time; only what is new is added to what is shown.

    An unfinished last line, such as a progress bar, is replaced in place. A log that is another one than before is
    followed from the start.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "follow", "follow", show=False, id="log.follow", tooltip="Keep the end in sight, or stop it"),
    ]

    @dataclass
    class FollowChanged(Message):
        """The end of the log is followed from now on, or no longer."""

        view: "LogView"
        follow: bool

        @property
        def control(self) -> "LogView":
            """The view, for `@on(…, "#id")`."""
            return self.view

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
        classes: str | None = None,
        empty_text: str = "",
        max_lines: int = MAX_LINES,
    ) -> None:
        super().__init__(id=id, classes=classes, follow=True, empty_text=empty_text)
        self._max_lines = max_lines
        self._tail = Tail()
        self._cut = 0

    def set_logs(self, logs: str) -> None:
        """Show this log, the whole log as it is now."""
        change = self._tail.feed(logs)
        if change.kind == "reset":
            self._forget()
            self.follow = True
        elif not change.lines and change.pending == self._rows.pending:
            return
        kept = change.lines[-self._max_lines :]
        self._extend([_row(line) for line in kept], _row(change.pending))
        self._cut_beginning(len(change.lines) - len(kept))

    def clear(self) -> None:
        """Show nothing, and follow what comes: the beginning of another run's log."""
        self._tail = Tail()
        self._forget()
        self._measure()
        self.follow = True
        self.refresh()

    def action_follow(self) -> None:
        """Follow the end, or stop following it."""
        self.follow = not self.follow

    def watch_follow(self, follow: bool) -> None:
        """Tell that following was turned on or off."""
        super().watch_follow(follow)
        self.post_message(self.FollowChanged(self, follow))

    def _forget(self) -> None:
        self._rows.clear()
        self._cut = 0
        self._note_above = ""

    def _cut_beginning(self, never_shown: int) -> None:
        """Forget the first lines where there are too many; what is read stays where it is on the screen."""
        surplus = max(self._rows.line_count - self._max_lines, 0)
        if not surplus + never_shown:
            return
        moved = bool(self._note_above) - 1 + self._rows.drop(surplus)
        self._cut += surplus + never_shown
        self._note_above = f"{ELLIPSIS} {self._cut:,} earlier lines not kept"
        self._measure()
        self._keep_end()
        if not self.follow:
            self.scroll_to(y=self.scroll_y - moved, animate=False, force=True)
        self.refresh()


def _row(line: str) -> str:
    """Return a line as it is kept: a row of the screen, whatever stood in it for a line end, and not without end."""
    line = line.replace("\n", " ")
    missing = len(line) - MAX_LINE_LENGTH
    return f"{line[:MAX_LINE_LENGTH]}{ELLIPSIS} {missing:,} more characters" if missing > 0 else line
