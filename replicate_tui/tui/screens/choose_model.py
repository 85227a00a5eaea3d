"""Which model: its name found by typing some of it."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from replicate_tui.core.columns import Cell, Column
from replicate_tui.core.history.rows import ModelRow
from replicate_tui.core.text import one_line
from replicate_tui.tui.key_names import hints
from replicate_tui.tui.screens.dialog import Dialog
from replicate_tui.tui.widgets.editors.text import Line
from replicate_tui.tui.widgets.resource_table import ResourceTable

LINES = 10

_MODELS: tuple[Column[ModelRow], ...] = (
    Column("name", "model", 24, lambda row: Cell(one_line(row.name), "strong")),
    Column("what", "", 20, lambda row: Cell(one_line(row.description), "muted"), grow=True),
)


class ChooseModel(Dialog[str | None]):
    """Lists the models that `find` finds for what is typed; its result is a name, or None.

    What names a model as it stands, such as `owner/name`, may be chosen though no list has it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "back", id="choose_model.back", tooltip="Choose none"),
    ]

    DEFAULT_CSS = """
    ChooseModel {
        & > Vertical { width: 84; }
        & Line, & ResourceTable { margin: 0 0 1 0; }
        & ResourceTable { height: 10; }
    }
    """

    def __init__(
        self, title: Content, find: Callable[[str], Sequence[str]], row: Callable[[str], ModelRow | None]
    ) -> None:
        super().__init__()
        self._title = title
        self._find = find
        self._row = row
        self._line = Line("")
        self._line.placeholder = "type to find a model, or its whole name"
        self._table = ResourceTable(
            _MODELS, show_header=False, drops=("what",), empty_text="No known model; ⏎ asks for what is typed."
        )

    def compose(self) -> ComposeResult:
        """The line, the models and the keys."""
        with Vertical() as box:
            box.border_title = self._title
            yield from (self._line, self._table)
            yield Static(hints(self.app, ("⏎", "use it there"), ("{choose_model.back}", "back")))

    def on_mount(self) -> None:
        """List the models that are known."""
        self._line.focus()
        self._list()

    def on_key(self, event: events.Key) -> None:
        """Arrows move in the list while the line is typed in."""
        moves = {"down": 1, "up": -1, "pagedown": LINES, "pageup": -LINES}
        if event.key in moves and self._line.has_focus:
            event.stop()
            self._table.action_move(moves[event.key])

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._list()
        self._table.action_first()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        chosen = self._table.cursor_key or self._line.value.strip()
        if chosen:
            self.dismiss(chosen)

    @on(ResourceTable.Highlighted)
    def _highlighted(self, event: ResourceTable.Highlighted) -> None:
        event.stop()

    @on(ResourceTable.Selected)
    def _selected(self, event: ResourceTable.Selected) -> None:
        event.stop()
        self.dismiss(event.key)

    def action_leave(self) -> None:
        """Choose none."""
        self.dismiss(None)

    def _list(self) -> None:
        self._table.show(self._find(self._line.value.strip()), self._row)
