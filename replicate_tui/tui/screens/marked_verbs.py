"""What can be done with several runs at once: those that are marked."""

import asyncio
from collections.abc import Sequence
from typing import Final

from textual import on, work
from textual.binding import Binding, BindingType
from textual.content import Content

from replicate_tui.core import browser
from replicate_tui.core.history.noting import read_tags
from replicate_tui.core.history.runs import OURS, Run, web_url
from replicate_tui.core.text import counted, one_line
from replicate_tui.tui.key_names import with_keys
from replicate_tui.tui.reporting import reporting
from replicate_tui.tui.screens.confirm import Confirm
from replicate_tui.tui.screens.one_line import OneLine
from replicate_tui.tui.screens.run_verbs import MOST_TOLD, is_editing
from replicate_tui.tui.screens.runs_screen import RunsScreen
from replicate_tui.tui.widgets.resource_table import ResourceTable

MARK_VERBS: Final[list[BindingType]] = [
    Binding(
        "x", "compare", "compare", tooltip="Compare the marked runs, or the marked one with this", id="runs.compare"
    ),
    Binding("t", "tags", "tags", tooltip="Tags of this run, or of the marked ones", id="runs.tags"),
    Binding("N", "note", "note", tooltip="A note on this run", id="runs.note", show=False),
    Binding("d", "delete", "delete", tooltip="Delete our copy of a run, not the API's", id="runs.delete"),
    Binding(
        "A", "mark_all", "mark all", tooltip="Mark all that the list shows, or none", id="runs.mark_all", show=False
    ),
    Binding(
        "I", "copy_ids", "copy ids", tooltip="Copy the id, or those of the marked runs", id="runs.copy_ids", show=False
    ),
]
"""The keys of what is done with marks; space sets one."""

ON_MARKED: Final = frozenset({"compare", "tags", "note", "delete", "mark_all", "copy_ids"})
"""Their actions."""
SEVERAL: Final = frozenset({"cancel", "save", "open", "copy"})
"""Verbs on a run that are done to all that are marked."""

OPENED_UNASKED: Final = 5
"""So many pages are opened without a question."""
MOST_OPENED: Final = 40
SAVED_AT_ONCE: Final = 4
MOST_COMPARED: Final = 6


