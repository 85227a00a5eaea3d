"""What a run has put out: pictures, text, objects, files; or why there is nothing."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

from textual import events, on, work
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from replicate_tui.core.outputs import Media, OutputFile
from replicate_tui.core.text import clean, reason
from replicate_tui.tui.images import drawing_of
from replicate_tui.tui.widgets import output_messages
from replicate_tui.tui.widgets.media_facts import Facts, KnownFacts
from replicate_tui.tui.widgets.output_keys import OUTPUT_KEYS, not_drawn, way_through
from replicate_tui.tui.widgets.output_parts import (
    SAVED,
    WAITING,
    Parts,
    caption,
    file_list,
    note_line,
    nothing_yet,
    parts,
    whole,
)
from replicate_tui.tui.widgets.output_reading import OutputReading
from replicate_tui.tui.widgets.output_text import OutputText
from replicate_tui.tui.widgets.picture import Picture
from replicate_tui.tui.widgets.thumbnails import Thumbnails

LISTED = 8
"""Files that are listed by name; of more, those around the chosen one."""

ROOM_FOR_THUMBNAILS = 16
"""Lines that the view must have for small pictures below the large one."""


class OutputView(OutputReading, can_focus=True):
    """The output of one run, whatever it is: pictures large, text as it reads best, objects as a tree, files by name.

    One of its files is the chosen one: it is shown large, and `FileHighlighted` tells which. Several pictures may be
    looked at in a grid.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*OUTPUT_KEYS]

    DEFAULT_CSS = """
    OutputView {
        layout: vertical;
        width: 1fr;
        height: 1fr;
        & > Static { height: auto; max-height: 5; }
        & > .output-view--files { max-height: 10; text-wrap: nowrap; text-overflow: ellipsis; }
        & > .output-view--reason { color: $text-error; margin: 0 0 1 0; }
        & > Picture { height: 2fr; }
        & > Thumbnails { margin: 1 0 0 0; }
        & > Thumbnails.-grid { margin: 0; }
        &.-with-files > OutputText { margin: 1 0 0 0; }
        &:focus ObjectTree > .tree--cursor { background: $primary 35%; }
    }
    """

    FileHighlighted: TypeAlias = output_messages.FileHighlighted
    AllWanted: TypeAlias = output_messages.AllWanted

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self._given: tuple[object, ...] = ()
        self._parts = Parts()
        self._output: object = None
        self._schema: Mapping[str, Any] | None = None
        self._saved: dict[str, Path] = {}
        self._note = self._logged = ""
        self._pictures: list[OutputFile] = []
        self._others: list[OutputFile] = []
        self._chosen: OutputFile | None = None
        self._reason = Static(markup=False, classes="output-view--reason")
        self._picture = Picture()
        self._caption = Static(markup=False)
        self._text = OutputText()
        self._facts = KnownFacts()
        self._thumbnails = Thumbnails()
        self._list = Static(markup=False, classes="output-view--files")
        for widget in self.compose():
            widget.display = False

    def compose(self) -> ComposeResult:
        """Everything an output may have; only what this one has is displayed."""
        yield from (self._reason, self._picture, self._caption, self._thumbnails, self._list, self._text)

    @property
    def chosen(self) -> OutputFile | None:
        """The chosen file of the output; None while it has none."""
        return self._chosen

    @property
    def chosen_path(self) -> Path | None:
        """Where the chosen file is kept on this machine; None if it is not."""
        return None if self._chosen is None else self._saved.get(self._chosen.where)

    def show(
        self,
        output: object,
        *,
        schema: Mapping[str, Any] | None,
        files: Mapping[str, Path],
        status: str,
        error: str | None,
        note: str,
        logged: str = "",
    ) -> None:
        """Show the output of a run as it is now.

        `schema` is the output's own; `files` are the kept ones, by their place in the output; `status` is "" where
        there is no run; `note` is a short line about how long the files are kept, `logged` the last line of the log,
        which stands for what there is not yet.
        """
        given = (type(output), output, schema, dict(files), status, error, note, logged)
        if given == self._given:
            return
        self._given, self._saved, self._note, self._logged = given, dict(files), note, logged
        self._output, self._schema = output, schema
        self._parts = parts(output, schema)
        drawn = drawing_of(self.app).how != "none"
        images = [file for file in self._parts.files if file.media == "image" and drawn]
        self._pictures = [file for file in images if file.where in self._saved]
        pictured = {file.where for file in self._pictures}
        self._others = [file for file in self._parts.files if file.where not in pictured]
        unread = self._facts.unread(
            (files[file.where], file.media) for file in self._parts.files if file.where in files
        )
        if unread and self.is_mounted:
            self._read_facts(unread)
        why = reason(error or "") or ("failed, and gave no reason" if status == "failed" else "")
        _put(self._reason, Content(why))
        self._show_text(status, error or "")
        self._choose(self._where_now())
        self.refresh_bindings()

    def find(self, pattern: re.Pattern[str] | None) -> None:
        """Mark what the pattern matches in the text."""
        self._text.find(pattern)

    def action_choose(self, by: int) -> None:
        """Choose a file before or after; where there is no other, the key is left to others."""
        files = self._parts.files
        if len(files) < 2 or self._chosen is None:
            raise SkipAction
        self._choose((files.index(self._chosen) + by) % len(files))

    def action_rows(self, rows: int) -> None:
        """Scroll the text by some rows; in the grid, choose a picture some rows on."""
        if self._thumbnails.grid:
            at = self._large_index() + rows * self._thumbnails.across
            if 0 <= at < len(self._pictures):
                self._choose(self._parts.files.index(self._pictures[at]))
        else:
            self._scrolled().move(rows)

    def action_enlarge(self) -> None:
        """Show all pictures in a grid."""
        self._show_grid(True)

    def action_end_grid(self) -> None:
        """From the grid to one picture; where there is no grid, the key is left to others."""
        if not self._thumbnails.grid:
            raise SkipAction
        self._show_grid(False)

    def action_all(self) -> None:
        """Tell that all of the text is wanted."""
        self.post_message(self.AllWanted(self, "output", whole(self._output, self._schema)))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that would do nothing to this output are not told of."""
        match action:
            case "enlarge":
                return len(self._pictures) > 1 and not self._thumbnails.grid
            case "end_grid":
                return self._thumbnails.grid
            case "fold" | "fold_all":
                return self._text.display and self._text.has_tree
            case "as_written":
                return self._text.display and self._text.is_richer
            case "all":
                return self._parts.is_cut
        return True

    def on_resize(self, event: events.Resize) -> None:
        """Give the picture its new height."""
        self._show_files()

    def watch_has_focus(self, has_focus: bool) -> None:
        """The arrows go through the pictures, or elsewhere now."""
        super().watch_has_focus(has_focus)
        self._show_files()

    @on(Picture.Decoded)
    @on(Picture.Failed)
    def _picture_read(self, event: Picture.Decoded | Picture.Failed) -> None:
        event.stop()
        self._show_files()

    @on(Thumbnails.Clicked)
    def _thumbnail_clicked(self, event: Thumbnails.Clicked) -> None:
        event.stop()
        self._choose(self._parts.files.index(self._pictures[event.index]))

    @on(OutputText.AllWanted)
    def _value_wanted(self, event: OutputText.AllWanted) -> None:
        event.stop()
        text = event.value if isinstance(event.value, str) else whole(event.value, None)
        self.post_message(self.AllWanted(self, event.title, text))

    # Text

    def _show_text(self, status: str, error: str) -> None:
        shown, text = self._parts, self._parts.text
        nothing = not text and not shown.files and not shown.note
        if nothing and error.strip() != reason(error):
            text = clean(error)
        kept = "" if shown.files or self._note == SAVED or not text else self._note
        note = "  ".join(part for part in (shown.note, kept) if part) if text else ""
        empty = shown.note or ("" if error else nothing_yet(status, self._logged))
        self._text.display = bool(text or shown.note or nothing)
        self._text.show(shown, self._output, text, note=note, empty=empty, follow=status in WAITING)

    # Files

    def _where_now(self) -> int:
        """Return the index of the chosen file among those there are now; of the first if it is gone."""
        where = None if self._chosen is None else self._chosen.where
        return next((at for at, file in enumerate(self._parts.files) if file.where == where), 0)

    def _choose(self, index: int) -> None:
        before = None if self._chosen is None else self._chosen.where
        self._chosen = self._parts.files[index] if self._parts.files else None
        self._show_files()
        if self._chosen is not None and self._chosen.where != before:
            self.post_message(self.FileHighlighted(self, self._chosen.where))

    def _show_files(self) -> None:
        large = self._pictures[self._large_index()] if self._pictures else None
        several = len(self._pictures) > 1
        if not several and self._thumbnails.grid:
            self._thumbnails.grid = False
        self._show_large(large)
        self._thumbnails.display = several and (self.size.height >= ROOM_FOR_THUMBNAILS or self._thumbnails.grid)
        if large is not None:
            paths = [self._saved[file.where] for file in self._pictures]
            self._thumbnails.show(paths, self._large_index())
        others = self._others
        total = len(others) + self._parts.total - len(self._parts.files)
        listed = file_list(others, self._saved, self._chosen, LISTED, self._facts.told, total) if others else Content()
        is_kept = any(file.media == "image" and file.where in self._saved for file in others)
        _put(self._list, Content("\n").join([not_drawn(self.app), listed]) if is_kept else listed)

    def _large_index(self) -> int:
        """The index of the large picture among the pictures: the chosen one, else the first."""
        return self._pictures.index(self._chosen) if self._chosen in self._pictures else 0

    def _show_grid(self, grid: bool) -> None:
        self._thumbnails.grid = grid
        self._show_files()
        self.refresh_bindings()

    @work(group="facts", exclusive=True, description="read what files tell of themselves")
    async def _read_facts(self, files: Sequence[tuple[Path, Media]]) -> None:
        async for told in self._facts.read(files):
            if told != Facts():
                self._show_files()

    def _show_large(self, file: OutputFile | None) -> None:
        """Show a picture as large as there is room for, with its caption right below."""
        self._picture.path = path = None if file is None else self._saved[file.where]
        self._picture.display = path is not None and not self._thumbnails.grid
        self.set_class(bool(self._parts.files), "-with-files")
        if file is None:
            _put(self._caption, note_line(self._note) if self._parts.files else Content())
            return
        self._picture.styles.max_height = 1 if self._picture.reason else self._picture.lines_for(*self.size)
        files = self._parts.files
        way = way_through(self.app, has_keys=self.has_focus)
        number = f"{files.index(file) + 1} of {self._parts.total:,}  {way}" if len(files) > 1 else ""
        pixels = self._picture.size_in_pixels
        told = self._facts.told.get(path, Facts()).words if path is not None else ()
        _put(self._caption, caption(file, path, pixels=pixels, number=number, note=self._note, told=told))


def _put(static: Static, content: Content) -> None:
    """Show content, or nothing; what is the same is not laid out again."""
    static.display = bool(content)
    if static.content != content:
        static.update(content)
