"""Trainings mode: the account's trainings, and one of them in full with the curve of its losses."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events, getters, work
from textual.binding import Binding, BindingType
from textual.content import Content

from replicate_tui.core import outputs, text
from replicate_tui.core.history import runs
from replicate_tui.core.history.runs import Run
from replicate_tui.core.run_columns import TRAININGS
from replicate_tui.core.session import Session
from replicate_tui.tui.reporting import reporting
from replicate_tui.tui.screens.chooser import Choice, Chooser, Chosen
from replicate_tui.tui.screens.filter_verbs import FILTER_KEYS
from replicate_tui.tui.screens.history_screen import LIST_KEYS, HistoryScreen
from replicate_tui.tui.screens.run_verbs import RUN_VERBS, is_editing
from replicate_tui.tui.screens.train_verb import TrainVerb
from replicate_tui.tui.widgets.run_detail import RunDetail
from replicate_tui.tui.widgets.training_detail import TrainingDetail


class TrainingsScreen(TrainVerb, HistoryScreen):
    """The trainings with a filter, and one of them in full."""

    MODE = "trainings"
    KIND = "training"
    PANE_TITLE = "Trainings"
    COLUMNS = TRAININGS
    DROPS = ("error", "id", "age", "time")
    NONE_YET = (
        "No trainings yet. In Run ({mode.run}), {model.train} trains the model whose form is shown, "
        "where that model can be trained."
    )
    NONE_FOUND = "No training matches the filter. {runs.back} clears it."

    BINDINGS: ClassVar[list[BindingType]] = [
        *FILTER_KEYS,
        Binding("v", "version", "version", tooltip="To the form of the version that was made", id="trainings.version"),
        *RUN_VERBS,
        *LIST_KEYS,
    ]

    detail = getters.query_one(TrainingDetail)

    def compose_detail(self) -> RunDetail:
        """The training in full."""
        return TrainingDetail()

    def title_of(self, run: Run) -> str:
        """What it trains and for whom."""
        row = runs.row(run)
        to = f" → {text.one_line(row.what)}" if row.what else ""
        return f"{text.one_line(row.model) or text.one_line(run.id)}{to}"

    # -- life ------

    def on_mount(self) -> None:
        """Hear of trainings that were begun just now."""
        self.app.training_wanted.subscribe(self, self._go_to_new)

    def session_ready(self, session: Session) -> None:
        """List what that session knows, and have it kept true while this mode is shown."""
        super().session_ready(session)
        self._keep_true(self.is_current)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Somebody looks: page one is kept fresh, and what lies behind it is read."""
        self._keep_true(True)

    def on_screen_suspend(self) -> None:
        """Nobody looks."""
        self._keep_true(False)

    def _keep_true(self, shown: bool) -> None:
        if self.app.session is not None:
            self.session.watcher.listing_trainings = shown
            self.session.watcher.wake()

    def _go_to_new(self, run_id: str) -> None:
        """Show a training that was begun just now, whatever is listed."""
        self.clear_filter()
        self.go_to_run(run_id)
        self.runs_table.focus()

    # -- verbs ------

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

    async def files_wanted(self, chosen: Sequence[Run]) -> bool | None:
        """Ask whether the weights are fetched too, which may take gigabytes; tell how many."""
        if not any(outputs.files(run.prediction.output) for run in chosen):
            return True
        size = await self.session.size_to_fetch(chosen)
        if size == 0:
            return True  # they are here already
        told = "their size is not known" if size is None else f"{text.size(size)} to fetch"
        what = text.one_line(chosen[0].id) if len(chosen) == 1 else text.counted(len(chosen), "training")
        choices = [
            Choice("records", "without weights", "its inputs, logs and result, as text"),
            Choice("all", "with the weights", told),
        ]
        answer: Chosen | None = await self.app.push_screen_wait(Chooser(Content(f"Save {what}"), choices, verb="save"))
        return None if answer is None else answer.key == "all"

    def remix(self, run: Run) -> None:
        """Take the training's inputs to the form of another one."""
        self._train_again(run)

    @work(group="remix", exclusive=True, description="train again")
    async def _train_again(self, run: Run) -> None:
        with reporting(self, "Remix"):
            again = await self.session.retrain(run)
            to = runs.destination(run.prediction)
            self.begin_training(again.target, again.raw, to, list(again.notes.values()))

    def copied(self, run: Run) -> str:
        """The name of the version that was made; else what there is."""
        return runs.trained_version(run) or super().copied(run)
