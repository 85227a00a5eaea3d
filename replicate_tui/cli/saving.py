"""`--save`: the files of a run's output, in a folder that is there before anything is paid for."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from replicate_tui.cli import output
from replicate_tui.cli.exit_codes import NO_ANSWER, WRONG_USE, Stop

if TYPE_CHECKING:
    from replicate_tui.core.history.runs import Run
    from replicate_tui.core.session import Session

Save = Annotated[bool, typer.Option("--save", help="Save the output's files.")]
Folder = Annotated[Path | None, typer.Option("--output-directory", help="Where to save. [default: ./{prediction-id}]")]


def make_folder(folder: Path) -> None:
    """The folder to save in: a run is not paid for only to be lost.

    Raises:
        Stop: it cannot be made or written.
    """
    from replicate_tui.core.settings import private_folder

    try:
        private_folder(folder)
        if not folder.is_dir() or not os.access(folder, os.W_OK):
            raise PermissionError(f"{folder} is not a folder that can be written")
    except OSError as error:
        raise Stop(WRONG_USE, f"cannot save there: {error}") from error


def judge_current_folder() -> None:
    """Whether a folder can be made here, before anything is sent.

    Raises:
        Stop: it cannot.
    """
    import tempfile

    try:
        with tempfile.TemporaryDirectory(prefix=".replicate-tui-", dir="."):
            pass
    except OSError as error:
        raise Stop(WRONG_USE, f"cannot save here: {error.strerror}; --output-directory names another place") from error


async def save(session: "Session", run: "Run", folder: Path | None) -> int:
    """Save what a run gave, a line for each file; the exit code.

    Raises:
        Stop: the folder cannot be written.
    """
    from replicate_tui.core.keeping.file_names import folder_name

    try:
        saved = await session.save(run, folder or Path(folder_name(run.id)))
    except OSError as error:
        raise Stop(WRONG_USE, f"cannot save: {error}") from error
    for path in saved.files:
        output.note(f"saved {path}")
    if saved.note:
        output.note(saved.note)
    for failure in saved.failures:
        output.note(f"not saved: {failure}")
    return NO_ANSWER if saved.failures else 0
