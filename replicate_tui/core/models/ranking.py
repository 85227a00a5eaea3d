"""Which models a few words mean, best first: made once for a list of models, asked at every key."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

from replicate_tui.core.history.rows import ModelRow

MATCH_CUTOFF = 75
"""How alike, of 100, a name must be to a word to count as meant."""
SPELT_RIGHT = 20
"""A word that so many models hold is spelt right: names that are only like it are not meant."""

_IN_DESCRIPTION = 150.0
_IN_COLLECTION = 120.0
_SHORTEST_GUESSED, _LONGEST_GUESSED = 3, 100


class Ranking:
    """Models, most run first, ready to be searched.

    `collections` gives, where it is wanted, for each model the names of its collections in small letters.
    """

    def __init__(self, rows: Iterable[ModelRow], collections: Callable[[], Mapping[str, str]] = dict) -> None:
        self._collections = collections
        self.rows = sorted(rows, key=lambda row: (-row.run_count, row.name))
        self._names = [row.name.casefold() for row in self.rows]
        self._short_names = [name.partition("/")[2] for name in self._names]
        self._texts = [
            f"{name}\n{row.description.casefold()}" for name, row in zip(self._names, self.rows, strict=True)
        ]

    def find(self, query: str) -> list[ModelRow]:
        """The rows that a query means, best first; no query means every row.

        First whole names, then starts of names, insides of names, words of the description, names of collections,
        and names that are nearly it; among equals the most run first.
        """
        words = query.casefold().split()
        if not words:
            return list(self.rows)
        scores, *others = [self._scores(word) for word in words]
        for other in others:
            scores = {number: min(score, other[number]) for number, score in scores.items() if number in other}
        return [self.rows[number] for number in _best_first(scores)]

    def _scores(self, word: str) -> dict[int, float]:
        """How well a word fits the models that it fits at all, by their place."""
        names = self._names
        found = {
            number: self._name_score(number, word) if word in names[number] else _IN_DESCRIPTION
            for number, text in enumerate(self._texts)
            if word in text
        }
        collected = {number: _IN_COLLECTION for number, words in self._collected.items() if word in words}
        found = collected | found
        if len(found) < SPELT_RIGHT and _SHORTEST_GUESSED <= len(word) <= _LONGEST_GUESSED:
            return self._near_misses(word) | found
        return found

    @cached_property
    def _collected(self) -> dict[int, str]:
        """The names of the collections of the models that are in any, by their place."""
        words = self._collections()
        return {number: words[row.name] for number, row in enumerate(self.rows) if row.name in words} if words else {}

    def _name_score(self, number: int, word: str) -> float:
        name, short = self._names[number], self._short_names[number]
        if word in (name, short):
            return 500.0
        if short.startswith(word):
            return 400.0
        return 300.0 if name.startswith(word) else 200.0

    def _near_misses(self, word: str) -> dict[int, float]:
        from rapidfuzz import fuzz, process

        alike = process.extract(
            word, self._short_names, scorer=fuzz.partial_ratio, score_cutoff=MATCH_CUTOFF, limit=None
        )
        return {number: score for name, score, number in alike if len(name) >= len(word) - 1}


def _best_first(scores: Mapping[int, float]) -> Iterator[int]:
    """The places by their score, and among equals as they stand: there are few scores and many places."""
    by_score: dict[float, list[int]] = {}
    for number, score in scores.items():
        by_score.setdefault(score, []).append(number)
    for score in sorted(by_score, reverse=True):
        yield from sorted(by_score[score])
