"""What a view of a log tells of itself, and what a person asks of it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from textual.message import Message

if TYPE_CHECKING:
    from replicate_tui.tui.widgets.log_view import LogView

Purpose = Literal["search", "filter"]
"""What words are given for."""


@dataclass
class _OfLog(Message, namespace="log_view"):
    view: "LogView"

    @property
    def control(self) -> "LogView":
        """The view, for `@on(…, "#id")`."""
        return self.view


@dataclass
class FollowChanged(_OfLog, namespace="log_view"):
    """The end of the log is followed from now on, or no longer."""

    follow: bool


@dataclass
class Changed(_OfLog, namespace="log_view"):
    """How the log is shown, or how much of it there is, is another: see `LogView.standing`."""


@dataclass
class Asked(_OfLog, namespace="log_view"):
    """A person wants to give words to search, or to filter by."""

    purpose: Purpose


@dataclass
class CopyWanted(_OfLog, namespace="log_view"):
    """A person wants this text in the clipboard."""

    text: str


@dataclass
class PagerWanted(_OfLog, namespace="log_view"):
    """A person wants to read this text in their pager."""

    text: str
