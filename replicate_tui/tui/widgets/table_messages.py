"""What a table of rows tells of itself, and what a person asks of it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.message import Message

if TYPE_CHECKING:
    from replicate_tui.tui.widgets.resource_table import ResourceTable


@dataclass
class _OfTable(Message, namespace="resource_table"):
    table: "ResourceTable[Any]"

    @property
    def control(self) -> "ResourceTable[Any]":
        """The table, for `@on(…, "#id")`."""
        return self.table


@dataclass
class Highlighted(_OfTable, namespace="resource_table"):
    """The cursor came to the row `key`, or to none because there are no rows."""

    key: str | None


@dataclass
class Selected(_OfTable, namespace="resource_table"):
    """The row `key` was opened: by enter, or by a click on the row with the cursor."""

    key: str


@dataclass
class MarkToggled(_OfTable, namespace="resource_table"):
    """A mark on the row `key`, or its removal, was asked for; whoever owns the table sets `marked`."""

    key: str


@dataclass
class TitleClicked(_OfTable, namespace="resource_table"):
    """The title of the column `key` was clicked; whoever owns the table sets `order`."""

    key: str
