"""`python -m tests.bench.screen`: how long a form takes to be shown, and how long a key of the search takes.

Beside a form stands the time of an app with nothing in it, and the search is asked letter by letter as it is typed.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial

from textual.app import App

from replicate_tui.core.forms import inputs
from replicate_tui.core.forms.inputs import Field
from replicate_tui.core.history.database import ModelRow
from replicate_tui.core.models.ranking import Ranking
from replicate_tui.tui.widgets.input_form import InputForm
from tests.core import quirks

ROUNDS = 7
MODELS = 10_000
SIZES = ((80, 24), (160, 48))
TYPED = ("flux schnell", "upscale", "lora portrait", "zzz")
"""What is searched, one letter after the other."""

WORDS = ("flux", "schnell", "upscale", "portrait", "lora", "video", "music", "depth", "anime", "photo", "text", "edit")


def main() -> None:
    """Measure, print, end."""
    widest = inputs.fields(quirks.widest()["latest_version"]["openapi_schema"])
    forms = {"12 inputs": widest[:12], f"{len(widest)} inputs": widest}
    for name, fields in forms.items():
        for size in SIZES:
            told = [asyncio.run(_shown(fields, size)) for _ in range(ROUNDS)]
            _say(f"form of {name} at {size[0]}×{size[1]}", told)
    _say(f"search in {MODELS:,} models, a key", _searched())


async def _shown(fields: tuple[Field, ...], size: tuple[int, int]) -> float:
    """Seconds from the wish to show the form until all of it is laid out and drawn."""
    app: App[None] = App()
    async with app.run_test(size=size) as pilot:
        form = InputForm()
        await app.mount(form)
        await pilot.pause()
        begin = time.perf_counter()
        await form.show(fields)
        drawn = asyncio.Event()
        app.call_after_refresh(drawn.set)
        await drawn.wait()
        return time.perf_counter() - begin


def _searched() -> list[float]:
    dice = random.Random(7)
    ranking = Ranking(_row(dice, number) for number in range(MODELS))
    typed = [text[:end] for text in TYPED for end in range(1, len(text) + 1)]
    return [_timed(partial(ranking.find, words)) for words in typed]


def _row(dice: random.Random, number: int) -> ModelRow:
    name = f"owner{number % 900}/{'-'.join(dice.choices(WORDS, k=2))}-{number}"
    return ModelRow(name=name, description=" ".join(dice.choices(WORDS, k=10)), run_count=number, official=False)


def _timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _say(what: str, seconds: list[float]) -> None:
    told = sorted(seconds)
    p95 = told[min(len(told) - 1, int(len(told) * 0.95))]
    sys.stdout.write(f"{what:44} median {statistics.median(told) * 1000:7.1f} ms   p95 {p95 * 1000:7.1f} ms\n")


if __name__ == "__main__":
    main()
