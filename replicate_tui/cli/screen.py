"""The screen, as the command line opens it; nothing of the commands is imported for it."""

import gc
import os
import sys

from replicate_tui.cli import PROGRAM
from replicate_tui.cli.exit_codes import WRONG_USE, Stop
from replicate_tui.core.settings import Flags


def open_screen(flags: Flags) -> int:
    """Open the screen on this terminal and stay until it is left; the exit code.

    Raises:
        Stop: this is no terminal that it can be drawn on.
        SettingsError: a setting cannot be used.
    """
    streams = (sys.stdin, sys.stdout, sys.stderr)  # it is drawn on the last one
    if not all(stream is not None and stream.isatty() for stream in streams):
        raise Stop(WRONG_USE, f"the screen needs a terminal; see {PROGRAM} --help for commands that do not")
    if os.environ.get("TERM") == "dumb":
        wanted = "the screen needs a terminal that moves its cursor, which TERM=dumb is not: set TERM to what it is"
        raise Stop(WRONG_USE, f"{wanted}, such as xterm-256color; see {PROGRAM} --help for commands that need none")
    # The start makes much that stays, and hardly any garbage: the app collects again when it has started.
    gc.disable()
    from replicate_tui.tui.app import run_screen

    return run_screen(flags)
