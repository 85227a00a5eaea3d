"""What a run has put out: pictures, text, objects, files; or why there is nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from textual import events, on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from replicate_tui.core.outputs import OutputFile
from replicate_tui.core.text import clean, reason
from replicate_tui.tui.widgets.output_parts import (
    SAVED,
    WAITING,
    Parts,
    caption,
    file_list,
    note_line,
    nothing_yet,
    parts,
)
from replicate_tui.tui.widgets.picture import Picture
from replicate_tui.tui.widgets.text_lines import TextLines
from replicate_tui.tui.widgets.thumbnails import Thumbnails

LISTED = 8
"""Files that are listed by name; of more, those around the chosen one."""

ROOM_FOR_THUMBNAILS = 16
"""Lines that the view must have for small pictures below the large one."""

_KEY = re.compile(r'\s*("(?:[^"\\]|\\.)*":)')


class OutputView(Widget, can_focus=True):
    """The output of one run, whatever it is: pictures large, text wrapped, objects as JSON, other files by name.

    One of its files is the chosen one: it is shown large, and `FileHighlighted` tells which.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h,[", "choose(-1)", "File", show=False, id="output.previous", tooltip="The file before"),
        Binding("right,l,]", "choose(1)", "File", show=False, id="output.next", tooltip="The next file"),
        Binding("up,k", "rows(-1)", "Up", show=False, id="output.up", tooltip="One line up"),
        Binding("down,j", "rows(1)", "Down", show=False, id="output.down", tooltip="One line down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="output.page_up", tooltip="One page up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="output.page_down", tooltip="One page down"),
        Binding("home,g", "start", "Start", show=False, id="output.start", tooltip="To the first line"),
        Binding("end,G", "end", "End", show=False, id="output.end", tooltip="To the last line, and follow it"),
    ]

    DEFAULT_CSS = """
    OutputView {
        layout: vertical;
        width: 1fr;
        height: 1fr;
        & > Static { height: auto; max-height: 5; }
        & > .output-view--files { max-height: 9; text-wrap: nowrap; text-overflow: ellipsis; }
        & > .output-view--reason { color: $text-error; margin: 0 0 1 0; }
        & > Picture { height: 2fr; }
        & > Thumbnails { margin: 1 0 0 0; }
        &.-with-files > TextLines { margin: 1 0 0 0; }
    }
    """

    @dataclass
    class FileHighlighted(Message):
        """The file at `where` in the output is the chosen one from now on."""

        view: "OutputView"
        where: str

        @property
        def control(self) -> "OutputView":
            """The view, for `@on(…, "#id")`."""
            return self.view

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self._given: tuple[object, ...] = ()
        self._parts = Parts()
        self._saved: dict[str, Path] = {}
        self._note = ""
        self._pictures: list[OutputFile] = []
        self._others: list[OutputFile] = []
        self._chosen: OutputFile | None = None
        self._reason = Static(markup=False, classes="output-view--reason")
        self._picture = Picture()
        self._caption = Static(markup=False)
        self._text = TextLines(wrap=True)
        self._text.can_focus = False
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
    ) -> None:
        """Show the output of a run as it is now.

        `schema` is the output's own; `files` are the kept ones, by their place in the output; `status` is "" where
        there is no run; `note` is a short line about how long the files are kept.
        """
        given = (type(output), output, schema, dict(files), status, error, note)
        if given == self._given:
            return
        self._given, self._saved, self._note = given, dict(files), note
        self._parts = parts(output, schema)
        self._pictures = [file for file in self._parts.files if file.media == "image" and file.where in self._saved]
        drawn = {file.where for file in self._pictures}
        self._others = [file for file in self._parts.files if file.where not in drawn]
        why = reason(error or "") or ("failed, and gave no reason" if status == "failed" else "")
        _put(self._reason, Content(why))
        self._show_text(status, error or "")
        self._choose(self._where_now())

    def find(self, pattern: re.Pattern[str] | None) -> None:
        """Mark what the pattern matches in the text."""
        self._text.found = pattern

    def action_choose(self, by: int) -> None:
        """Choose a file before or after; where there is no other, the key is left to others."""
        files = self._parts.files
        if len(files) < 2 or self._chosen is None:
            raise SkipAction
        self._choose((files.index(self._chosen) + by) % len(files))

    def action_rows(self, rows: int) -> None:
        """Scroll the text by some rows."""
        self._scrolled().action_by(rows, 0)

    def action_page(self, pages: int) -> None:
        """Scroll the text by some pages."""
        self._scrolled().action_page(pages)

    def action_start(self) -> None:
        """Scroll to the start of the text."""
        self._scrolled().action_start()

    def action_end(self) -> None:
        """Scroll to the end of the text, and stay there when it grows."""
        self._scrolled().action_end()

    def on_resize(self, event: events.Resize) -> None:
        """Give the picture its new height."""
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

    # Text

    def _show_text(self, status: str, error: str) -> None:
        shown, text = self._parts, self._parts.text
        nothing = not text and not shown.files and not shown.note
        if nothing and error.strip() != reason(error):
            text = clean(error)
        kept = "" if shown.files or self._note == SAVED else self._note
        note = "  ".join(part for part in (shown.note, kept) if part and text)
        self._text.highlight = _KEY if shown.is_json else None
        self._text.empty_text = "" if error else nothing_yet(status)
        self._text.display = bool(text or note or nothing)
        self._text.set_text(text, note=note, follow=status in WAITING)

    def _scrolled(self) -> TextLines:
        if not self._text.display:
            raise SkipAction
        return self._text

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
        large = self._chosen if self._chosen in self._pictures else next(iter(self._pictures), None)
        self._show_large(large)
        self._thumbnails.display = len(self._pictures) > 1 and self.size.height >= ROOM_FOR_THUMBNAILS
        if large is not None:
            paths = [self._saved[file.where] for file in self._pictures]
            self._thumbnails.show(paths, self._pictures.index(large))
        listed = file_list(self._others, self._saved, self._chosen, LISTED) if self._others else Content()
        _put(self._list, listed)

    def _show_large(self, file: OutputFile | None) -> None:
        """Show a picture as large as there is room for, with its caption right below."""
        path = None if file is None else self._saved[file.where]
        self._picture.path = path
        self._picture.display = path is not None
        self.set_class(bool(self._parts.files), "-with-files")
        if file is None:
            _put(self._caption, note_line(self._note) if self._parts.files else Content())
            return
        self._picture.styles.max_height = 1 if self._picture.reason else self._picture.lines_for(*self.size)
        files = self._parts.files
        number = f"{files.index(file) + 1} of {len(files)}" if len(files) > 1 else ""
        pixels = self._picture.size_in_pixels
        _put(self._caption, caption(file, path, pixels=pixels, number=number, note=self._note))


def _put(static: Static, content: Content) -> None:
    """Show content, or nothing; what is the same is not laid out again."""
    static.display = bool(content)
    if static.content != content:
        static.update(content)
