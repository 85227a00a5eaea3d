"""The models with the session behind them: what is known at once, then what the API tells."""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from functools import partial

from textual import on, work
from textual.content import Content
from textual.message import Message

from replicate_tui.api.reference import InvalidReference, Kind
from replicate_tui.core import text
from replicate_tui.core.models.target import Target, target
from replicate_tui.core.session import Session
from replicate_tui.tui.key_names import key_of, with_keys
from replicate_tui.tui.reporting import reporting
from replicate_tui.tui.screens.model_views import COLLECTION_KEY, Looking, Place, listing
from replicate_tui.tui.screens.with_session import WithSession
from replicate_tui.tui.standings import nothing
from replicate_tui.tui.widgets.models_pane import ALL, COLLECTIONS, FAVOURITE_MARK, RECENT, ModelsPane
from replicate_tui.tui.widgets.resource_table import ResourceTable
from replicate_tui.tui.widgets.status_bar import Standing

REFRESH_INTERVAL = 120.0
"""Seconds between two looks at the API's first page of models."""
OPENED: Mapping[Kind, str] = {
    "prediction": "this run",
    "model": "this model",
    "version": "this version",
    "deployment": "this deployment",
    "collection": "this collection",
}
"""What is opened for a reference of each kind."""
FRESH = 15.0
"""Seconds after such a look within which nobody is asked again who comes back to the list."""
SEARCH_DELAY = 0.25
"""Seconds without a key press before the API is asked."""


