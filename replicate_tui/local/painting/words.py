"""Reads a prompt: which things its words name, what light they ask for, and dice for all the rest."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass

from replicate_tui.local.painting.colours import NAMED_COLOURS, PALETTES, RGB, Palette

SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "lighthouse": ("lighthouse", "beacon", "phare", "leuchtturm"),
    "house": ("house", "cottage", "cabin", "hut", "home", "farm", "barn", "village", "haus"),
    "tree": ("tree", "oak", "willow", "maple", "cherry", "orchard", "baum"),
    "forest": ("forest", "wood", "woods", "pine", "pines", "fir", "spruce", "taiga", "wald"),
    "mountain": ("mountain", "mountains", "peak", "summit", "alps", "volcano", "everest", "berg", "fuji"),
    "boat": ("boat", "ship", "sail", "sailboat", "sailing", "yacht", "ferry", "schiff", "regatta"),
    "bird": ("bird", "heron", "crane", "gull", "seagull", "eagle", "hawk", "swan", "owl", "goose", "raven"),
    "city": ("city", "skyline", "town", "street", "skyscraper", "metropolis", "downtown", "cyberpunk", "stadt"),
    "balloon": ("balloon", "airship", "zeppelin"),
    "fox": ("fox", "wolf", "dog", "coyote", "fuchs"),
    "cat": ("cat", "kitten", "lynx", "katze"),
    "castle": ("castle", "palace", "tower", "fortress", "cathedral", "temple", "ruin", "schloss"),
}
"""What can be painted, and the words that ask for it."""

WATER = (
    *("sea", "ocean", "lake", "harbour", "harbor", "coast", "beach", "shore", "bay", "island", "water", "river"),
    *("waves", "fjord", "pier", "tide", "lagoon", "reflection", "whale", "fish"),
)
DRY = ("meadow", "field", "desert", "hill", "valley", "garden", "forest", "prairie", "steppe", "dunes", "savanna")
SNOW = ("snow", "snowy", "snowfall", "winter", "blizzard", "arctic", "christmas")
RAIN = ("rain", "rainy", "storm", "drizzle", "thunderstorm")
MIST = ("mist", "misty", "fog", "foggy", "haze", "hazy", "dreamy")
FLOWERS = ("flower", "flowers", "meadow", "poppies", "poppy", "field", "garden", "spring", "tulips")

LIGHTS: Mapping[str, tuple[str, ...]] = {
    "dusk": ("dusk", "sunset", "evening", "twilight", "vaporwave", "romantic"),
    "dawn": ("dawn", "morning", "sunrise", "spring", "pastel", "gentle"),
    "noon": ("noon", "day", "midday", "sunny", "summer", "bright", "tropical"),
    "moonlight": ("night", "midnight", "moon", "moonlight", "moonlit", "stars", "starry", "dream", "dark", "winter"),
    "aurora": ("aurora", "polar", "arctic", "northern", "iceland", "magic", "space", "alien"),
    "ember": ("ember", "autumn", "fall", "fire", "volcano", "desert", "mars", "lava", "dragon"),
    "ink": ("ink", "sumi", "japanese", "calligraphy", "drawing", "sketch", "monochrome", "zen", "haiku"),
}
"""Words that ask for a light."""

AUTO_STYLES = ("dusk", "dusk", "dawn", "moonlight", "ember", "aurora", "noon")
STYLES = ("auto", *PALETTES)
"""The choices of the model's `style`; `auto` follows the prompt's words."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What is to be painted. `key` seeds every choice that the words leave open."""

    key: str
    palette: Palette
    subjects: frozenset[str]
    colours: tuple[RGB, ...]
    water: bool
    snow: bool
    rain: bool
    mist: bool
    flowers: bool

    def dice(self, purpose: str) -> random.Random:
        """Random numbers of their own for each purpose, so that one choice never disturbs another."""
        return random.Random(f"{self.key}/{purpose}")


def read(prompt: str, seed: int, style: str) -> Scene:
    """The scene that a prompt, a seed and a style (or `auto`) describe."""
    words = [_singular(word) for word in re.findall(r"[^\W\d_]+", prompt.lower())]
    key = f"{seed}/{style}/{' '.join(words)}"
    dice = random.Random(key)
    subjects = frozenset(name for name, asked in SUBJECTS.items() if _any(words, asked)) or _invented(dice)
    light = style if style != "auto" else _light(words, dice)
    colours = tuple(NAMED_COLOURS[word] for word in words if word in NAMED_COLOURS)
    palette = PALETTES[light]
    if not palette.paper:
        palette = palette.turned(dice.uniform(-11, 11))
        if colours:
            palette = palette.tinted(colours[0], 0.2)
    return Scene(
        key=key,
        palette=palette,
        subjects=subjects,
        colours=colours,
        water=_is_by_water(words, subjects, dice),
        snow=_any(words, SNOW),
        rain=_any(words, RAIN),
        mist=_any(words, MIST),
        flowers=_any(words, FLOWERS),
    )


def _light(words: list[str], dice: random.Random) -> str:
    asked = [light for light, names in LIGHTS.items() if _any(words, names)]
    return asked[0] if asked else dice.choice(AUTO_STYLES)


def _invented(dice: random.Random) -> frozenset[str]:
    """Something to look at where the prompt names nothing that can be painted."""
    main = dice.choice(("tree", "mountain", "house", "boat", "forest", "balloon", "lighthouse"))
    return frozenset({main, "bird"} if dice.random() < 0.5 else {main})


def _is_by_water(words: list[str], subjects: frozenset[str], dice: random.Random) -> bool:
    if _any(words, WATER) or subjects & {"lighthouse", "boat"}:
        return True
    return not _any(words, DRY) and dice.random() < 0.5


def _any(words: list[str], asked: tuple[str, ...]) -> bool:
    return not {_singular(name) for name in asked}.isdisjoint(words)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith("ss") else word
