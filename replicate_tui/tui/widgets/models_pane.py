"""The models: a search line, what is listed, the list, and what is known of the one with the cursor."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from replicate_tui.core import text
from replicate_tui.core.history.rows import CollectionRow, ModelRow
from replicate_tui.core.model_columns import MODELS
from replicate_tui.tui.widgets.keys_in_order import KeysInOrder
from replicate_tui.tui.widgets.model_card import ModelCard
from replicate_tui.tui.widgets.pane_titles import entitle, subtitle
from replicate_tui.tui.widgets.resource_table import ResourceTable
from replicate_tui.tui.widgets.tab_line import Tab, TabLine

ALL, FAVOURITES, RECENT, COLLECTIONS = "all", "favourites", "recent", "collections"
FAVOURITE_MARK = "★"
VIEWS = (Tab(ALL, "All"), Tab(FAVOURITES, FAVOURITE_MARK), Tab(RECENT, "Recent"), Tab(COLLECTIONS, "Collections"))
"""What can be listed."""

MOST_SEARCHED = 1_000
"""Letters that are searched; an address is shorter."""

Row = ModelRow | CollectionRow


@dataclass(frozen=True, slots=True)
class Listing:
    """What the pane lists: models by their names, or collections; `nothing` is said where there are none.

    Under the list stands how many these are `out_of`.
    """

    title: str
    keys: Sequence[str]
    row: Callable[[str], Row | None]
    out_of: int
    nothing: Content | str


class SearchLine(KeysInOrder, Input):
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

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "view(-1)", "list before", show=False, id="models.view_before", tooltip="The list before"),
        Binding("right,l", "view(1)", "next list", show=False, id="models.view", tooltip="All, favourites, recent …"),
    ]

    search = getters.query_one("#search", Input)
    card = getters.query_one(ModelCard)
    views = getters.query_one("#model-views", TabLine)

    @dataclass
    class Searched(Message):
        """Other words are searched."""

        words: str

    @dataclass
    class ViewChosen(Message):
        """Another of the VIEWS is wanted."""

        view: str

    @dataclass
    class Highlighted(Message):
        """The cursor came to a model."""

        name: str

    @dataclass
    class Opened(Message):
        """A model's form is wanted."""

        name: str

    @dataclass
    class CollectionOpened(Message):
        """The models of a collection are wanted."""

        slug: str

    @dataclass
    class Submitted(Message):
        """The search is over: what it found best is wanted, or what the words name."""

        words: str

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._row: Callable[[str], Row | None] = lambda name: None

    def compose(self) -> ComposeResult:
        """The search line and the views over the list over the card."""
        with Horizontal(classes="search-line"):
            yield Static("/")
            yield SearchLine(placeholder="search models", id="search", compact=True)
        yield TabLine(VIEWS, id="model-views")
        yield ResourceTable(
            MODELS, id="model-list", show_header=False, mark=FAVOURITE_MARK, empty_text="Looking for models…"
        )
        yield ModelCard()

    def on_mount(self) -> None:
        """Name the pane."""
        self.border_title = "Models"

    @property
    def list(self) -> ResourceTable[Row]:
        """The table of models."""
        return self.query_one("#model-list", ResourceTable)

    @property
    def words(self) -> str:
        """What is searched: of a text that was pasted by mistake the beginning."""
        return self.search.value.strip()[:MOST_SEARCHED]

    @property
    def chosen(self) -> str | None:
        """The model with the cursor, as `owner/name`; None where there is none, or a collection."""
        key = self.list.cursor_key
        return None if key is None or isinstance(self._row(key), CollectionRow) else key

    def submit(self) -> None:
        """As enter on the search line does: behind the words that are still on their way to the list."""
        self.search.post_message(Input.Submitted(self.search, self.search.value))

    def show(self, listing: Listing) -> None:
        """List these."""
        self._row = listing.row
        self.list.empty_text = listing.nothing
        self.list.show(listing.keys, listing.row, lasting=True)
        entitle(self, text.one_line(listing.title))
        subtitle(self, f"{len(listing.keys)} of {listing.out_of}" if listing.out_of else "")
        self._show_card()

    def _show_card(self) -> None:
        key = self.list.cursor_key
        self.card.show(self._row(key) if key else None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the search line letters and arrows are its own."""
        return action != "view" or not self.search.has_focus

    def action_view(self, by: int) -> None:
        """Ask for the view `by` places further on."""
        names = [tab.name for tab in VIEWS]
        self.post_message(self.ViewChosen(names[(names.index(self.views.current) + by) % len(names)]))

    @on(TabLine.Chosen, "#model-views")
    def _view_clicked(self, event: TabLine.Chosen) -> None:
        event.stop()
        self.post_message(self.ViewChosen(event.name))

    @on(Input.Changed, "#search")
    def _search_changed(self) -> None:
        self.post_message(self.Searched(self.words))

    @on(SearchLine.Ended)
    def _search_ended(self, event: SearchLine.Ended) -> None:
        event.stop()
        self.list.focus()

    @on(Input.Submitted, "#search")
    def _search_submitted(self) -> None:
        row = self._row(self.list.cursor_key) if self.list.cursor_key else None
        if isinstance(row, CollectionRow) and "://" not in self.words:
            self.post_message(self.CollectionOpened(row.slug))
        else:
            self.post_message(self.Submitted(self.words))

    @on(ResourceTable.Highlighted, "#model-list")
    def _list_highlighted(self) -> None:
        self._show_card()
        if self.chosen is not None:
            self.post_message(self.Highlighted(self.chosen))

    @on(ResourceTable.Selected, "#model-list")
    def _list_selected(self, event: ResourceTable.Selected) -> None:
        row = self._row(event.key)
        if isinstance(row, CollectionRow):
            self.post_message(self.CollectionOpened(row.slug))
        else:
            self.post_message(self.Opened(event.key))

    def on_key(self, event: events.Key) -> None:
        """Down from the search line leads into the list."""
        if event.key == "down" and self.search.has_focus:
            self.list.focus()
            event.stop()
