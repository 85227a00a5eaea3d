"""The sky: its colours, stars, sun or moon, clouds, northern lights."""

from __future__ import annotations

import math

from PIL import Image, ImageChops, ImageDraw

from replicate_tui.local.painting import brushes
from replicate_tui.local.painting.canvas import Canvas
from replicate_tui.local.painting.colours import mix, rgb

FADING = 34
"""Rows over which a curtain's lower edge fades, of the 256 that it is painted on."""


def air(canvas: Canvas) -> None:
    """The colours from the zenith to the horizon, and on below it."""
    width, height = canvas.size
    canvas.picture.paste(brushes.gradient((width, canvas.horizon + 1), canvas.palette.sky), (0, 0))
    below = (0, canvas.horizon, width, height)
    canvas.picture.paste(canvas.palette.horizon, below)


def warmth(canvas: Canvas) -> None:
    """The light that the sun spreads over its part of the sky."""
    palette = canvas.palette
    if palette.paper:
        return
    wide = 1.1 if palette.moon else 1.5
    strength = 0.35 if palette.moon else 0.5
    brushes.shine(canvas.picture, canvas.sun, canvas.unit * wide, palette.glow, strength, gamma=1.8)


def stars(canvas: Canvas) -> None:
    """More of them the higher one looks; a few are bright."""
    amount = canvas.palette.stars
    if not amount:
        return
    dice = canvas.scene.dice("stars")
    width = canvas.size[0]
    mask = brushes.blank(canvas.size)
    draw = ImageDraw.Draw(mask)
    for _ in range(round(420 * amount * width / canvas.size[1] / 1.5)):
        x, y = dice.uniform(0, width), canvas.horizon * dice.random() ** 1.6 * 0.95
        brightness = dice.random() ** 3
        radius = canvas.unit * (0.0009 + 0.0022 * brightness)
        dimming = 1 - 0.85 * y / canvas.horizon
        draw.ellipse(
            (x - radius, y - radius, x + radius, y + radius), fill=round(255 * dimming * (0.35 + 0.65 * brightness))
        )
    brushes.add_light(canvas.picture, (0, 0, *canvas.size), rgb("f3f6ff"), mask)


def northern_lights(canvas: Canvas) -> None:
    """Curtains that hang from the sky in slow folds."""
    if not canvas.palette.aurora:
        return
    for number, colour in enumerate((rgb("34f5a2"), rgb("2fd9c4"), rgb("9a5cf0"))):
        _curtain(canvas, number, colour)


def _curtain(canvas: Canvas, number: int, colour: tuple[int, int, int]) -> None:
    dice = canvas.scene.dice(f"curtain {number}")
    # Painted small and enlarged: folds are soft, and there are many of them.
    width, height = 384, 256
    mask = brushes.blank((width, height))
    draw = ImageDraw.Draw(mask)
    base = height * dice.uniform(0.42, 0.68)
    waves = [(dice.uniform(1, 5), dice.uniform(0, math.tau), dice.uniform(4, 13)) for _ in range(4)]
    rays = [dice.random() for _ in range(width + 12)]
    for x in range(width):
        foot = base + sum(size * math.sin(count * math.tau * x / width + start) for count, start, size in waves)
        ray = sum(rays[x : x + 9]) / 9 * 0.7 + rays[x] * 0.3
        length = height * (0.3 + 0.35 * ray)
        strength = (215 if number < 2 else 140) * (0.35 + 0.65 * ray)
        for step in range(14):
            top, bottom = foot - length * (step + 1) / 14, foot - length * step / 14
            draw.line((x, top, x, bottom), fill=round(strength * (1 - step / 14) ** 1.5))
        for step in range(FADING):
            draw.point((x, foot + step), fill=round(strength * (1 - step / FADING) ** 2.2))
    soft = brushes.blurred(mask, 1.6).resize((canvas.size[0], canvas.horizon), Image.Resampling.BICUBIC)
    brushes.add_light(canvas.picture, (0, 0, canvas.size[0], canvas.horizon), colour, soft)


def sun(canvas: Canvas) -> None:
    """The disc with its halo; on paper a red circle, at night a moon with its seas."""
    palette = canvas.palette
    x, y = canvas.sun
    radius = canvas.sun_radius
    box = (x - radius, y - radius, x + radius, y + radius)
    if palette.paper:
        ImageDraw.Draw(canvas.picture).ellipse(box, fill=palette.sun)
        return
    brushes.shine(canvas.picture, canvas.sun, radius * 6.5, palette.glow, 0.55, gamma=2.6)
    brushes.shine(canvas.picture, canvas.sun, radius * 2.6, palette.sun, 0.75, gamma=1.7)
    disc = brushes.blank(canvas.size)
    ImageDraw.Draw(disc).ellipse(box, fill=255)
    canvas.picture.paste(palette.sun, (0, 0), brushes.blurred(disc, canvas.unit * 0.0015))
    if palette.moon:
        _seas(canvas, disc)


def _seas(canvas: Canvas, disc: Image.Image) -> None:
    dice = canvas.scene.dice("moon")
    side = round(canvas.sun_radius * 2)
    spots = brushes.curve(brushes.noise((side, side), (4, 4), dice, 3), 120, 190)
    left, top = round(canvas.sun[0] - canvas.sun_radius), round(canvas.sun[1] - canvas.sun_radius)
    mask = ImageChops.multiply(spots, disc.crop((left, top, left + side, top + side)))
    shade = mix(canvas.palette.sun, canvas.palette.glow, 0.55)
    canvas.picture.paste(shade, (left, top), brushes.scaled(mask, 0.6))


def clouds(canvas: Canvas) -> None:
    """High thin ones, then long ones near the horizon, lit from where the sun is."""
    palette = canvas.palette
    dice = canvas.scene.dice("clouds")
    cover = dice.uniform(0.25, 0.6) + (0.3 if canvas.scene.rain else 0)
    if palette.paper:
        _bank(canvas, "wisps", (3, 9), 0.35, 0.5)
        return
    if palette.aurora:
        cover *= 0.4
    _bank(canvas, "high", (3, 8), cover, 0.62)
    _bank(canvas, "low", (2, 16), cover + 0.12, 0.8)


def _bank(canvas: Canvas, name: str, grid: tuple[int, int], cover: float, strength: float) -> None:
    palette = canvas.palette
    dice = canvas.scene.dice(f"clouds {name}")
    size = (canvas.size[0], canvas.horizon)
    low = name == "low"
    band = brushes.fade(
        size, (lambda y: (y - 0.45) * 2.6 * (1 - max(0, y - 0.9) * 6)) if low else (lambda y: 1.1 - abs(y - 0.35) * 2.4)
    )
    shape = brushes.curve(brushes.noise(size, grid, dice, 5), 176 - 84 * cover, 212 - 46 * cover)
    mask = ImageChops.multiply(shape, band)
    body = mix(palette.cloud, palette.horizon, 0.25 if low else 0.1)
    canvas.picture.paste(body, (0, 0), brushes.scaled(mask, strength))
    # What the mask has more of than its copy a little further from the sun is the side that is lit.
    shift = round(canvas.unit * 0.014)
    away = -shift if canvas.sun[1] > canvas.horizon * 0.62 else shift
    edge = ImageChops.subtract(mask, ImageChops.offset(mask, 0, away))
    brushes.add_light(
        canvas.picture, (0, 0, *size), palette.lit, brushes.scaled(brushes.blurred(edge, canvas.unit * 0.002), 0.75)
    )
