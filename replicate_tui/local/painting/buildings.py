"""What people built: lighthouse, house, castle, city, and the headland that carries them by the sea."""

from __future__ import annotations

import random

from PIL import Image, ImageDraw

from replicate_tui.local.painting import brushes
from replicate_tui.local.painting.brushes import Point
from replicate_tui.local.painting.canvas import Canvas
from replicate_tui.local.painting.colours import RGB, mix, rgb

STANDING = frozenset({"lighthouse", "house", "castle", "tree"})
"""Subjects that need ground of their own."""


def city(canvas: Canvas) -> None:
    """A skyline at the horizon, two rows deep, with lit windows."""
    if "city" not in canvas.scene.subjects:
        return
    dice = canvas.scene.dice("city")
    glow = (canvas.size[0] * 0.5, canvas.horizon)
    brushes.shine(canvas.picture, glow, canvas.unit * 0.7, canvas.palette.lamp, 0.3)
    for row, (depth, tallest) in enumerate(((0.35, 0.44), (0.72, 0.3))):
        _row_of_towers(canvas, dice, canvas.land(depth), tallest, lit=row == 1 or bool(canvas.palette.stars))


def _row_of_towers(canvas: Canvas, dice: random.Random, colour: RGB, tallest: float, *, lit: bool) -> None:
    draw = ImageDraw.Draw(canvas.picture)
    width, unit = canvas.size[0], canvas.unit
    centre = width * (0.5 + canvas.side * 0.12)
    x = -unit * 0.05
    while x < width:
        wide = unit * dice.uniform(0.045, 0.1)
        nearness = max(0.0, 1 - abs(x - centre) / (width * 0.62))
        tall = unit * tallest * (0.16 + 0.84 * nearness**1.4) * dice.uniform(0.5, 1.0)
        top = canvas.horizon - tall
        draw.rectangle((x, top, x + wide, canvas.horizon), fill=colour)
        if dice.random() < 0.3:
            draw.polygon([(x, top), (x + wide / 2, top - wide * 0.7), (x + wide, top)], fill=colour)
        if dice.random() < 0.3:
            draw.line(
                (x + wide / 2, top, x + wide / 2, top - tall * 0.22), fill=colour, width=max(1, round(unit * 0.004))
            )
        if lit:
            _windows(canvas, draw, dice, (x, top, x + wide, canvas.horizon), colour)
        x += wide * dice.uniform(0.82, 1.12)


def _windows(canvas: Canvas, draw: ImageDraw.ImageDraw, dice: random.Random, box: tuple[float, ...], wall: RGB) -> None:
    step, size = canvas.unit * 0.017, canvas.unit * 0.0085
    left, top, right, bottom = box
    y = top + step
    while y < bottom - step:
        x = left + step * 0.7
        while x < right - step * 0.9:
            if dice.random() < 0.42:
                draw.rectangle((x, y, x + size, y + size), fill=mix(canvas.palette.lamp, wall, dice.uniform(0, 0.6)))
            x += step
        y += step


def headland(canvas: Canvas) -> None:
    """High ground on the subject's side, for what stands there: a cape by the water, else a hill."""
    if not canvas.scene.subjects & STANDING:
        return
    crest = _cape(canvas) if canvas.scene.water else _hill(canvas)
    base = canvas.horizon + 2 if canvas.scene.water else canvas.size[1]
    mask = brushes.silhouette(canvas.size, [*crest, (crest[-1][0], base), (crest[0][0], base)])
    top = round(min(y for _, y in crest))
    edge = mix(canvas.land(0.7), canvas.palette.lit, 0.14)
    brushes.layer(canvas.picture, mask, top, (edge, *[canvas.land(0.84)] * 2, *[canvas.palette.near] * 5))