class ModelList(WithSession, ModelsPane):
    """The models pane, kept true."""

    class FavouriteTurned(Message):
        """A model is a favourite now, or none any more."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._place = Place()
        self._found: list[str] = []
        self._asking = False
        self._told = False
        self._told_by: Session | None = None
        self._told_at = 0.0
        self._opened = ""
        self._unseen = False
        self._searched = ""
        self._kept = contextlib.ExitStack()

    def on_mount(self) -> None:
        """Listen to whether the API is within reach, to what runs, and to what becomes known of models."""
        self.app.standing_changed.subscribe(self, self._standing_changed)
        self.app.runs_changed.subscribe(self, self._runs_changed)
        self.app.models_changed.subscribe(self, self._models_changed)

    def on_unmount(self) -> None:
        """Nobody looks any more."""
        self.rest()

    def begin(self) -> None:
        """List what is known at once, and keep that true while it is shown."""
        self.rest()
        fresh = FRESH - (time.monotonic() - self._told_at) if self._told_by is self.session else 0.0
        self._kept.enter_context(self.session.watcher.keeping(self._refresh, REFRESH_INTERVAL, first=fresh))
        self._show()

    def rest(self) -> None:
        """Ask for nothing while nobody looks."""
        self._kept.close()

    async def _refresh(self) -> None:
        session = self.session
        await session.catalog.refresh()
        self._told, self._told_by, self._told_at = True, session, time.monotonic()
        self._show()

    def go_to(self, name: str) -> None:
        """The form of this model is shown: the cursor goes there, now or once a search that hides it ends."""
        self._opened = name
        # It may be asked for by who waited until the screen was left.
        for table in self.query("#model-list").results(ResourceTable):
            self._unseen = not table.move_to(name)

    def known(self, name: str) -> Target | None:
        """What to run for a model of the list, as far as it is known without asking."""
        model = self.session.catalog.known(name)
        if model is None or model.latest_version is None:
            return None
        return target(model, model.latest_version, pinned=False)

    def back(self) -> None:
        """One step back: out of the search, out of the collection, to all models."""
        if self.words:
            self.search.value = ""
        elif self._place.collection:
            self._leave_collection()
        elif self._place.view != ALL:
            self._go(Place())

    @work(group="favourite", description="turn favourite")
    async def turn_favourite(self, name: str) -> None:
        """Make a model a favourite, or have it be none any more."""
        with reporting(self, "Favourite"):
            is_one = await self.session.turn_favourite(name)
            if not self.is_on_screen:
                told = "is a favourite" if is_one else "is no favourite any more"
                self.notify(f"{FAVOURITE_MARK if is_one else ''} {text.one_line(name)} {told}".strip())
            self._show()
            self.post_message(self.FavouriteTurned())

    def show_all(self) -> None:
        """List all models, with no search."""
        self.search.value = ""
        if self._place != Place() and self.app.session is not None:
            self._go(Place())

    def ask_again(self) -> None:
        """Have what is listed be asked for anew, beside what the watcher does."""
        if self._place.view == COLLECTIONS:
            self._asking = True
            self._ask_collections(self._place)

    def open_collection(self, slug: str) -> None:
        """List the models of a collection, as they were last seen and then as the API tells them."""
        self.search.value = ""
        self._go(Place(COLLECTIONS, slug))

    # -- where ------

    @on(ModelsPane.ViewChosen)
    def _view_chosen(self, event: ModelsPane.ViewChosen) -> None:
        event.stop()
        if self.app.session is not None:
            self._go(Place(event.view))
            self.list.focus()

    @on(ModelsPane.CollectionOpened)
    def _collection_chosen(self, event: ModelsPane.CollectionOpened) -> None:
        event.stop()
        self.open_collection(event.slug)
        self.list.focus()

    def _leave_collection(self) -> None:
        key = COLLECTION_KEY + self._place.collection
        self._go(Place(COLLECTIONS))
        self.list.move_to(key)

    def _go(self, place: Place) -> None:
        self._place = place
        self.views.current = place.view
        self._found = []
        self._asking = False
        self._ask(self.words)
        self.ask_again()
        self._show()
        self._to_first()

    def _to_first(self) -> None:
        if self._place != Place() or self.words or not self.list.move_to(self._opened):
            self.list.action_first()

    @work(group="search", exclusive=True, description="search models")
    async def _ask_collections(self, place: Place) -> None:
        with reporting(self, "Collections"):
            await self.session.until_connected()
            if place.collection:
                await self.session.collection(place.collection)
            else:
                await self.session.catalog.collections.refresh()
        if place == self._place:
            self._asking = False
            at_top = list(self.list.keys[:1]) == [self.list.cursor_key]
            self._show()
            if at_top:  # nobody has chosen: what is first now is
                self.list.action_first()

    # -- searching ------

    @on(ModelsPane.Searched)
    def _search_begun(self, event: ModelsPane.Searched) -> None:
        self._found = []
        if self.app.session is not None and event.words == self.words:
            found = self.list.cursor_key
            self._ask(event.words)
            self._show()
            if event.words or found is None:
                self._to_first()
            elif self._unseen:
                self.list.move_to(self._opened)
            self._unseen = self._unseen and bool(event.words)
            self._searched = event.words

    @property
    def has_found(self) -> bool:
        """Whether the cursor is where the words lead; an address may lead elsewhere than to a model of the list."""
        return self.words == self._searched and "://" not in self.words

    def _ask(self, words: str) -> None:
        """Ask the API, where it can know more than is seen here."""
        if self._place.view == ALL:
            self._asking = bool(words)
            self._ask_api(words)

    @work(group="search", exclusive=True, description="search models")
    async def _ask_api(self, words: str) -> None:
        if not words:
            return
        await asyncio.sleep(SEARCH_DELAY)
        found: list[str] = []
        with reporting(self, "Search"):
            await self.session.until_connected()
            found = [row.name for row in await self.session.catalog.search(words)]
        if words == self.words and self._place.view == ALL:
            self._found, self._asking = found, False
            self._show()

    # -- showing ------

    def _standing_changed(self, standing: Standing) -> None:
        """Where nothing can be listed, say why."""
        if self.app.session is not None and not self.list.keys:
            self._show()

    def _runs_changed(self, changed: frozenset[str]) -> None:
        """What ran just now ran last."""
        if self.app.session is not None and self._place.view == RECENT:
            self._show()

    def _models_changed(self, _: frozenset[str]) -> None:
        """The list and the card tell the same of a model."""
        if self.screen.is_current:
            self._show()

    def _show(self) -> None:
        if self.app.session is None:
            return
        self.list.marked = frozenset(self.session.favourites.all())
        keyed, trouble = partial(with_keys, self.app), self.app.standing.reason
        looking = Looking(self.words, self._found, self._asking, self._meant(), trouble, self._none(), keyed)
        self.show(listing(self.session, self._place, looking))

    def _none(self) -> Content | str:
        """Why no model is listed where none is searched."""
        key = key_of(self.app, "run.refresh")
        return nothing(self.app.standing, "models", "The API lists no models.", key=key, known=self._told)

    def _meant(self) -> str:
        """What the words name by themselves, as a pasted address does."""
        try:
            kind = self.session.reference(self.words).kind if self.words else None
        except InvalidReference:
            return ""
        return OPENED.get(kind, "") if kind is not None else ""
