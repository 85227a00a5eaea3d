"""What the modes that show runs have in common: the chrome, the list kept true, the run with the cursor in full."""

import contextlib
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.content import Content

from replicate_tui.api.errors import ReplicateError
from replicate_tui.core import outputs
from replicate_tui.core.history.runs import Run
from replicate_tui.core.session import Session
from replicate_tui.tui.modes import MODE_TABS
from replicate_tui.tui.screens.run_verbs import RunVerbs
from replicate_tui.tui.widgets.key_line import KeyLine
from replicate_tui.tui.widgets.resource_table import ResourceTable
from replicate_tui.tui.widgets.status_bar import Standing, StatusBar
from replicate_tui.tui.widgets.tab_line import TabLine

TICK = 1.0
"""Seconds between two redraws of running times."""
SLOW_TICKS = 30
"""Ticks between two redraws of all rows: ages, and minutes that are left."""


class RunsScreen(RunVerbs):
    """A mode with a table `#runs` of runs and a `RunDetail` of the one with the cursor."""

    MODE: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self._followed = contextlib.ExitStack()
        self._followed_id: str | None = None
        self._ticks = 0

    def compose(self) -> ComposeResult:
        """The chrome around the mode's own panes."""
        # The first resize would do that when all are there, and have each of them styled once more.
        self.add_class(self.app.breadth)
        yield StatusBar()
        yield TabLine(MODE_TABS, self.MODE, id="modes", classes="-modes")
        yield from self.compose_panes()
        yield KeyLine()

    @abstractmethod
    def compose_panes(self) -> ComposeResult:
        """What the mode shows."""

    @abstractmethod
    def list_runs(self) -> Sequence[str]:
        """The ids that the table shows, in order."""

    @property
    @abstractmethod
    def nothing(self) -> Content | str:
        """What stands in the place of the list while it has nothing to show."""

    # -- life ------

    def on_mount(self) -> None:
        """Listen to what changes."""
        self.app.standing_changed.subscribe(self, self._show_standing)
        self.app.runs_changed.subscribe(self, self._runs_changed)
        self.app.session_opened.subscribe(self, self._session_opened)
        self._ticker = self.set_interval(TICK, self._tick, pause=True)
        self._show_standing(self.app.standing)
        if self.app.session is not None:
            self._session_opened(self.app.session)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Catch up with what changed while another mode was shown. Its styles did not: the app keeps them."""
        event.refresh_styles = False
        self._ticker.resume()
        if self.app.session is not None:
            self.show_runs()

    def on_screen_suspend(self) -> None:
        """Nobody looks: no time is drawn, and the run with the cursor is no longer fetched for us."""
        self._ticker.pause()
        self._stop_following()

    def on_unmount(self) -> None:
        """Let go of the run with the cursor."""
        self._stop_following()

    def _session_opened(self, session: Session) -> None:
        if session is self.app.session:
            self.session_ready(session)
            self.show_runs()

    def session_ready(self, session: Session) -> None:
        """A session is open, perhaps another than before."""

    # -- showing ------

    def show_runs(self) -> None:
        """List the runs anew and show the one with the cursor."""
        self.runs_table.empty_text = self.nothing
        self.runs_table.show(self.list_runs(), self.session.store.row)
        self.show_detail()

    def show_detail(self) -> None:
        """Show the run with the cursor, and have it kept fresh."""
        run = self.current_run()
        self._follow(run)
        self._draw_detail(run)
        if run is not None:
            self._complete(run)
        self.refresh_bindings()

    def _draw_detail(self, run: Run | None) -> None:
        if run is None:
            self.detail.show(None)
        else:
            session = self.session
            phases, cost = session.timeline(run), session.cost(run)
            self.detail.show(run, self._schema(run), phases=phases, cost=cost, own=self.own_facts(run))

    def own_facts(self, run: Run) -> Sequence[tuple[str, str]]:
        """What this machine tells of a run besides the API, by name: what a person noted."""
        row = self.session.store.row(run.id)
        return () if row is None else (("tags", row.tags.strip()), ("note", row.note))

    def current_run(self) -> Run | None:
        """The run with the cursor."""
        key = self.runs_table.cursor_key
        return self.session.store.run(key) if key and self.app.session is not None else None

    def _schema(self, run: Run | None) -> Mapping[str, Any] | None:
        """What the run's model says of its output."""
        model = self.session.catalog.known(run.prediction.model) if run and run.prediction.model else None
        version = model.latest_version if model else None
        return outputs.output_schema(version.openapi_schema) if version else None

    @work(group="complete", description="complete")
    async def _complete(self, run: Run) -> None:
        """Fetch the logs of a run that ended elsewhere; where they are gone there are none."""
        with contextlib.suppress(ReplicateError):
            await self.session.complete(run)

    def _follow(self, run: Run | None) -> None:
        run_id = run.id if run is not None and run.active and self.is_current else None
        if run_id == self._followed_id:
            return
        self._stop_following()
        if run_id is not None:
            self._followed.enter_context(self.session.watcher.following(run_id))
            self._followed_id = run_id

    def _stop_following(self) -> None:
        self._followed.close()
        self._followed_id = None

    def _show_standing(self, standing: Standing) -> None:
        self.query_one(StatusBar).standing = standing
        self.runs_table.empty_text = self.nothing

    def _runs_changed(self, changed: frozenset[str]) -> None:
        if not self.is_current or self.app.session is None:
            return
        if self.lists_anew(changed):
            self.show_runs()
            return
        self.runs_table.refresh_keys(changed)
        if self.runs_table.cursor_key in changed:
            self.show_detail()

    def lists_anew(self, changed: frozenset[str]) -> bool:
        """Whether these changes may be about runs that come into the list, or leave it."""
        return not changed <= set(self.runs_table.keys)

    def _tick(self) -> None:
        """Draw running times each second, and what grows old every half minute."""
        if not self.is_current or self.app.session is None:
            return
        self._ticks += 1
        self.app.count_down()
        if self._ticks % SLOW_TICKS == 0:
            self.runs_table.refresh()
        elif active := self.session.store.active:
            self.runs_table.refresh_keys(active)
            if self.runs_table.cursor_key in active:
                self._draw_detail(self.current_run())

    # -- events ------

    @on(ResourceTable.Highlighted, "#runs")
    def _run_highlighted(self) -> None:
        if self.app.session is not None:
            self.show_detail()

    @on(ResourceTable.Selected, "#runs")
    def _run_selected(self) -> None:
        self.action_zoom()

    @on(TabLine.Chosen, "#modes")
    def _mode_chosen(self, event: TabLine.Chosen) -> None:
        self.app.action_show_mode(event.name)
