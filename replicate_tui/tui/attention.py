"""Reaching somebody who looks elsewhere: the terminal's title, its bell, the desktop's notification.

The sequences are the ones that terminals agree on: OSC 2 sets the title, CSI 22 and 23 t keep and restore it, OSC 9
notifies; whoever does not know one shows nothing.
"""

from typing import Any

from textual.app import App

from replicate_tui.core.text import one_line
from replicate_tui.core.watching.notice_settings import How
from replicate_tui.tui.widgets.status_bar import Standing


def call(app: App[Any], how: How, words: str) -> None:
    """Tell `words` in this way."""
    if how == "off":
        return
    set_title(app, words)
    if how == "bell":
        app.bell()
    elif how == "desktop":
        _write(app, f"\x1b]9;{one_line(words)}\x07")


def keep_title(app: App[Any]) -> None:
    """Have the terminal remember its title, as far as it can."""
    _write(app, "\x1b[22;2t")


def restore_title(app: App[Any]) -> None:
    """Give the terminal its title back; where it remembers none it has none, until a shell's prompt sets one."""
    _write(app, "\x1b]2;\x07\x1b[23;2t")


def title(standing: Standing) -> str:
    """What the terminal's title says while nothing else is to be told: what goes on, first."""
    goes_on = [f"{standing.running} running"] if standing.running else []
    trouble = [standing.connection] if standing.connection not in ("online", "connecting") else []
    where = "local" if standing.host == "local" else standing.account
    return " · ".join([*goes_on, *trouble, *filter(None, ["replicate-tui", where])])


def set_title(app: App[Any], words: str) -> None:
    """Have the terminal's title say `words`."""
    _write(app, f"\x1b]2;{one_line(words)}\x07")


def _write(app: App[Any], sequence: str) -> None:
    driver = app._driver  # Textual writes the clipboard's sequence in this way, and offers no other
    if driver is not None and not app.is_headless:
        driver.write(sequence)
