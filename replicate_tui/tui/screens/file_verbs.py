"""What can be done with one file of an output: saved elsewhere, opened, its place copied, given to another model."""

import asyncio
import os
import shutil
import tempfile
from abc import abstractmethod
from pathlib import Path

from textual import work
from textual.binding import Binding, BindingType
from textual.content import Content

from replicate_tui.core import browser, opening
from replicate_tui.core.forms.file_input import absolute
from replicate_tui.core.forms.inputs import Upload
from replicate_tui.core.keeping.single_file import NotFetched
from replicate_tui.core.outputs import OutputFile
from replicate_tui.core.text import one_line
from replicate_tui.tui.key_names import with_keys
from replicate_tui.tui.reporting import reporting
from replicate_tui.tui.screens.file_use import FileUse, file_fields
from replicate_tui.tui.screens.with_session import WithSession
from replicate_tui.tui.widgets.output_view import OutputView

FILE_VERBS: list[BindingType] = [
    Binding("i", "use_file", "use as input", tooltip="Give this file to another model", id="file.use"),
    Binding("S", "save_file", "save as", tooltip="Save this file where you say", id="file.save_as"),
    Binding("O", "open_file", "open file", tooltip="Open this file with this machine's program", id="file.open"),
    Binding("Y", "copy_place", "copy path", tooltip="Copy where this file is: its path, else its URL", id="file.copy"),
]
"""The keys of the verbs on the file that is chosen in the output."""

FILE_ACTIONS = frozenset({"use_file", "save_file", "open_file", "copy_place"})

LONGEST_COPIED = 8_000
"""Characters of an address that are copied; a file that is embedded in its address may have millions."""


class FileVerbs(WithSession):
    """A screen that shows outputs: the verbs on the chosen file."""

    _saved_in: Path | None = None

    @property
    @abstractmethod
    def output(self) -> OutputView | None:
        """The output that is seen; None while there is none."""

    def chosen_file(self) -> tuple[OutputFile, Path | None] | None:
        """The chosen file of the output that is seen, and where it is kept."""
        view = self.output
        return None if view is None or view.chosen is None else (view.chosen, view.chosen_path)

    # -- saving ------

    def action_save_file(self) -> None:
        """Ask where, then save the file."""
        chosen = self.chosen_file()
        if chosen is not None:
            self._save_file(*chosen)

    @work(group="save-file", exclusive=True)
    async def _save_file(self, file: OutputFile, kept: Path | None) -> None:
        from replicate_tui.tui.screens.save_as import SaveAs

        place: Path | None = await self.app.push_screen_wait(SaveAs(file.name, self._saved_in or Path.cwd()))
        if place is None:
            return
        with reporting(self.app.screen, "Save"):
            try:
                await self._put(file, kept, place)
            except (NotFetched, ValueError) as error:
                self.app.notify(f"Save: {error}", severity="error", timeout=10)
                return
            self._saved_in = place.parent
            self.app.notify(f"Saved as {place}")

    async def _put(self, file: OutputFile, kept: Path | None, place: Path) -> None:
        """Bring the file to its place whole: it takes another's place in the last moment only."""
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix=".replicate-tui-", dir=place.parent))
        try:
            if kept is not None:
                arrived = folder / file.name
                await asyncio.to_thread(shutil.copyfile, kept, arrived)
            else:
                arrived = await self.session.download(file.url, folder)
            await asyncio.to_thread(os.replace, arrived, place)
        finally:
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, True))

    # -- opening, copying ------

    def action_open_file(self) -> None:
        """Open the file with the program that this machine has for it."""
        chosen = self.chosen_file()
        if chosen is not None:
            self._open_file(*chosen)

    @work(group="open-file")
    async def _open_file(self, file: OutputFile, kept: Path | None) -> None:
        if kept is None:
            opened = await asyncio.to_thread(browser.open_page, file.url)
            if not opened:
                not_yet = "Not saved on this machine yet: {run.save} saves it, {file.save_as} saves it where you say"
                self.app.notify(with_keys(self.app, not_yet), timeout=10)
        elif not await asyncio.to_thread(opening.open_file, kept):
            self.app.notify(f"No program here opens it; the file is {kept}", timeout=15)

    def action_copy_place(self) -> None:
        """Copy the file's path on this machine, else its URL."""
        chosen = self.chosen_file()
        if chosen is None:
            return
        file, kept = chosen
        place = str(kept or file.url)
        if len(place) > LONGEST_COPIED:
            embedded = "This file is embedded in its address: {file.save_as} saves it, then it has a path"
            self.app.notify(with_keys(self.app, embedded), severity="warning")
            return
        self.app.copy_to_clipboard(place)

    # -- using ------

    def action_use_file(self) -> None:
        """Ask for a model, and take the file to its form."""
        chosen = self.chosen_file()
        if chosen is not None:
            self._use_file(*chosen)

    @work(group="use-file", exclusive=True)
    async def _use_file(self, file: OutputFile, kept: Path | None) -> None:
        from replicate_tui.tui.screens.choose_model import ChooseModel

        catalog = self.session.catalog
        title = Content(f"Use {one_line(file.name)} as input of")
        name: str | None = await self.app.push_screen_wait(
            ChooseModel(title, lambda words: [row.name for row in catalog.find(words)], catalog.row)
        )
        if name is None:
            return
        with reporting(self.app.screen, "Use as input"):
            target = await self.session.target(name)
            field = await self._field_of(target.model or name, [field.name for field in file_fields(target.fields)])
            if field is not None:
                use = FileUse(target, field, file.url if kept is None else absolute(Upload(kept)))
                await self.app.switch_mode("run")
                self.app.file_use_wanted.publish(use)

    async def _field_of(self, model: str, names: list[str]) -> str | None:
        """The input that takes the file: the only one, or the one that is chosen."""
        from replicate_tui.tui.screens.chooser import Choice, Chooser

        if not names:
            self.app.notify(f"{model} takes no file", severity="warning")
            return None
        if len(names) == 1:
            return names[0]
        choices = [Choice(name, name) for name in names]
        chosen = await self.app.push_screen_wait(Chooser(Content(f"Which input of {one_line(model)}"), choices))
        return None if chosen is None else chosen.key
