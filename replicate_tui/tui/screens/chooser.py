"""A short list to choose from: orders, kept filters, relatives of a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

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

MOST_SEEN = 12


@dataclass(frozen=True, slots=True)
class Choice:
    """One line: what it stands for, how it is called, and more about it."""

    key: str
    name: str
    what: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person wants with the line `key`."""

    verb: Literal["choose", "delete"]
    key: str


class Chooser(Dialog[Chosen | None]):
    """Lists choices under a title; its result is what is wanted, or None. `deletes` lets lines be deleted."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "delete", "delete", id="chooser.delete", tooltip="Delete this line"),
        Binding("y", "delete_it", "delete it", show=False, id="chooser.delete_it", tooltip="Yes, delete it"),
        Binding("escape,q", "back", "back", id="chooser.back", tooltip="Back"),
    ]

    DEFAULT_CSS = """
    Chooser ResourceTable { margin: 0 0 1 0; }
    """

    def __init__(
        self,
        title: Content,
        choices: Sequence[Choice],
        *,
        verb: str = "choose",
        current: str | None = None,
        deletes: bool = False,
        empty_text: str = "",
    ) -> None:
        super().__init__()
        self._title = title
        self._choices = {choice.key: choice for choice in choices}
        self._verb = verb
        self._current = current
        self._deletes = deletes
        self._doomed: str | None = None
        longest = max((len(one_line(choice.name)) for choice in choices), default=0)
        columns: tuple[Column[Choice], ...] = (
            Column("name", "", min(30, longest), lambda choice: Cell(one_line(choice.name), "strong")),
            Column("what", "", 16, lambda choice: Cell(one_line(choice.what), "muted"), grow=True),
        )
        self._table = ResourceTable(columns, show_header=False, empty_text=empty_text)
        self._hint = Static(markup=False)

    def compose(self) -> ComposeResult:
        """The lines and the keys."""
        with Vertical() as box:
            box.border_title = self._title
            yield from (self._table, self._hint)

    def on_mount(self) -> None:
        """List the choices, the current one chosen."""
        self._table.styles.height = min(len(self._choices), MOST_SEEN) or 3
        self._table.show(tuple(self._choices), self._choices.get)
        if self._current is not None:
            self._table.move_to(self._current)
        self._table.focus()
        self._tell_keys()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what can be deleted, and was asked about, is deleted."""
        if action == "delete":
            return self._deletes
        return self._doomed is not None if action == "delete_it" else True

    def action_delete(self) -> None:
        """Ask whether to delete the line with the cursor."""
        self._doomed = self._table.cursor_key
        if self._doomed is not None:
            name = one_line(self._choices[self._doomed].name)
            keys = hints(self.app, ("{chooser.delete_it}", "delete"), ("{chooser.back}", "keep"))
            self._hint.update(Content.assemble("Delete ", (name, "b"), "?   ", keys))

    def action_delete_it(self) -> None:
        """Delete what was asked about."""
        if self._doomed is not None:
            self.dismiss(Chosen("delete", self._doomed))

    def action_back(self) -> None:
        """From a question back to the list; from the list away."""
        if self._doomed is None:
            self.dismiss(None)
        else:
            self._tell_keys()

    @on(ResourceTable.Selected)
    def _selected(self, event: ResourceTable.Selected) -> None:
        event.stop()
        if self._doomed is None:
            self.dismiss(Chosen("choose", event.key))

    @on(ResourceTable.Highlighted)
    def _highlighted(self, event: ResourceTable.Highlighted) -> None:
        event.stop()
        self._tell_keys()

    def _tell_keys(self) -> None:
        self._doomed = None
        keys = [("{table.open}", self._verb)] if self._choices else []
        if self._deletes and self._choices:
            keys.append(("{chooser.delete}", "delete"))
        self._hint.update(hints(self.app, *keys, ("{chooser.back}", "back")))
