"""Strokes: gradients, glows, noise, ridges, and layers laid over a picture through masks."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import pairwise

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from replicate_tui.local.painting.colours import RGB, mix

RIM = 180
"""What Pillow's radial gradient holds in the middle of an edge; only its corners reach 255."""

Box = tuple[int, int, int, int]
Point = tuple[float, float]


def gradient(size: tuple[int, int], stops: Sequence[RGB]) -> Image.Image:
    """A vertical run through evenly spaced colours, the first on top."""
    height = max(2, size[1])
    column = Image.new("RGB", (1, height))
    column.putdata([_at(stops, y / (height - 1)) for y in range(height)])
    return column.resize(size)


def fade(size: tuple[int, int], curve: Callable[[float], float]) -> Image.Image:
    """A vertical mask: `curve` maps 0 (top) to 1 (bottom) to a strength from 0 to 1."""
    height = max(2, size[1])
    column = Image.new("L", (1, height))
    column.putdata([round(255 * min(1.0, max(0.0, curve(y / (height - 1))))) for y in range(height)])
    return column.resize(size)


def flat(size: tuple[int, int], colour: RGB) -> Image.Image:
    """One colour everywhere."""
    return Image.new("RGB", size, colour)


def blank(size: tuple[int, int]) -> Image.Image:
    """An empty mask."""
    return Image.new("L", size, 0)


def scaled(mask: Image.Image, strength: float) -> Image.Image:
    """The mask, weaker."""
    return mask.point(lambda value: round(value * strength))


def spot(size: tuple[int, int], gamma: float) -> Image.Image:
    """A round mask, full in its middle, gone at its rim; a higher `gamma` gathers it in the middle."""
    table = [round(255 * max(0.0, 1 - value / RIM) ** gamma) for value in range(256)]
    return Image.radial_gradient("L").point(table).resize(size, Image.Resampling.BICUBIC)


def shine(picture: Image.Image, centre: Point, radius: float, colour: RGB, strength: float, gamma: float = 2) -> None:
    """Add a soft round light, in place."""
    side = max(2, round(2 * radius))
    left, top = round(centre[0] - radius), round(centre[1] - radius)
    box = _clipped((left, top, left + side, top + side), picture.size)
    if box is None:
        return
    mask = scaled(spot((side, side), gamma), strength)
    mask = mask.crop((box[0] - left, box[1] - top, box[2] - left, box[3] - top))
    add_light(picture, box, colour, mask)


def add_light(picture: Image.Image, box: Box, colour: RGB, mask: Image.Image) -> None:
    """Brighten a part of the picture towards a colour, as light does, in place."""
    part = picture.crop(box)
    light = Image.composite(flat(part.size, colour), flat(part.size, (0, 0, 0)), mask)
    picture.paste(ImageChops.screen(part, light), box)


def noise(size: tuple[int, int], grid: tuple[int, int], dice: random.Random, octaves: int = 4) -> Image.Image:
    """A cloudy mask: random grey on a grid, smoothed, with ever finer and fainter grids on top."""
    result: Image.Image | None = None
    for octave in range(octaves):
        columns, rows = (max(2, side * 2**octave) for side in grid)
        cells = Image.frombytes("L", (columns, rows), dice.randbytes(columns * rows))
        layer = cells.resize(size, Image.Resampling.BICUBIC)
        result = layer if result is None else Image.blend(result, layer, 0.5 ** (octave + 0.6))
    assert result is not None
    return result


def curve(mask: Image.Image, low: float, high: float) -> Image.Image:
    """Stretch the values between `low` and `high` (of 255) over the whole range, smoothly."""
    table = [round(255 * _smooth((value - low) / (high - low))) for value in range(256)]
    return mask.point(table)


def ridge(dice: random.Random, points: int, roughness: float) -> list[float]:
    """A skyline between -1 and 1, by halving: a higher `roughness` (0 to 1) is more jagged."""
    line = [dice.uniform(-1, 1), dice.uniform(-1, 1), dice.uniform(-1, 1)]
    spread = 1.0
    while len(line) < points:
        spread *= roughness
        finer: list[float] = []
        for one, other in pairwise(line):
            finer += [one, (one + other) / 2 + dice.uniform(-spread, spread) * 0.6]
        line = [*finer, line[-1]]
    top = max(abs(value) for value in line)
    return [value / top for value in line]


def layer(picture: Image.Image, mask: Image.Image, top: int, stops: Sequence[RGB]) -> None:
    """Paint a vertical gradient through a mask, in place; the gradient begins at row `top`."""
    width, height = picture.size
    colours = gradient((width, max(2, height - top)), stops)
    picture.paste(colours, (0, top), mask.crop((0, top, width, height)))


def silhouette(size: tuple[int, int], outline: Sequence[Point]) -> Image.Image:
    """A mask of one filled shape."""
    mask = blank(size)
    ImageDraw.Draw(mask).polygon(list(outline), fill=255)
    return mask


def blurred(mask: Image.Image, radius: float) -> Image.Image:
    """The mask, softer."""
    return mask.filter(ImageFilter.GaussianBlur(radius)) if radius >= 0.5 else mask


def arc(points: Sequence[Point], steps: int = 16) -> list[Point]:
    """A smooth line from the first to the last of three or four control points (a Bézier curve)."""
    return [_bezier(points, step / steps) for step in range(steps + 1)]


def _bezier(points: Sequence[Point], t: float) -> Point:
    while len(points) > 1:
        points = [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in pairwise(points)]
    return points[0]


def _at(stops: Sequence[RGB], place: float) -> RGB:
    position = min(1.0, max(0.0, place)) * (len(stops) - 1)
    index = min(int(position), len(stops) - 2)
    return mix(stops[index], stops[index + 1], _smooth(position - index) * 0.4 + (position - index) * 0.6)


def _smooth(value: float) -> float:
    value = min(1.0, max(0.0, value))
    return value * value * (3 - 2 * value)


def _clipped(box: Box, size: tuple[int, int]) -> Box | None:
    left, top = max(0, box[0]), max(0, box[1])
    right, bottom = min(size[0], box[2]), min(size[1], box[3])
    return (left, top, right, bottom) if right > left and bottom > top else None
