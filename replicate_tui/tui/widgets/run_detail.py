"""Everything about one run: Output, Logs, Input, Details."""

import re
import textwrap
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import ContentSwitcher, Static

from replicate_tui.core import logs, run_columns, text
from replicate_tui.core.costs.phases import Phase
from replicate_tui.core.costs.pricing import Cost
from replicate_tui.core.history import matching, runs
from replicate_tui.core.history.runs import Run
from replicate_tui.tui.widgets.log_pane import LogPane
from replicate_tui.tui.widgets.log_view import LogView
from replicate_tui.tui.widgets.output_parts import MOST_LISTED, as_json
from replicate_tui.tui.widgets.output_view import OutputView
from replicate_tui.tui.widgets.phase_lines import NAME_WIDTH, cost_lines, phase_lines
from replicate_tui.tui.widgets.tab_line import Tab, TabLine

FOUND = "bold $text-warning"
"""How a word that was looked for is marked."""
DOT_MEANS = "•  what the filter looks for is there"
"""What is told of the tabs that have a dot."""
SCROLLBAR = 1
"""Cells that the scroll bar of a tab takes."""


class RunDetail(Vertical):
    """One run, on four tabs. Only the tab that is seen is kept up to date."""

    TABS: ClassVar[Sequence[Tab]] = (
        Tab("output", "Output"),
        Tab("logs", "Logs"),
        Tab("input", "Input"),
        Tab("details", "Details"),
    )

    DEFAULT_CSS = """
    RunDetail {
        & > #detail-head { height: auto; }
        & #detail-tabs { width: auto; margin: 0 0 1 0; }
        & #detail-standing {
            width: 1fr; height: 1; padding: 0 0 0 2; color: $foreground-muted;
            text-align: right; text-wrap: nowrap; text-overflow: ellipsis;
        }
        & > ContentSwitcher { height: 1fr; }
        & VerticalScroll { scrollbar-size-vertical: 1; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self._run: Run | None = None
        self._schema: Mapping[str, Any] | None = None
        self._phases: tuple[Phase, ...] = ()
        self._cost: Cost | None = None
        self._own: tuple[tuple[str, str], ...] = ()
        self._words: tuple[str, ...] = ()
        self._log_of = ""

    def compose(self) -> ComposeResult:
        """The tabs and what they show."""
        with Horizontal(id="detail-head"):
            yield TabLine(self.TABS, id="detail-tabs")
            yield Static(markup=False, id="detail-standing")
        with ContentSwitcher(initial=self.TABS[0].name):
            yield self.compose_result()
            yield LogPane(id="logs")
            yield VerticalScroll(Static(markup=False, id="input-text"), id="input")
            yield VerticalScroll(Static(markup=False, id="details-text"), id="details")

    def compose_result(self) -> Widget:
        """The first tab: what comes of the run."""
        return OutputView(id="output")

    @property
    def tab(self) -> str:
        """The name of the tab that is seen."""
        return self.query_one(TabLine).current

    @tab.setter
    def tab(self, name: str) -> None:
        self.query_one(TabLine).current = name
        self.query_one(ContentSwitcher).current = name
        self._draw()
        self._tell_standing()

    def step(self, by: int) -> None:
        """Show the tab `by` places further on."""
        line = self.query_one(TabLine)
        line.step(by)
        self.tab = line.current

    def focus_content(self) -> None:
        """Take the keyboard to what the tab shows, to scroll it."""
        content = self.query_one(f"#{self.tab}")
        inside = next((widget for widget in content.walk_children(Widget) if widget.focusable), None)
        (content if content.focusable or inside is None else inside).focus()

    def show(
        self,
        run: Run | None,
        schema: Mapping[str, Any] | None = None,
        *,
        phases: Sequence[Phase] = (),
        cost: Cost | None = None,
        own: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Show a run with its phases, what it cost and what is told of it besides, or nothing.

        Without a `cost` none is told.
        """
        same = run is self._run and schema == self._schema
        if same and (tuple(phases), cost, tuple(own)) == (self._phases, self._cost, self._own):
            return
        self._run, self._schema = run, schema
        self._phases, self._cost, self._own = tuple(phases), cost, tuple(own)
        self._mark_tabs()
        if not same and run is not None and self.tab != "logs" and (run.active or run.id == self._log_of):
            self._draw_logs(run)  # so that it is known when each line came
        if not same or self.tab == "details":
            self._draw()

    @property
    def words(self) -> tuple[str, ...]:
        """What was looked for: the tabs that hold it have a mark, and it is marked there."""
        return self._words

    @words.setter
    def words(self, words: Sequence[str]) -> None:
        if tuple(words) != self._words:
            self._words = tuple(words)
            self.mark_result(matching.pattern(self._words))
            self._mark_tabs()
            if self.tab in ("input", "details"):
                self._draw()

    def mark_result(self, wanted: re.Pattern[str] | None) -> None:
        """Mark on the first tab what a pattern matches."""
        self.query_one(OutputView).find(wanted)

    def _mark_tabs(self) -> None:
        held = frozenset[str]()
        if self._run is not None and self._words:
            own = dict(self._own)
            row = replace(runs.row(self._run), tags=own.get("tags", ""), note=own.get("note", ""))
            held = matching.places(self._run, row, self._words)
        line = self.query_one(TabLine)
        line.marked, line.tooltip = held, DOT_MEANS if held else None

    def _found(self, content: Content) -> Content:
        wanted = matching.pattern(self._words)
        return content if wanted is None else content.highlight_regex(wanted, style=FOUND)

    def on_resize(self) -> None:
        """Bars are as long as there is room."""
        if self.query(TabLine) and self.tab == "details":  # nothing is there before it is shown and behind its end
            self._draw()

    def on_tab_line_chosen(self, event: TabLine.Chosen) -> None:
        """A tab was clicked."""
        event.stop()
        self.tab = event.name

    def _draw(self) -> None:
        run = self._run
        if self.tab == self.TABS[0].name:
            self.draw_result(run)
        elif self.tab == "logs":
            self._draw_logs(run)
        elif self.tab == "input":
            content, note = as_json(run.prediction.input) if run else ("", "")
            self.query_one("#input-text", Static).update(
                self._found(Content(text.clean(f"{content}\n{note}".rstrip())))
            )
        else:
            self.query_one("#details-text", Static).update(self._found(self._details(run)) if run else Content(""))

    @on(LogView.Changed)
    def _log_changed(self, event: LogView.Changed) -> None:
        event.stop()
        self._tell_standing()

    def _tell_standing(self) -> None:
        told = text.one_line(self.query_one(LogView).standing) if self.tab == "logs" else ""
        self.query_one("#detail-standing", Static).update(Content(told))

    def _draw_logs(self, run: Run | None) -> None:
        view = self.query_one(LogView)
        run_id = run.id if run else ""
        goes_on = run_id == self._log_of
        if not goes_on:
            view.clear()
        self._log_of = run_id
        view.live = run is not None and run.active
        view.nothing = "" if run is None else "no logs yet" if run.active else "no logs"
        view.set_logs(run.logs if run else "", seen=time.time() if goes_on else None)

    def _details(self, run: Run) -> Content:
        width = self.content_size.width - SCROLLBAR
        times = phase_lines(self._phases, width)
        costs = cost_lines(self._cost) if self._cost is not None and run.over else []
        facts = _facts(chain(self._own, self.facts(run)), width)
        blocks = [Content("\n").join(lines) for lines in (times, costs, [facts]) if lines]
        return Content("\n\n").join(blocks)

    def facts(self, run: Run) -> Iterator[tuple[str, str]]:
        """What is told of a run by name; what is empty is left out."""
        return _pairs(run)

    def draw_result(self, run: Run | None) -> None:
        """Show on the first tab what comes of the run."""
        view = self.query_one(OutputView)
        if run is None:
            view.show(None, schema=None, files={}, status="", error=None, note="")
            return
        view.show(
            run.prediction.output,
            schema=self._schema,
            files=run.first_files(MOST_LISTED),
            status=run.status,
            error=run.prediction.error,
            note=run_columns.kept(runs.row(run)).text,
            logged=logs.last_line(run.logs) if run.active and not run.prediction.output else "",
        )


