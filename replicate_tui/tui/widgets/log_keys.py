"""The keys of a log."""

from textual.binding import Binding, BindingType

LOG_KEYS: tuple[BindingType, ...] = (
    Binding("slash", "ask('search')", "search", key_display="/", id="log.search", tooltip="Find words in the log"),
    Binding(
        "ampersand",
        "ask('filter')",
        "filter",
        key_display="&",
        id="log.filter",
        tooltip="Show only lines with these words",
    ),
    Binding("f", "follow", "follow", id="log.follow", tooltip="Keep the end in sight, or stop it"),
    Binding("n", "found(1)", "next", show=False, id="log.next", tooltip="The next line with what is searched"),
    Binding("N", "found(-1)", "before", show=False, id="log.previous", tooltip="The line with it before"),
    Binding("W", "toggle_wrap", "wrap", id="log.wrap", tooltip="Wrap long lines, or cut them off"),
    Binding("T", "toggle_times", "times", id="log.times", tooltip="When each line was first seen here"),
    Binding("y", "copy", "copy", id="log.copy", tooltip="Copy what is selected, else all of it"),
    Binding("P", "read", "pager", id="log.pager", tooltip="Read it in $PAGER"),
)
