"""A story: a walk over the chains, written down token by token."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice

from replicate_tui.local.models.telling.chains import Chains, Words
from replicate_tui.local.models.telling.corpus import END, GLUE, bare, closes, sentences

PARAGRAPH_SENTENCES = 4

STRAYING = 0.04
"""How likely a story with temperature 1 forgets, at a word, the words before the last ones."""

LINKS = ("and", "where", "when", "as")
"""What joins a story to a prompt that ends in a word which the chains do not know."""


class Story:
    """Stories that the chains tell. A high temperature strays more, and likes rare words better."""

    def __init__(self, chains: Chains, dice: random.Random, temperature: float) -> None:
        self._chains = chains
        self._dice = dice
        self._temperature = temperature

    def tokens(self, prompt: str, limit: int) -> Iterator[str]:
        """At most `limit` pieces; together with the prompt they read as one text."""
        return islice(self._tokens(prompt), limit)

    def _tokens(self, prompt: str) -> Iterator[str]:
        blank = "" if not prompt or prompt[-1].isspace() else " "
        closed = 0
        for sentence in self._sentences(prompt):
            piece = ""
            for piece in sentence:
                yield bare(piece) if blank == " " and piece.startswith(GLUE) else blank + bare(piece)
                closed += closes(piece)
                blank = " "
                if closed == PARAGRAPH_SENTENCES:
                    blank, closed = "\n\n", 0
            if piece and not closes(piece):
                blank = "\n"

    def _sentences(self, prompt: str) -> Iterator[Iterator[str]]:
        yield self._rest(prompt)
        while True:
            yield self._sentence(self._chains.beginning)

    def _rest(self, prompt: str) -> Iterator[str]:
        """What completes the sentence that the prompt leaves open; nothing when it is closed or there is none."""
        *_, last = [[], *sentences(prompt)]
        if not last or closes(last[-1]):
            return
        for words in (last, [word.lower() for word in last], [bare(word) for word in last[-1:]]):
            if self._chains.orders[1].get(tuple(words[-1:])):
                yield from self._sentence((*self._chains.beginning, *words))
                return
        links = [link for link in LINKS if (link,) in self._chains.orders[1]]
        if links:
            link = self._dice.choice(links)
            yield link
            yield from self._sentence((link,))

    def _sentence(self, context: Words) -> Iterator[str]:
        """Words that follow the context, up to the end of a sentence."""
        while (word := self._follower(context)) != END:
            yield word
            context = (*context, word)[-self._chains.state_size :]

    def _follower(self, context: Words) -> str:
        strays = self._dice.random() < STRAYING * self._temperature and context != self._chains.beginning
        known = list(islice(self._chains.known(context), 2))
        if not known:
            return END
        followers = known[-1] if strays else known[0]
        weights = [count ** (1 / self._temperature) for count in followers.values()]
        return self._dice.choices(list(followers), weights)[0]
