"""The sea: what it mirrors, its ripples, the sun's road over it."""

from __future__ import annotations

import math
import random

from PIL import Image, ImageDraw, ImageFilter

from replicate_tui.local.painting import brushes
from replicate_tui.local.painting.canvas import Canvas


def water(canvas: Canvas) -> None:
    """The sea: what is above it, upside down, broken by ripples and tinted by the depth."""
    if not canvas.scene.water:
        return
    width, height = canvas.size
    deep = height - canvas.horizon
    dice = canvas.scene.dice("water")
    above = canvas.picture.crop((0, max(0, canvas.horizon - round(deep * 1.5)), width, canvas.horizon))
    mirrored = above.transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize((width, deep))
    mirrored = mirrored.filter(ImageFilter.GaussianBlur(canvas.unit * 0.004))
    rippled = Image.new("RGB", (width, deep))
    waves = [(dice.uniform(9, 40), dice.uniform(0, math.tau)) for _ in range(4)]
    row, band = 0, 2
    while row < deep:
        t = row / deep
        band = max(2, round(canvas.unit * 0.004 * (0.4 + 2.2 * t)))
        swing = sum(math.sin(count * math.tau * math.sqrt(t) + start) for count, start in waves) / 4
        offset = round(canvas.unit * (0.003 + 0.03 * t) * (swing + dice.uniform(-0.5, 0.5)))
        strip = mirrored.crop((0, row, width, min(deep, row + band)))
        rippled.paste(strip, (offset, row))
        _close_gap(rippled, strip, offset, row)
        row += band
    tint = brushes.flat((width, deep), canvas.palette.sea)
    strength = 0.25 if canvas.palette.paper else 0.5
    sea = Image.composite(tint, rippled, brushes.fade((width, deep), lambda y: 0.16 + strength * y**0.8))
    canvas.picture.paste(sea, (0, canvas.horizon))
    _crests(canvas, dice)


def _close_gap(picture: Image.Image, strip: Image.Image, offset: int, row: int) -> None:
    """Fill what a strip's shift has left open at one edge with the strip's own last column."""
    if not offset:
        return
    column = 0 if offset > 0 else strip.width - 1
    edge = strip.crop((column, 0, column + 1, strip.height)).resize((abs(offset), strip.height))
    picture.paste(edge, (0 if offset > 0 else strip.width + offset, row))


def _crests(canvas: Canvas, dice: random.Random) -> None:
    """Short strokes of light and of dark that lie on the water and widen towards the front."""
    width, height = canvas.size
    deep = height - canvas.horizon
    light, dark = brushes.blank(canvas.size), brushes.blank(canvas.size)
    for mask, count, strength in ((light, 150, 70), (dark, 190, 90)):
        draw = ImageDraw.Draw(mask)
        for _ in range(count):
            t = dice.random() ** 0.8
            x, y = dice.uniform(-0.05, 1.05) * width, canvas.horizon + deep * t
            half, thick = canvas.unit * (0.008 + 0.07 * t) * dice.uniform(0.4, 1), canvas.unit * (0.0006 + 0.0034 * t)
            draw.ellipse((x - half, y - thick, x + half, y + thick), fill=round(strength * dice.uniform(0.4, 1)))
    canvas.picture.paste(
        canvas.palette.near if not canvas.palette.paper else canvas.palette.far, (0, 0), brushes.scaled(dark, 0.55)
    )
    brushes.add_light(canvas.picture, (0, 0, width, height), canvas.palette.lit, light)


def glitter(canvas: Canvas) -> None:
    """The sun's road over the water."""
    if not canvas.scene.water or canvas.palette.paper:
        return
    dice = canvas.scene.dice("glitter")
    width, height = canvas.size
    deep = height - canvas.horizon
    mask = brushes.blank(canvas.size)
    draw = ImageDraw.Draw(mask)
    for _ in range(520):
        t = dice.random() ** 0.9
        spread = canvas.sun_radius * (0.75 + 1.3 * t)
        x, y = dice.gauss(canvas.sun[0], spread * 0.52), canvas.horizon + deep * t
        half, thick = canvas.unit * (0.006 + 0.034 * t) * dice.uniform(0.5, 1.2), canvas.unit * (0.0009 + 0.0032 * t)
        draw.ellipse((x - half, y - thick, x + half, y + thick), fill=round(255 * dice.uniform(0.3, 1) * (1 - 0.5 * t)))
    soft = brushes.blurred(mask, canvas.unit * 0.006)
    brushes.add_light(canvas.picture, (0, 0, width, height), canvas.palette.glow, brushes.scaled(soft, 0.9))
    brushes.add_light(canvas.picture, (0, 0, width, height), canvas.palette.sun, brushes.scaled(mask, 0.8))