def rocks(canvas: Canvas) -> None:
    """The foot of the high ground, where it meets its image in the water."""
    if not (canvas.scene.water and canvas.scene.subjects & STANDING):
        return
    dice = canvas.scene.dice("rocks")
    crest = _cape(canvas)
    start, end = crest[0][0], crest[-1][0]
    draw = ImageDraw.Draw(canvas.picture)
    for _ in range(46):
        x = start + (end - start) * dice.random()
        wide = canvas.unit * dice.uniform(0.012, 0.05)
        tall = wide * dice.uniform(0.25, 0.5)
        y = canvas.horizon + canvas.unit * dice.uniform(0.0, 0.012)
        top = [(x - wide, y), (x - wide * 0.55, y - tall), (x + wide * 0.3, y - tall * 0.8), (x + wide, y)]
        draw.polygon(
            [*top, (x + wide * 0.7, y + tall * 0.25), (x - wide * 0.7, y + tall * 0.25)],
            fill=canvas.land(dice.uniform(0.9, 1)),
        )


def site(canvas: Canvas) -> Point:
    """Where the main subject's foot is."""
    width, height = canvas.size
    x = width * 0.5 + canvas.side * min(width * 0.27, canvas.unit * 0.46)
    if canvas.scene.water:
        return x, canvas.horizon - canvas.unit * 0.075
    return x, canvas.horizon + (height - canvas.horizon) * 0.22


def _hill(canvas: Canvas) -> list[Point]:
    """The outline of a hill whose top carries the subject."""
    dice = canvas.scene.dice("hill")
    x, y = site(canvas)
    width, unit = canvas.size[0], canvas.unit
    ends = (x - unit * 1.15, x + unit * 1.15)
    foot = y + unit * 0.3
    left = brushes.arc([(ends[0], foot), (x - unit * 0.5, foot), (x - unit * 0.34, y), (x, y)], 40)
    right = brushes.arc([(x, y), (x + unit * 0.34, y), (x + unit * 0.5, foot), (ends[1], foot)], 40)
    line = brushes.ridge(dice, 81, 0.5)
    slope = [(px, py - value * unit * 0.004) for (px, py), value in zip([*left, *right[1:]], line, strict=False)]
    return [(min(0.0, ends[0]), foot), *slope, (max(width, ends[1]), foot)]


def _cape(canvas: Canvas) -> list[Point]:
    """The high ground's outline, from its tip in the water to the edge of the picture."""
    dice = canvas.scene.dice("rock")
    x, y = site(canvas)
    unit, way = canvas.unit, canvas.side
    outer = canvas.size[0] if way > 0 else 0
    tip = (x - way * unit * 0.36, canvas.horizon + 2)
    cape = brushes.arc([tip, (x - way * unit * 0.26, y + unit * 0.02), (x - way * unit * 0.14, y), (x, y)], 40)
    inland = brushes.arc([(x, y), (x + way * unit * 0.15, y), (outer, y - unit * 0.09)], 40)[1:]
    line = brushes.ridge(dice, 81, 0.62)
    rough = [*(index / 20 for index in range(20)), *([1.0] * 99)]
    path = [*cape, *inland]
    return [
        (px, py - value * unit * 0.012 * (rough[index] if abs(px - x) > unit * 0.07 else 0.15))
        for index, ((px, py), value) in enumerate(zip(path, line, strict=False))
    ]


def lighthouse(canvas: Canvas) -> None:
    """A striped tower with its lantern; the beams come later, over everything."""
    if "lighthouse" not in canvas.scene.subjects:
        return
    x, y = site(canvas)
    unit = canvas.unit
    tall, low, high = unit * 0.4, unit * 0.056, unit * 0.034
    outline = [(x - low, y + unit * 0.01), (x - high, y - tall), (x + high, y - tall), (x + low, y + unit * 0.01)]
    tower = brushes.silhouette(canvas.size, outline)
    box = (round(x - low - 2), round(y - tall), round(x + low + 2), round(y + unit * 0.012))
    paint = _stripes(canvas, (box[2] - box[0], box[3] - box[1]))
    canvas.picture.paste(paint, box[:2], tower.crop(box))
    draw = ImageDraw.Draw(canvas.picture)
    dark = canvas.land(0.97)
    draw.rectangle((x - high * 1.5, y - tall - unit * 0.008, x + high * 1.5, y - tall + unit * 0.006), fill=dark)
    lamp = lantern(canvas)
    half, room = high * 0.85, unit * 0.05
    draw.rectangle(
        (x - half, y - tall - room, x + half, y - tall - unit * 0.008), fill=mix(canvas.palette.lamp, dark, 0.1)
    )
    for bar in (-1, 0, 1):
        draw.line(
            (x + bar * half * 0.98, y - tall - room, x + bar * half * 0.98, y - tall),
            fill=dark,
            width=max(1, round(unit * 0.004)),
        )
    roof = y - tall - room
    draw.polygon([(x - half * 1.35, roof), (x, roof - unit * 0.045), (x + half * 1.35, roof)], fill=_red(canvas, 0.5))
    draw.ellipse((x - unit * 0.006, roof - unit * 0.056, x + unit * 0.006, roof - unit * 0.04), fill=dark)
    for level in (0.3, 0.62):
        wide, wy = unit * 0.008, y - tall * level
        draw.rectangle((x - wide, wy - wide * 1.6, x + wide, wy + wide), fill=canvas.palette.lamp)
    brushes.shine(canvas.picture, lamp, unit * 0.15, canvas.palette.lamp, 0.8)


