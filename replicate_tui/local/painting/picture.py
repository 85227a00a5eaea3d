"""From a scene to a finished picture, pass by pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PIL import Image, ImageChops, ImageEnhance

from replicate_tui.local.painting import beings, brushes, buildings, creatures, land, sea, sky
from replicate_tui.local.painting.canvas import Canvas, prepared
from replicate_tui.local.painting.words import Scene

SMALL = 600_000
"""Pixels up to which a picture is painted three times larger, and reduced at the end: that makes edges smooth."""

Pass = Callable[[Canvas], None]

PASSES: tuple[Pass, ...] = (
    *(sky.air, sky.stars, sky.northern_lights, sky.warmth, sky.clouds, sky.sun),
    *(land.distance, land.peak, buildings.city, land.mist, land.hills, buildings.headland),
    *(buildings.castle, buildings.lighthouse, buildings.house, beings.tree, beings.balloon, creatures.birds),
    *(sea.water, sea.glitter, buildings.rocks, beings.boat, beings.forest, land.ground, creatures.animal),
    *(buildings.beams, beings.weather),
)
"""From the back to the front; the water mirrors what was painted before it."""


def paint(scene: Scene, size: tuple[int, int]) -> Iterator[Image.Image | None]:
    """Yields after every pass: None while it is being painted, at last the picture."""
    fineness = 3 if size[0] * size[1] <= SMALL else 2
    canvas = prepared(scene, (size[0] * fineness, size[1] * fineness))
    for step in PASSES:
        step(canvas)
        yield None
    yield _finished(canvas, size)


def steps() -> int:
    """How many times `paint` yields."""
    return len(PASSES) + 1


def _finished(canvas: Canvas, size: tuple[int, int]) -> Image.Image:
    """The picture in its real size, with a little shade at the corners and the grain of canvas or paper."""
    picture = canvas.picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)
    corners = brushes.scaled(ImageChops.invert(brushes.spot((size[0] * 3 // 2, size[1] * 3 // 2), 0.45)), 0.5)
    left, top = size[0] // 4, size[1] // 4
    vignette = corners.crop((left, top, left + size[0], top + size[1]))
    picture.paste(canvas.palette.near, (0, 0), brushes.scaled(vignette, 0.25 if canvas.palette.paper else 0.55))
    dice = canvas.scene.dice("grain")
    grain = Image.frombytes("L", size, dice.randbytes(size[0] * size[1]))
    picture = Image.blend(picture, ImageChops.overlay(picture, Image.merge("RGB", (grain,) * 3)), 0.05)
    return ImageEnhance.Color(picture).enhance(1.0 if canvas.palette.paper else 1.1)
