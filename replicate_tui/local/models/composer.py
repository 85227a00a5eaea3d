"""local/composer: writes a little piece of music and plays it."""

from __future__ import annotations

import random
import wave
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from replicate_tui.local.schema import Declaration, Example, Input
from replicate_tui.local.work.context import Context, Predict

MOODS = ("bright", "calm", "wistful", "dark")

README = """\
# composer

Writes a little piece for a melody, a bass, a chord pad and drums, and plays it: one WAV file, mono, 16 bits.

The `mood` decides scale, harmonies and groove; the dice do the rest. The same seed and settings always give the same
file. The logs show the chords and the melody, bar by bar.
"""

DECLARATION = Declaration(
    name="composer",
    description="Composes a little piece of music, with melody, bass, chords and drums, and plays it as a WAV file.",
    inputs=(
        Input("seed", "integer", "The same seed plays the same piece; leave out for a new one"),
        Input("bars", "integer", "How many bars of four beats", default=8, minimum=1, maximum=64),
        Input("tempo", "integer", "Beats per minute", default=96, minimum=40, maximum=220),
        Input("mood", "string", "What it feels like", default="bright", choices=MOODS),
        Input("drums", "boolean", "Whether there are drums", default=True),
    ),
    output="file",
    example=Example(
        input={"seed": 11, "bars": 4, "tempo": 132},
        output={"$output": "composer.wav"},
        logs="Using seed: 11\nIn G, 132 beats per minute\n"
        "bar  1/4 | G    | G A C B\n"
        "bar  2/4 | Em   | G B B A\n"
        "bar  3/4 | C    | C D F# E\n"
        "bar  4/4 | G    | G\n",
        seconds=0.2,
    ),
    readme=README,
    created_at="2026-11-02T18:00:00.000000Z",
)


def load() -> Predict:
    """Import the music."""
    from replicate_tui.local.models.composing.score import Composer
    from replicate_tui.local.models.composing.sound import RATE, Band

    def predict(context: Context, values: Mapping[str, Any]) -> Path:
        """The recording's file."""
        seed = values["seed"] if values["seed"] is not None else random.SystemRandom().getrandbits(32)
        piece = Composer(seed, values["mood"], values["bars"], values["drums"])
        band = Band(values["tempo"])
        context.log(f"Using seed: {seed}\nIn {piece.key}, {values['tempo']} beats per minute\n")
        target = context.file("out-0.wav")
        with wave.open(str(target), "wb") as recording:
            recording.setnchannels(1)
            recording.setsampwidth(2)
            recording.setframerate(RATE)
            for number, bar in enumerate(piece.bars()):
                context.check()
                recording.writeframes(band.play(number, bar))
                context.log(f"bar {number + 1:2d}/{values['bars']} | {bar.chord:<4} | {' '.join(bar.melody)}\n")
            recording.writeframes(band.rest())
        return target

    return predict
