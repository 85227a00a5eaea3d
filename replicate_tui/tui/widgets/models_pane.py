"""The models: a search line, the list, and what is known of the one with the cursor."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from replicate_tui.core import text
from replicate_tui.core.columns import MODELS
from replicate_tui.core.history.database import ModelRow
from replicate_tui.tui.widgets.model_card import ModelCard
from replicate_tui.tui.widgets.resource_table import ResourceTable


class SearchLine(Input):
    """The line on which models are searched; enter opens the best, escape ends the search."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "open", key_display="⏎", id="models.open_best", tooltip="Open the best match"),
        Binding("escape", "forget", "clear", key_display="esc", id="models.clear", tooltip="End the search"),
        Binding("f1", "app.help", "help", key_display="F1", id="models.help", tooltip="The keys that work here"),
    ]

    class Ended(Message):
        """The search is over, with nothing chosen."""

    def action_forget(self) -> None:
        """Forget the words."""
        self.value = ""
        self.post_message(self.Ended())


class ModelsPane(Vertical):
    """Shows the models it is given; tells what is searched, looked at and opened."""

    search = getters.query_one("#search", Input)
    card = getters.query_one(ModelCard)

    @dataclass
    class Searched(Message):
        """Other words are searched."""

        words: str

    @dataclass
    class Highlighted(Message):
        """The cursor came to a model."""

        name: str

    @dataclass
    class Opened(Message):
        """A model's form is wanted."""

        name: str

    @dataclass
    class Submitted(Message):
        """The search is over: what it found best is wanted, or what the words name."""

        words: str

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._row: Callable[[str], ModelRow | None] = lambda name: None

    def compose(self) -> ComposeResult:
        """The search line over the list over the card."""
        with Horizontal(classes="search-line"):
            yield Static("/")
            yield SearchLine(placeholder="search models", id="search", compact=True)
        yield ResourceTable(MODELS, id="model-list", show_header=False, empty_text="Looking for models…")
        yield ModelCard()

    def on_mount(self) -> None:
        """Name the pane."""
        self.border_title = "Models"

    @property
    def list(self) -> ResourceTable[ModelRow]:
        """The table of models."""
        return self.query_one("#model-list", ResourceTable)

    @property
    def words(self) -> str:
        """What is searched."""
        return self.search.value.strip()

    def show(
        self,
        names: Sequence[str],
        row: Callable[[str], ModelRow | None],
        *,
        known: int,
        meant: str = "",
        trouble: str = "",
    ) -> None:
        """Show these models out of `known`. Where there are none, `meant` is what the words name by themselves, if
        anything; `trouble` says why there may be none.
        """
        self._row = row
        self.list.empty_text = f"⏎ opens {meant}" if meant else self._nothing(trouble)
        self.list.show(names, row)
        self.border_subtitle = f"{len(names)} of {known}" if known else ""
        self._show_card()

    def _nothing(self, trouble: str) -> str:
        if self.words:
            return f"No model is called “{text.one_line(self.words)}”\nor says so of itself."
        return text.one_line(trouble) or "Looking for models…"

    def _show_card(self) -> None:
        name = self.list.cursor_key
        self.card.show(self._row(name) if name else None)

    @on(Input.Changed, "#search")
    def _search_changed(self) -> None:
        self.post_message(self.Searched(self.words))

    @on(SearchLine.Ended)
    def _search_ended(self, event: SearchLine.Ended) -> None:
        event.stop()
        self.list.focus()

    @on(Input.Submitted, "#search")
    def _search_submitted(self) -> None:
        self.post_message(self.Submitted(self.words))

    @on(ResourceTable.Highlighted, "#model-list")
    def _list_highlighted(self, event: ResourceTable.Highlighted) -> None:
        self._show_card()
        if event.key is not None:
            self.post_message(self.Highlighted(event.key))

    @on(ResourceTable.Selected, "#model-list")
    def _list_selected(self, event: ResourceTable.Selected) -> None:
        self.post_message(self.Opened(event.key))

    def on_key(self, event: events.Key) -> None:
        """Down from the search line leads into the list."""
        if event.key == "down" and self.search.has_focus:
            self.list.focus()
            event.stop()
