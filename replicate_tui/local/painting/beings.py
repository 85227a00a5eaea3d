"""What grows and floats: trees, boats, balloons; and the weather in front of it all."""

from __future__ import annotations

import math
import random

from PIL import ImageDraw

from replicate_tui.local.painting import brushes
from replicate_tui.local.painting.brushes import Point
from replicate_tui.local.painting.buildings import site
from replicate_tui.local.painting.canvas import Canvas
from replicate_tui.local.painting.colours import RGB, mix, rgb
from replicate_tui.local.painting.land import pine


def tree(canvas: Canvas) -> None:
    """A great tree: a branching trunk and a crown in three tones, the lightest towards the sun."""
    if "tree" not in canvas.scene.subjects:
        return
    dice = canvas.scene.dice("tree")
    x, y = site(canvas)
    if canvas.scene.subjects & {"house", "lighthouse", "castle"}:
        x += canvas.side * canvas.unit * 0.26
    tips: list[Point] = []
    bark = brushes.blank(canvas.size)
    _branch(
        ImageDraw.Draw(bark),
        dice,
        (x, y + canvas.unit * 0.03),
        -math.pi / 2,
        canvas.unit * 0.13,
        canvas.unit * 0.03,
        tips,
    )
    canvas.picture.paste(canvas.shaded(rgb("4a3428"), 0.72), (0, 0), bark)
    _crown(canvas, dice, tips)


def _branch(
    draw: ImageDraw.ImageDraw,
    dice: random.Random,
    foot: Point,
    angle: float,
    length: float,
    thick: float,
    tips: list[Point],
) -> None:
    tip = foot[0] + length * math.cos(angle), foot[1] + length * math.sin(angle)
    draw.line((*foot, *tip), fill=255, width=max(1, round(thick)))
    draw.ellipse((tip[0] - thick / 2, tip[1] - thick / 2, tip[0] + thick / 2, tip[1] + thick / 2), fill=255)
    if thick < 4 or length < 8:
        tips.append(tip)
        return
    for turn in (-dice.uniform(0.28, 0.62), dice.uniform(0.28, 0.62), dice.uniform(-0.2, 0.2)):
        if len(tips) < 400:
            _branch(draw, dice, tip, angle + turn, length * dice.uniform(0.68, 0.84), thick * 0.62, tips)


def _crown(canvas: Canvas, dice: random.Random, tips: list[Point]) -> None:
    own = canvas.scene.colours[0] if canvas.scene.colours else _leaf(canvas)
    towards = 1 if canvas.sun[0] > tips[0][0] else -1
    unit = canvas.unit
    tones = ((0.78, 1.0, 0.0, 1.0), (0.5, 0.8, 0.011, 0.85), (0.18, 0.5, 0.024, 0.5))
    for shade, size, shift, chance in tones:
        mask = brushes.blank(canvas.size)
        draw = ImageDraw.Draw(mask)
        for x, y in tips:
            for _ in range(3):
                radius = unit * dice.uniform(0.012, 0.034) * size
                cx = x + dice.gauss(0, 0.02) * unit + towards * shift * unit
                cy = y + dice.gauss(0, 0.017) * unit - shift * unit
                if dice.random() < chance:
                    draw.ellipse((cx - radius, cy - radius * 0.85, cx + radius, cy + radius * 0.85), fill=255)
        canvas.picture.paste(canvas.shaded(own, shade), (0, 0), mask)


def _leaf(canvas: Canvas) -> RGB:
    if canvas.scene.snow:
        return rgb("dfe8f0")
    return canvas.scene.dice("leaf").choice((rgb("5d8f3f"), rgb("e0912f"), rgb("d65a3a"), rgb("e58fa6"), rgb("7fa446")))


def forest(canvas: Canvas) -> None:
    """Tall conifers in front, leaning together at the sides."""
    if "forest" not in canvas.scene.subjects:
        return
    dice = canvas.scene.dice("forest")
    width, height = canvas.size
    draw = ImageDraw.Draw(canvas.picture)
    for depth in (0.7, 0.86, 0.98):
        for _ in range(9):
            edge = dice.random() ** 1.7 * 0.42
            x = width * (edge if dice.random() < (0.5 - 0.28 * canvas.side) else 1 - edge)
            tall = canvas.unit * dice.uniform(0.3, 0.5) * (0.55 + 0.75 * depth) * (1.25 - edge)
            foot = height - canvas.unit * (0.24 - 0.22 * depth)
            colour = canvas.land(depth)
            pine(draw, (x, foot), tall, mix(colour, canvas.palette.lit, 0.45) if canvas.scene.snow else colour)


def boat(canvas: Canvas) -> None:
    """A sailing boat and its image in the water."""
    if "boat" not in canvas.scene.subjects or not canvas.scene.water:
        return
    dice = canvas.scene.dice("boat")
    unit = canvas.unit
    x = canvas.size[0] * 0.5 - canvas.side * unit * dice.uniform(0.1, 0.34)
    y = canvas.horizon + unit * dice.uniform(0.1, 0.13)
    sail = canvas.scene.colours[0] if canvas.scene.colours else rgb("fbf4e4")
    _sailing(canvas, (x, y), -0.45, sail, 0.55)
    _sailing(canvas, (x, y), 1.0, sail, 0.0)


