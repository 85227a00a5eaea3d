"""Copying: to the terminal by its own sequence, and to a program of this machine where there is one for it.

The sequence (OSC 52) reaches the clipboard of whoever sits before the terminal, over SSH too; whether the terminal
takes it nobody tells. A program does tell, but its clipboard is that of the machine that it runs on.
"""

import asyncio
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from replicate_tui.core.text import counted, fit, one_line

PATIENCE: Final = 3.0
"""Seconds that a program has to take what is copied."""
LONGEST_SEQUENCE: Final = 74_994
"""Bytes that terminals are known to take at once; many drop what is longer."""
SHOWN: Final = 100
"""Cells of what was copied that are shown."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program that puts its standard input into the clipboard."""

    command: tuple[str, ...]
    encoding: str = "utf-8"

    @property
    def name(self) -> str:
        """As a person knows it."""
        return self.command[0]


def program(environ: Mapping[str, str], platform: str = sys.platform) -> Program | None:
    """The program that copies on this machine; None where there is none, or where nobody sits before it (SSH)."""
    if "SSH_CONNECTION" in environ or "SSH_TTY" in environ:
        return None
    path = environ.get("PATH")
    return next((each for each in _known(environ, platform) if shutil.which(each.name, path=path)), None)


def _known(environ: Mapping[str, str], platform: str) -> Iterator[Program]:
    if platform == "darwin":
        yield Program(("pbcopy",))
    if environ.get("WAYLAND_DISPLAY"):
        yield Program(("wl-copy",))
    if environ.get("DISPLAY") and platform != "darwin":
        yield Program(("xclip", "-selection", "clipboard", "-in"))
        yield Program(("xsel", "--clipboard", "--input"))
    if platform == "win32" or "WSL_DISTRO_NAME" in environ:
        yield Program(("clip.exe",), "utf-16-le")


async def takes(program: Program, text: str) -> bool:
    """Whether the program says that it took `text`."""
    try:
        process = await asyncio.create_subprocess_exec(
            *program.command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,  # what stays behind to serve the clipboard must hold nothing of ours
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=os.name != "nt",
        )
    except OSError:
        return False
    try:
        async with asyncio.timeout(PATIENCE):
            await process.communicate(text.encode(program.encoding))
    except TimeoutError:
        process.kill()
        await process.wait()
    return process.returncode == 0


def storable(text: str) -> str:
    """`text` with what no clipboard can hold, half a character, replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")


def told(text: str, taken_by: Program | None) -> str:
    """What is said of a copy: how much it is, where it went as far as that is known, and how it begins."""
    return f"Copied {_amount(text)} {_way(text, taken_by)}: {fit(one_line(text[: 10 * SHOWN]), SHOWN)}"


def _amount(text: str) -> str:
    lines = text.count("\n") + (not text.endswith("\n"))
    return counted(lines, "line") if lines > 1 else counted(len(text), "character")


def _way(text: str, taken_by: Program | None) -> str:
    if taken_by is not None:
        return f"with {taken_by.name}"
    if len(text.encode()) > LONGEST_SEQUENCE:
        return "through the terminal, which may not take so much at once"
    return "through the terminal, if it takes that"
