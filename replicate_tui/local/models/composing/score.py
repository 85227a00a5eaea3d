"""What is played: bars of chords, a melody made of a few motifs, a bass and drums. Pure dice over rules."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

Part = Literal["lead", "pad", "bass", "kick", "snare", "hat"]

BEATS = 4
STEPS = 16
"""Places in a bar where a drum can be hit."""

PHRASE = 4
"""Bars after which the harmony comes round again."""

FLATS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
SHARPS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
SHARP_KEYS = frozenset((2, 4, 6, 7, 9, 11))
"""Tonics of the major scales that are written with sharps."""

MAJOR = (0, 2, 4, 5, 7, 9, 11)
DORIAN = (0, 2, 3, 5, 7, 9, 10)
MINOR = (0, 2, 3, 5, 7, 8, 10)

Rhythm = tuple[float, ...]

LIVELY: tuple[Rhythm, ...] = (
    (1, 0.5, 0.5, 1, 1),
    (0.5, 0.5, 1, 1, 1),
    (1.5, 0.5, 1, 1),
    (0.5, 1, 0.5, 2),
    (1, 1, 0.5, 1.5),
)
SLOW: tuple[Rhythm, ...] = ((2, 1, 1), (1.5, 0.5, 2), (3, 1), (1, 1, 2), (1.5, 1.5, 1))
"""How long the notes of a bar are, in beats."""


@dataclass(frozen=True, slots=True)
class Mood:
    """A way to compose. `progressions` are chords by their degree in the scale; `bass` is start, length and step.

    `major` is where the major scale of the same notes begins, in semitones from the tonic; `rests` is how often a
    note of the melody is left out.
    """

    scale: tuple[int, ...]
    major: int
    progressions: tuple[tuple[int, ...], ...]
    rhythms: tuple[Rhythm, ...]
    bass: tuple[tuple[float, float, int], ...]
    kick: str
    snare: str
    hat: str
    rests: float


MOODS: Mapping[str, Mood] = {
    "bright": Mood(
        scale=MAJOR,
        major=0,
        progressions=((0, 4, 5, 3), (0, 3, 0, 4), (0, 5, 3, 4)),
        rhythms=LIVELY,
        bass=((0, 1, 0), (1, 0.5, 0), (1.5, 0.5, 4), (2, 1, 0), (3, 0.5, 4), (3.5, 0.5, 0)),
        kick="x.....x.x.......",
        snare="....x.......x...",
        hat="x.x.x.x.x.x.x.xx",
        rests=0.08,
    ),
    "calm": Mood(
        scale=MAJOR,
        major=0,
        progressions=((0, 5, 1, 4), (0, 2, 3, 4), (3, 0, 1, 0)),
        rhythms=SLOW,
        bass=((0, 2.5, 0), (2.5, 1.5, 4)),
        kick="x.........x.....",
        snare="............x...",
        hat="..x...x...x...x.",
        rests=0.18,
    ),
    "wistful": Mood(
        scale=DORIAN,
        major=10,
        progressions=((0, 3, 0, 6), (0, 6, 3, 0), (0, 2, 6, 3)),
        rhythms=SLOW + LIVELY[:2],
        bass=((0, 1.5, 0), (1.5, 0.5, 4), (2, 2, 0)),
        kick="x.......x.x.....",
        snare="....x.......x...",
        hat="x...x...x...x.x.",
        rests=0.14,
    ),
    "dark": Mood(
        scale=MINOR,
        major=3,
        progressions=((0, 5, 3, 4), (0, 0, 5, 6), (0, 3, 5, 4)),
        rhythms=LIVELY,
        bass=tuple((half / 2, 0.5, 0) for half in range(8)),
        kick="x...x...x...x...",
        snare="....x.......x..x",
        hat="..x...x...x...x.",
        rests=0.1,
    ),
}

CONTOUR = (-2, -1, -1, -1, 0, 1, 1, 1, 2)
"""Steps that a melody takes; up or down by one is likeliest."""

ANCHORS = ((7, 9, 11, 8), (9, 11, 9, 6), (11, 9, 7, 9), (7, 8, 11, 9))
"""Where the melody is near at the beginnings of a phrase's bars, in steps of the scale."""

LOW, HIGH = 4, 14
"""The melody's range, in steps of the scale."""