class MarkedVerbs(RunsScreen):
    """A mode whose runs can be marked. Without marks the run with the cursor is meant."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """With marks the verbs are about the marked runs."""
        if action in ON_MARKED and is_editing(self.focused):
            return False
        if action in ON_MARKED - {"mark_all"} and not self.meant:
            return None
        if action in SEVERAL and not is_editing(self.focused) and self.runs_table.marked:
            return True if action != "cancel" or self._some_go_on() else None
        return super().check_action(action, parameters)

    def _some_go_on(self) -> bool:
        """Whether one of the marked runs can be cancelled."""
        if self.app.session is None:
            return False
        store, marked = self.session.store, self.runs_table.marked
        return not (marked.isdisjoint(store.active) and marked.isdisjoint(store.on_their_way))

    @property
    def meant(self) -> Sequence[str]:
        """The ids of the marked runs in the order of the list, those that it does not show last; else the cursor's."""
        marked = self.runs_table.marked
        if not marked:
            key = self.runs_table.cursor_key
            return [] if key is None else [key]
        listed = [run_id for run_id in self.runs_table.keys if run_id in marked]
        return listed if len(listed) == len(marked) else [*listed, *sorted(marked.difference(listed))]

    def marks_changed(self) -> None:
        """Other runs are marked than before."""
        self.refresh_bindings()

    def drop_marks(self) -> None:
        """Mark nothing."""
        self.runs_table.marked = frozenset()
        self.marks_changed()

    def _runs(self) -> list[Run]:
        return [run for run_id in self.meant if (run := self.session.store.run(run_id)) is not None]

    # -- marking ------

    @on(ResourceTable.MarkToggled, "#runs")
    def _mark_toggled(self, event: ResourceTable.MarkToggled) -> None:
        self.runs_table.marked = self.runs_table.marked ^ {event.key}
        self.runs_table.action_move(1)
        self.marks_changed()

    def action_mark_all(self) -> None:
        """Mark all that the list shows; where they are, none."""
        listed = frozenset(self.runs_table.keys)
        self.runs_table.marked = frozenset() if listed <= self.runs_table.marked else listed
        self.marks_changed()

    # -- doing ------

    def action_cancel(self) -> None:
        """Stop the run, or ask about all that are marked."""
        if self.runs_table.marked:
            self.action_cancel_all()
        else:
            super().action_cancel()

    def action_save(self) -> None:
        """Keep the files of the run, or of all that are marked."""
        if self.runs_table.marked:
            self._save_all([run for run in self._runs() if run.over and run.status not in OURS])
        else:
            super().action_save()

    @work(group="save", description="save all")
    async def _save_all(self, chosen: Sequence[Run]) -> None:
        with reporting(self, "Save"):
            files = await self.files_wanted(chosen)
            if files is None:
                return
            turns = asyncio.Semaphore(SAVED_AT_ONCE)

            async def save(run: Run) -> list[str]:
                async with turns:
                    saved = await self.session.save(run, files=files)
                    return [f"{run.id}: {failure}" for failure in saved.failures]

            told = await asyncio.gather(*map(save, chosen))
            failed = [failures[0] for failures in told if failures]
            self.notify(f"{len(chosen) - len(failed)} of {len(chosen)} saved in {self.session.settings.runs_folder}")
            for failure in failed[:MOST_TOLD]:
                self.notify(failure, severity="error")

    def action_open(self) -> None:
        """Open the page of the run, or of all that are marked."""
        if self.runs_table.marked:
            self._open_all([web_url(run) for run in self._runs() if run.status not in OURS])
        else:
            super().action_open()

    @work(group="browser")
    async def _open_all(self, urls: Sequence[str]) -> None:
        if len(urls) > MOST_OPENED:
            self.notify(f"{len(urls)} pages are too many at once; {MOST_OPENED} are the most", severity="warning")
            return
        if len(urls) > OPENED_UNASKED:
            question = Content(f"Open {counted(len(urls), 'page')} in the browser?")
            if not await self.app.push_screen_wait(Confirm(question, "open them", "don't open them")):
                return
        for url in urls:
            if not await asyncio.to_thread(browser.open_page, url):
                self.notify(f"No browser here; the first page is {url}", timeout=15)
                return

    def action_copy(self) -> None:
        """Copy the output of the run, or of all that are marked, below each other."""
        if not self.runs_table.marked:
            super().action_copy()
            return
        outputs = [content for run in self._runs() if (content := self.copied(run))]
        if outputs:
            self.app.copy_to_clipboard("\n".join(outputs))
        else:
            self.notify("Nothing to copy yet", severity="warning")

    def action_copy_ids(self) -> None:
        """Copy the ids."""
        ids = self.meant
        self.app.copy_to_clipboard("\n".join(ids))

    def action_delete(self) -> None:
        """Ask, then delete our copies."""
        self._delete(self._runs())

    def _others(self) -> str:
        """Who has the run, too."""
        settings = self.session.settings
        return "The server on this machine" if settings.local else one_line(settings.host)

    @work(group="delete", exclusive=True, description="delete")
    async def _delete(self, chosen: Sequence[Run]) -> None:
        doomed = [run.id for run in chosen if run.over]
        if not doomed:
            self.notify(
                with_keys(self.app, "A run that goes on cannot be deleted: {run.cancel} cancels it"), severity="warning"
            )
            return
        what = doomed[0] if len(doomed) == 1 else counted(len(doomed), "run")
        question = Content(
            f"Delete {one_line(what)} from this machine's history?\n{self._others()} keeps its own; saved files stay"
            f"{_staying(len(chosen) - len(doomed))}."
        )
        if not await self.app.push_screen_wait(
            Confirm(question, "delete our copy", "keep it" if len(doomed) == 1 else "keep them")
        ):
            return
        with reporting(self, "Delete"):
            number = await self.session.store.forget(doomed)
            self.runs_table.marked = self.runs_table.marked.difference(doomed)
            self.marks_changed()
            self.show_runs()
            self.notify(f"{counted(number, 'run')} deleted from the history")

    def action_compare(self) -> None:
        """Compare what is marked, or the one that is with the run that has the cursor."""
        chosen = list(self.meant)
        cursor = self.runs_table.cursor_key
        if len(chosen) == 1 and cursor is not None and cursor not in chosen:
            chosen.append(cursor)
        if len(chosen) < 2:
            marking = "Mark a run with {table.mark}, then go to another one and press {runs.compare}"
            self.notify(with_keys(self.app, marking), severity="warning")
        elif len(chosen) > MOST_COMPARED:
            self.notify(f"{len(chosen)} are marked; {MOST_COMPARED} can be compared at once", severity="warning")
        else:
            self._compare(chosen)

    @work(group="compare", exclusive=True)
    async def _compare(self, run_ids: Sequence[str]) -> None:
        from replicate_tui.tui.screens.compare import CompareScreen, Wanted

        wanted: Wanted | None = await self.app.push_screen_wait(CompareScreen(run_ids))
        if wanted is None:
            return
        run = self.session.store.run(wanted.run_id)
        if wanted.verb == "go":
            self.go_to_run(wanted.run_id)
        elif run is not None:
            self.remix(run)

    def go_to_run(self, run_id: str) -> None:
        """Bring the cursor to a run."""
        self.runs_table.move_to(run_id)

    # -- tags and notes ------

    def action_tags(self) -> None:
        """Edit the tags."""
        self._tag(list(self.meant))

    @work(group="noting", exclusive=True)
    async def _tag(self, chosen: Sequence[str]) -> None:
        """Have the tags edited that all have in common: what comes is put to each, what goes is taken from each."""
        store = self.session.store
        before = {run_id: read_tags(row.tags) for run_id in chosen if (row := store.row(run_id)) is not None}
        common = [tag for tag in next(iter(before.values()), ()) if all(tag in tags for tags in before.values())]
        title = Content(f"Tags of {one_line(chosen[0]) if len(chosen) == 1 else counted(len(chosen), 'run')}")
        line = OneLine(
            title, " ".join(common), placeholder="words with spaces between; the filter finds them as tag:word"
        )
        typed: str | None = await self.app.push_screen_wait(line)
        if typed is None:
            return
        wanted = read_tags(typed)
        with reporting(self, "Tags"):
            for run_id, tags in before.items():
                kept = [tag for tag in tags if tag not in common or tag in wanted]
                await store.note(run_id, tags=[*dict.fromkeys([*kept, *wanted])])
        self.show_runs()

    def action_note(self) -> None:
        """Edit the note of the run with the cursor."""
        run = self.current_run()
        if run is not None:
            self._note(run.id)

    @work(group="noting", exclusive=True)
    async def _note(self, run_id: str) -> None:
        store = self.session.store
        row = store.row(run_id)
        before = row.note if row is not None else ""
        line = OneLine(Content(f"Note on {one_line(run_id)}"), before, placeholder="a line; empty deletes the note")
        typed: str | None = await self.app.push_screen_wait(line)
        if typed is not None:
            with reporting(self, "Note"):
                await store.note(run_id, note=typed)
            self.show_runs()


def _staying(number: int) -> str:
    """What is said of the runs that cannot be deleted yet."""
    return "" if not number else "; one that goes on stays" if number == 1 else f"; {number:,} that go on stay"
