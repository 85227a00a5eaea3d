"""Predictions mode: everything that ran, here or elsewhere."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.content import Content

from replicate_tui.core import text
from replicate_tui.core.columns import Column
from replicate_tui.core.costs.cost_lines import RunCosts
from replicate_tui.core.history.rows import RunRow
from replicate_tui.core.history.runs import Run
from replicate_tui.core.run_columns import RUNS
from replicate_tui.core.session import Session
from replicate_tui.tui.key_names import key_of, with_keys
from replicate_tui.tui.screens.chooser import Choice, Chooser, Chosen
from replicate_tui.tui.screens.filter_verbs import FILTER_KEYS
from replicate_tui.tui.screens.history_screen import LIST_KEYS, HistoryScreen
from replicate_tui.tui.screens.run_verbs import RUN_VERBS, is_editing


class PredictionsScreen(HistoryScreen):
    """The history with a filter, and one run in full with its relatives."""

    MODE = "predictions"
    KIND = "prediction"
    PANE_TITLE = "Predictions"
    COLUMNS = RUNS
    DROPS = ("files", "id", "cost", "age", "time")
    NONE_YET = "Nothing ran yet. {mode.run} shows the models: {table.open} opens the form of one, {form.run} runs it."
    NONE_FOUND = "No run matches the filter. {runs.back} clears it."

    BINDINGS: ClassVar[list[BindingType]] = [
        *FILTER_KEYS,
        *RUN_VERBS,
        *LIST_KEYS,
        Binding(
            "L",
            "relatives",
            "lineage",
            tooltip="Runs that this was made from, or that were made from it",
            id="runs.relatives",
            show=False,
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._costs = RunCosts()

    # -- costs ------

    def columns(self) -> tuple[Column[RunRow], ...]:
        """With what each run costs, where they cost anything."""
        if self.app.settings.local:
            return self.COLUMNS
        cost = self._costs.column(lambda: self.app.session.costs if self.app.session is not None else None)
        at = next(place for place, column in enumerate(self.COLUMNS) if column.key == "age")
        return (*self.COLUMNS[:at], cost, *self.COLUMNS[at:])

    def show_runs(self) -> None:
        """List the runs anew, and estimate anew what they cost: prices may be known by now."""
        self._costs.forget()
        super().show_runs()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Letters do nothing where a filter is typed."""
        if action == "relatives" and is_editing(self.focused):
            return False
        return super().check_action(action, parameters)

    # -- lineage ------

    def own_facts(self, run: Run) -> Sequence[tuple[str, str]]:
        """What a person noted of a run, and its relatives."""
        return [*super().own_facts(run), *_lineage(self.session, run, key_of(self.app, "runs.relatives"))]

    def action_relatives(self) -> None:
        """Choose a relative of the run, and go there."""
        run = self.current_run()
        if run is not None:
            self._choose_relative(run)

    @work(group="relatives", exclusive=True, description="choose relative")
    async def _choose_relative(self, run: Run) -> None:
        found = self.session.store.lineage(run.id)
        choices = [self._relative(run_id, "from") for run_id in filter(None, [found.made_from])]
        choices += [self._relative(run_id, "made") for run_id in found.made]
        if not choices:
            none = "It was made from no other run, and none from it; {run.remix} makes one"
            self.notify(with_keys(self.app, none), severity="warning")
            return
        chosen: Chosen | None = await self.app.push_screen_wait(
            Chooser(Content(f"Relatives of {text.one_line(run.id)}"), choices, verb="go there")
        )
        if chosen is not None:
            self.go_to_run(chosen.key)

    def _relative(self, run_id: str, how: str) -> Choice:
        row = self.session.store.row(run_id)
        told = f"{row.status}  {row.what}" if row is not None else "not in this history any more"
        return Choice(run_id, f"{how} {text.one_line(run_id)[:10]}", text.one_line(told))


def _lineage(session: Session, run: Run, key: str) -> Iterator[tuple[str, str]]:
    found = session.store.lineage(run.id)
    if found.made_from:
        before = session.store.row(found.made_from)
        what = before.what if before is not None else "deleted here"
        yield "made from", f"{found.made_from}  {what}  ({key} goes there)"
    if found.made:
        yield "made of it", f"{len(found.made)}: {', '.join(found.made[:3])}{'…' if len(found.made) > 3 else ''}"
