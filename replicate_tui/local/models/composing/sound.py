"""How it sounds: small instruments made of sines and noise, mixed bar by bar into 16 bits."""

from __future__ import annotations

import math
import operator
import random
import sys
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import accumulate, repeat

from replicate_tui.local.models.composing.score import BEATS, Bar, Note, Part

RATE = 22_050
"""Samples a second, of one channel."""

FULL = 32_000

TAIL = 0.9
"""Seconds in which the last chord dies away."""

ECHO = (0.75, 0.28)
"""Of the melody: how many beats later, and how loud."""

PURITY = 0.0006
"""How far a tone may be out of tune, as a share of its frequency: a hundredth of a tone's step."""

Samples = list[float]
"""Lists, not arrays: the mixing, which is most of the work, would make every number of an array anew."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """`partials` are the strengths of the overtones; times are seconds, `decay` until a third is left."""

    partials: tuple[float, ...]
    gain: float
    attack: float
    decay: float
    release: float
    detune: float = 0.0


INSTRUMENTS: Mapping[Part, Instrument] = {
    "lead": Instrument((1, 0.45, 0.3, 0.12, 0.08), 0.34, attack=0.008, decay=0.55, release=0.25),
    "pad": Instrument((1, 0.5, 0.28, 0.16, 0.1, 0.06), 0.085, attack=0.14, decay=6.0, release=0.4, detune=0.004),
    "bass": Instrument((1, 0.6, 0.2, 0.1), 0.36, attack=0.006, decay=0.7, release=0.08),
}


class Band:
    """Plays bars at a tempo, in beats a minute. What it has played once it remembers."""

    def __init__(self, tempo: int) -> None:
        self._beat = 60 / tempo * RATE
        self._ahead: Samples = []
        self._noise = random.Random(0)
        self._played: dict[tuple[Part, int, int, float], Samples] = {}
        self._swells: dict[tuple[Instrument, int], Samples] = {}
        self._drums: Mapping[Part, Callable[[float], Samples]] = {
            "kick": self._kick,
            "snare": self._snare,
            "hat": self._hat,
        }

    def play(self, number: int, bar: Bar) -> bytes:
        """The bar with this number as sound; the ends of its notes come with the bars after it."""
        for note in bar.notes:
            sound = self._sound(note)
            start = round(note.start * self._beat)
            self._mix(start, sound)
            if note.part == "lead":
                self._mix(start + round(ECHO[0] * self._beat), _scaled(sound, ECHO[1]))
        first, last = (round(place * BEATS * self._beat) for place in (number, number + 1))
        return self._take(last - first)

    def rest(self) -> bytes:
        """What still sounds after the last bar, fading out."""
        count = round(TAIL * RATE)
        self._ahead = [level * (1 - place / count) for place, level in enumerate(self._ahead[:count])]
        return self._take(count)

    def _mix(self, start: int, sound: Samples) -> None:
        end = start + len(sound)
        if (missing := end - len(self._ahead)) > 0:
            self._ahead.extend(repeat(0.0, missing))
        self._ahead[start:end] = map(operator.add, self._ahead[start:end], sound)

    def _take(self, count: int) -> bytes:
        taken, self._ahead = self._ahead[:count], self._ahead[count:]
        samples = array("h", [int(FULL * level) for level in map(math.tanh, taken)])
        samples.extend(repeat(0, count - len(samples)))
        if sys.byteorder == "big":
            samples.byteswap()
        return samples.tobytes()

    def _sound(self, note: Note) -> Samples:
        length = round(note.length * self._beat)
        key = note.part, note.pitch, length, note.level
        if key not in self._played:
            drum = self._drums.get(note.part)
            self._played[key] = drum(note.level) if drum else self._tone(INSTRUMENTS[note.part], *key[1:])
        return self._played[key]

    def _tone(self, instrument: Instrument, pitch: int, length: int, level: float) -> Samples:
        count = length + round(instrument.release * RATE)
        frequency = 440 * 2 ** ((pitch - 69) / 12)
        wave = _wave(instrument.partials, frequency * (1 - instrument.detune), count)
        if instrument.detune:
            second = _wave(instrument.partials, frequency * (1 + instrument.detune), count)
            wave = list(map(operator.add, wave, second))
        return _scaled(list(map(operator.mul, wave, self._swell(instrument, length))), instrument.gain * level)

    def _swell(self, instrument: Instrument, length: int) -> Samples:
        """The loudness over a note's time."""
        key = instrument, length
        if key not in self._swells:
            attack, release = round(instrument.attack * RATE), round(instrument.release * RATE)
            fall = math.exp(-1 / (instrument.decay * RATE))
            shape = list(accumulate(repeat(fall, length + release - 1), operator.mul, initial=1.0))
            for place in range(min(attack, len(shape))):
                shape[place] *= place / attack
            for place in range(release):
                shape[length + place] *= (1 - place / release) ** 2
            self._swells[key] = shape
        return self._swells[key]

    def _kick(self, level: float) -> Samples:
        sound, phase = Samples(), 0.0
        for place in range(round(0.28 * RATE)):
            moment = place / RATE
            phase += (48 + 110 * math.exp(-moment * 38)) / RATE
            sound.append(0.75 * level * math.sin(math.tau * phase) * math.exp(-moment * 13))
        return sound

    def _snare(self, level: float) -> Samples:
        return [
            level * math.exp(-moment * 22) * (0.2 * self._hiss() + 0.22 * math.sin(math.tau * 185 * moment))
            for moment in (place / RATE for place in range(round(0.18 * RATE)))
        ]

    def _hat(self, level: float) -> Samples:
        sound, before = Samples(), 0.0
        for place in range(round(0.05 * RATE)):
            hiss = self._hiss()
            # The difference of neighbours leaves the high end of the noise.
            sound.append(0.06 * level * (hiss - before) * math.exp(-place / RATE * 75))
            before = hiss
        return sound

    def _hiss(self) -> float:
        return self._noise.uniform(-1, 1)


def _wave(partials: tuple[float, ...], frequency: float, count: int) -> Samples:
    """A steady tone: as many periods as nearly fill a whole number of samples, over and over."""
    period = RATE / frequency
    periods = next(n for n in range(1, 65) if n == 64 or abs(n * period - round(n * period)) <= PURITY * n * period)
    size = round(periods * period)
    turn = math.tau * periods / size
    loop = [0.0] * size
    for number, strength in enumerate(partials, start=1):
        if number * frequency < RATE / 2:
            loop = [level + strength * math.sin(turn * number * place) for place, level in enumerate(loop)]
    return (loop * (count // size + 1))[:count]


def _scaled(sound: Samples, share: float) -> Samples:
    return list(map(operator.mul, sound, repeat(share)))
