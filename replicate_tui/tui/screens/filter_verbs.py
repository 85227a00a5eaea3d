"""The filter of a list of runs: typed on its line, kept by a name, chosen again."""

import asyncio
from collections.abc import Iterator
from typing import Final

from textual import getters, on, work
from textual.binding import Binding, BindingType
from textual.content import Content

from replicate_tui.core import text
from replicate_tui.core.history import filters
from replicate_tui.core.history.filter_help import LANGUAGE
from replicate_tui.core.history.filters import Filter
from replicate_tui.tui.key_names import key_of, with_keys
from replicate_tui.tui.reporting import reporting
from replicate_tui.tui.screens.chooser import Choice, Chooser, Chosen
from replicate_tui.tui.screens.marked_verbs import MarkedVerbs
from replicate_tui.tui.screens.one_line import OneLine
from replicate_tui.tui.widgets.filter_line import FilterLine

FILTER_KEYS: Final[list[BindingType]] = [
    Binding(
        "slash",
        "filter",
        "filter",
        tooltip="Show only what matches a filter",
        id="runs.filter",
        key_display="/",
        priority=True,  # the letters that follow at once are meant for the filter
    ),
]
"""The key that comes before all others."""
KEPT_FILTER_KEYS: Final[list[BindingType]] = [
    Binding("F", "save_filter", "save filter", tooltip="Keep this filter by a name", id="runs.filter_keep", show=False),
    Binding("apostrophe", "filters", "filters", tooltip="Filters kept by a name", id="runs.filters", key_display="'"),
]
"""The keys of filters that have a name."""
FILTER_LETTERS: Final = frozenset({"save_filter", "filters"})
"""Their actions."""

FILTER_DELAY = 0.12
"""Seconds without a key press before the list is filtered."""


class FilterVerbs(MarkedVerbs):
    """A mode whose runs are listed as far as a filter lets them through."""

    line = getters.query_one(FilterLine)

    def __init__(self) -> None:
        super().__init__()
        self.filter = filters.ALL

    def help_lines(self) -> Iterator[tuple[str, str]]:
        """What the help tells besides the keys: the language of filters."""
        yield from LANGUAGE
        yield "Input •", "a dot beside a tab of the run: what the filter looks for is there"

    @property
    def told_first(self) -> bool:
        """Whether the help begins with that: it is asked for where a filter is typed."""
        return self.line.has_focus_within

    def clear_filter(self) -> None:
        """Let every run through, now."""
        self.line.text = ""
        self._let_through(filters.ALL)

    @on(FilterLine.Changed)
    def _filter_changed(self) -> None:
        self._filter_soon()

    @work(group="filter", exclusive=True)
    async def _filter_soon(self) -> None:
        """List what the filter lets through, once the typing pauses."""
        await asyncio.sleep(FILTER_DELAY)
        wanted = filters.parse(self.line.text)
        self.line.tell("; ".join(wanted.problems))
        if wanted != self.filter:
            self._let_through(wanted)

    def _let_through(self, wanted: Filter) -> None:
        """List what a filter lets through; a run that was found stays under the cursor once all are listed again."""
        self.filter = wanted
        if self.app.session is None:
            return
        found = self.runs_table.cursor_key
        if found is not None and not self.filter:
            self.runs_table.show(self.list_runs(), self.session.store.row)
            self.runs_table.move_to(found)
        self.show_runs()

    @on(FilterLine.Submitted)
    def _filter_submitted(self) -> None:
        self.runs_table.focus()

    def action_filter(self) -> None:
        """To the filter."""
        self.line.begin()

    def action_end_filter(self) -> None:
        """Let every run through, and go back to the list."""
        self.clear_filter()
        self.runs_table.focus()

    # -- filters that have a name ------

    def action_save_filter(self) -> None:
        """Keep the filter by a name."""
        if self.line.text.strip():
            self._save_filter(self.line.text.strip())
        else:
            self.notify(with_keys(self.app, "Type a filter first: {runs.filter} goes to its line"), severity="warning")

    @work(group="filters", exclusive=True)
    async def _save_filter(self, said: str) -> None:
        line = OneLine(Content(f"Keep the filter {text.one_line(said)}"), placeholder="a name")
        name: str | None = await self.app.push_screen_wait(line)
        if name:
            with reporting(self, "Filters"):
                kept = await self.session.saved_filters.keep(name, said)
                self.notify(f"Kept as {kept}; {key_of(self.app, 'runs.filters')} lists the filters")

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
            empty_text=with_keys(self.app, "None yet. {runs.filter_keep} keeps the filter of the list."),
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
