"""The models that this server has: found by name, version or words, and as the API's objects."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

from replicate_tui.local import view
from replicate_tui.local.recordings.index import Card
from replicate_tui.local.recordings.modelobjects import LINKS
from replicate_tui.local.shelf import Model, Shelf, Version
from replicate_tui.local.storage.records import Prediction


class Catalog:
    """All shelves in their order of precedence, and how often each model has run here (asked when it is shown).

    `complete` is set once all shelves are filled.
    """

    def __init__(self, shelves: Sequence[Shelf], run_count: Callable[[str], int], complete: asyncio.Event) -> None:
        self._shelves = shelves
        self._run_count = run_count
        self._complete = complete

    async def ready(self) -> None:
        """Return when all models are known."""
        await self._complete.wait()

    def model(self, full_name: str) -> Model | None:
        """The model called `owner/name`."""
        return next((model for shelf in self._shelves if (model := shelf.model(full_name))), None)

    def resolve(self, text: str) -> tuple[Model, Version] | None:
        """What a prediction's `version` means: `owner/name`, `owner/name:id`, or an id alone."""
        name, colon, identifier = text.partition(":")
        if "/" in name:
            model = self.model(name)
            version = (model.version(identifier) if colon else _unnamed(model)) if model else None
        elif colon:
            return None
        else:
            model = next((model for shelf in self._shelves if (model := shelf.of_version(name))), None)
            version = model.version(name) if model else None
        return (model, version) if model and version else None

    def example(self, prediction_id: str) -> Prediction | None:
        """The example with this id."""
        return next((example for shelf in self._shelves if (example := shelf.example(prediction_id))), None)

    def cards(self) -> list[Card]:
        """All public models, a name once."""
        found: dict[str, Card] = {}
        for card in chain.from_iterable(shelf.cards() for shelf in self._shelves):
            found.setdefault(card.full_name, card)
        return list(found.values())

    def search(self, text: str) -> list[tuple[float, Card]]:
        """Models that match every word of the text, best first, with their scores above 0 and up to 1."""
        words = text.lower().split()
        scored = ((_score(words, card), card) for card in self.cards())
        return sorted(
            ((score, card) for score, card in scored if score > 0), key=lambda pair: (-pair[0], -pair[1].run_count)
        )

    def as_json(self, model: Model, base: str) -> dict[str, Any]:
        """The model object."""
        return {
            "url": f"{base}/{model.full_name}",
            "owner": model.owner,
            "name": model.name,
            "description": model.description,
            "visibility": model.visibility,
            "is_official": model.is_official,
            **{name: model.links.get(name) for name in LINKS},
            "run_count": model.runs + self._run_count(model.full_name),
            "default_example": view.example(model.example, base) if model.example else None,
            "latest_version": model.latest.as_json() if model.latest else None,
            "created_at": model.created_at,
        }

    def shown(self, cards: Sequence[Card], base: str) -> list[dict[str, Any]]:
        """The model objects behind some cards."""
        return [self.as_json(model, base) for card in cards if (model := self.model(card.full_name))]


def _unnamed(model: Model) -> Version | None:
    """What the name alone runs: only official models need no version."""
    return model.latest if model.is_official else None


def _score(words: Sequence[str], card: Card) -> float:
    if not words:
        return 0
    scores = [_word_score(word, card) for word in words]
    return min(scores) and sum(scores) / len(scores)


def _word_score(word: str, card: Card) -> float:
    full_name = card.full_name.lower()
    name = full_name.partition("/")[2]
    if word in (name, full_name):
        return 1.0
    if name.startswith(word):
        return 0.8
    if word in full_name:
        return 0.6
    return 0.3 if word in card.text else 0
