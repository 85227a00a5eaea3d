"""Land: far ridges, a mountain, hills, mist, and the ground in front."""

from __future__ import annotations

import math
import random

from PIL import Image, ImageChops, ImageDraw

from replicate_tui.local.painting import brushes
from replicate_tui.local.painting.brushes import Point
from replicate_tui.local.painting.canvas import Canvas
from replicate_tui.local.painting.colours import RGB, mix, rgb

PETALS = (rgb("e23e4a"), rgb("f4d35e"), rgb("f7f3ea"), rgb("e86f9d"))


def distance(canvas: Canvas) -> None:
    """The farthest ridges, pale in the haze."""
    count = 2 if canvas.scene.water else 3
    for number in range(count):
        depth = 0.06 + 0.16 * number
        rise = canvas.unit * (0.15 - 0.03 * number)
        _ridge(canvas, f"distance {number}", canvas.horizon, rise, depth, roughness=0.52)


def peak(canvas: Canvas) -> None:
    """One great mountain with light and shade and snow."""
    if "mountain" not in canvas.scene.subjects:
        return
    dice = canvas.scene.dice("peak")
    width = canvas.size[0]
    top = (
        width * (0.5 + canvas.side * dice.uniform(0.08, 0.16)),
        canvas.horizon - canvas.unit * dice.uniform(0.42, 0.5),
    )
    spread = canvas.unit * dice.uniform(0.62, 0.74)
    base = canvas.horizon + 2
    left = _slope(dice, (top[0] - spread * 1.05, base), top)
    right = _slope(dice, (top[0] + spread * 1.1, base), top)
    middle = _slope(dice, (top[0] + (canvas.sun[0] - top[0]) * -0.12, base), top)
    light_left = canvas.sun[0] < top[0]
    lit, shade = mix(canvas.land(0.2), canvas.palette.lit, 0.34), canvas.land(0.52)
    sides = ((left, lit if light_left else shade), (right, shade if light_left else lit))
    for slope, colour in sides:
        outline = [*slope, *reversed(middle)]
        mask = brushes.silhouette(canvas.size, outline)
        brushes.layer(canvas.picture, mask, round(top[1]), (colour, mix(colour, canvas.palette.horizon, 0.55)))
        _gullies(canvas, dice, mask, top, lit if colour == shade else shade)
        _snow(canvas, dice, mask, top, light=(colour == lit))


def _slope(dice: random.Random, foot: Point, top: Point) -> list[Point]:
    line = brushes.ridge(dice, 40, 0.55)
    count = len(line) - 1
    points: list[Point] = []
    for index, value in enumerate(line):
        t = index / count
        swing = math.sin(math.pi * t) * abs(top[1] - foot[1])
        points.append(
            (
                foot[0] + (top[0] - foot[0]) * t + value * swing * 0.11,
                foot[1] + (top[1] - foot[1]) * t**1.12 + value * swing * 0.06,
            )
        )
    return points


def _gullies(canvas: Canvas, dice: random.Random, side: Image.Image, top: Point, colour: RGB) -> None:
    """Furrows that run down the slope, in the other side's colour."""
    area = side.getbbox()
    if area is None:
        return
    size = (area[2] - area[0], area[3] - area[1])
    furrows = brushes.curve(brushes.noise(size, (9, 2), dice, 4), 138, 178)
    lean = 0.75 if area[0] + area[2] < 2 * top[0] else -0.75
    furrows = furrows.transform(size, Image.Transform.AFFINE, (1, lean, -lean * size[1] / 2, 0, 1, 0))
    mask = ImageChops.multiply(furrows, side.crop(area))
    canvas.picture.paste(colour, area[:2], brushes.scaled(mask, 0.34))


