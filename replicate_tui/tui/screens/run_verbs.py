"""What can be done with the run that has the cursor, in every mode that shows runs."""

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing

from textual import getters, work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, TextArea

from replicate_tui.core import browser, outputs
from replicate_tui.core.history.runs import ON_ITS_WAY, OURS, UNANSWERED, UNKNOWN, Run, row, web_url
from replicate_tui.core.run_columns import run_name
from replicate_tui.core.sending import stopping
from replicate_tui.core.sending.reconcile import candidates_of
from replicate_tui.tui.reporting import reporting
from replicate_tui.tui.screens.confirm import Confirm
from replicate_tui.tui.screens.file_verbs import FILE_ACTIONS, FILE_VERBS, FileVerbs
from replicate_tui.tui.screens.log_verbs import LogVerbs
from replicate_tui.tui.screens.mode_screen import ModeScreen
from replicate_tui.tui.widgets.form_keys import in_form
from replicate_tui.tui.widgets.log_view import LogView
from replicate_tui.tui.widgets.output_view import OutputView
from replicate_tui.tui.widgets.resource_table import ResourceTable
from replicate_tui.tui.widgets.run_detail import RunDetail

RUN_VERBS: list[BindingType] = [
    Binding("escape", "unzoom", "back", tooltip="Show everything again", id="run.unzoom", key_display="esc"),
    Binding("m", "remix", "remix", tooltip="Take this run's inputs to the form", id="run.remix"),
    Binding("c", "cancel", "cancel", tooltip="Stop this run", id="run.cancel"),
    Binding(
        "C", "cancel_all", "cancel all", tooltip="Stop everything that runs or waits", id="run.cancel_all", show=False
    ),
    Binding("w", "save", "save", tooltip="Keep this run's files on this machine", id="run.save"),
    Binding("y", "copy", "copy", tooltip="Copy this run's output", id="run.copy"),
    Binding("o", "open", "web", tooltip="Open this run in the browser", id="run.open"),
    Binding("e", "resolve", "settle", tooltip="Say what became of a run whose answer was lost", id="run.resolve"),
    Binding("u", "queue", "queue", tooltip="Runs that wait for their turn", id="run.queue", show=False),
    Binding("z", "zoom", "zoom", tooltip="Show the run alone", id="run.zoom"),
    Binding("f", "follow", "follow", tooltip="Follow the end of the logs", id="logs.follow", show=False),
    Binding("left,h", "tab(-1)", "tab before", tooltip="The tab before", id="tab.previous", show=False),
    Binding("right,l", "tab(1)", "next tab", tooltip="The next tab", id="tab.next", show=False),
    Binding("R", "refresh", "refresh", tooltip="Ask the API again, now", id="run.refresh", show=False),
    *FILE_VERBS,
]
"""The keys of the verbs on a run; a mode's own keys come before them."""

VERBS: Mapping[str, Callable[[Run], bool]] = {
    "remix": lambda run: True,
    "cancel": lambda run: run.active or run.status in ON_ITS_WAY | UNANSWERED,
    "save": lambda run: run.over and run.status not in OURS,
    "copy": lambda run: True,
    "open": lambda run: run.status not in OURS,
    "resolve": lambda run: run.status == UNKNOWN,
    "zoom": lambda run: True,
}
"""The verbs, and the runs that each can be done to."""

MOST_TOLD = 3
"""So many failures are told one by one."""

LETTERS = frozenset({*VERBS, *FILE_ACTIONS, "follow", "tab", "refresh", "search", "filter", "queue", "cancel_all"})
"""Actions on keys that an editor may want for itself."""


def is_editing(focused: Widget | None) -> bool:
    """Whether the keyboard is in an editor, where letters and digits mean themselves."""
    return isinstance(focused, Input | TextArea) or in_form(focused)


