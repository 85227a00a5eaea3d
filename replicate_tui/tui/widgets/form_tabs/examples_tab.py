"""Runs of a model that others have made, to begin from."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

from replicate_tui.core import outputs, text
from replicate_tui.core.columns import Cell, Column
from replicate_tui.core.run_columns import status_mark
from replicate_tui.tui.widgets.form_tabs.form_tab import FormTab
from replicate_tui.tui.widgets.output_parts import as_json
from replicate_tui.tui.widgets.resource_table import ResourceTable
from replicate_tui.tui.widgets.text_lines import TextLines


@dataclass(frozen=True, slots=True)
class ExampleRow:
    """One example: what it is about (`title`), its age in words, and what went in and came out."""

    id: str
    title: str = ""
    age: str = ""
    status: str = ""
    input: object = None
    output: object = None


EXAMPLES: tuple[Column[ExampleRow], ...] = (
    Column("mark", "", 1, lambda row: status_mark(row.status)),
    Column("title", "example", 20, lambda row: Cell(text.one_line(row.title) or text.one_line(row.id)), grow=True),
    Column("age", "age", 9, lambda row: Cell(text.one_line(row.age), "muted"), align="right"),
)

_TITLE = re.compile(r"(input|output)$")

MOST_SEEN = 8
"""Examples that are seen at once, over what the chosen one holds."""


class ExamplesTable(ResourceTable[ExampleRow]):
    """Examples; enter loads one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "load", key_display="⏎", id="examples.load", tooltip="Fill the form from this one"),
    ]


class ExamplesTab(FormTab):
    """Examples, and below them the input and the output of the one with the cursor.

    `examples` are the rows; `note` is what stands there while there are none.
    """

    DEFAULT_CSS = """
    ExamplesTab {
        & > ResourceTable { height: auto; max-height: 50%; }
        & > TextLines { height: 1fr; margin-top: 1; }
    }
    """

    @dataclass
    class ExampleChosen(Message):
        """The form is to be filled from the example `id`."""

        tab: "ExamplesTab"
        id: str

        @property
        def control(self) -> "ExamplesTab":
            """The tab, for `@on(…, "#id")`."""
            return self.tab

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self._by_id: dict[str, ExampleRow] = {}
        self._note = ""
        self._table = ExamplesTable(EXAMPLES, show_header=False)
        self._preview = TextLines(wrap=True)
        self._preview.highlight = _TITLE

    def compose(self) -> ComposeResult:
        """The examples over the preview."""
        yield from (self._table, self._preview)

    @property
    def content(self) -> Widget:
        """The table."""
        return self._table

    @property
    def examples(self) -> Sequence[ExampleRow]:
        """The rows."""
        return tuple(self._by_id.values())

    @examples.setter
    def examples(self, examples: Sequence[ExampleRow]) -> None:
        self._by_id = {row.id: row for row in examples}
        self.data_changed()

    @property
    def note(self) -> str:
        """What stands there while there are no examples: that they come, or that there are none."""
        return self._note

    @note.setter
    def note(self, note: str) -> None:
        self._note = note
        self.data_changed()

    def draw(self) -> None:
        """Show the rows and the preview."""
        self._table.empty_text = text.one_line(self._note)
        self._table.styles.height = min(len(self._by_id), MOST_SEEN) or 3
        self._table.show(list(self._by_id), self._by_id.get)
        self._show_preview()

    @on(ResourceTable.Highlighted)
    def _highlighted(self, event: ResourceTable.Highlighted) -> None:
        event.stop()
        self._show_preview()

    @on(ResourceTable.Selected)
    def _selected(self, event: ResourceTable.Selected) -> None:
        event.stop()
        self.post_message(self.ExampleChosen(self, event.key))

    def _show_preview(self) -> None:
        row = self._by_id.get(self._table.cursor_key or "")
        self._preview.set_text(_preview(row) if row is not None else "")
        self._preview.action_start()


def _preview(row: ExampleRow) -> str:
    parts = [("input", row.input)]
    if row.output is not None:
        parts.append(("output", row.output))
    return "\n\n".join(f"{title}\n{_indented(value)}" for title, value in parts) + "\n"


def _indented(value: object) -> str:
    words = outputs.joined_text(value)
    shown, note = (words, "") if words is not None else as_json(value)
    lines = text.clean(f"{shown}\n{note}".rstrip()).split("\n")
    return "\n".join(f"  {line}" for line in lines)
