"""What became of a run whose answer was lost: the person says which prediction it is, or that it is none."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from replicate_tui.core.columns import Cell, Column
from replicate_tui.core.text import one_line
from replicate_tui.tui.key_names import hints
from replicate_tui.tui.screens.dialog import Dialog
from replicate_tui.tui.widgets.resource_table import ResourceTable

NONE = ""
"""The answer that the run was never submitted."""

CANDIDATES: tuple[Column[str], ...] = (Column("what", "", 40, lambda words: Cell(words), grow=True),)


class Resolve(Dialog[str | None]):
    """Asks which of some predictions a run is; its result is an id, NONE, or None for no answer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "back", "back", id="resolve.back", tooltip="Leave it unknown"),
    ]

    DEFAULT_CSS = """
    Resolve {
        & > Vertical { width: 72; border: round $warning; border-title-color: $warning; }
        & ResourceTable { margin: 1 0; }
    }
    """

    def __init__(self, why: str, candidates: Sequence[str]) -> None:
        super().__init__()
        self._why = one_line(why)
        self._answers = {run_id: f"It is {one_line(run_id)}" for run_id in candidates}
        self._answers[NONE] = "It was never submitted"
        self._table = ResourceTable[str](CANDIDATES, show_header=False)

    def compose(self) -> ComposeResult:
        """Why it is not known, the answers, and the keys."""
        with Vertical() as box:
            box.border_title = "What became of this run?"
            yield Static(Content(self._why))
            yield self._table
            yield Static(hints(self.app, ("{table.open}", "choose"), ("{resolve.back}", "leave it unknown")))

    def on_mount(self) -> None:
        """List the answers."""
        self._table.styles.height = len(self._answers)
        self._table.show(list(self._answers), self._answers.get)
        self._table.focus()

    @on(ResourceTable.Selected)
    def _selected(self, event: ResourceTable.Selected) -> None:
        event.stop()
        self.dismiss(event.key)

    def action_back(self) -> None:
        """Give no answer."""
        self.dismiss(None)
