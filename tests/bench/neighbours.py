"""What the screen is measured beside: a minimal Textual app, Textual's own table, and posting.

posting is installed once, into an environment of its own in the user's cache.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

from platformdirs import user_cache_path

from tests.bench.contestants import DRIVERS
from tests.clients.driving import PROGRAMS

POSTING = "2.11.1"
PINS = (f"posting=={POSTING}", "tree-sitter<0.26")
"""With a newer tree-sitter it crashes at its start."""

MINIMAL_SHOWS = "ready"
POSTING_SHOWS = "Collection is empty."


def minimal() -> list[str]:
    """A Textual app of one line of text."""
    return [sys.executable, str(DRIVERS / "minimal.py")]


def table(rows: int) -> list[str]:
    """Textual's DataTable of so many rows, alone on the screen."""
    return [sys.executable, str(DRIVERS / "table.py"), str(rows)]


def form(inputs: int) -> list[str]:
    """So many of Textual's Inputs with their labels, mounted when F2 is pressed."""
    return [sys.executable, str(DRIVERS / "inputs.py"), str(inputs)]


def posting() -> list[str]:
    """posting, installed if it is not there yet."""
    folder = user_cache_path("replicate-tui-bench") / f"posting-{POSTING}"
    program = folder / PROGRAMS / "posting"
    done = folder / "installed"
    if not done.exists():
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run([str(folder / PROGRAMS / "python"), "-m", "pip", "install", "-qq", *PINS], check=True)
        done.touch()
    return [str(program)]


def homely(environ: dict[str, str], folder: Path) -> dict[str, str]:
    """The environment with folders of its own for what a program keeps."""
    own = {name: str(folder / name.lower()) for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")}
    for path in own.values():
        Path(path).mkdir(parents=True, exist_ok=True)
    return {**environ, **own}
