"""Predictions mode: everything that ran, here or elsewhere."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from replicate_tui.core import text
from replicate_tui.core.columns import RUNS
from replicate_tui.core.history.listing import Listing
from replicate_tui.core.session import Session
from replicate_tui.tui.screens.run_verbs import RUN_VERBS
from replicate_tui.tui.screens.runs_screen import RunsScreen
from replicate_tui.tui.widgets.resource_table import ResourceTable
from replicate_tui.tui.widgets.run_detail import RunDetail

FILTER_DELAY = 0.12
"""Seconds without a key press before the list is filtered."""


class PredictionsScreen(RunsScreen):
    """The history with a filter, and one run in full."""

    MODE = "predictions"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash", "filter", "filter", tooltip="Show runs that hold these words", id="runs.filter", key_display="/"
        ),
        *RUN_VERBS,
        Binding("escape", "back", "back", tooltip="Leave the filter; once more clears it", id="runs.back", show=False),
    ]

    def compose_panes(self) -> ComposeResult:
        """The table over the run."""
        with Vertical(id="history", classes="pane -shown"):
            with Horizontal(classes="search-line"):
                yield Static("/")
                yield Input(placeholder="words of the model, status, input or error", id="filter", compact=True)
            yield ResourceTable(
                RUNS,
                id="runs",
                cursor_follows="top",
                drops=("files", "age", "id", "time"),
                empty_text="Nothing ran yet.",
            )
        with Vertical(id="run-pane", classes="pane -shown"):
            yield RunDetail()

    def on_mount(self) -> None:
        """Name the panes and begin in the table."""
        self.query_one("#history").border_title = "Predictions"
        self.runs_table.focus()

    @property
    def filter_words(self) -> list[str]:
        """The words of the filter."""
        return self.query_one("#filter", Input).value.split()

    def session_ready(self, session: Session) -> None:
        """List what that session knows."""
        self._listing = Listing(session.store, "prediction")

    def list_runs(self) -> Sequence[str]:
        """The runs that hold every word of the filter."""
        return self._listing.ids(self.filter_words)

    def show_runs(self) -> None:
        """List the runs anew, and say how many there are."""
        empty = "No run holds all these words. esc clears them." if self.filter_words else "Nothing ran yet."
        self.runs_table.empty_text = empty
        super().show_runs()
        self.query_one("#history").border_subtitle = f"{len(self.runs_table.keys)} · newest first"

    def show_detail(self) -> None:
        """Show the run with the cursor under its id."""
        super().show_detail()
        run = self.current_run()
        self.query_one("#run-pane").border_title = Content(text.one_line(run.id)) if run else ""

    def lists_anew(self, changed: frozenset[str]) -> bool:
        """Whether runs came into the list, or left it."""
        return self.list_runs() is not self.runs_table.keys

    @on(Input.Changed, "#filter")
    def _filter_changed(self) -> None:
        self._filter()

    @work(group="filter", exclusive=True)
    async def _filter(self) -> None:
        """List what the filter lets through, once the typing pauses."""
        await asyncio.sleep(FILTER_DELAY)
        if self.app.session is not None:
            self.show_runs()

    @on(Input.Submitted, "#filter")
    def _filter_submitted(self) -> None:
        self.runs_table.focus()

    def action_filter(self) -> None:
        """To the filter."""
        self.query_one("#filter", Input).focus()

    def action_back(self) -> None:
        """Leave the zoomed run or the filter; in the table, clear the filter."""
        if self.has_class("-zoomed"):
            self.action_zoom()
        elif self.runs_table.has_focus:
            self.query_one("#filter", Input).value = ""
        else:
            self.runs_table.focus()