class RunVerbs(FileVerbs, LogVerbs, ModeScreen):
    """A screen with a table `#runs` and a `RunDetail`: the verbs on the run with the cursor."""

    detail = getters.query_one(RunDetail)

    @abstractmethod
    def current_run(self) -> Run | None:
        """The run with the cursor."""

    @property
    def output(self) -> OutputView | None:
        """The output of the run with the cursor, where it is seen."""
        if self.detail.tab != "output":
            return None
        view = self.detail.query_one_optional(OutputView)
        return view if view is not None and view.is_on_screen else None

    @property
    def runs_table(self) -> ResourceTable[object]:
        """The table of runs."""
        return self.query_one("#runs", ResourceTable)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Letters do nothing in an editor; a verb is off where there is nothing to do it to, a rare one hidden."""
        if action in LETTERS and is_editing(self.focused):
            return False
        if action in ("search", "filter") and isinstance(self.focused, LogView):
            return False  # the same key finds words in the log
        if action == "unzoom":
            return self.has_class("-zoomed")
        if action in FILE_ACTIONS:
            return self.is_mounted and self.chosen_file() is not None
        if action not in VERBS:
            return True
        run = self.current_run()
        possible = run is not None and VERBS[action](run)
        if action == "resolve":
            return possible
        return True if possible else None

    def action_remix(self) -> None:
        """Take the run's inputs to the form."""
        run = self.current_run()
        if run is not None:
            self.remix(run)

    def remix(self, run: Run) -> None:
        """Take a run's inputs to the form."""
        self.app.switch_mode("run")
        self.app.remix_wanted.publish(run)

    def action_cancel(self) -> None:
        """Stop the run."""
        run = self.current_run()
        if run is not None:
            self._cancel(run.id)

    @work(group="cancel")
    async def _cancel(self, run_id: str) -> None:
        with reporting(self, "Cancel"):
            run = await self.session.cancel(run_id)
            self.notify(f"{run_name(row(run))} {stopping.told(run)}")

    def action_cancel_all(self) -> None:
        """Ask, then stop the marked runs, or everything."""
        if self.app.session is not None:
            with reporting(self, "Cancel"):
                self.session.settings.require_writes("cancel runs")
                self._cancel_all()

    @work(group="cancel", exclusive=True)
    async def _cancel_all(self) -> None:
        marked = self.runs_table.marked
        chosen = [run_id for run_id in self.session.going() if not marked or run_id in marked]
        if not chosen:
            self.notify("Nothing runs or waits", severity="warning")
            return
        question = Content(_stop_question(len(chosen), marked=bool(marked)))
        them = "it" if len(chosen) == 1 else "them"
        if not await self.app.push_screen_wait(Confirm(question, f"stop {them}", f"let {them} go on")):
            return
        with reporting(self, "Cancel"):
            async with aclosing(self.session.cancel_all(chosen)) as outcomes:
                failures = [outcome.error async for outcome in outcomes if outcome.error is not None]
            self.notify(f"{len(chosen) - len(failures)} stopped")
            for failure in failures[:MOST_TOLD]:
                self.notify(str(failure), severity="error")

    def action_save(self) -> None:
        """Keep the run's files."""
        run = self.current_run()
        if run is not None:
            self._save(run)

    @work(group="save", description="save")
    async def _save(self, run: Run) -> None:
        with reporting(self, "Save"):
            files = await self.files_wanted([run])
            if files is None:
                return
            saved = await self.session.save(run, files=files)
            for failure in saved.failures:
                self.notify(failure, severity="error")
            if not saved.failures:
                self.notify("\n".join(filter(None, (f"Saved in {saved.folder}", saved.note))))

    async def files_wanted(self, chosen: Sequence[Run]) -> bool | None:
        """Whether the files of these runs are fetched when they are saved; None to save nothing."""
        return True

    def action_copy(self) -> None:
        """Copy the output: its text, else where its files are."""
        run = self.current_run()
        if run is None:
            return
        content = self.copied(run)
        if not content:
            self.notify("Nothing to copy yet", severity="warning")
            return
        self.app.copy_to_clipboard(content)

    def copied(self, run: Run) -> str:
        """What is copied of a run."""
        return copied(run)

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
        if self.has_class("-zoomed"):
            self.detail.focus_content()
        else:
            self.runs_table.focus()

    def action_unzoom(self) -> None:
        """Show everything again."""
        self.action_zoom()

    def action_tab(self, by: int) -> None:
        """Step through the run's tabs."""
        self.detail.step(by)

    def action_resolve(self) -> None:
        """Ask what became of the run."""
        run = self.current_run()
        if run is not None:
            self._resolve(run)

    @work(group="resolve", exclusive=True, description="resolve")
    async def _resolve(self, run: Run) -> None:
        from replicate_tui.tui.screens.resolve import NONE, Resolve

        candidates = candidates_of(run)
        answer = await self.app.push_screen_wait(Resolve(run.prediction.error or "", candidates))
        if answer is not None:
            with reporting(self, "Settle"):
                await self.session.resolve(run.id, None if answer == NONE else answer)

    def action_queue(self) -> None:
        """Show what waits for its turn."""
        from replicate_tui.tui.screens.queue import QueueScreen

        if self.app.session is not None:
            self.app.push_screen(QueueScreen())

    def action_refresh(self) -> None:
        """Ask the API again."""
        if self.app.session is not None:
            self.session.watcher.refresh()


def _stop_question(number: int, *, marked: bool) -> str:
    if number == 1:
        return f"Stop the one run that {'is marked' if marked else 'runs or waits'}?"
    return f"Stop {'the' if marked else 'all'} {number:,} runs that {'are marked' if marked else 'run or wait'}?"


def copied(run: Run) -> str:
    """What is copied of a run: the text of its output, else where its files are, else its error."""
    output = run.prediction.output
    text = outputs.joined_text(output)
    if text is not None:
        return text
    kept = run.files
    return "\n".join(str(kept.get(file.where) or file.url) for file in outputs.files(output)) or (
        run.prediction.error or ""
    )
