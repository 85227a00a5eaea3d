"""Trainings mode: the account's trainings, and one of them in full with the curve of its losses."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from replicate_tui.core import text
from replicate_tui.core.columns import TRAININGS
from replicate_tui.core.history import filters, runs
from replicate_tui.core.history.filter_help import LANGUAGE
from replicate_tui.core.history.listing import Listing
from replicate_tui.core.history.runs import Run
from replicate_tui.core.session import Session
from replicate_tui.tui.reporting import reporting
from replicate_tui.tui.screens.run_verbs import RUN_VERBS, is_editing
from replicate_tui.tui.screens.runs_screen import RunsScreen
from replicate_tui.tui.screens.train_verb import TrainVerb
from replicate_tui.tui.widgets.filter_line import FilterLine
from replicate_tui.tui.widgets.output_view import OutputView
from replicate_tui.tui.widgets.resource_table import ResourceTable
from replicate_tui.tui.widgets.training_detail import TrainingDetail

FILTER_DELAY = 0.12
"""Seconds without a key press before the list is filtered."""
NONE_YET = "No trainings yet. 1 shows the models: t trains the one whose form is shown, where it can be trained."
NONE_FOUND = "No training is what the filter says. esc clears it."


class TrainingsScreen(TrainVerb, RunsScreen):
    """The trainings with a filter, and one of them in full."""

    MODE = "trainings"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash",
            "filter",
            "filter",
            tooltip="Show the trainings that a filter says",
            id="trainings.filter",
            key_display="/",
        ),
        Binding("v", "version", "version", tooltip="To the form of the version that was made", id="trainings.version"),
        *RUN_VERBS,
        Binding(
            "escape", "back", "back", tooltip="Leave the filter; once more clears it", id="trainings.back", show=False
        ),
    ]

    detail = getters.query_one(TrainingDetail)
    line = getters.query_one(FilterLine)

    def __init__(self) -> None:
        super().__init__()
        self._filter = filters.ALL

    def compose_panes(self) -> ComposeResult:
        """The table over the training."""
        with Vertical(id="trainings", classes="pane -shown"):
            yield FilterLine()
            yield ResourceTable(
                TRAININGS,
                id="runs",
                cursor_follows="top",
                drops=("error", "id", "age", "time"),
                empty_text=NONE_YET,
            )
        with Vertical(id="training-pane", classes="pane -shown"):
            yield TrainingDetail()

    def on_mount(self) -> None:
        """Name the panes and begin in the table."""
        self.app.training_wanted.subscribe(self, self._go_to)
        self.query_one("#trainings").border_title = "Trainings"
        self.runs_table.focus()

    # -- what is listed ------

    def session_ready(self, session: Session) -> None:
        """List what that session knows, and have it kept true while this mode is shown."""
        self._listing = Listing(session.store, "training")
        self._keep_true(self.is_current)

    def on_screen_resume(self) -> None:
        """Somebody looks: page one is kept fresh."""
        self._keep_true(True)

    def on_screen_suspend(self) -> None:
        """Nobody looks."""
        self._keep_true(False)

    def _keep_true(self, shown: bool) -> None:
        if self.app.session is not None:
            self.session.watcher.listing_trainings = shown
            self.session.watcher.wake()

    def list_runs(self) -> Sequence[str]:
        """The trainings that the filter lets through."""
        return self._listing.ids(wanted=self._filter)

    def show_runs(self) -> None:
        """List the trainings anew, and say how many there are."""
        self.runs_table.empty_text = NONE_FOUND if self._filter else NONE_YET
        super().show_runs()
        self.query_one("#trainings").border_subtitle = f"{len(self.runs_table.keys)} · newest first"

    def show_detail(self) -> None:
        """Show the training with the cursor under its name."""
        super().show_detail()
        run = self.current_run()
        self.query_one("#training-pane").border_title = Content(_title(run)) if run else ""

    def lists_anew(self, changed: frozenset[str]) -> bool:
        """Whether trainings came into the list, or left it."""
        return self.list_runs() is not self.runs_table.keys

    def _go_to(self, run_id: str) -> None:
        """Show this training: it was begun just now."""
        self.line.text, self._filter = "", filters.ALL
        self.show_runs()
        self.runs_table.move_to(run_id)
        self.runs_table.focus()

    # -- the filter ------

    @on(FilterLine.Changed)
    def _filter_changed(self) -> None:
        self._filter_soon()

    @work(group="filter", exclusive=True)
    async def _filter_soon(self) -> None:
        """List what the filter lets through, once the typing pauses."""
        await asyncio.sleep(FILTER_DELAY)
        self._filter = filters.parse(self.line.text)
        self.line.tell("; ".join(self._filter.problems))
        if self.app.session is not None:
            self.show_runs()

    @on(FilterLine.Submitted)
    def _filter_submitted(self) -> None:
        self.runs_table.focus()

    def action_filter(self) -> None:
        """To the filter."""
        self.line.begin()

    def help_lines(self) -> Iterator[tuple[str, str]]:
        """What the help tells besides the keys: the language of filters."""
        return iter(LANGUAGE)

    def action_back(self) -> None:
        """Leave the zoomed training or the filter; in the table, clear the filter."""
        if self.has_class("-zoomed"):
            self.action_zoom()
        elif self.runs_table.has_focus:
            self.line.text = ""
        else:
            self.runs_table.focus()

    # -- verbs ------

    @property
    def output(self) -> OutputView | None:
        """A training puts nothing out that is shown here: what it makes is a version."""
        return None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is a version to go to once it is made."""
        if action == "version":
            run = self.current_run()
            return False if is_editing(self.focused) else True if run and runs.trained_version(run) else None
        return super().check_action(action, parameters)

    def action_version(self) -> None:
        """Go to the form of the version that was made."""
        run = self.current_run()
        if run is not None and (made := runs.trained_version(run)):
            self.app.switch_mode("run")
            self.app.form_wanted.publish(made)

    def action_remix(self) -> None:
        """Take the training's inputs to the form of another one."""
        run = self.current_run()
        if run is not None:
            self._train_again(run)

    @work(group="remix", exclusive=True)
    async def _train_again(self, run: Run) -> None:
        with reporting(self, "Remix"):
            again = await self.session.retrain(run)
            to = runs.destination(run.prediction)
            self.begin_training(again.target, again.raw, to, list(again.notes.values()))

    def action_copy(self) -> None:
        """Copy the name of the version that was made; else what there is."""
        run = self.current_run()
        made = runs.trained_version(run) if run is not None else ""
        if made:
            self.app.copy_to_clipboard(made)
            self.notify(f"Copied through the terminal: {text.one_line(made)}")
        else:
            super().action_copy()


def _title(run: Run) -> str:
    """What it trains and for whom."""
    row = runs.row(run)
    to = f" → {text.one_line(row.what)}" if row.what else ""
    return f"{text.one_line(row.model) or text.one_line(run.id)}{to}"
