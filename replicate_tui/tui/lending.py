"""The terminal lent to another program, such as a pager; the screen comes back when that ends."""

import asyncio
import os
import shlex
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported


class LendingError(Exception):
    """The other program did not do its work; it says why, in a sentence."""


def pager_command(environ: Mapping[str, str]) -> list[str]:
    """What $PAGER says, as words; else `less`, or `more` where there is none. Raises LendingError."""
    said = environ.get("PAGER", "").strip()
    if not said:
        return ["less"] if shutil.which("less") else ["more"]
    try:
        return [part.strip('"') for part in shlex.split(said, posix=os.name != "nt")]
    except ValueError as error:
        raise LendingError(f"$PAGER cannot be read: {error}.") from error


async def read_in_pager(app: App[Any], text: str, name: str) -> None:
    """Show `text`, cleaned already, in the person's pager, in a file that only they can read and that is removed after.

    Raises LendingError where the pager cannot be started, fails, or the terminal cannot be lent.
    """
    command = pager_command(os.environ)
    with tempfile.TemporaryDirectory(prefix="replicate-tui-") as folder:
        code = await lend(app, [*command, _written(Path(folder, name), text)])
    if code:
        raise LendingError(f"{Path(command[0]).name} ended with code {code}.")


def _written(path: Path, text: str) -> str:
    path.touch(mode=0o600)
    path.write_bytes(text.encode("utf-8", "replace"))
    return str(path)


async def lend(app: App[Any], command: Sequence[str]) -> int:
    """Run a program in the terminal and return its exit code; the loop goes on meanwhile, with nothing drawn.

    Raises LendingError where it cannot be started, or the terminal cannot be lent.
    """
    try:
        with app.batch_update(), _interrupts_ignored(), app.suspend():
            ended = await _run(command)  # raises nothing: Textual would not take the terminal back
    except SuspendNotSupported:
        raise LendingError("This terminal cannot be lent to another program.") from None
    if isinstance(ended, LendingError):
        raise ended
    return ended


async def _run(command: Sequence[str]) -> int | LendingError:
    """The exit code of a program, or why it cannot be started."""
    try:
        process = await asyncio.create_subprocess_exec(*command)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        return LendingError(f"{Path(command[0]).name} cannot be started: {reason}.")
    try:
        return await process.wait()
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Leave ctrl+c to the other program: the terminal sends it to us as well.

    A handler that does nothing is not inherited by that program, as ignoring the signal would be.
    """
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
