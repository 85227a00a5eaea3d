"""What the models pane lists in each of its views, and what it says where there is nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.content import Content

from replicate_tui.core import text
from replicate_tui.core.history.rows import CollectionRow, ModelRow
from replicate_tui.core.session import Session
from replicate_tui.tui.widgets.models_pane import ALL, COLLECTIONS, FAVOURITES, RECENT, Listing

LONGEST_TOLD = 60
"""Cells of the words that a sentence repeats."""
COLLECTION_KEY = "collections/"
"""What the keys of collections begin with: no owner of models can be called so."""


@dataclass(frozen=True, slots=True)
class Place:
    """A view, and the collection that is open in it, "" for none."""

    view: str = ALL
    collection: str = ""


@dataclass(frozen=True, slots=True)
class Looking:
    """What is looked for: the words, the names that the API `found` for them, whether it is still being asked.

    `meant` is what the words name by themselves, "" for nothing; `trouble` says why the API is out of reach, `none` why
    no model at all is listed. `keyed` puts the keys into a sentence that names actions.
    """

    words: str = ""
    found: Sequence[str] = ()
    asking: bool = False
    meant: str = ""
    trouble: str = ""
    none: Content | str = ""
    keyed: Callable[[str], str] = str

    @property
    def way_out(self) -> str:
        """How the search is ended."""
        return self.keyed("{pane.back} ends the search.")


def listing(session: Session, place: Place, looking: Looking) -> Listing:
    """What is listed at a place."""
    if place.collection:
        return _collection(session, place.collection, looking)
    return _VIEWS[place.view](session, looking)


def _all(session: Session, looking: Looking) -> Listing:
    names = [row.name for row in session.catalog.find(looking.words)]
    if looking.found:
        matching = set(names)
        names += [name for name in looking.found if name not in matching]
    return Listing("Models", names, _row(session), session.catalog.size, _no_models(looking))


def _favourites(session: Session, looking: Looking) -> Listing:
    return _some(
        session,
        "Favourites",
        session.favourites.all(),
        looking,
        looking.keyed("No favourites yet.\n{model.favourite} makes the model with the cursor one."),
    )


def _recent(session: Session, looking: Looking) -> Listing:
    none = looking.keyed("Nothing ran yet. {table.open} opens\na model's form, {form.run} runs it.")
    return _some(session, "Recent", session.recent_models(), looking, none)


def _collection(session: Session, slug: str, looking: Looking) -> Listing:
    row = session.catalog.collections.row(slug)
    title = slug if row is None else row.name
    if row is not None and row.models is not None:
        none = looking.keyed("This collection holds no models.\n{pane.back} goes back.")
        return _some(session, title, row.models, looking, none)
    unknown = looking.keyed("Its models are not known.\n{run.refresh} asks for them, {pane.back} goes back.")
    asked = "Asking for its models…" if looking.asking else unknown
    return _some(session, title, (), looking, _or_trouble(asked, looking))


def _collections(session: Session, looking: Looking) -> Listing:
    shelf = session.catalog.collections
    keys = [COLLECTION_KEY + row.slug for row in shelf.find(looking.words)]

    def row(key: str) -> CollectionRow | None:
        return shelf.row(key.removeprefix(COLLECTION_KEY))

    if looking.words:
        nothing = f"No collection is about\n“{_told(looking.words)}”. {looking.way_out}"
    else:
        none = looking.keyed("There are no collections.\n{run.refresh} asks again.")
        nothing = "Asking for the collections…" if looking.asking else none
    return Listing("Collections", keys, row, len(shelf.rows), _or_trouble(nothing, looking))


_VIEWS: dict[str, Callable[[Session, Looking], Listing]] = {
    ALL: _all,
    FAVOURITES: _favourites,
    RECENT: _recent,
    COLLECTIONS: _collections,
}


def _some(session: Session, title: str, names: Sequence[str], looking: Looking, nothing: str) -> Listing:
    """Those of these models that the words mean: in their own order, or the best first."""
    shown = names
    if looking.words:
        among = set(names)
        shown = [row.name for row in session.catalog.find(looking.words) if row.name in among]
        nothing = f"None of these is called\n“{_told(looking.words)}”. {looking.way_out}"
    return Listing(title, shown, _row(session), len(names), nothing)


def _row(session: Session) -> Callable[[str], ModelRow | None]:
    def row(name: str) -> ModelRow | None:
        """What the list shows of a model; of one that was never seen, such as another's that ran, its name."""
        return session.catalog.row(name) or ModelRow(name, "", 0, official=False)

    return row


def _no_models(looking: Looking) -> Content | str:
    if looking.meant:
        return f"{looking.keyed('{models.open_best}')} opens {looking.meant}"
    if not looking.words:
        return looking.none
    words = _told(looking.words)
    if looking.trouble:
        return (
            f"No model seen before is called “{words}”, and the API is out of reach: {text.one_line(looking.trouble)}"
        )
    if looking.asking:
        return f"No model seen before is called “{words}”. Asking the API…"
    return f"No model is called “{words}”\nor says so of itself.\n{looking.way_out}"


def _or_trouble(nothing: str, looking: Looking) -> str:
    return text.one_line(looking.trouble) or nothing


def _told(words: str) -> str:
    """The words in a sentence: whatever was pasted, it stays one."""
    return text.fit(text.one_line(words[: 2 * LONGEST_TOLD]), LONGEST_TOLD)
