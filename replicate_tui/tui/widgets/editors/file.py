"""The editor of a file: a path of this machine behind an @, or a URL. A picture is shown small."""

import asyncio
import stat
from pathlib import Path
from typing import Final

from textual import work
from textual.content import Content
from textual.geometry import Size

from replicate_tui.core.forms import inputs
from replicate_tui.core.forms.inputs import Field, Upload
from replicate_tui.core.text import size
from replicate_tui.tui.widgets.editors.editor import ROOMY, muted
from replicate_tui.tui.widgets.editors.paths import FileOffers
from replicate_tui.tui.widgets.editors.suggest import SuggestLine
from replicate_tui.tui.widgets.editors.text import Line, LineEditor
from replicate_tui.tui.widgets.picture import Picture

LOOKING: Final = "look at the file"
PICTURE_CELLS: Final = (28, 7)
"""The most that a picture takes, across and down."""
_PICTURES: Final = frozenset(
    (".avif", ".bmp", ".gif", ".ico", ".jp2", ".jpeg", ".jpg", ".png", ".ppm", ".tga", ".tif", ".tiff", ".webp")
)


def look_at(upload: Upload) -> tuple[str, bool]:
    """What stands where `upload` points to, in a word (a size, or why it can't be sent), and whether it is a file."""
    try:
        status = upload.path.stat()
    except (OSError, ValueError):
        return "no such file", False
    is_file = stat.S_ISREG(status.st_mode)
    return (size(status.st_size) if is_file else "a folder" if stat.S_ISDIR(status.st_mode) else "no file"), is_file


class FileEditor(LineEditor):
    """A file: `@path`, or a URL. Beside a path stands what is there; what could be meant is offered."""

    FULL_WIDTH = True
    HINT = "file"
    EMPTY_HINT = "@path or URL"

    DEFAULT_CSS = """
    FileEditor > Picture { margin: 0 0 0 1; }
    """

    def __init__(self, field: Field) -> None:
        self._found = ""
        self.offers = FileOffers()
        self._picture: Picture | None = None
        self._shown_lines = 0
        super().__init__(field)

    def make_line(self, text: str) -> Line:
        """A line that completes paths."""
        return SuggestLine(text, self.offers, offers_on_enter=True)

    def typed(self, text: str) -> object:
        """`@path` is a file of this machine, all else is text."""
        return inputs.typed(text)

    def aside(self, width: int) -> Content:
        """The size of the file, or that there is none."""
        return Content.styled(f"{self._found} ".rjust(width), muted(self)) if self._found else Content()

    def line_width(self, width: int) -> int:
        """All but what is said beside it: the line itself is laid out only later."""
        return width - (len(self._found) + 2 if self._found else 0)

    def value_height(self, container: Size, viewport: Size, width: int) -> int:
        """The line, and the picture below it."""
        return 1 + self._picture_lines

    @property
    def _picture_lines(self) -> int:
        picture = self._picture
        if picture is None or picture.size_in_pixels is None or self.app.size.height < ROOMY:
            return 0
        return picture.lines_for(*PICTURE_CELLS)

    def load(self, text: str) -> None:
        """Put `text` on the line, and look at the file it names."""
        super().load(text)
        self._look()

    def changed_by_person(self) -> None:
        """Look at the file that is named now, too."""
        super().changed_by_person()
        self._look()

    def on_mount(self) -> None:
        """Look at the file that was set before there was a screen."""
        self._look()

    def on_resize(self) -> None:
        """There may be room for the picture now, or no longer."""
        self._place_picture()

    def on_input_changed(self, event: Line.Changed) -> None:
        """A person typed: offer how to go on."""
        super().on_input_changed(event)
        if isinstance(self.line, SuggestLine):
            self.line.follow()

    def place_error(self) -> None:
        """The error is another one: what is offered would hide it."""
        if self.error and isinstance(self.line, SuggestLine):
            self.line.close()

    def on_suggest_line_taken(self, event: SuggestLine.Taken) -> None:
        """A person took what was offered."""
        event.stop()
        self._person_typed()

    def _look(self) -> None:
        value = self.value
        if isinstance(value, Upload) and self.is_running:
            self._look_at(value)
        elif self._found:
            self.workers.cancel_group(self, LOOKING)
            self._tell("", None)

    @work(exclusive=True, group=LOOKING)
    async def _look_at(self, upload: Upload) -> None:
        """Files may be far away: the look at them is taken off the loop."""
        found, is_file = await asyncio.to_thread(look_at, upload)
        self._tell(found, upload.path if is_file and upload.path.suffix.lower() in _PICTURES else None)

    def _tell(self, found: str, picture: Path | None) -> None:
        if found != self._found:
            self._found = found
            self.line.styles.margin = (1, len(found) + 2 if found else 0, 0, 0)
            self.refresh()
        if self._picture is None and picture is not None:
            self._picture = Picture(picture)
            self._picture.display = False
            self.mount(self._picture)
        elif self._picture is not None and self._picture.path != picture:
            self._picture.path = picture
            self._place_picture()

    def on_picture_decoded(self, event: Picture.Decoded) -> None:
        """Show it."""
        event.stop()
        self._place_picture()

    def on_picture_failed(self, event: Picture.Failed) -> None:
        """Whatever it is, it is sent as it is: no word is lost on a picture that is none."""
        event.stop()

    def _place_picture(self) -> None:
        picture, lines = self._picture, self._picture_lines
        if picture is not None and lines != self._shown_lines:
            self._shown_lines = lines
            picture.styles.width, picture.styles.height = PICTURE_CELLS[0], lines
            picture.display = bool(lines)
            self.refresh(layout=True)
