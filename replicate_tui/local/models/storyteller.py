"""local/storyteller: continues a text, token by token, from the sentences of a small town by the sea."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from replicate_tui.local.context import Context, Predict
from replicate_tui.local.schema import Declaration, Example, Input

TOKENS_PER_SECOND = 40
SENTENCE_END = re.compile(r"[.!?…][\"'”’)]*$")
PARAGRAPH_SENTENCES = 4

README = """\
# storyteller

Continues your prompt with a story about a town by the sea, one token at a time. The sentences come from a Markov
chain over a few pages that were written for it.

A low `temperature` keeps to those pages, a high one wanders off. The same `seed` tells the same story again. With an
empty prompt it begins a story of its own.
"""

DECLARATION = Declaration(
    name="storyteller",
    description="Continues your text with a story from a town by the sea, token by token.",
    inputs=(
        Input("prompt", "string", "The beginning of the story; may be empty", required=True),
        Input("max_tokens", "integer", "How long the story gets", default=120, minimum=1, maximum=2000),
        Input("temperature", "number", "How freely the story wanders", default=0.8, minimum=0.1, maximum=2.0),
        Input("seed", "integer", "The same seed tells the same story; leave out for a new one"),
    ),
    output="tokens",
    example=Example(
        input={"prompt": "At the end of the pier", "max_tokens": 13, "seed": 7},
        output=[
            *(" the", " light", " was", " low", " and", " the", " boats,", " one"),
            *(" after", " the", " other,", " came", " home."),
        ],
        logs="Using seed: 7\n13 tokens\n",
        seconds=0.33,
    ),
    readme=README,
    created_at="2026-11-03T09:00:00.000000Z",
)

Words = tuple[str, ...]
Followers = Mapping[Words, Mapping[str, int]]


def load() -> Predict:
    """Read the pages and build the chains."""
    import markovify

    pages = Path(__file__).with_suffix(".txt").read_text("utf-8")
    close, loose = (markovify.Text(pages, state_size=size).chain.model for size in (2, 1))

    def predict(context: Context, values: Mapping[str, Any]) -> None:
        """Hand over the story's tokens at a readable speed."""
        seed = values["seed"] if values["seed"] is not None else random.SystemRandom().getrandbits(32)
        context.log(f"Using seed: {seed}\n")
        story = _Story(close, loose, random.Random(seed), values["temperature"])
        count = 0
        for token in story.tokens(values["prompt"], values["max_tokens"]):
            context.pause(1 / TOKENS_PER_SECOND)
            context.output(token)
            count += 1
        context.log(f"{count} tokens\n")

    return predict


class _Story:
    """A walk over two chains: one that looks back two words, and one that looks back one and so strays further."""

    def __init__(self, close: Followers, loose: Followers, dice: random.Random, temperature: float) -> None:
        self._close = close
        self._loose = loose
        self._dice = dice
        self._temperature = temperature

    def tokens(self, prompt: str, limit: int) -> Iterator[str]:
        """At most `limit` pieces; together with the prompt they read as one text."""
        words = self._words(prompt)
        blank = "" if not prompt or prompt[-1].isspace() else " "
        ended = 0
        for _ in range(limit):
            word = next(words)
            yield blank + word
            ended += bool(SENTENCE_END.search(word))
            paragraph = ended == PARAGRAPH_SENTENCES
            blank, ended = ("\n\n", 0) if paragraph else (" ", ended)

    def _words(self, prompt: str) -> Iterator[str]:
        yield from self._rest_of_sentence(prompt)
        while True:
            yield from self._sentence(("___BEGIN__", "___BEGIN__"))

    def _rest_of_sentence(self, prompt: str) -> Iterator[str]:
        """What completes the sentence that the prompt leaves open; nothing when it is closed or there is none."""
        if not prompt.strip() or SENTENCE_END.search(prompt.rstrip()):
            return
        last = prompt.split()[-1].lower()
        if (last,) in self._loose:
            yield from self._sentence(("", last))
            return
        link = self._dice.choice(("and", "where", "when", "as"))
        yield link
        yield from self._sentence(("", link))

    def _sentence(self, state: tuple[str, str]) -> Iterator[str]:
        """Words that follow the last two, up to the end of a sentence."""
        before, last = state
        while True:
            word = self._follower(before, last)
            if word == "___END__":
                return
            yield word
            before, last = last, word

    def _follower(self, before: str, last: str) -> str:
        strays = self._dice.random() < 0.04 * self._temperature
        followers = None if strays and last != "___BEGIN__" else self._close.get((before, last))
        followers = followers or self._loose[(last,)]
        weights = [count ** (1 / self._temperature) for count in followers.values()]
        return self._dice.choices(list(followers), weights)[0]
