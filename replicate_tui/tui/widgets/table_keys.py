"""The keys of a table."""

from textual.binding import Binding, BindingType

OPEN = Binding("enter", "select", "open", key_display="⏎", id="table.open", tooltip="Open this row")

TABLE_KEYS: tuple[BindingType, ...] = (
    Binding("up,k", "move(-1)", "Up", show=False, id="table.up", tooltip="One row up"),
    Binding("down,j", "move(1)", "Down", show=False, id="table.down", tooltip="One row down"),
    Binding("pageup", "page(-1)", "Page up", show=False, id="table.page_up", tooltip="One page up"),
    Binding("pagedown", "page(1)", "Page down", show=False, id="table.page_down", tooltip="One page down"),
    Binding("home,g", "first", "First", show=False, id="table.first", tooltip="To the first row"),
    Binding("end,G", "last", "Last", show=False, id="table.last", tooltip="To the last row"),
    OPEN,
    Binding("space", "mark", "mark", id="table.mark", tooltip="Mark this row, or unmark it"),
)