@dataclass(frozen=True, slots=True)
class Note:
    """A sound: `start` and `length` in beats, `start` from the bar's; `pitch` is a MIDI number, `level` up to 1."""

    part: Part
    start: float
    length: float
    pitch: int
    level: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; `chord` and `melody` are names, for people."""

    notes: tuple[Note, ...]
    chord: str
    melody: tuple[str, ...]


class Composer:
    """One piece: a key, a progression and two motifs, thrown at its start."""

    def __init__(self, seed: int, mood: str, bars: int, drums: bool) -> None:
        self._dice = random.Random(seed)
        self._mood = MOODS[mood]
        self._bars = bars
        self._drums = drums
        self._tonic = self._dice.randrange(12)
        self._names = SHARPS if (self._tonic + self._mood.major) % 12 in SHARP_KEYS else FLATS
        self._progression = self._dice.choice(self._mood.progressions)
        self._motifs = [self._motif() for _ in range(2)]
        self._anchors = self._dice.choice(ANCHORS)
        self._place = self._anchors[0]
        self._voicing: tuple[int, ...] = (7, 9, 11)

    @property
    def key(self) -> str:
        """The name of its tonic."""
        return self._names[self._tonic]

    def bars(self) -> Iterator[Bar]:
        """The piece, which ends on its tonic."""
        for number in range(self._bars - 1):
            degree = self._progression[number % PHRASE]
            notes = [*self._chord(degree), *self._bass(degree), *self._melody(number, degree)]
            if self._drums:
                notes += self._beat(number)
            yield self._bar(degree, notes)
        yield self._bar(0, [*self._chord(0), *self._cadence()])

    def _bar(self, degree: int, notes: list[Note]) -> Bar:
        melody = (self._names[note.pitch % 12] for note in notes if note.part == "lead")
        return Bar(tuple(notes), self._chord_name(degree), tuple(melody))

    def _pitch(self, step: int, octave: int) -> int:
        """The MIDI number of a step of the scale; steps go on beyond the octave both ways."""
        octaves, degree = divmod(step, len(self._mood.scale))
        return 12 * (octave + 1 + octaves) + self._tonic + self._mood.scale[degree]

    def _chord(self, degree: int) -> list[Note]:
        """The triad in the inversion that moves least from the chord before."""
        inversions = [
            tuple(sorted(degree + third + 7 * octave for third, octave in zip((0, 2, 4), octaves, strict=True)))
            for octaves in ((0, 0, 0), (1, 0, 0), (1, 1, 0), (1, 1, 1), (0, 0, -1), (0, -1, -1))
        ]
        self._voicing = min(inversions, key=lambda steps: sum(map(_distance, steps, self._voicing)))
        return [Note("pad", 0, BEATS, self._pitch(step, 3), 0.5) for step in self._voicing]

    def _bass(self, degree: int) -> list[Note]:
        low = degree if self._tonic + self._mood.scale[degree] < 12 else degree - 7
        return [
            Note("bass", start, length, self._pitch(low + step, 2), 0.9 if start == 0 else 0.7)
            for start, length, step in self._mood.bass
        ]

    def _melody(self, number: int, degree: int) -> list[Note]:
        rhythm, contour = self._motifs[(0, 1, 0, 1)[number % PHRASE]]
        if number % PHRASE == PHRASE - 1:
            rhythm = (*rhythm[: len(rhythm) // 2], BEATS - sum(rhythm[: len(rhythm) // 2]))
        notes: list[Note] = []
        self._place = self._anchors[number % PHRASE]
        for start, length, step in zip(accumulate((0.0, *rhythm)), rhythm, contour, strict=False):
            self._place += step if LOW <= self._place + step <= HIGH else -step
            if start % 2 == 0:
                self._place = _nearest(self._place, degree)
            if start == 0 or self._dice.random() >= self._mood.rests:
                level = (0.9 if start % 2 == 0 else 0.75) - 0.1 * self._dice.random()
                notes.append(Note("lead", start, length, self._pitch(self._place, 4), level))
        return notes

    def _motif(self) -> tuple[Rhythm, tuple[int, ...]]:
        rhythm = self._dice.choice(self._mood.rhythms)
        return rhythm, (0, *(self._dice.choice(CONTOUR) for _ in rhythm[1:]))

    def _beat(self, number: int) -> list[Note]:
        if number == 0 and self._bars > PHRASE:
            return []
        snare = self._mood.snare
        if number % PHRASE == PHRASE - 1:
            snare = snare[:12] + self._dice.choice(("x.xx", "xxxx", "..xx"))
        hits: tuple[tuple[Part, str], ...] = (("kick", self._mood.kick), ("snare", snare), ("hat", self._mood.hat))
        return [
            Note(part, step * BEATS / STEPS, 0, 0, 0.9 if step % 4 == 0 else 0.6)
            for part, pattern in hits
            for step, mark in enumerate(pattern)
            if mark == "x"
        ]

    def _cadence(self) -> list[Note]:
        low = 0 if self._tonic < 5 else -7
        end = _nearest(self._place, 0, tones=(0,))
        notes = [Note("bass", 0, BEATS, self._pitch(low, 2), 0.9), Note("lead", 0, BEATS, self._pitch(end, 4), 0.9)]
        return [*notes, Note("kick", 0, 0, 0, 0.9)] if self._drums else notes

    def _chord_name(self, degree: int) -> str:
        root, third, fifth = (self._pitch(degree + step, 4) for step in (0, 2, 4))
        kind = {(4, 7): "", (3, 7): "m", (3, 6): "dim"}.get((third - root, fifth - root), "+")
        return self._names[root % 12] + kind


def _nearest(place: int, degree: int, tones: tuple[int, ...] = (0, 2, 4)) -> int:
    """The step nearest to `place` that belongs to the triad on `degree`."""
    candidates = [degree + tone + 7 * octave for tone in tones for octave in range(-1, 4)]
    return min(candidates, key=lambda step: abs(step - place))


def _distance(one: int, other: int) -> int:
    return abs(one - other)