def _sailing(canvas: Canvas, place: Point, up: float, sail: RGB, drowned: float) -> None:
    """The boat above its waterline, or (`up` below 0) squeezed and drowned in the colour of the sea below it."""
    x, y = place
    size = canvas.unit * 0.26

    def at(across: float, height: float) -> Point:
        return x - canvas.side * across * size, y - height * size * up

    def in_water(colour: RGB) -> RGB:
        return mix(colour, canvas.palette.sea, drowned)

    draw = ImageDraw.Draw(canvas.picture)
    main = [*brushes.arc([at(0.03, 1.12), at(-0.22, 0.6), at(-0.44, 0.2)]), at(0.03, 0.17)]
    jib = [*brushes.arc([at(0.06, 0.98), at(0.22, 0.5), at(0.42, 0.18)]), at(0.07, 0.2)]
    draw.polygon(main, fill=in_water(canvas.shaded(sail, 0.1)))
    draw.polygon(jib, fill=in_water(canvas.shaded(sail, 0.42)))
    draw.line((*at(0.045, 0.08), *at(0.045, 1.16)), fill=in_water(canvas.land(0.95)), width=max(1, round(size * 0.018)))
    hull = [
        at(-0.47, 0.14),
        at(0.52, 0.16),
        *brushes.arc([at(0.52, 0.16), at(0.36, 0.0), at(0.2, -0.02)], 8),
        at(-0.34, -0.02),
    ]
    draw.polygon(hull, fill=in_water(canvas.shaded(rgb("8a2f2a"), 0.62)))
    draw.line(
        (*at(-0.46, 0.125), *at(0.49, 0.14)),
        fill=in_water(canvas.shaded(rgb("f4ead6"), 0.3)),
        width=max(1, round(size * 0.024)),
    )


def balloon(canvas: Canvas) -> None:
    """A striped hot-air balloon, and two small ones far away."""
    if "balloon" not in canvas.scene.subjects:
        return
    dice = canvas.scene.dice("balloon")
    width = canvas.size[0]
    big = (width * 0.5 + canvas.side * canvas.unit * 0.22, canvas.horizon - canvas.unit * 0.36)
    places = [
        (big, 0.155, 0.12),
        *(
            (
                (width * dice.uniform(0.12, 0.88), canvas.horizon - canvas.unit * dice.uniform(0.1, 0.5)),
                dice.uniform(0.025, 0.045),
                0.4,
            )
            for _ in range(2)
        ),
    ]
    own = canvas.scene.colours or tuple(
        dice.sample([rgb("d8452f"), rgb("f0b23c"), rgb("2f7fa8"), rgb("e86f8d"), rgb("4b9b6e")], 2)
    )
    for place, radius, shade in reversed(places):
        _one_balloon(canvas, place, canvas.unit * radius, own, shade)


def _one_balloon(canvas: Canvas, centre: Point, radius: float, own: tuple[RGB, ...], shade: float) -> None:
    x, y = centre
    stripes = 8
    base = y + radius * 1.5
    draw = ImageDraw.Draw(canvas.picture)
    second = own[1] if len(own) > 1 else rgb("f7ecd5")
    towards = canvas.sun[0] < x
    for stripe in range(stripes):
        left, right = (math.sin(math.pi * (edge / stripes - 0.5)) for edge in (stripe, stripe + 1))
        turn = stripe / (stripes - 1)
        colour = canvas.shaded(own[0] if stripe % 2 else second, shade + 0.5 * (turn if towards else 1 - turn))
        draw.polygon(
            [*_meridian(x, y, radius, left, base), *reversed(_meridian(x, y, radius, right, base))], fill=colour
        )
    half = radius * 0.13
    dark = canvas.land(0.9)
    for edge in (-1, 1):
        draw.line(
            (x + edge * half * 1.1, base, x + edge * half, base + radius * 0.3),
            fill=dark,
            width=max(1, round(radius * 0.018)),
        )
    draw.rectangle(
        (x - half, base + radius * 0.28, x + half, base + radius * 0.48), fill=canvas.shaded(rgb("8a5a34"), 0.5)
    )


def _meridian(x: float, y: float, radius: float, across: float, base: float) -> list[Point]:
    """One seam of the envelope, from its crown to its mouth."""
    dome = [
        (x + radius * across * math.sin(a), y - radius * math.cos(a)) for a in (math.pi * s / 24 for s in range(15))
    ]
    last = dome[-1]
    return [
        *dome,
        *brushes.arc(
            [
                last,
                (last[0] * 0.55 + x * 0.45, (last[1] + base) / 2 + radius * 0.12),
                (x + radius * 0.14 * across, base),
            ],
            8,
        )[1:],
    ]


def weather(canvas: Canvas) -> None:
    """Snowflakes or slanting rain, near and far."""
    if not (canvas.scene.snow or canvas.scene.rain):
        return
    dice = canvas.scene.dice("weather")
    width, height = canvas.size
    mask = brushes.blank(canvas.size)
    draw = ImageDraw.Draw(mask)
    unit = canvas.unit
    for _ in range(round((420 if canvas.scene.snow else 320) * width / height / 1.5)):
        x, y, near = dice.uniform(0, width), dice.uniform(0, height), dice.random() ** 2
        if canvas.scene.snow:
            radius = unit * (0.0014 + 0.0055 * near)
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=round(255 * (0.5 + 0.5 * near)))
        else:
            length = unit * (0.02 + 0.06 * near)
            draw.line(
                (x, y, x - length * 0.25, y + length), fill=round(60 + 90 * near), width=max(1, round(unit * 0.0018))
            )
    canvas.picture.paste(mix(canvas.palette.lit, (255, 255, 255), 0.6), (0, 0), brushes.blurred(mask, unit * 0.0008))