LEAST_WIDTH = 12
"""Cells that a value has at the least, however narrow the screen is."""


def _facts(facts: Iterator[tuple[str, str]], width: int) -> Content:
    pairs = [(text.one_line(name), text.one_line(value)) for name, value in facts if value]
    names = max(NAME_WIDTH, *(len(name) for name, _ in pairs)) + 2
    lines = [
        Content.assemble(Content.styled(f"{name if first else '':<{names}}", "$foreground-muted"), Content(line))
        for name, value in pairs
        for first, line in _wrapped(value, max(LEAST_WIDTH, width - names))
    ]
    return Content("\n").join(lines)


def _wrapped(value: str, width: int) -> Iterator[tuple[bool, str]]:
    """The lines of a value, and of each whether it is the first."""
    for number, line in enumerate(textwrap.wrap(value, width, break_on_hyphens=False)):
        yield number == 0, line


def _pairs(run: Run) -> Iterator[tuple[str, str]]:
    prediction = run.prediction
    row = runs.row(run)
    yield "id", run.id
    yield "model", row.model
    yield "version", row.version
    yield "status", row.status
    yield "error", prediction.error or ""
    for name in ("created_at", "started_at", "completed_at"):
        moment = getattr(prediction, name)
        yield name.removesuffix("_at"), text.moment(moment)
    yield "time", text.duration(runs.elapsed(row))
    for name, value in prediction.metrics.items():
        if name in ("total_time", "predict_time"):
            continue  # what "time" and the phases say already
        yield name, text.duration(value) if name.endswith("_time") and isinstance(value, float) else str(value)
    yield "source", prediction.source or ""
    yield "saved", str(run.folder or "")
    yield "web", prediction.urls.get("web", "")
