"""The keys of an output."""

from textual.binding import Binding, BindingType

OUTPUT_KEYS: tuple[BindingType, ...] = (
    Binding("left,h,[", "choose(-1)", "File", show=False, id="output.previous", tooltip="The file before"),
    Binding("right,l,]", "choose(1)", "File", show=False, id="output.next", tooltip="The next file"),
    Binding("up,k", "rows(-1)", "Up", show=False, id="output.up", tooltip="One line up"),
    Binding("down,j", "rows(1)", "Down", show=False, id="output.down", tooltip="One line down"),
    Binding("pageup", "page(-1)", "Page up", show=False, id="output.page_up", tooltip="One page up"),
    Binding("pagedown", "page(1)", "Page down", show=False, id="output.page_down", tooltip="One page down"),
    Binding("home,g", "start", "Start", show=False, id="output.start", tooltip="To the first line"),
    Binding("end,G", "end", "End", show=False, id="output.end", tooltip="To the last line, and follow it"),
    Binding("enter", "enlarge", "grid", key_display="⏎", id="output.enlarge", tooltip="All pictures; then one, large"),
    Binding("enter,space", "fold", "fold", key_display="⏎", id="output.fold", tooltip="Open or close this branch"),
    Binding("minus", "fold_all(True)", "close all", show=False, id="output.close_all", tooltip="Close all branches"),
    Binding("plus", "fold_all(False)", "open all", show=False, id="output.open_all", tooltip="Open all branches"),
    Binding("M", "as_written", "as written", id="output.as_written", tooltip="As it was written, or as it reads"),
    Binding("A", "all", "show all", id="output.all", tooltip="All of what is too long to be shown here"),
    Binding("escape", "end_grid", "back", show=False, id="output.end_grid", tooltip="From the grid to one picture"),
)
