"""The composer's music."""

from __future__ import annotations

import array
import cmath
import math
import sys
import wave
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.local import models
from replicate_tui.local.models.composing.score import MOODS, Bar, Composer, Note
from replicate_tui.local.models.composing.sound import RATE, TAIL, Band
from replicate_tui.local.work.context import Canceled
from tests.local.alone import Alone

MEDIA = Path(models.__file__).with_name("media")


def samples(path: Path) -> array.array[int]:
    with wave.open(str(path), "rb") as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, RATE)
        return numbers(sound.readframes(sound.getnframes()))


def numbers(content: bytes) -> array.array[int]:
    made = array.array("h", content)
    if sys.byteorder == "big":
        made.byteswap()
    return made


def played(folder: Path, **values: Any) -> bytes:
    path: Path = Alone(folder).run("composer", **{"seed": 3, "bars": 2, "tempo": 180, **values})
    return path.read_bytes()


def test_the_same_seed_and_settings_give_the_same_bytes(tmp_path: Path) -> None:
    first = played(tmp_path)
    assert played(tmp_path) == first
    for changed in ({"seed": 4}, {"mood": "dark"}, {"drums": False}, {"tempo": 181}, {"bars": 3}):
        assert played(tmp_path, **changed) != first, changed


def test_without_a_seed_it_takes_one_that_plays_the_same_again(tmp_path: Path) -> None:
    alone = Alone(tmp_path)
    first: Path = alone.run("composer", bars=1, tempo=220)
    content = first.read_bytes()
    seed = int(alone.logs.partition("Using seed: ")[2].partition("\n")[0])
    assert played(tmp_path, seed=seed, bars=1, tempo=220, mood="bright") == content


@pytest.mark.parametrize(("bars", "tempo"), [(1, 220), (5, 97), (2, 40)])
def test_it_lasts_as_long_as_its_bars(tmp_path: Path, bars: int, tempo: int) -> None:
    played(tmp_path, bars=bars, tempo=tempo)
    seconds = len(samples(tmp_path / "out-0.wav")) / RATE
    assert seconds == pytest.approx(bars * 4 * 60 / tempo + TAIL, abs=0.001)


@pytest.mark.parametrize("mood", MOODS)
def test_it_is_loud_enough_nowhere_too_loud_and_dies_away(tmp_path: Path, mood: str) -> None:
    played(tmp_path, mood=mood, bars=4)
    levels = samples(tmp_path / "out-0.wav")
    assert 20_000 < max(map(abs, levels)) < 32_000
    assert math.hypot(*levels) / math.sqrt(len(levels)) > 3000
    assert max(map(abs, levels[-RATE // 10 :])) < 300


def test_every_bar_is_told_with_its_chord_and_melody(tmp_path: Path) -> None:
    alone = Alone(tmp_path)
    alone.run("composer", seed=11, bars=3, tempo=200)
    told = alone.logs.splitlines()
    assert told[:2] == ["Using seed: 11", "In G, 200 beats per minute"]
    assert [line.partition(" | ")[0] for line in told[2:]] == ["bar  1/3", "bar  2/3", "bar  3/3"]
    assert told[-1].split(" | ")[1:] == ["G   ", "G"]


def test_a_canceled_piece_stops_at_its_bar(tmp_path: Path) -> None:
    alone = Alone(tmp_path, cancel_at="bar  2/64")
    with pytest.raises(Canceled):
        alone.run("composer", seed=1, bars=64, tempo=220)
    assert "bar  3/64" not in alone.logs


@pytest.mark.parametrize("mood", MOODS)
def test_the_melody_keeps_to_its_scale_and_ends_on_the_tonic(mood: str) -> None:
    for seed in range(20):
        piece = Composer(seed, mood, 9, drums=True)
        bars = list(piece.bars())
        notes = [note for bar in bars for note in bar.notes if note.part == "lead"]
        tonic = notes[-1].pitch
        assert {(note.pitch - tonic) % 12 for note in notes} <= set(MOODS[mood].scale)
        assert bars[-1].melody == (piece.key,)
        assert all(55 <= note.pitch <= 96 for note in notes), (seed, notes)
        assert len({note.pitch for note in notes}) > 3


def test_every_note_lies_within_its_bar() -> None:
    for seed in range(20):
        for mood in MOODS:
            for bar in Composer(seed, mood, 5, drums=True).bars():
                assert all(note.start + note.length <= 4 for note in bar.notes)


@pytest.mark.parametrize("pitch", [36, 57, 69, 84])
def test_a_note_sounds_at_its_pitch(pitch: int) -> None:
    bar = Bar((Note("lead", 0, 4, pitch, 0.9),), "A", ("A",))
    levels = numbers(Band(120).play(0, bar))

    def strength(at: float) -> float:
        frequency = 440 * 2 ** ((at - 69) / 12)
        return abs(sum(level * cmath.exp(-2j * math.pi * frequency * n / RATE) for n, level in enumerate(levels)))

    here = strength(pitch)
    assert here > 5 * max(strength(pitch - 1), strength(pitch + 1))


def test_the_example_is_what_it_plays(tmp_path: Path) -> None:
    example = models.describe("composer").example
    alone = Alone(tmp_path)
    made = samples(alone.run("composer", **example.input))
    kept = samples(MEDIA / example.output["$output"])
    assert alone.logs == example.logs
    # Sines differ in their last digits between systems.
    assert len(made) == len(kept)
    assert max(abs(one - other) for one, other in zip(made, kept, strict=True)) <= 2
