"""A run's log: followed to its end until the reader scrolls up; searched, filtered, timed, read elsewhere."""

import time
from bisect import bisect_left, bisect_right
from typing import ClassVar, TypeAlias

from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.reactive import reactive
from textual.strip import Strip

from replicate_tui.core.logs import Tail
from replicate_tui.core.text import ELLIPSIS, counted
from replicate_tui.tui.widgets import log_messages
from replicate_tui.tui.widgets.log_keys import LOG_KEYS
from replicate_tui.tui.widgets.log_lines import LogLines, kept_line, pattern_for
from replicate_tui.tui.widgets.log_messages import Purpose
from replicate_tui.tui.widgets.text_lines import TextLines

MAX_LINES = 100_000
"""Lines that are kept; of a longer log the beginning is cut off, and a note says so."""


_TIME_WIDTH = len("00:00:00 ")


class LogView(TextLines):
    """The log of one run, given whole each time; only what is new is added to what is shown.

    An unfinished last line, such as a progress bar, is replaced in place. A log that is another one than before is
    followed from the start. `times` shows when each line was first seen, as far as it was seen to come.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*LOG_KEYS]

    COMPONENT_CLASSES: ClassVar[set[str]] = {"log-view--found", "log-view--current"}

    DEFAULT_CSS = """
    LogView {
        & > .log-view--found { color: $text-warning; text-style: underline; }
        & > .log-view--current { text-style: reverse; }
    }
    """

    times: reactive[bool] = reactive(False, init=False)
    """Whether the time at which each line was first seen stands before it."""

    FollowChanged: TypeAlias = log_messages.FollowChanged
    Changed: TypeAlias = log_messages.Changed
    Asked: TypeAlias = log_messages.Asked
    CopyWanted: TypeAlias = log_messages.CopyWanted
    PagerWanted: TypeAlias = log_messages.PagerWanted

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
        self._log = LogLines()
        self._nothing = empty_text
        self._words = ""
        self._sought = ""
        self._current: int | None = None
        self.live = False

    @property
    def nothing(self) -> str:
        """What stands for a log without a line."""
        return self._nothing

    @nothing.setter
    def nothing(self, words: str) -> None:
        if words != self._nothing:
            self._nothing = words
            self._tell_nothing()
            self.refresh()

    def _tell_nothing(self) -> None:
        is_filtered = self._words and self._log.count
        self.empty_text = f"no line with “{self._words}”" if is_filtered else self._nothing

    @property
    def line_count(self) -> int:
        """The number of lines of the log that are kept, passed by the filter or not."""
        return self._log.count

    @property
    def standing(self) -> str:
        """What is to be known of the view in a line: whether it follows, the search, the filter, how many lines."""
        log = self._log
        total = counted(log.count, "line")
        parts = []
        if self.live:
            parts.append("following" if self.follow else "paused")
        if self._sought:
            parts.append(f"{self._place} of {len(log.found):,} “{self._sought}”")
        if log.count:
            parts.append(f"{log.passed:,} of {total} with “{self._words}”" if self._words else total)
        if self.times and not log.any_seen:
            parts.append("no times: not watched here")
        if self.wrap:
            parts.append("wrapped")
        return " · ".join(parts)

    # -- the log ------

    def set_logs(self, logs: str, *, seen: float | None = None) -> None:
        """Show this log, the whole log as it is now.

        `seen` is the time at which what is new in it was seen to come; None where it may be older.
        """
        change = self._tail.feed(logs, self._max_lines)
        if change.kind == "reset":
            self._forget()
            self.follow = True
        elif not change.lines and change.pending == self._log.pending:
            return
        moved = 0
        if change.skipped:
            moved = len(self._rows.rows)
            self._rows.clear()
            self._log.skip(change.skipped)
        passing = self._log.add([kept_line(line) for line in change.lines], kept_line(change.pending), seen)
        self._extend(passing, self._log.passing_pending)
        self._cut_beginning(moved)
        self.post_message(self.Changed(self))

    def clear(self) -> None:
        """Show nothing, and follow what comes: the beginning of another run's log. What is wanted and sought stays."""
        self._tail = Tail()
        self._forget()
        self._measure()
        self.follow = True
        self.refresh()
        self.post_message(self.Changed(self))

    # -- searching and filtering ------

    def filter(self, words: str) -> None:
        """Show only the lines that hold these words; all for none."""
        if words == self._words:
            return
        top = self._top_number()
        self._words = words
        self._log.filter(pattern_for(words))
        self._tell_nothing()
        self._rows.clear()
        self._extend(self._log.passing, self._log.passing_pending)
        if not self.follow:
            self._bring(top, to_top=True)
        self.refresh()
        self.post_message(self.Changed(self))

    def search(self, words: str) -> None:
        """Mark these words, and go to a line that holds them: the first one from the top of what is seen on."""
        self._sought = words
        self._log.search(pattern_for(words))
        found = self._log.found
        self._current = None
        if found:
            at = bisect_left(found, self._top_number())
            self._go_to(found[min(at, len(found) - 1)])
        self.refresh()
        self.post_message(self.Changed(self))

    def action_found(self, by: int) -> None:
        """Go to another line that holds what is searched, round the ends."""
        found = self._log.found
        if not found:
            return
        if self._current is None:
            at = bisect_left(found, self._top_number()) - (by < 0)
        else:
            at = bisect_right(found, self._current) if by > 0 else bisect_left(found, self._current) - 1
        self._go_to(found[at % len(found)])
        self.post_message(self.Changed(self))

    @property
    def _place(self) -> str:
        found = self._log.found
        if not found:
            return "0"
        at = len(found) if self._current is None else bisect_left(found, self._current)
        return f"{at + 1:,}" if at < len(found) and found[at] == self._current else "–"

    def _go_to(self, number: int) -> None:
        self._current = number
        self.follow = False
        self._bring(number)
        self.refresh()

    def _top_number(self) -> int:
        row = max(self.scroll_offset.y - bool(self._note_above), 0)
        return self._log.number_of(self._rows.line_of_row(row)) if self._rows.rows else 0

    def _bring(self, number: int, *, to_top: bool = False) -> None:
        """Bring a line into sight, in the middle if it was not there."""
        row = self._rows.row_of_line(self._log.place_of(number)) + bool(self._note_above)
        if to_top:
            self.scroll_to(y=row, animate=False, force=True)
        elif not 0 <= row - self.scroll_offset.y < self.size.height:
            self.scroll_to(y=max(row - self.size.height // 2, 0), animate=False, force=True)

    # -- actions ------

    def action_ask(self, purpose: Purpose) -> None:
        """Tell that words are to be given."""
        self.post_message(self.Asked(self, purpose))

    def action_follow(self) -> None:
        """Follow the end, or stop following it."""
        self.follow = not self.follow

    def action_toggle_wrap(self) -> None:
        """Wrap long lines, or cut them off."""
        self.wrap = not self.wrap
        self.post_message(self.Changed(self))

    def action_toggle_times(self) -> None:
        """Show when each line was first seen, or no longer."""
        self.times = not self.times

    def action_copy(self) -> None:
        """Ask for what is selected to be copied, else for all lines that pass the filter."""
        self.post_message(self.CopyWanted(self, self.screen.get_selected_text() or self._log.text))

    def action_read(self) -> None:
        """Ask for the lines that pass the filter to be shown in the pager."""
        self.post_message(self.PagerWanted(self, self._log.text))

    def watch_follow(self, follow: bool) -> None:
        """Tell that following was turned on or off."""
        super().watch_follow(follow)
        self.post_message(self.FollowChanged(self, follow))
        self.post_message(self.Changed(self))

    def watch_times(self) -> None:
        """Make room for the times, or take it back."""
        self._fit()
        self.post_message(self.Changed(self))

    def _forget(self) -> None:
        self._rows.clear()
        self._log.clear()
        self._current = None
        self._note_above = ""

    def _cut_beginning(self, moved: int) -> None:
        """Forget the first lines where there are too many; what is read stays where it is on the screen.

        `moved` rows have gone already.
        """
        moved += self._rows.drop(self._log.cut(self._max_lines))
        if self._log.first and (moved or not self._note_above):
            moved += bool(self._note_above) - 1
            self._note_above = f"{ELLIPSIS} {self._log.first:,} earlier lines not kept"
            self._measure()
            self._keep_end()
            if not self.follow:
                self.scroll_to(y=self.scroll_y - moved, animate=False, force=True)
            self.refresh()

    # -- drawing ------

    @property
    def side_width(self) -> int:
        """Room for the times."""
        return _TIME_WIDTH if self.times else 0

    def beside(self, row: int) -> Strip:
        """The time at which the line was first seen, if it was."""
        if not 0 <= row < len(self._rows.rows) or self._rows.continues(row):
            return Strip.blank(_TIME_WIDTH, self.style_of())
        seen = self._log.seen(self._log.number_of(self._rows.line_of_row(row)))
        told = "" if seen is None else time.strftime("%H:%M:%S", time.localtime(seen))
        return Strip([Segment(f"{told:<{_TIME_WIDTH}}", self.style_of("note"))])

    def _segments(self, text: str, row: int) -> list[Segment]:
        sought = self._log.sought
        if sought is None or not sought.search(text):
            return super()._segments(text, row)
        style = self._found_style(row)
        segments, end = [], 0
        for found in sought.finditer(text):
            segments += [Segment(text[end : found.start()], self.style_of()), Segment(found[0], style)]
            end = found.end()
        return [*segments, Segment(text[end:], self.style_of())]

    def _found_style(self, row: int) -> Style:
        style = self.style_of() + self.get_component_rich_style("log-view--found", partial=True)
        if self._log.number_of(self._rows.line_of_row(row)) == self._current:
            style += self.get_component_rich_style("log-view--current", partial=True)
        return style
