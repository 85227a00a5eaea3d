"""The keys of an output, and what is said of them beside it."""

from typing import Any

from textual.app import App
from textual.binding import Binding, BindingType
from textual.content import Content

from replicate_tui.tui.key_names import key_of, with_keys

OUTPUT_KEYS: tuple[BindingType, ...] = (
    Binding("left,h,[", "choose(-1)", "File", show=False, id="output.previous", tooltip="The file before"),
    Binding("right,l,]", "choose(1)", "File", show=False, id="output.next", tooltip="The next file"),
    Binding("up,k", "rows(-1)", "Up", show=False, id="output.up", tooltip="One line up"),
    Binding("down,j", "rows(1)", "Down", show=False, id="output.down", tooltip="One line down"),
    Binding("pageup", "page(-1)", "Page up", show=False, id="output.page_up", tooltip="One page up"),
    Binding("pagedown", "page(1)", "Page down", show=False, id="output.page_down", tooltip="One page down"),
    Binding("home,g", "start", "Start", show=False, id="output.start", tooltip="To the first line"),
    Binding("end,G", "end", "End", show=False, id="output.end", tooltip="To the last line, and follow it"),
    Binding("enter", "enlarge", "grid", key_display="⏎", id="output.enlarge", tooltip="All pictures, small"),
    Binding("enter", "end_grid", "one", key_display="⏎", id="output.one", tooltip="The chosen picture alone, large"),
    Binding("enter,space", "fold", "fold", key_display="⏎", id="output.fold", tooltip="Open or close this branch"),
    Binding("minus", "fold_all(True)", "close all", show=False, id="output.close_all", tooltip="Close all branches"),
    Binding("plus", "fold_all(False)", "open all", show=False, id="output.open_all", tooltip="Open all branches"),
    Binding("M", "as_written", "as written", id="output.as_written", tooltip="As it was written, or as it reads"),
    Binding("A", "all", "show all", id="output.all", tooltip="All of what is too long to be shown here"),
    Binding("escape", "end_grid", "back", show=False, id="output.end_grid", tooltip="From the grid to one picture"),
)


def way_through(app: App[Any], *, has_keys: bool) -> str:
    """How one goes through several pictures; without the keyboard, how that is had."""
    if not has_keys:
        return "tab to go through them"
    return with_keys(app, "{output.previous} {output.next}")


def not_drawn(app: App[Any]) -> Content:
    """The line that stands where a picture would, in a terminal or by a choice that shows none."""
    why = "pictures need colour" if app.no_color else "pictures are switched off"
    return Content.styled(f"{why}; {key_of(app, 'file.open')} opens the file", "$foreground-muted")
