"""A log with a line below it, while something is searched or filtered there."""

from typing import ClassVar

from textual import on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from replicate_tui.tui.key_names import with_keys
from replicate_tui.tui.widgets.keys_in_order import KeysInOrder
from replicate_tui.tui.widgets.log_messages import Purpose
from replicate_tui.tui.widgets.log_view import LogView

_SIGNS: dict[Purpose, str] = {"search": "/", "filter": "&"}
_HINTS: dict[Purpose, str] = {
    "search": "words to find; ⏎ then {log.next} and {log.previous}, {log.end} ends it",
    "filter": "show only lines with these words; {log.end} shows all",
}


class _Words(KeysInOrder, Input):
    """The line that words are typed on."""


class LogPane(Vertical):
    """A `LogView` and what is asked of it in words."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "end_asking", "end", show=False, id="log.end", tooltip="End the search, then the filter"),
    ]

    DEFAULT_CSS = """
    LogPane {
        & > LogView { height: 1fr; }
        & > Horizontal { height: 1; display: none; }
        & > Horizontal > Static { width: 2; color: $primary; }
        & > Horizontal > Input { width: 1fr; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self.view = LogView(empty_text="no logs yet")
        self._line = Horizontal()
        self._sign = Static(markup=False)
        self._input = _Words(compact=True, select_on_focus=False)
        self._purpose: Purpose = "search"
        self._words: dict[Purpose, str] = {"search": "", "filter": ""}

    def compose(self) -> ComposeResult:
        """The log over the line."""
        yield self.view
        with self._line:
            yield from (self._sign, self._input)

    @on(LogView.Asked)
    def _asked(self, event: LogView.Asked) -> None:
        """Ask for words to search or to filter by; what was asked before stands there, for typing to replace it."""
        event.stop()
        self._purpose = purpose = event.purpose
        self._sign.update(_SIGNS[purpose])
        self._input.placeholder = with_keys(self.app, _HINTS[purpose])
        self._line.display = True
        with self.prevent(Input.Changed):
            self._input.value = self._words[purpose]
        self._input.action_select_all()
        self._input.focus()

    def action_end_asking(self) -> None:
        """End what is asked in the line; in the log, end the search, then the filter, then leave the key to others."""
        if self._input.has_focus:
            self._take(self._purpose, "")
            self._close()
        elif self._words["search"] or self._words["filter"]:
            self._take("search" if self._words["search"] else "filter", "")
        else:
            raise SkipAction

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._take(self._purpose, event.value)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._close()

    def _take(self, purpose: Purpose, words: str) -> None:
        self._words[purpose] = words
        if purpose == "search":
            self.view.search(words)
        else:
            self.view.filter(words)

    def _close(self) -> None:
        self._line.display = False
        self.view.focus()
