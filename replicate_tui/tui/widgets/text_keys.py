"""The keys of long text."""

from textual.binding import Binding, BindingType

TEXT_KEYS: tuple[BindingType, ...] = (
    Binding("up,k", "by(-1, 0)", "Up", show=False, id="text.up", tooltip="One line up"),
    Binding("down,j", "by(1, 0)", "Down", show=False, id="text.down", tooltip="One line down"),
    Binding("left,h", "by(0, -8)", "Left", show=False, id="text.left", tooltip="Some columns to the left"),
    Binding("right,l", "by(0, 8)", "Right", show=False, id="text.right", tooltip="Some columns to the right"),
    Binding("pageup", "page(-1)", "Page up", show=False, id="text.page_up", tooltip="One page up"),
    Binding("pagedown", "page(1)", "Page down", show=False, id="text.page_down", tooltip="One page down"),
    Binding("home,g", "start", "Start", show=False, id="text.start", tooltip="To the first line"),
    Binding("end,G", "end", "End", show=False, id="text.end", tooltip="To the last line, and follow it"),
)
