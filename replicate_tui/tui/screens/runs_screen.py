"""What the screens that show runs have in common: the chrome, the highlighted run, and the verbs on it."""

import asyncio
import contextlib
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Footer, Input, TextArea

from replicate_tui.core import browser, outputs
from replicate_tui.core.runs import OURS, Run
from replicate_tui.core.session import Session, web_url
from replicate_tui.tui.app import MODE_TABS, ReplicateApp
from replicate_tui.tui.reporting import reporting
from replicate_tui.tui.widgets.log_view import LogView
from replicate_tui.tui.widgets.resource_table import ResourceTable
from replicate_tui.tui.widgets.run_detail import RunDetail
from replicate_tui.tui.widgets.status_bar import Standing, StatusBar
from replicate_tui.tui.widgets.tab_line import TabLine

TICK = 1.0
"""Seconds between two redraws of running times."""


RUN_VERBS: list[BindingType] = [
    Binding("m", "remix", "remix", tooltip="Take this run's inputs to the form", id="run.remix"),
    Binding("c", "cancel", "cancel", tooltip="Stop this run", id="run.cancel"),
    Binding("w", "save", "save", tooltip="Keep this run's files on this machine", id="run.save"),
    Binding("y", "copy", "copy", tooltip="Copy this run's output", id="run.copy"),
    Binding("o", "open", "web", tooltip="Open this run in the browser", id="run.open"),
    Binding("z", "zoom", "zoom", tooltip="Show the run alone", id="run.zoom"),
    Binding("f", "follow", "follow", tooltip="Follow the end of the logs", id="logs.follow", show=False),
    Binding("left,h", "tab(-1)", "tab before", tooltip="The tab before", id="tab.previous", show=False),
    Binding("right,l", "tab(1)", "next tab", tooltip="The next tab", id="tab.next", show=False),
    Binding("r", "refresh", "refresh", tooltip="Ask the API again, now", id="run.refresh", show=False),
]
"""The keys of the verbs on a run; a mode's own keys come before them."""


