"""The table `[notices]` of `config.toml`: how the end of a long run is told to who is looking elsewhere."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

How = Literal["title", "bell", "desktop", "off"]
"""In the terminal's title; there and by its bell; there and as the desktop's notification; not at all."""

KEYS: Final = ("after", "how")
"""What `[notices]` may hold."""


@dataclass(frozen=True, slots=True)
class NoticeSettings:
    """What is told of runs that end: of those that took at least `after` seconds, and `how`."""

    after: float = 30.0
    how: How = "title"


def read(table: object) -> NoticeSettings:
    """The settings that a table holds.

    Raises:
        ValueError: a value cannot be used; the message names its key.
    """
    if not isinstance(table, dict):
        raise ValueError('[notices] must be a table with lines such as how = "bell"')
    after, how = table.get("after", 30.0), table.get("how", "title")
    if isinstance(after, bool) or not isinstance(after, int | float) or not 0 <= after < 1e9:
        raise ValueError("notices.after must be a number of seconds, such as 60")
    if how not in get_args(How):
        raise ValueError(f"notices.how must be one of {', '.join(get_args(How))}")
    return NoticeSettings(float(after), how)
