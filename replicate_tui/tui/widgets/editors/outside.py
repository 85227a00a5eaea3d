"""A field's text in the person's own editor: the program steps aside until that is closed."""

import os
import shlex
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import App
from textual.binding import Binding, BindingType

from replicate_tui.core.text import clean
from replicate_tui.tui.lending import LendingError, lend
from replicate_tui.tui.widgets.editors.editor import Editor


class OutsideError(Exception):
    """The text could not be edited; it says why, in a sentence."""


def editor_command(environ: Mapping[str, str]) -> list[str]:
    """What $VISUAL or else $EDITOR says, as words. Raises OutsideError where neither says anything."""
    for name in ("VISUAL", "EDITOR"):
        said = environ.get(name, "").strip()
        if said:
            try:
                return [part.strip('"') for part in shlex.split(said, posix=os.name != "nt")]
            except ValueError as error:
                raise OutsideError(f"${name} cannot be read: {error}.") from error
    raise OutsideError("No editor is set: set $VISUAL or $EDITOR, as in EDITOR=nano.")


async def edited(app: App[object], text: str, suffix: str) -> str:
    """`text` as it was saved in the person's editor, in a file that only they can read and that is removed after.

    The loop goes on meanwhile, with nothing drawn. Raises OutsideError where there is no editor, it cannot be
    started, it fails, or what it saved is no text.
    """
    command = editor_command(os.environ)
    with tempfile.TemporaryDirectory(prefix="replicate-tui-") as folder:
        path = _written(Path(folder, f"input{suffix}"), text)
        try:
            code = await lend(app, [*command, str(path)])
        except LendingError as error:
            raise OutsideError(str(error)) from error
        if code:
            raise OutsideError(f"{Path(command[0]).name} ended with code {code}: nothing was changed.")
        return _saved(path, text)


def _written(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    return path


def _saved(path: Path, before: str) -> str:
    try:
        text = path.read_bytes().decode("utf-8", "surrogatepass")
    except OSError as error:
        raise OutsideError(f"What was saved cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise OutsideError("What was saved is not UTF-8 text: nothing was changed.") from None
    if "\r" not in before:
        text = text.replace("\r\n", "\n")
    return text if before.endswith("\n") else text.removesuffix("\n")


class OutsideEditing(Editor):
    """An editor of a field whose text can be taken to the person's own editor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "f6",
            "edit_outside",
            "editor",
            key_display="F6",
            show=False,
            id="form.editor",
            tooltip="Edit it in $VISUAL or $EDITOR",
        ),
    ]

    def outside_text(self) -> tuple[str, str]:
        """The text to edit, and the ending of a file of its kind."""
        raise NotImplementedError

    def take_outside(self, text: str) -> None:
        """Take the text that was edited, on the person's behalf."""
        raise NotImplementedError

    @work(group="outside", exclusive=True)
    async def action_edit_outside(self) -> None:
        """Edit the text in the person's editor; what was not changed changes nothing."""
        before, suffix = self.outside_text()
        try:
            text = await edited(self.app, before, suffix)
        except OutsideError as error:
            self.app.notify(clean(str(error)), severity="warning", markup=False)
            return
        if text != before:
            self.take_outside(text)