class RunsScreen(Screen[None], inherit_bindings=False):
    """A mode with a table `#runs` of runs and a `RunDetail` of the one with the cursor."""

    MODE: ClassVar[str]

    app = getters.app(ReplicateApp)
    detail = getters.query_one(RunDetail)

    def __init__(self) -> None:
        super().__init__()
        self._followed = contextlib.ExitStack()
        self._followed_id: str | None = None

    def compose(self) -> ComposeResult:
        """The chrome around the mode's own panes."""
        yield StatusBar()
        yield TabLine(MODE_TABS, self.MODE, id="modes", classes="-modes")
        yield from self.compose_panes()
        yield Footer(compact=True, show_command_palette=False)

    @abstractmethod
    def compose_panes(self) -> ComposeResult:
        """What the mode shows."""

    @abstractmethod
    def list_runs(self) -> list[str]:
        """The ids that the table shows, in order."""

    # -- life ------

    def on_mount(self) -> None:
        """Listen to what changes."""
        self.app.standing_changed.subscribe(self, self._show_standing)
        self.app.runs_changed.subscribe(self, self._runs_changed)
        self.app.session_opened.subscribe(self, self._session_opened)
        self.set_interval(TICK, self._tick)
        self._show_standing(self.app.standing)
        if self.app.session is not None:
            self._session_opened(self.app.session)

    def on_screen_resume(self) -> None:
        """Catch up with what changed while another mode was shown."""
        if self.app.session is not None:
            self.show_runs()

    def on_screen_suspend(self) -> None:
        """Nobody looks: the run with the cursor is no longer fetched for us."""
        self._stop_following()

    def on_unmount(self) -> None:
        """Let go of the run with the cursor."""
        self._stop_following()

    @property
    def session(self) -> Session:
        """The open session; verbs are reachable only once it is there."""
        session = self.app.session
        assert session is not None
        return session

    @property
    def runs_table(self) -> ResourceTable[object]:
        """The table of runs."""
        return self.query_one("#runs", ResourceTable)

    def _session_opened(self, session: Session) -> None:
        self.session_ready(session)
        self.show_runs()

    def session_ready(self, session: Session) -> None:
        """A session is open, perhaps another than before."""

    # -- showing ------

    def show_runs(self) -> None:
        """List the runs anew and show the one with the cursor."""
        self.runs_table.show(self.list_runs(), self.session.store.row)
        self.show_detail()

    def show_detail(self) -> None:
        """Show the run with the cursor, and have it kept fresh."""
        run = self.current_run()
        self._follow(run)
        self.detail.show(run, self._schema(run))
        self.refresh_bindings()

    def current_run(self) -> Run | None:
        """The run with the cursor."""
        key = self.runs_table.cursor_key
        return self.session.store.run(key) if key and self.app.session is not None else None

    def _schema(self, run: Run | None) -> Mapping[str, Any] | None:
        """What the run's model says of its output."""
        model = self.session.catalog.known(run.prediction.model) if run and run.prediction.model else None
        version = model.latest_version if model else None
        return outputs.output_schema(version.openapi_schema) if version else None

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

    def _runs_changed(self, changed: frozenset[str]) -> None:
        if not self.is_current:
            return
        ids = self.list_runs()
        if ids != list(self.runs_table.keys):
            self.runs_table.show(ids, self.session.store.row)
        else:
            self.runs_table.refresh_keys(changed)
        if self.runs_table.cursor_key in changed or self.detail.is_empty:
            self.show_detail()

    def _tick(self) -> None:
        if self.is_current and self.app.session is not None and self.session.store.active:
            self.runs_table.refresh_keys(self.session.store.active)

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

    # -- actions ------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Verbs that need a run are greyed without one."""
        if action in ("search", "filter") and isinstance(self.focused, Input | TextArea):
            return False
        if action in ("remix", "cancel", "save", "copy", "open", "zoom"):
            run = self.current_run()
            if run is None:
                return None
            if action == "cancel":
                return True if run.active else None
            if action in ("save", "open"):
                return None if run.status in OURS else True
        return True

    def action_remix(self) -> None:
        """Take the run's inputs to the form."""
        run = self.current_run()
        if run is not None:
            self.app.remix(run)

    def action_cancel(self) -> None:
        """Stop the run."""
        run = self.current_run()
        if run is not None:
            self._cancel(run.id)

    @work(group="cancel")
    async def _cancel(self, run_id: str) -> None:
        with reporting(self, "Cancel"):
            run = await self.session.cancel(run_id)
            self.notify(f"{run.id} {run.status}")

    def action_save(self) -> None:
        """Keep the run's files."""
        run = self.current_run()
        if run is not None:
            self._save(run)

    @work(group="save")
    async def _save(self, run: Run) -> None:
        with reporting(self, "Save"):
            saved = await self.session.save(run)
            for failure in saved.failures:
                self.notify(failure, severity="error")
            if not saved.failures:
                self.notify(f"Saved in {saved.folder}")

    def action_copy(self) -> None:
        """Copy the output: its text, else where its files are."""
        run = self.current_run()
        if run is None:
            return
        content = _copied(run)
        if not content:
            self.notify("Nothing to copy yet", severity="warning")
            return
        self.app.copy_to_clipboard(content)
        self.notify("Copied through the terminal (OSC 52)")

    def action_open(self) -> None:
        """Open the run's page."""
        run = self.current_run()
        if run is not None:
            self._open(web_url(run))

    @work(group="browser")
    async def _open(self, url: str) -> None:
        if not await asyncio.to_thread(browser.open_page, url):
            self.notify(f"No browser here; the page is {url}", timeout=15)

    def action_follow(self) -> None:
        """Show the logs and follow their end."""
        self.detail.tab = "logs"
        self.query_one(LogView).follow = True

    def action_zoom(self) -> None:
        """Show the run alone, or everything again."""
        self.toggle_class("-zoomed")

    def action_tab(self, by: int) -> None:
        """Step through the run's tabs."""
        self.detail.step(by)

    def action_refresh(self) -> None:
        """Ask the API again."""
        if self.app.session is not None:
            self.session.watcher.refresh()


def _copied(run: Run) -> str:
    output = run.prediction.output
    text = outputs.joined_text(output)
    if text is not None:
        return text
    kept = run.files
    return "\n".join(str(kept.get(file.where) or file.url) for file in outputs.files(output)) or (
        run.prediction.error or ""
    )
