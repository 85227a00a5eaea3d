"""Colours and palettes: what light a scene stands in."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping
from dataclasses import dataclass, replace

RGB = tuple[int, int, int]


def rgb(text: str) -> RGB:
    """`f0a030` as a colour."""
    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)


def mix(one: RGB, other: RGB, share: float) -> RGB:
    """`share` of the other colour, from 0 to 1, in the first."""
    share = min(1.0, max(0.0, share))
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def turned(colour: RGB, degrees: float) -> RGB:
    """The colour with its hue turned."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*(part / 255 for part in colour))
    parts = colorsys.hls_to_rgb((hue + degrees / 360) % 1, lightness, saturation)
    red, green, blue = (round(255 * part) for part in parts)
    return red, green, blue


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a scene. `sky` runs from the zenith to the horizon; `far` and `near` frame the land.

    `altitude` bounds the height of sun or moon over the horizon, in units of the picture.

    `stars` from 0 to 1 says how many show; `moon` is there instead of a sun; `paper` is the ground of an ink drawing.
    """

    sky: tuple[RGB, ...]
    sun: RGB
    glow: RGB
    far: RGB
    near: RGB
    sea: RGB
    cloud: RGB
    lit: RGB
    lamp: RGB
    altitude: tuple[float, float] = (0.07, 0.17)
    stars: float = 0.0
    moon: bool = False
    aurora: bool = False
    paper: bool = False

    @property
    def horizon(self) -> RGB:
        """The sky's lowest colour."""
        return self.sky[-1]

    def turned(self, degrees: float) -> Palette:
        """The same light, a little warmer or cooler. What shines keeps its colour."""
        return replace(
            self,
            sky=tuple(turned(colour, degrees) for colour in self.sky),
            far=turned(self.far, degrees),
            near=turned(self.near, degrees),
            sea=turned(self.sea, degrees),
            cloud=turned(self.cloud, degrees),
        )

    def tinted(self, colour: RGB, share: float) -> Palette:
        """The same light with some of a colour in the sky, the land and the sea."""
        return replace(
            self,
            sky=tuple(mix(part, colour, share * 0.8) for part in self.sky),
            far=mix(self.far, colour, share),
            sea=mix(self.sea, colour, share * 0.7),
            cloud=mix(self.cloud, colour, share * 0.6),
            near=mix(self.near, colour, share * 0.25),
        )


def _sky(*texts: str) -> tuple[RGB, ...]:
    return tuple(rgb(text) for text in texts)


PALETTES: Mapping[str, Palette] = {
    "dusk": Palette(
        sky=_sky("17184a", "3b2a70", "83357e", "d4526f", "f98a5a", "ffc774", "ffe7ae"),
        sun=rgb("fff3cf"),
        glow=rgb("ff9d52"),
        far=rgb("a8558a"),
        near=rgb("120d2b"),
        sea=rgb("2b2358"),
        cloud=rgb("7a3f7e"),
        lit=rgb("ffb37a"),
        lamp=rgb("ffe9a8"),
        stars=0.25,
    ),
    "dawn": Palette(
        sky=_sky("3f7fb8", "6fa9d3", "a9cbe0", "e9ccd3", "ffc9b4", "ffdcae", "fff2d0"),
        sun=rgb("fffbe6"),
        glow=rgb("ffcf8f"),
        far=rgb("a995bd"),
        near=rgb("26304f"),
        sea=rgb("4b7fa5"),
        cloud=rgb("cfb3c9"),
        lit=rgb("fff0dc"),
        lamp=rgb("fff0c0"),
    ),
    "noon": Palette(
        sky=_sky("1463b4", "2f86d2", "5fb0e8", "9bd2f2", "cdeaf6", "eef8f2"),
        sun=rgb("fffde8"),
        glow=rgb("fff3c4"),
        far=rgb("86b4c4"),
        near=rgb("12402f"),
        sea=rgb("0f6f92"),
        cloud=rgb("c9dcea"),
        lit=rgb("ffffff"),
        lamp=rgb("fff4c8"),
        altitude=(0.34, 0.44),
    ),
    "moonlight": Palette(
        sky=_sky("04081e", "091540", "123064", "21558c", "4486ac", "86b6c2"),
        sun=rgb("fdfbe9"),
        glow=rgb("9cc6e6"),
        far=rgb("345f8a"),
        near=rgb("030714"),
        sea=rgb("0b2148"),
        cloud=rgb("27497c"),
        lit=rgb("b9d8e8"),
        lamp=rgb("ffd98a"),
        altitude=(0.3, 0.5),
        stars=1.0,
        moon=True,
    ),
    "aurora": Palette(
        sky=_sky("050617", "0a1033", "0d2347", "0f4258", "1b6c72", "58a891"),
        sun=rgb("f4fbf0"),
        glow=rgb("5fe0b0"),
        far=rgb("1d5566"),
        near=rgb("02060f"),
        sea=rgb("082438"),
        cloud=rgb("14425c"),
        lit=rgb("7de8c0"),
        lamp=rgb("ffd48a"),
        altitude=(0.3, 0.5),
        stars=1.0,
        moon=True,
        aurora=True,
    ),
    "ember": Palette(
        sky=_sky("2b0d26", "641530", "a92331", "e24b2e", "fb8236", "ffb94f", "ffe49a"),
        sun=rgb("fff6d6"),
        glow=rgb("ff8a30"),
        far=rgb("b4472f"),
        near=rgb("1d0a12"),
        sea=rgb("571a2a"),
        cloud=rgb("7c2434"),
        lit=rgb("ffb054"),
        lamp=rgb("ffe7a0"),
    ),
    "ink": Palette(
        sky=_sky("d9cdb4", "e4dac3", "ece4d0", "f1ead9", "f5efe1"),
        sun=rgb("c4322a"),
        glow=rgb("e9c9ae"),
        far=rgb("b5ae9f"),
        near=rgb("191817"),
        sea=rgb("cfc6b2"),
        cloud=rgb("c3baa7"),
        lit=rgb("f7f2e6"),
        lamp=rgb("c4322a"),
        altitude=(0.25, 0.38),
        paper=True,
    ),
}
"""The styles by name."""

NAMED_COLOURS: Mapping[str, RGB] = {
    "red": rgb("d8322c"),
    "scarlet": rgb("d8322c"),
    "crimson": rgb("b01c3c"),
    "orange": rgb("f58a2c"),
    "golden": rgb("f2b736"),
    "gold": rgb("f2b736"),
    "yellow": rgb("f6d24a"),
    "green": rgb("3f9d5c"),
    "emerald": rgb("1f9d74"),
    "teal": rgb("1f8f94"),
    "turquoise": rgb("2ab5b0"),
    "blue": rgb("2d6fd0"),
    "indigo": rgb("3b3fa8"),
    "violet": rgb("7d4cc2"),
    "purple": rgb("7d3cae"),
    "lavender": rgb("a68ddb"),
    "pink": rgb("ee7fae"),
    "rose": rgb("e2668f"),
    "white": rgb("eef2f5"),
    "black": rgb("15161c"),
    "silver": rgb("b8c2cc"),
    "grey": rgb("8a929a"),
    "gray": rgb("8a929a"),
}
"""Colour words of a prompt."""
