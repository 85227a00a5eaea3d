"""Inputs kept under names: take one to the form, keep what the form says now, delete one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from replicate_tui.core.columns import Cell, Column
from replicate_tui.core.text import one_line
from replicate_tui.tui.key_names import hints, with_keys
from replicate_tui.tui.screens.dialog import Dialog
from replicate_tui.tui.widgets.editors.text import Line
from replicate_tui.tui.widgets.resource_table import ResourceTable

REPLACED = ""
"""The name, which no preset has, of the inputs that others took the place of: to be loaded, not to be deleted."""


@dataclass(frozen=True, slots=True)
class PresetLine:
    """One preset in the list: its name, what it holds in a few words, and its age in words."""

    name: str
    what: str = ""
    age: str = ""


@dataclass(frozen=True, slots=True)
class PresetChoice:
    """What a person wants done with the preset `name`."""

    verb: Literal["load", "keep", "delete"]
    name: str


PRESETS: tuple[Column[PresetLine], ...] = (
    Column("name", "preset", 18, lambda preset: Cell(one_line(preset.name), "strong")),
    Column("what", "", 16, lambda preset: Cell(one_line(preset.what)), grow=True),
    Column("age", "", 9, lambda preset: Cell(one_line(preset.age), "muted"), align="right"),
)

MOST_SEEN = 10


class PresetsScreen(Dialog[PresetChoice | None]):
    """Lists the presets of a model; its result is what is to be done, or None.

    `line` is asked for those of the `names` that are seen.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "name", "keep", id="presets.keep", tooltip="Keep the present inputs under a name"),
        Binding("d", "delete", "delete", id="presets.delete", tooltip="Delete this preset"),
        Binding("y", "delete_it", "delete it", show=False, id="presets.delete_it", tooltip="Yes, delete it"),
        Binding("escape", "back", "back", id="presets.back", tooltip="Back"),
        Binding("q", "close", "close", show=False, id="presets.close", tooltip="Leave the presets"),
    ]

    DEFAULT_CSS = """
    PresetsScreen {
        & > Vertical { width: 68; }
        & ResourceTable { margin: 0 0 1 0; }
        & Line { display: none; }
    }
    """

    def __init__(self, model: str, names: Sequence[str], line: Callable[[str], PresetLine | None]) -> None:
        super().__init__()
        self._model = model
        self._names = names
        self._of_name = line
        self._doomed: str | None = None
        self._table = ResourceTable(PRESETS, show_header=False, drops=("age",))
        self._line = Line("")
        self._hint = Static(markup=False)

    def compose(self) -> ComposeResult:
        """The presets, a line for a name, and the keys."""
        with Vertical() as box:
            box.border_title = Content(f"Presets of {one_line(self._model)}")
            yield from (self._table, self._line, self._hint)

    def on_mount(self) -> None:
        """List the presets."""
        self._table.styles.height = min(len(self._names), MOST_SEEN) or 3
        self._table.empty_text = with_keys(self.app, "No presets yet. {presets.keep} keeps the inputs of the form.")
        self._table.show(self._names, self._of_name)
        self._line.placeholder = "a name for the inputs of the form"
        self._back_to_list()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where a name is typed, letters are letters; only what was asked about is deleted."""
        if self._line.has_focus and action in ("name", "delete", "close", "delete_it"):
            return False
        return self._doomed is not None if action == "delete_it" else True

    def action_name(self) -> None:
        """Ask for a name."""
        self._doomed = None
        self._line.display = True
        self._line.show("")
        self._line.focus()
        self._tell_name()

    def action_delete(self) -> None:
        """Ask whether to delete the preset with the cursor."""
        self._doomed = self._table.cursor_key or None
        if self._doomed is not None:
            name = one_line(self._doomed)
            keys = hints(self.app, ("{presets.delete_it}", "delete"), ("{presets.back}", "keep"))
            self._hint.update(Content.assemble("Delete ", (name, "b"), "?   ", keys))

    def action_delete_it(self) -> None:
        """Delete what was asked about."""
        if self._doomed is not None:
            self.dismiss(PresetChoice("delete", self._doomed))

    def action_back(self) -> None:
        """From a question or a name back to the list; from the list away."""
        if self._doomed is not None or self._line.has_focus:
            self._back_to_list()
        else:
            self.dismiss(None)

    def action_close(self) -> None:
        """Leave."""
        self.dismiss(None)

    @on(ResourceTable.Selected)
    def _selected(self, event: ResourceTable.Selected) -> None:
        event.stop()
        if self._doomed is None:
            self.dismiss(PresetChoice("load", event.key))

    @on(ResourceTable.Highlighted)
    def _highlighted(self, event: ResourceTable.Highlighted) -> None:
        event.stop()
        if self._doomed is not None:
            self._back_to_list()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._tell_name()

    @on(Input.Submitted)
    def _named(self, event: Input.Submitted) -> None:
        event.stop()
        name = one_line(self._line.value)
        if name:
            self.dismiss(PresetChoice("keep", name))

    def _back_to_list(self) -> None:
        self._doomed = None
        self._line.display = False
        self._table.focus()
        keys = [("{presets.keep}", "keep the form's inputs")]
        if self._names:
            keys = [("{table.open}", "load"), *keys, ("{presets.delete}", "delete")]
        self._hint.update(hints(self.app, *keys, ("{presets.back}", "back")))

    def _tell_name(self) -> None:
        replaces = one_line(self._line.value) in self._names
        does = "replace the one of that name" if replaces else "keep"
        self._hint.update(hints(self.app, ("⏎", does), ("{presets.back}", "back")))
