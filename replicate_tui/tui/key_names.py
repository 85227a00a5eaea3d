"""Keys in sentences: an action is named by its binding's id in braces, and shown with the key that it is on now.

"{run.refresh} asks again." reads "r asks again.", or has the key that a person chose for `run.refresh`.
"""

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from textual.app import App
from textual.binding import Binding
from textual.content import Content
from textual.widget import Widget

from replicate_tui.tui.bindings import binding

NAMED: Final = re.compile(r"\{([a-z_]+(?:\.[a-z_]+)+)\}")
BETWEEN: Final = "·"
"""What the keys before one word are divided by in the line at the bottom."""
APART: Final = "   "
"""What stands between the keys of a dialog."""


def key_of(app: App[Any], name: str) -> str:
    """The first key of the action with this id, as it is written on the screen.

    Raises:
        LookupError: there is no such action.
    """
    bound, chosen = _by_default(name), _chosen(app).get(name)
    if chosen:
        bound = Binding(chosen.split(",")[0].strip(), "", "")
    return app.get_key_display(bound).rstrip(BETWEEN)


def with_keys(app: App[Any], sentence: str) -> str:
    """The sentence with the keys of the actions that it names. It must be ours: data may have braces, too."""
    return NAMED.sub(lambda found: key_of(app, found[1]), sentence)


def hints(app: App[Any], *hints: tuple[str, str], off: str = "") -> Content:
    """Keys, each with what it does, in one line; the key of `off` does nothing now.

    A key that cannot be chosen, such as enter on a line of text, stands for itself.
    """
    return Content(APART).join(
        Content.styled(f"{with_keys(app, key)} {does}", "$foreground-muted")
        if key == off
        else Content.assemble((with_keys(app, key), "b $primary"), f" {does}")
        for key, does in hints
    )


def follow_keys(widget: Widget, draw: Callable[[], object]) -> None:
    """Have `draw` called whenever a person chose other keys."""
    drawn_for = _chosen(widget.app)

    def look(_: object) -> None:
        nonlocal drawn_for
        if _chosen(widget.app) is not drawn_for:
            drawn_for = _chosen(widget.app)
            draw()

    widget.screen.bindings_updated_signal.subscribe(widget, look)


def _chosen(app: App[Any]) -> Mapping[str, str]:
    return app._keymap


@functools.cache
def _by_default(name: str) -> Binding:
    """The binding as its class has it, with the first of its keys."""
    return next(iter(Binding.make_bindings([binding(name)])))
