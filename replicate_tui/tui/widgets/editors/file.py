"""The editor of a file: a path of this machine behind an @, or a URL."""

import asyncio
import stat

from textual import work
from textual.content import Content

from replicate_tui.core import inputs
from replicate_tui.core.inputs import Field, Upload
from replicate_tui.core.text import size
from replicate_tui.tui.widgets.editors.editor import muted
from replicate_tui.tui.widgets.editors.text import LineEditor

LOOKING = "look at the file"


def look_at(upload: Upload) -> str:
    """What stands where `upload` points to, in a word: a size, or why it can't be sent."""
    try:
        status = upload.path.stat()
    except (OSError, ValueError):
        return "no such file"
    return size(status.st_size) if stat.S_ISREG(status.st_mode) else "not a file"


class FileEditor(LineEditor):
    """A file: `@path`, or a URL. Beside a path stands what is there."""

    FULL_WIDTH = True
    HINT = "file"
    EMPTY_HINT = "@path or URL"

    def __init__(self, field: Field) -> None:
        self._found = ""
        super().__init__(field)

    def typed(self, text: str) -> object:
        """`@path` is a file of this machine, all else is text."""
        return inputs.typed(text)

    def aside(self, width: int) -> Content:
        """The size of the file, or that there is none."""
        return Content.styled(f"{self._found} ".rjust(width), muted(self)) if self._found else Content()

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

    def _look(self) -> None:
        value = self.value
        if isinstance(value, Upload) and self.is_running:
            self._look_at(value)
        elif self._found:
            self.workers.cancel_group(self, LOOKING)
            self._tell("")

    @work(exclusive=True, group=LOOKING)
    async def _look_at(self, upload: Upload) -> None:
        """Files may be far away: the look at them is taken off the loop."""
        self._tell(await asyncio.to_thread(look_at, upload))

    def _tell(self, found: str) -> None:
        if found != self._found:
            self._found = found
            self.line.styles.margin = (1, len(found) + 2 if found else 0, 0, 0)
            self.refresh()