def lantern(canvas: Canvas) -> Point:
    """Where the lighthouse's lamp is."""
    x, y = site(canvas)
    return x, y - canvas.unit * 0.43


def _red(canvas: Canvas, shade: float) -> RGB:
    own = canvas.scene.colours[0] if canvas.scene.colours else rgb("d2342f")
    return canvas.shaded(own, shade)


def _stripes(canvas: Canvas, size: tuple[int, int]) -> Image.Image:
    """Bands of white and red, lighter on the sun's side."""
    width, height = size
    bands = 5
    paint = Image.new("RGB", size)
    to_left = canvas.sun[0] < site(canvas)[0]
    for column in range(width):
        turn = column / max(1, width - 1)
        shade = 0.12 + 0.62 * (turn if to_left else 1 - turn) ** 1.2
        for band in range(bands):
            own = canvas.shaded(rgb("f7f3ea"), shade) if band % 2 else _red(canvas, shade)
            paint.paste(own, (column, height * band // bands, column + 1, height * (band + 1) // bands))
    return paint


def beams(canvas: Canvas) -> None:
    """The lighthouse's light, two soft wedges."""
    if "lighthouse" not in canvas.scene.subjects or canvas.palette.paper:
        return
    x, y = lantern(canvas)
    unit = canvas.unit
    mask = brushes.blank(canvas.size)
    reach = unit * 1.5
    for direction, lift in ((-canvas.side, -0.1), (canvas.side, 0.06)):
        for step in range(26):
            t = 1 - step / 26
            end = x + direction * reach * t
            tip = y + lift * reach * t
            half = unit * 0.105 * t
            wedge = [(x, y - unit * 0.006), (end, tip - half), (end, tip + half), (x, y + unit * 0.006)]
            ImageDraw.Draw(mask).polygon(wedge, fill=round(120 * (1 - t) ** 1.3 + 5))
    strength = 0.85 if canvas.palette.stars else 0.5
    soft = brushes.scaled(brushes.blurred(mask, unit * 0.008), strength)
    brushes.add_light(canvas.picture, (0, 0, *canvas.size), canvas.palette.lamp, soft)
    brushes.shine(canvas.picture, (x, y), unit * 0.06, (255, 255, 245), 0.95, gamma=1.5)


def house(canvas: Canvas) -> None:
    """A cottage with a warm window and smoke from its chimney."""
    if "house" not in canvas.scene.subjects:
        return
    x, y = site(canvas)
    if "lighthouse" in canvas.scene.subjects:
        x += canvas.side * canvas.unit * 0.17
    unit = canvas.unit
    wide, tall, roof = unit * 0.12, unit * 0.105, unit * 0.115
    own = canvas.scene.colours[0] if canvas.scene.colours else rgb("e9dcc4")
    draw = ImageDraw.Draw(canvas.picture)
    chimney = x + canvas.side * wide * 0.45
    draw.rectangle(
        (chimney, y - tall - roof * 0.95, chimney + unit * 0.026, y - tall), fill=canvas.shaded(rgb("8a4a3c"), 0.7)
    )
    draw.rectangle((x - wide, y - tall, x + wide, y + unit * 0.02), fill=canvas.shaded(own, 0.42))
    shadow = (x, y - tall, x + wide, y + unit * 0.02) if canvas.sun[0] < x else (x - wide, y - tall, x, y + unit * 0.02)
    draw.rectangle(shadow, fill=canvas.shaded(own, 0.72))
    eaves = unit * 0.028
    draw.polygon(
        [
            (x - wide - eaves, y - tall),
            (x - wide * 0.62, y - tall - roof),
            (x + wide * 0.62, y - tall - roof),
            (x + wide + eaves, y - tall),
        ],
        fill=canvas.shaded(rgb("7a3b33") if not canvas.scene.snow else rgb("eef2f6"), 0.5),
    )
    draw.rectangle((x - unit * 0.02, y - tall * 0.55, x + unit * 0.02, y + unit * 0.02), fill=canvas.land(0.95))
    for place in (-0.58, 0.58):
        _lit_window(canvas, draw, (x + wide * place, y - tall * 0.5), unit * 0.021)
    _smoke(canvas, (chimney + unit * 0.013, y - tall - roof))


def _lit_window(canvas: Canvas, draw: ImageDraw.ImageDraw, centre: Point, half: float) -> None:
    x, y = centre
    draw.rectangle((x - half, y - half, x + half, y + half), fill=canvas.palette.lamp)
    thin = max(1, round(half * 0.2))
    draw.line((x, y - half, x, y + half), fill=canvas.land(0.9), width=thin)
    draw.line((x - half, y, x + half, y), fill=canvas.land(0.9), width=thin)
    brushes.shine(canvas.picture, centre, half * 5.5, canvas.palette.lamp, 0.5)


def _smoke(canvas: Canvas, source: Point) -> None:
    mask = brushes.blank(canvas.size)
    draw = ImageDraw.Draw(mask)
    unit = canvas.unit
    for step in range(26):
        t = step / 25
        x, y = source[0] - canvas.side * unit * 0.16 * t**1.6, source[1] - unit * 0.24 * t
        radius = unit * (0.008 + 0.034 * t)
        draw.ellipse((x - radius, y - radius * 0.8, x + radius, y + radius * 0.8), fill=round(150 * (1 - t)))
    canvas.picture.paste(
        mix(canvas.palette.cloud, canvas.palette.lit, 0.4), (0, 0), brushes.blurred(mask, unit * 0.009)
    )


def castle(canvas: Canvas) -> None:
    """Towers of different heights on one wall, with pointed roofs."""
    if "castle" not in canvas.scene.subjects:
        return
    dice = canvas.scene.dice("castle")
    x, y = site(canvas)
    unit = canvas.unit
    draw = ImageDraw.Draw(canvas.picture)
    stone, roof = rgb("b9a78f"), canvas.scene.colours[0] if canvas.scene.colours else rgb("7b3a48")
    draw.rectangle((x - unit * 0.2, y - unit * 0.13, x + unit * 0.2, y + unit * 0.03), fill=canvas.shaded(stone, 0.62))
    towers = [(-0.2, 0.22), (0.2, 0.2), (-0.09, 0.28), (0.1, 0.31), (0.0, 0.4)]
    for place, tall in towers:
        half = unit * dice.uniform(0.026, 0.038)
        tx, top = x + unit * place, y - unit * tall
        draw.rectangle((tx - half, top, tx + half, y + unit * 0.03), fill=canvas.shaded(stone, 0.42))
        dark = (tx, top, tx + half, y + unit * 0.03) if canvas.sun[0] < tx else (tx - half, top, tx, y + unit * 0.03)
        draw.rectangle(dark, fill=canvas.shaded(stone, 0.75))
        draw.polygon(
            [(tx - half * 1.35, top), (tx, top - unit * 0.1), (tx + half * 1.35, top)], fill=canvas.shaded(roof, 0.45)
        )
        size = unit * 0.0075
        draw.rectangle((tx - size, top + size * 3, tx + size, top + size * 7), fill=canvas.palette.lamp)
