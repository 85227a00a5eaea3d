"""Markov chains that look back different numbers of words, and the file of weights that keeps them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from markovify import Chain

from replicate_tui.local.models.telling.corpus import BEGIN
from replicate_tui.local.work.context import ModelError

FORMAT = 1
"""Of the file of weights; grows when an older reader could not read it."""

MOST_STATES = 3

Words = tuple[str, ...]
Followers = dict[str, int]


class Chains:
    """What followed what, and how often: `orders[k]` by the `k` words before, for every k up to `state_size`."""

    def __init__(self, state_size: int) -> None:
        self.orders: tuple[dict[Words, Followers], ...] = tuple({} for _ in range(state_size + 1))
        self.totals: tuple[dict[Words, int], ...] = tuple({} for _ in range(state_size + 1))

    @property
    def state_size(self) -> int:
        """How many words back the longest of them looks."""
        return len(self.orders) - 1

    @property
    def beginning(self) -> Words:
        """The state before the first word of a sentence."""
        return (BEGIN,) * self.state_size

    def add(self, sentences: Sequence[Sequence[str]]) -> None:
        """Learn from more sentences, lists all."""
        for size in range(self.state_size + 1):
            for state, followers in Chain(sentences, size).model.items():
                for word, count in followers.items():
                    self._count(size, state, word, count)

    def known(self, context: Words) -> Iterator[Followers]:
        """What can follow the context: by all of it, then by ever less of it, at last by one word."""
        for size in range(min(len(context), self.state_size), 0, -1):
            if followers := self.orders[size].get(context[-size:]):
                yield followers

    def save(self, path: Path) -> None:
        """Write the weights: the words, and rows of a state's words, a follower (by number) and its count."""
        numbers: dict[str, int] = {}
        rows = [
            [*(numbers.setdefault(word, len(numbers)) for word in (*state, follower)), count]
            for state, followers in self.orders[-1].items()
            for follower, count in followers.items()
        ]
        weights = {"format": FORMAT, "model": "storyteller", "state_size": self.state_size}
        weights |= {"words": list(numbers), "chain": rows}
        path.write_text(json.dumps(weights, ensure_ascii=False, separators=(",", ":")), "utf-8", newline="\n")

    @classmethod
    def load(cls, path: Path) -> Chains:
        """Read the weights. Raises `ModelError` if they are none of this model's."""
        try:
            weights = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise ModelError(f"the weights cannot be read: {error}") from error
        if not isinstance(weights, dict) or weights.get("model") != "storyteller":
            raise ModelError("the weights are not a storyteller's")
        if weights.get("format") != FORMAT:
            raise ModelError(f"the weights have format {weights.get('format')}; this version reads {FORMAT}")
        return cls._of(weights)

    @classmethod
    def _of(cls, weights: Mapping[str, Any]) -> Chains:
        try:
            size, words, rows = weights["state_size"], weights["words"], weights["chain"]
            _check(size, words, rows)
            chains = cls(size)
            for *state, follower, count in rows:
                before = tuple(words[number] for number in state)
                # The shorter chains have seen the same words: a state of them is the end of longer ones.
                for shorter in range(size + 1):
                    chains._count(shorter, before[size - shorter :], words[follower], count)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise ModelError("the weights are damaged") from error
        if chains.beginning not in chains.orders[-1]:
            raise ModelError("the weights are damaged")
        return chains

    def _count(self, size: int, state: Words, word: str, count: int) -> None:
        followers = self.orders[size].setdefault(state, {})
        followers[word] = followers.get(word, 0) + count
        self.totals[size][state] = self.totals[size].get(state, 0) + count


def _check(size: Any, words: Any, rows: Any) -> None:
    if not isinstance(size, int) or not 1 <= size <= MOST_STATES:
        raise ValueError(size)
    if not all(isinstance(word, str) for word in words):
        raise TypeError(words)
    if not all(len(row) == size + 2 for row in rows):
        raise ValueError(size)
    if not all(isinstance(number, int) and number >= 0 for number in chain.from_iterable(rows)):
        raise TypeError(rows)
    if not all(row[-1] for row in rows):
        raise ValueError(0)