def _snow(canvas: Canvas, dice: random.Random, side: Image.Image, top: Point, *, light: bool) -> None:
    reach = canvas.unit * (0.24 if not canvas.scene.snow else 0.4)
    width = canvas.size[0]
    teeth = brushes.ridge(dice, 120, 0.72)
    span = canvas.unit * 1.4
    edge = [
        (top[0] - span / 2 + span * index / (len(teeth) - 1), top[1] + reach * (0.75 + 0.4 * value))
        for index, value in enumerate(teeth)
    ]
    cap = brushes.silhouette(canvas.size, [(0, top[1] - 9), *edge, (width, top[1] - 9)])
    white = mix((250, 250, 252), canvas.palette.glow if light else canvas.palette.cloud, 0.16 if light else 0.55)
    if canvas.palette.moon:
        white = mix(white, canvas.palette.far, 0.35)
    canvas.picture.paste(white, (0, 0), Image.composite(side, brushes.blank(canvas.size), cap))


def hills(canvas: Canvas) -> None:
    """Without water: rolling land from the haze to the front, each fold a little darker."""
    if canvas.scene.water:
        return
    folds = 4
    height = canvas.size[1]
    for number in range(folds):
        t = (number + 1) / folds
        level = canvas.horizon + (height - canvas.horizon) * (t**1.25) * 0.78
        _ridge(
            canvas,
            f"fold {number}",
            round(level),
            canvas.unit * (0.07 + 0.035 * number),
            0.28 + 0.5 * t,
            roughness=0.4,
            pines=_wooded(canvas, number),
        )


def _wooded(canvas: Canvas, number: int) -> float:
    if "forest" in canvas.scene.subjects:
        return 0.03 + 0.03 * number
    return 0.016 + 0.01 * number if canvas.scene.dice(f"wooded {number}").random() < 0.35 else 0.0


def _ridge(
    canvas: Canvas, name: str, level: int, rise: float, depth: float, *, roughness: float, pines: float = 0
) -> None:
    """One fold of land whose crest swings around `level - rise / 2`; it pales towards its foot."""
    dice = canvas.scene.dice(name)
    width, height = canvas.size
    line = brushes.ridge(dice, 180, roughness)
    step = width / (len(line) - 1)
    crest: list[Point] = [(index * step, level - rise * (0.5 + 0.5 * value)) for index, value in enumerate(line)]
    mask = brushes.silhouette(canvas.size, [(0, height), *crest, (width, height)])
    if pines:
        _pines(mask, dice, crest, canvas.unit * pines)
    top = max(0, round(min(y for _, y in crest) - canvas.unit * pines * 1.6))
    colour = canvas.land(depth)
    if canvas.scene.snow:
        colour = mix(colour, canvas.palette.lit, 0.5 - 0.3 * depth)
    haze = mix(colour, canvas.palette.horizon, 0.5 * (1 - depth * 0.75) + (0.3 if canvas.scene.mist else 0))
    stretch = (
        [colour, mix(colour, haze, 0.75), haze, haze, haze]
        if depth < 0.8
        else [colour, mix(colour, canvas.palette.near, 0.5)]
    )
    brushes.layer(canvas.picture, mask, top, stretch)


def _pines(mask: Image.Image, dice: random.Random, crest: list[Point], size: float) -> None:
    draw = ImageDraw.Draw(mask)
    x = crest[0][0]
    points = iter(crest)
    here, there = next(points), next(points)
    while True:
        x += size * dice.uniform(0.22, 0.6)
        while there[0] < x:
            here, there = there, next(points, (math.inf, 0.0))
        if there[0] == math.inf:
            return
        y = here[1] + (there[1] - here[1]) * (x - here[0]) / (there[0] - here[0])
        pine(draw, (x, y + size * 0.1), size * dice.uniform(0.6, 1.45), 255)


