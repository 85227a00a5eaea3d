"""local/storyteller: continues a text, token by token, from the sentences of a small town by the sea."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from replicate_tui.local.schema import Declaration, Example, Input
from replicate_tui.local.work.context import Context, Predict, Train

TOKENS_PER_SECOND = 40

README = """\
# storyteller

Continues your prompt with a story about a town by the sea, one token at a time. The sentences come from a Markov
chain over a few pages that were written for it.

A low `temperature` keeps to those pages, a high one wanders off. The same `seed` tells the same story again. With an
empty prompt it begins a story of its own.

## Training

    replicate-tui train local/storyteller --destination local/my-teller text=@diary.txt

Give it a text, or a zip file of texts, of up to 5 MB in any language and common encoding: the new version tells from
that alone. A `state_size` of 1 rambles, 3 keeps close to the text. While it learns, the loss in its logs says how
well it foresees sentences that it has not read.
"""

DECLARATION = Declaration(
    name="storyteller",
    description="Continues your text with a story from a town by the sea, token by token.",
    inputs=(
        Input(
            "prompt",
            "string",
            "The beginning of the story; given as an empty text, it begins one of its own",
            required=True,
        ),
        Input("max_tokens", "integer", "How long the story gets", default=120, minimum=1, maximum=2000),
        Input("temperature", "number", "How freely the story wanders", default=0.8, minimum=0.1, maximum=2.0),
        Input("seed", "integer", "The same seed tells the same story; leave out for a new one"),
    ),
    output="tokens",
    example=Example(
        input={"prompt": "At the end of the pier", "max_tokens": 16, "seed": 15},
        output=[
            *(" and", " waited", " for", " the", " last", " boat", " with", " the", " face", " of"),
            *(" somebody", " who", " had", " almost", " forgotten", " it."),
        ],
        logs="Using seed: 15\n16 tokens\n",
        seconds=0.41,
    ),
    readme=README,
    created_at="2026-11-03T09:00:00.000000Z",
    training=(
        Input("text", "string", "A text, or a zip file of texts, to learn from", required=True, file=True),
        Input("state_size", "integer", "How many words back it looks", default=2, minimum=1, maximum=3),
    ),
    revision=2,
)


def load(weights: Path | None = None) -> Predict:
    """Build the chains: those of a training, or from the pages that come with the model."""
    from replicate_tui.local.models.telling.chains import Chains
    from replicate_tui.local.models.telling.corpus import sentences
    from replicate_tui.local.models.telling.story import Story

    if weights:
        chains = Chains.load(weights)
    else:
        chains = Chains(state_size=2)
        chains.add(sentences(Path(__file__).with_suffix(".txt").read_text("utf-8")))

    def predict(context: Context, values: Mapping[str, Any]) -> None:
        """Hand over the story's tokens at a readable speed."""
        seed = values["seed"] if values["seed"] is not None else random.SystemRandom().getrandbits(32)
        context.log(f"Using seed: {seed}\n")
        story = Story(chains, random.Random(seed), values["temperature"])
        count = 0
        for token in story.tokens(values["prompt"], values["max_tokens"]):
            context.pause(1 / TOKENS_PER_SECOND)
            context.output(token)
            count += 1
        context.log(f"{count} tokens\n")

    return predict


def load_trainer() -> Train:
    """Import what training needs."""
    from replicate_tui.local.models.telling.training import train

    return train
