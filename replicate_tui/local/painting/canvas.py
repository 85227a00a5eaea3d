"""What every pass works on: the picture, its scene, and where things are."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from replicate_tui.local.painting.brushes import Point
from replicate_tui.local.painting.colours import RGB, Palette, mix
from replicate_tui.local.painting.words import Scene


@dataclass(slots=True)
class Canvas:
    """A picture in the making. `horizon` is a row; `sun` its place; `side` is -1 or 1, where the subject stands.

    `unit` is the length that things are measured in, the smaller side of a picture of ordinary shape.
    """

    picture: Image.Image
    scene: Scene
    horizon: int
    sun: Point
    sun_radius: float
    side: int
    unit: float

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in (finer) pixels."""
        return self.picture.size

    @property
    def palette(self) -> Palette:
        """The scene's colours."""
        return self.scene.palette

    def land(self, depth: float) -> RGB:
        """The colour of land, from 0 (at the horizon, in the haze) to 1 (in front)."""
        return mix(self.palette.far, self.palette.near, depth)

    def shaded(self, colour: RGB, shade: float) -> RGB:
        """A thing's own colour in this light; `shade` from 0 to 1 is how much it turns away from it."""
        warm = mix(colour, self.palette.glow, 0.22)
        return mix(warm, self.palette.near, 0.18 + 0.62 * shade)


def prepared(scene: Scene, size: tuple[int, int]) -> Canvas:
    """An empty canvas with the scene's composition decided."""
    dice = scene.dice("composition")
    width, height = size
    unit = min(height, width * 0.75, (width * height * 2 / 3) ** 0.5)
    side = dice.choice((-1, 1))
    horizon = round(height * (dice.uniform(0.6, 0.66) if scene.water else dice.uniform(0.62, 0.7)))
    away = 0.5 - side * dice.uniform(0.12, 0.24)
    high = dice.uniform(*scene.palette.altitude)
    sun = (width * away, horizon - unit * high)
    radius = unit * (0.07 if scene.palette.moon else 0.085 if not scene.palette.paper else 0.115)
    return Canvas(Image.new("RGB", size), scene, horizon, sun, radius, side, unit)
