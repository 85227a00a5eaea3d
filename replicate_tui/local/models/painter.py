"""local/painter: paints what the prompt's words name."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from replicate_tui.local.schema import Declaration, Example, Input
from replicate_tui.local.work.context import Context, Predict

STYLES = ("auto", "dusk", "dawn", "noon", "moonlight", "aurora", "ember", "ink")
FORMATS = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP"}
SAVING: Mapping[str, dict[str, Any]] = {
    "png": {"compress_level": 4},
    "jpg": {"quality": 92, "subsampling": 0},
    "webp": {"quality": 90, "method": 3},
}

README = """\
# painter

Paints landscapes from the words of a prompt. Nothing is downloaded and nothing is learned: every picture is composed
by rules and dice, in about a second.

**Words it can paint**: lighthouse, house, castle, city, tree, forest, mountain, boat, balloon, bird, fox, cat, and
water, snow, rain, mist, flowers. Colour words tint the scene. Words for times and seasons (sunset, morning, night,
autumn, aurora …) choose the light, unless `style` does. All other words throw the dice.

The same prompt, seed and size always give the same picture. Without a seed it takes a random one and logs it.
"""

DECLARATION = Declaration(
    name="painter",
    description="Paints the landscape that your words describe, by rules and dice, in about a second.",
    inputs=(
        Input("prompt", "string", "What to paint", required=True),
        Input("seed", "integer", "The same seed paints the same picture; leave out for a random one"),
        Input("width", "integer", "Width in pixels", default=768, minimum=64, maximum=2048),
        Input("height", "integer", "Height in pixels", default=512, minimum=64, maximum=2048),
        Input("num_outputs", "integer", "How many pictures to paint", default=1, minimum=1, maximum=4),
        Input("style", "string", "The light; auto follows the prompt's words", default="auto", choices=STYLES),
        Input("output_format", "string", "File format", default="png", choices=tuple(FORMATS)),
    ),
    output="files",
    example=Example(
        input={"prompt": "a lighthouse at dusk", "seed": 7, "output_format": "jpg"},
        output=[{"$output": "painter.jpg"}],
        logs="Using seed: 7\n\r100%|##########| 28/28 [00:00<00:00, 31.20it/s]\n",
        seconds=0.9,
    ),
    readme=README,
    created_at="2026-11-05T09:00:00.000000Z",
)


def load() -> Predict:
    """Import the painting code and the picture library."""
    from replicate_tui.local.painting.picture import paint, steps
    from replicate_tui.local.painting.words import read

    def predict(context: Context, values: Mapping[str, Any]) -> list[Path]:
        """The pictures' files; each one has a seed of its own, the first the given one."""
        seed = values["seed"] if values["seed"] is not None else random.SystemRandom().getrandbits(32)
        context.log(f"Using seed: {seed}\n")
        size, suffix = (values["width"], values["height"]), values["output_format"]
        progress = _Progress(values["num_outputs"] * steps())
        files: list[Path] = []
        for number in range(values["num_outputs"]):
            picture = None
            for picture in paint(read(values["prompt"], seed + number, values["style"]), size):  # noqa: B007
                context.check()
                progress.step()
            assert picture is not None
            target = context.file(f"out-{number}.{suffix}")
            picture.save(target, FORMATS[suffix], **SAVING[suffix])
            files.append(target)
        progress.end()
        return files

    return predict


class _Progress:
    """A progress bar on standard error, rewritten in place, like the ones that most models print."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._began = time.monotonic()

    def step(self) -> None:
        """One more pass is painted."""
        self._done += 1
        share, elapsed = self._done / self._total, max(1e-6, time.monotonic() - self._began)
        rate = self._done / elapsed
        left = (self._total - self._done) / rate
        bar = "#" * int(share * 10) + (str(int(share * 100) % 10) if share < 1 else "")
        counts = f"{self._done}/{self._total} [{_clock(elapsed)}<{_clock(left)}, {rate:5.2f}it/s]"
        sys.stderr.write(f"\r{share:4.0%}|{bar:<10}| {counts}")
        sys.stderr.flush()

    def end(self) -> None:
        """Leave the bar as it is and go on below it."""
        sys.stderr.write("\n")


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}"
