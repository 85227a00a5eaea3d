"""What the modes that list a history have in common: a filter and an order over a table, and one run in full."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from replicate_tui.core import text
from replicate_tui.core.columns import Column
from replicate_tui.core.history.listing import Listing
from replicate_tui.core.history.ordering import FIRST_DOWN, NEWEST, ORDERS, Order
from replicate_tui.core.history.rows import Kind, RunRow
from replicate_tui.core.history.runs import Run
from replicate_tui.core.session import Session
from replicate_tui.tui.key_names import key_of, with_keys
from replicate_tui.tui.screens.chooser import Choice, Chooser, Chosen
from replicate_tui.tui.screens.filter_verbs import FILTER_LETTERS, KEPT_FILTER_KEYS, FilterVerbs
from replicate_tui.tui.screens.marked_verbs import MARK_VERBS
from replicate_tui.tui.screens.run_verbs import is_editing
from replicate_tui.tui.standings import nothing
from replicate_tui.tui.widgets.filter_line import FilterLine
from replicate_tui.tui.widgets.pane_titles import entitle, subtitle
from replicate_tui.tui.widgets.resource_table import ResourceTable
from replicate_tui.tui.widgets.row_painter import ARROWS
from replicate_tui.tui.widgets.run_detail import RunDetail

LIST_KEYS: Final[list[BindingType]] = [
    *MARK_VERBS,
    Binding("s", "sort", "sort", tooltip="Order the list by another column", id="runs.sort"),
    *KEPT_FILTER_KEYS,
    Binding(
        "escape",
        "back",
        "back",
        tooltip="Clear the filter; then the marks",
        id="runs.back",
        show=False,
    ),
]
"""The keys of the list; those of the run with the cursor come before them."""
KEYS_LATER: Final = frozenset(
    {"run.save", "run.open", "run.zoom", "file.use", "file.save_as", "file.open", "file.copy"}
)
"""What can wait for the others where not all have room: files are saved by themselves, enter shows a run alone."""
LIST_LETTERS: Final = FILTER_LETTERS | {"sort"}
"""Their actions on keys that the filter line wants for itself."""

_ORDERED_AS: Final = {"mark": "status", "error": "status"}
"""Columns that stand for another one."""


class HistoryScreen(FilterVerbs):
    """All runs of one kind that this machine knows of, filtered and ordered, and the one with the cursor in full."""

    AUTO_FOCUS = "#runs"
    KIND: ClassVar[Kind]
    PANE_TITLE: ClassVar[str]
    COLUMNS: ClassVar[tuple[Column[RunRow], ...]]
    DROPS: ClassVar[tuple[str, ...]]
    """The columns that go first where the screen is narrow."""
    NONE_YET: ClassVar[str]
    NONE_FOUND: ClassVar[str]

    keys_later = KEYS_LATER

    def __init__(self) -> None:
        super().__init__()
        self._order = NEWEST

    def compose_panes(self) -> ComposeResult:
        """The table over the run."""
        with Vertical(id="history", classes="pane -shown"):
            yield FilterLine()
            yield ResourceTable(
                self.columns(),
                id="runs",
                cursor_follows="top",
                can_mark=True,
                drops=self.DROPS,
            )
        with Vertical(id="run-pane", classes="pane -shown"):
            yield self.compose_detail()

    def columns(self) -> tuple[Column[RunRow], ...]:
        """The columns of the list."""
        return self.COLUMNS

    def compose_detail(self) -> RunDetail:
        """The run in full."""
        return RunDetail()

    def title_of(self, run: Run) -> str:
        """What stands over the run."""
        return text.one_line(run.id)

    def on_mount(self) -> None:
        """Name the panes and begin in the table."""
        self.query_one("#history").border_title = self.PANE_TITLE
        self.runs_table.order = (self._order.column, self._order.descending)
        self.runs_table.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Letters do nothing where a filter is typed."""
        if action in LIST_LETTERS and is_editing(self.focused):
            return False
        return super().check_action(action, parameters)

    # -- the list ------

    def session_ready(self, session: Session) -> None:
        """List what that session knows."""
        self._listing = Listing(session.store, self.KIND)

    def list_runs(self) -> Sequence[str]:
        """The runs that the filter lets through."""
        return self._listing.ids(wanted=self.filter, order=self._order)

    def lists_anew(self, changed: frozenset[str]) -> bool:
        """Whether runs came into the list, or left it."""
        return self.list_runs() is not self.runs_table.keys

    def show_runs(self) -> None:
        """List the runs anew, and say how many there are."""
        self.detail.words = self.filter.words
        super().show_runs()
        if not self.runs_table.keys and self.has_class("-zoomed"):
            self.action_zoom()  # there is no run left to be seen alone
        self.set_class(not self.filter and not self.runs_table.keys, "-empty")
        self._tell_count()

    @property
    def nothing(self) -> Content | str:
        """Why there is no run to list: none that the filter lets through, none yet, or the API does not answer."""
        if self.filter:
            return with_keys(self.app, self.NONE_FOUND)
        none = with_keys(self.app, self.NONE_YET)
        return nothing(self.app.standing, f"{self.KIND}s", none, key=key_of(self.app, "run.refresh"))

    def _tell_count(self) -> None:
        table = self.runs_table
        marked = len(table.marked)
        unseen = len(table.marked.difference(table.keys)) if marked else 0
        parts = [f"{marked:,} marked{f', {unseen:,} of them not listed' if unseen else ''}"] if marked else []
        parts += [f"{len(table.keys):,}", _ordered(self._order)]
        subtitle(self.query_one("#history"), " · ".join(parts))

    def show_detail(self) -> None:
        """Show the run with the cursor under its name."""
        super().show_detail()
        run = self.current_run()
        entitle(self.query_one("#run-pane"), self.title_of(run) if run else "")

    def marks_changed(self) -> None:
        """Say how many are marked."""
        super().marks_changed()
        self._tell_count()

    def go_to_run(self, run_id: str) -> None:
        """Bring the cursor to a run; a filter that hides it is cleared."""
        if self.runs_table.move_to(run_id):
            return
        if self.session.store.row(run_id) is None:
            self.notify(f"{run_id} is not in this history any more", severity="warning")
            return
        self.clear_filter()
        self.runs_table.move_to(run_id)

    def action_back(self) -> None:
        """Leave the zoomed run; in the table, clear the filter, then the marks."""
        if self.has_class("-zoomed"):
            self.action_zoom()
        elif not self.runs_table.has_focus:
            self.runs_table.focus()
        elif self.line.text:
            self.line.text = ""
        else:
            self.drop_marks()

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
        column = _ORDERED_AS.get(event.key, event.key)
        if column in ORDERS:
            self._set_order(_next_order(self._order, column))
        else:
            self.notify(f"The list cannot be ordered by {column}, which is worked out as it is shown")

    def _set_order(self, order: Order) -> None:
        self._order = order
        self.runs_table.order = (order.column, order.descending)
        if self.app.session is not None:
            self.show_runs()
            self.runs_table.action_first()


def _next_order(now: Order, column: str) -> Order:
    """The order by a column; the other way round where that is the order already."""
    return replace(now, descending=not now.descending) if column == now.column else Order(column, column in FIRST_DOWN)


def _ordered(order: Order) -> str:
    """What comes first, and what the title of the column says of that."""
    return f"{_order_words(order)} ({order.column} {ARROWS[order.descending]})"


def _order_words(order: Order) -> str:
    words = {
        "age": ("newest first", "oldest first"),
        "time": ("quickest first", "longest first"),
        "files": ("saved first", "saved last"),
    }
    return words.get(order.column, ("from a to z", "from z to a"))[order.descending]
