"""Predictions mode: everything that ran, here or elsewhere."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from replicate_tui.core import text
from replicate_tui.core.columns import RUNS
from replicate_tui.core.history import filters
from replicate_tui.core.history.filter_help import LANGUAGE
from replicate_tui.core.history.listing import Listing
from replicate_tui.core.history.ordering import FIRST_DOWN, NEWEST, ORDERS, Order
from replicate_tui.core.history.runs import Run
from replicate_tui.core.session import Session
from replicate_tui.tui.reporting import reporting
from replicate_tui.tui.screens.chooser import Choice, Chooser, Chosen
from replicate_tui.tui.screens.marked_verbs import MARK_VERBS, MarkedVerbs
from replicate_tui.tui.screens.one_line import OneLine
from replicate_tui.tui.screens.run_verbs import RUN_VERBS, is_editing
from replicate_tui.tui.widgets.filter_line import FilterLine
from replicate_tui.tui.widgets.resource_table import ResourceTable
from replicate_tui.tui.widgets.run_detail import RunDetail

FILTER_DELAY = 0.12
"""Seconds without a key press before the list is filtered."""
OWN_LETTERS = frozenset({"sort", "save_filter", "filters", "relatives"})
"""Actions of this mode on keys that the filter line wants for itself."""


class PredictionsScreen(MarkedVerbs):
    """The history with a filter, and one run in full."""

    MODE = "predictions"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash", "filter", "filter", tooltip="Show the runs that a filter says", id="runs.filter", key_display="/"
        ),
        *RUN_VERBS,
        *MARK_VERBS,
        Binding("s", "sort", "sort", tooltip="Order the list by another column", id="runs.sort"),
        Binding(
            "F", "save_filter", "save filter", tooltip="Keep this filter by a name", id="runs.filter_keep", show=False
        ),
        Binding(
            "apostrophe", "filters", "filters", tooltip="Filters kept by a name", id="runs.filters", key_display="'"
        ),
        Binding("L", "relatives", "lineage", tooltip="Runs this was made from, or to", id="runs.relatives", show=False),
        Binding(
            "escape",
            "back",
            "back",
            tooltip="Leave the filter; then clear it; then the marks",
            id="runs.back",
            show=False,
        ),
    ]

    line = getters.query_one(FilterLine)

    def __init__(self) -> None:
        super().__init__()
        self._filter = filters.ALL
        self._order = NEWEST

    def compose_panes(self) -> ComposeResult:
        """The table over the run."""
        with Vertical(id="history", classes="pane -shown"):
            yield FilterLine()
            yield ResourceTable(
                RUNS,
                id="runs",
                cursor_follows="top",
                can_mark=True,
                drops=("files", "age", "id", "time"),
                empty_text="Nothing ran yet.",
            )
        with Vertical(id="run-pane", classes="pane -shown"):
            yield RunDetail()

    def on_mount(self) -> None:
        """Name the panes and begin in the table."""
        self.query_one("#history").border_title = "Predictions"
        self.runs_table.order = (self._order.column, self._order.descending)
        self.runs_table.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Letters do nothing where a filter is typed."""
        if action in OWN_LETTERS and is_editing(self.focused):
            return False
        return super().check_action(action, parameters)

    def help_lines(self) -> Iterator[tuple[str, str]]:
        """What the help tells besides the keys: the language of filters."""
        return iter(LANGUAGE)

    # -- the list ------

    def session_ready(self, session: Session) -> None:
        """List what that session knows."""
        self._listing = Listing(session.store, "prediction")

    def list_runs(self) -> Sequence[str]:
        """The runs that the filter lets through."""
        return self._listing.ids(wanted=self._filter, order=self._order)

    def show_runs(self) -> None:
        """List the runs anew, and say how many there are."""
        empty = "No run is what the filter says. esc clears it." if self._filter else "Nothing ran yet."
        self.runs_table.empty_text = empty
        self.detail.words = self._filter.words
        super().show_runs()
        self._tell_count()

    def _tell_count(self) -> None:
        table = self.runs_table
        marked = len(table.marked)
        unseen = len(table.marked.difference(table.keys)) if marked else 0
        parts = [f"{marked:,} marked{f', {unseen:,} of them not listed' if unseen else ''}"] if marked else []
        parts += [f"{len(table.keys):,}", "newest first" if self._order == NEWEST else f"by {self._order.column}"]
        self.query_one("#history").border_subtitle = " · ".join(parts)

    def show_detail(self) -> None:
        """Show the run with the cursor under its id."""
        super().show_detail()
        run = self.current_run()
        self.query_one("#run-pane").border_title = Content(text.one_line(run.id)) if run else ""

    def lists_anew(self, changed: frozenset[str]) -> bool:
        """Whether runs came into the list, or left it."""
        return self.list_runs() is not self.runs_table.keys

    def marks_changed(self) -> None:
        """Say how many are marked."""
        super().marks_changed()
        self._tell_count()

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

    def action_back(self) -> None:
        """Leave the zoomed run or the filter; in the table, clear the filter, then the marks."""
        if self.has_class("-zoomed"):
            self.action_zoom()
        elif not self.runs_table.has_focus:
            self.runs_table.focus()
        elif self.line.text:
            self.line.text = ""
        else:
            self.drop_marks()

    def action_save_filter(self) -> None:
        """Keep the filter by a name."""
        if self.line.text.strip():
            self._save_filter(self.line.text.strip())
        else:
            self.notify("Type a filter first: / goes to its line", severity="warning")

    @work(group="filters", exclusive=True)
    async def _save_filter(self, said: str) -> None:
        line = OneLine(Content(f"Keep the filter {text.one_line(said)}"), placeholder="a name")
        name: str | None = await self.app.push_screen_wait(line)
        if name:
            with reporting(self, "Filters"):
                kept = await self.session.saved_filters.keep(name, said)
                self.notify(f"Kept as {kept}; ' lists the filters")

    def action_filters(self) -> None:
        """Choose a filter that was kept."""
        if self.app.session is not None:
            self._choose_filter()

    @work(group="filters", exclusive=True)
    async def _choose_filter(self) -> None:
        kept = self.session.saved_filters
        choices = [Choice(name, name, said) for name, said in kept.all().items()]
        chooser = Chooser(
            Content("Filters"),
            choices,
            verb="filter",
            deletes=True,
            empty_text="None yet. F keeps the filter of the list.",
        )
        chosen: Chosen | None = await self.app.push_screen_wait(chooser)
        if chosen is None:
            return
        if chosen.verb == "delete":
            with reporting(self, "Filters"):
                await kept.delete(chosen.key)
        else:
            self.line.text = kept.all().get(chosen.key, "")
            self.runs_table.focus()

    # -- the order ------

    def action_sort(self) -> None:
        """Choose what the list is ordered by."""
        self._choose_order()

    @work(group="sort", exclusive=True)
    async def _choose_order(self) -> None:
        now = self._order
        choices = [Choice(column, column, _order_words(_next_order(now, column))) for column in ORDERS]
        chooser = Chooser(Content("Order by"), choices, verb="order", current=now.column)
        chosen: Chosen | None = await self.app.push_screen_wait(chooser)
        if chosen is not None:
            self._set_order(_next_order(now, chosen.key))

    @on(ResourceTable.TitleClicked, "#runs")
    def _title_clicked(self, event: ResourceTable.TitleClicked) -> None:
        column = "status" if event.key == "mark" else event.key
        self._set_order(_next_order(self._order, column))

    def _set_order(self, order: Order) -> None:
        self._order = order
        self.runs_table.order = (order.column, order.descending)
        if self.app.session is not None:
            self.show_runs()
            self.runs_table.action_first()

    # -- lineage ------

    def own_facts(self, run: Run) -> Sequence[tuple[str, str]]:
        """What a person noted of a run, and its relatives."""
        return [*super().own_facts(run), *_lineage(self.session, run)]

    def action_relatives(self) -> None:
        """Choose a relative of the run, and go there."""
        run = self.current_run()
        if run is not None:
            self._choose_relative(run)

    @work(group="relatives", exclusive=True)
    async def _choose_relative(self, run: Run) -> None:
        found = self.session.store.lineage(run.id)
        choices = [self._relative(run_id, "from") for run_id in filter(None, [found.made_from])]
        choices += [self._relative(run_id, "made") for run_id in found.made]
        if not choices:
            self.notify("It was made from no other run, and none from it; m makes one", severity="warning")
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

    def go_to_run(self, run_id: str) -> None:
        """Bring the cursor to a run; a filter that hides it is cleared."""
        if self.runs_table.move_to(run_id):
            return
        if self.session.store.row(run_id) is None:
            self.notify(f"{run_id} is not in this history any more", severity="warning")
            return
        self._filter = filters.ALL
        self.line.text = ""
        self.show_runs()
        self.runs_table.move_to(run_id)


def _next_order(now: Order, column: str) -> Order:
    """The order by a column; the other way round where that is the order already."""
    return replace(now, descending=not now.descending) if column == now.column else Order(column, column in FIRST_DOWN)


def _order_words(order: Order) -> str:
    words = {
        "age": ("newest first", "oldest first"),
        "time": ("quickest first", "longest first"),
        "files": ("saved first", "saved last"),
    }
    return words.get(order.column, ("from a to z", "from z to a"))[order.descending]


def _lineage(session: Session, run: Run) -> Iterator[tuple[str, str]]:
    found = session.store.lineage(run.id)
    if found.made_from:
        before = session.store.row(found.made_from)
        yield "made from", f"{found.made_from}  {before.what if before is not None else 'deleted here'}  (L goes there)"
    if found.made:
        yield "made of it", f"{len(found.made)}: {', '.join(found.made[:3])}{'…' if len(found.made) > 3 else ''}"
