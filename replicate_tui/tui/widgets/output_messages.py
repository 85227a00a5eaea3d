"""What a view of an output tells of itself, and what a person asks of it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from replicate_tui.tui.widgets.output_view import OutputView


@dataclass
class _OfOutput(Message, namespace="output_view"):
    view: "OutputView"

    @property
    def control(self) -> "OutputView":
        """The view, for `@on(…, "#id")`."""
        return self.view


@dataclass
class FileHighlighted(_OfOutput, namespace="output_view"):
    """The file at `where` in the output is the chosen one from now on."""

    where: str


@dataclass
class AllWanted(_OfOutput, namespace="output_view"):
    """A person wants to see all of `text`, called `title`, which is too long to be shown where it stands."""

    title: str
    text: str
