"""Reaching somebody who looks elsewhere: the terminal's title, its bell, the desktop's notification.

The sequences are the ones that terminals agree on: OSC 2 sets the title, OSC 9 notifies; whoever does not know one
shows nothing.
"""

from typing import Any

from textual.app import App

from replicate_tui.core.text import one_line
from replicate_tui.core.watching.notice_settings import How


def call(app: App[Any], how: How, words: str) -> None:
    """Tell `words` in this way."""
    if how == "off":
        return
    set_title(app, words)
    if how == "bell":
        app.bell()
    elif how == "desktop":
        _write(app, f"\x1b]9;{one_line(words)}\x07")


def set_title(app: App[Any], words: str) -> None:
    """Have the terminal's title say `words`."""
    _write(app, f"\x1b]2;{one_line(words)}\x07")


def _write(app: App[Any], sequence: str) -> None:
    driver = app._driver  # Textual writes the clipboard's sequence in this way, and offers no other
    if driver is not None and not app.is_headless:
        driver.write(sequence)
