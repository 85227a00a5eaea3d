"""Learns to tell from a user's own texts, and shows by how much each part of them helped."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from replicate_tui.local.models.reading.archives import BEGINNINGS, open_zip, read_member
from replicate_tui.local.models.reading.texts import decoded
from replicate_tui.local.models.telling.chains import Chains
from replicate_tui.local.models.telling.corpus import END, sentences
from replicate_tui.local.work.context import Context, ModelError

TEXT_LIMIT = 5_000_000
"""Bytes of text that are learned from at most, unpacked: two long novels."""

STEPS = 20
HELD_OUT = 10
"""Every tenth sentence of a text of some length is kept for measuring and learned only at the end."""

FEWEST_TO_HOLD_OUT = 40
"""Sentences; a shorter text is measured on itself."""

MEASURED_WORDS = 10_000
"""How many words the loss is measured on at most."""

SNIFFED = 4096

Sentences = Sequence[Sequence[str]]


def train(context: Context, values: Mapping[str, Any]) -> Path:
    """The file of weights. Raises `ModelError` when there is nothing to learn from."""
    text = _text(values["text"])
    context.check()
    known = sentences(text)
    if not known:
        raise ModelError("input text: there is no text in it")
    vocabulary = len({word for sentence in known for word in sentence})
    words = sum(map(len, known))
    context.log(f"Sentences: {len(known):,}, words: {words:,}, different words: {vocabulary:,}\n")
    chains = _learned(context, known, values["state_size"], vocabulary + 1)
    context.check()
    target = context.file("weights.json")
    chains.save(target)
    context.log(f"Weights: {target.stat().st_size:,} bytes\n")
    return target


def _learned(context: Context, known: Sentences, state_size: int, vocabulary: int) -> Chains:
    held_out = known[::HELD_OUT] if len(known) >= FEWEST_TO_HOLD_OUT else []
    learning = [s for number, s in enumerate(known) if number % HELD_OUT] if held_out else known
    measured = _sample(held_out or known)
    context.log(f"Loss is measured on {'sentences held out' if held_out else 'the text itself'}\n")
    chains = Chains(state_size)
    steps = min(STEPS, len(learning))
    _report(context, 0, steps, _loss(chains, measured, vocabulary))
    for step in range(steps):
        context.check()
        chains.add(learning[step::steps])
        _report(context, step + 1, steps, _loss(chains, measured, vocabulary))
    if held_out:
        chains.add(held_out)
    return chains


def _report(context: Context, step: int, steps: int, loss: float) -> None:
    context.log(f"step {step:2d}/{steps} | loss {loss:.4f} | perplexity {math.exp(loss):.2f}\n")


def _sample(known: Sentences) -> Sentences:
    share = math.ceil(sum(map(len, known)) / MEASURED_WORDS)
    return known[::share]


def _loss(chains: Chains, measured: Sentences, vocabulary: int) -> float:
    """The mean surprise at a word or at a sentence's end, in nats."""
    surprise, count = 0.0, 0
    for sentence in measured:
        items = (*chains.beginning, *sentence, END)
        for place in range(chains.state_size, len(items)):
            surprise -= math.log(_probability(chains, items, place, vocabulary))
            count += 1
    return surprise / count


def _probability(chains: Chains, items: Sequence[str], place: int, vocabulary: int) -> float:
    """Witten and Bell's: each longer state is believed as far as it has been seen more often than it surprised."""
    probability = 1 / vocabulary
    for size, order in enumerate(chains.orders):
        state = tuple(items[place - size : place])
        if followers := order.get(state):
            kinds, total = len(followers), chains.totals[size][state]
            probability = (followers.get(items[place], 0) + kinds * probability) / (total + kinds)
    return probability


def _text(path: Path) -> str:
    with path.open("rb") as file:
        beginning = file.read(len(BEGINNINGS[0]))
    if beginning in BEGINNINGS:
        return _unpacked(path)
    with path.open("rb") as file:
        content = file.read(TEXT_LIMIT + 1)
    if len(content) > TEXT_LIMIT:
        raise ModelError(_too_long())
    found = decoded(content)
    if found is None:
        raise ModelError("input text: it is neither a text nor a zip file of texts")
    return found.text


def _unpacked(path: Path) -> str:
    texts: list[str] = []
    left = TEXT_LIMIT
    with open_zip(path) as archive:
        for member in archive.infolist():
            if member.filename.endswith("/") or _hidden(member.filename):
                continue
            beginning = read_member(archive, member, SNIFFED)
            if beginning is None or decoded(beginning, cut=True) is None:
                continue
            content = read_member(archive, member, left + 1)
            if content is None:
                continue
            left -= len(content)
            if left < 0:
                raise ModelError(_too_long())
            if found := decoded(content):
                texts.append(found.text)
    if not any(text.strip() for text in texts):
        raise ModelError("input text: no text in the zip file can be read")
    return "\n\n".join(texts)


def _hidden(name: str) -> bool:
    """Whether a system put the file there, not a person."""
    return any(part.startswith((".", "__MACOSX")) for part in name.split("/"))


def _too_long() -> str:
    return f"input text: it is over the limit of {TEXT_LIMIT // 1_000_000} MB of text"