def pine(draw: ImageDraw.ImageDraw, foot: Point, height: float, fill: int | RGB) -> None:
    """A conifer: tiers that droop a little, shorter and closer towards the top."""
    x, y = foot
    tiers = 6
    for tier in range(tiers):
        t = tier / tiers
        half = height * (0.2 - 0.165 * t)
        low = y - height * (0.07 + 0.8 * t)
        high = min(y - height * (0.3 + 0.78 * t), low - half)
        inner = half * 0.45
        droop = half * 0.16
        draw.polygon(
            [
                (x - half, low + droop),
                (x - inner, low - droop),
                (x, max(high, y - height)),
                (x + inner, low - droop),
                (x + half, low + droop),
                (x, low - droop * 0.3),
            ],
            fill=fill,
        )
    draw.rectangle((x - height * 0.014, y - height * 0.12, x + height * 0.014, y), fill=fill)


def mist(canvas: Canvas) -> None:
    """A veil along the horizon, thicker when the words ask for it."""
    width, height = canvas.size
    dice = canvas.scene.dice("mist")
    thick = round(canvas.unit * (0.3 if canvas.scene.mist else 0.12))
    top = max(0, canvas.horizon - round(thick * 0.7))
    size = (width, min(thick, height - top))
    veil = brushes.fade(size, lambda y: 1 - abs(y - 0.68) / (0.68 if y < 0.68 else 0.32))
    shape = brushes.curve(brushes.noise(size, (3, 3), dice, 3), 40, 210)
    mask = Image.composite(veil, brushes.scaled(veil, 0.45), shape)
    strength = 0.85 if canvas.scene.mist else 0.4
    canvas.picture.paste(
        mix(canvas.palette.horizon, canvas.palette.glow, 0.15), (0, top), brushes.scaled(mask, strength)
    )


def ground(canvas: Canvas) -> None:
    """The dark edge that the viewer stands on, with grass, and with flowers when the words name them."""
    dice = canvas.scene.dice("ground")
    width, height = canvas.size
    line = brushes.ridge(dice, 90, 0.45)
    slope = canvas.unit * 0.1
    base = height - canvas.unit * (0.045 if canvas.scene.water else 0.085)
    step = width / (len(line) - 1)
    crest = [
        (index * step, base - canvas.side * slope * (index / (len(line) - 1) - 0.5) - value * canvas.unit * 0.018)
        for index, value in enumerate(line)
    ]
    mask = brushes.silhouette(canvas.size, [(0, height), *crest, (width, height)])
    _grass(canvas, mask, dice, crest)
    front = canvas.palette.near
    brushes.layer(
        canvas.picture, mask, round(base - canvas.unit * 0.2), (mix(front, canvas.palette.far, 0.12), front, front)
    )
    if canvas.scene.flowers:
        _flowers(canvas, dice, crest)


def _grass(canvas: Canvas, mask: Image.Image, dice: random.Random, crest: list[Point]) -> None:
    draw = ImageDraw.Draw(mask)
    for _ in range(round(260 * canvas.size[0] / canvas.unit)):
        x, y = crest[dice.randrange(len(crest))]
        x += dice.uniform(-0.5, 0.5) * canvas.size[0] / len(crest)
        length, lean = canvas.unit * dice.uniform(0.008, 0.042), dice.gauss(0, 0.35)
        half = canvas.unit * 0.0017
        draw.polygon([(x - half, y + 4), (x + lean * length, y - length), (x + half, y + 4)], fill=255)


def _flowers(canvas: Canvas, dice: random.Random, crest: list[Point]) -> None:
    draw = ImageDraw.Draw(canvas.picture)
    own = [*(colour for colour in canvas.scene.colours if colour[1] < max(colour)), *PETALS]
    for _ in range(round(90 * canvas.size[0] / canvas.unit)):
        x, y = crest[dice.randrange(len(crest))]
        x += dice.uniform(-0.5, 0.5) * canvas.size[0] / len(crest)
        y += canvas.unit * dice.uniform(-0.045, 0.07)
        radius = canvas.unit * dice.uniform(0.004, 0.011)
        draw.ellipse(
            (x - radius, y - radius * 0.8, x + radius, y + radius * 0.8),
            fill=mix(dice.choice(own), canvas.palette.near, dice.uniform(0, 0.4)),
        )
