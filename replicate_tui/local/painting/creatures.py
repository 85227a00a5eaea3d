"""What lives: birds in the sky, and an animal in front."""

from __future__ import annotations

from PIL import ImageChops, ImageDraw

from replicate_tui.local.painting import brushes
from replicate_tui.local.painting.brushes import Point
from replicate_tui.local.painting.canvas import Canvas
from replicate_tui.local.painting.colours import RGB, mix, rgb


def birds(canvas: Canvas) -> None:
    """A loose flock; one large bird in front when the words name one."""
    dice = canvas.scene.dice("birds")
    named = "bird" in canvas.scene.subjects
    if not named and dice.random() < 0.45:
        return
    draw = ImageDraw.Draw(canvas.picture)
    centre = (
        canvas.size[0] * (0.5 - canvas.side * dice.uniform(-0.05, 0.22)),
        canvas.horizon - canvas.unit * dice.uniform(0.3, 0.42),
    )
    colour = canvas.land(0.85)
    for _ in range(dice.randint(5, 9)):
        place = (centre[0] + dice.gauss(0, 0.13) * canvas.unit, centre[1] + dice.gauss(0, 0.05) * canvas.unit)
        _flying(draw, place, canvas.unit * dice.uniform(0.014, 0.03), dice.uniform(0.2, 0.8), colour)
    if named:
        place = (canvas.size[0] * (0.5 - canvas.side * 0.05), canvas.horizon - canvas.unit * 0.27)
        _great_bird(canvas, draw, place)


def _flying(draw: ImageDraw.ImageDraw, place: Point, span: float, lift: float, colour: RGB) -> None:
    x, y = place
    for wing in (-1, 1):
        upper = brushes.arc(
            [(x, y), (x + wing * span * 0.45, y - span * (0.35 + lift)), (x + wing * span, y - span * lift * 0.4)], 10
        )
        lower = brushes.arc(
            [
                (x + wing * span, y - span * lift * 0.4),
                (x + wing * span * 0.45, y - span * (0.1 + lift * 0.7)),
                (x, y + span * 0.14),
            ],
            10,
        )
        draw.polygon([*upper, *lower], fill=colour)


def _great_bird(canvas: Canvas, draw: ImageDraw.ImageDraw, place: Point) -> None:
    """A heron in flight: long wings, a long neck, legs stretched behind."""
    x, y = place
    size, way = canvas.unit * 0.19, -canvas.side
    own = canvas.scene.colours[0] if canvas.scene.colours else rgb("dfe5ea")
    body, shadow = canvas.shaded(own, 0.5), canvas.shaded(own, 0.82)

    def at(across: float, up: float) -> Point:
        return x + way * across * size, y - up * size

    far = [
        *brushes.arc([at(0.1, 0.05), at(0.3, 0.6), at(0.75, 0.8)], 12),
        *brushes.arc([at(0.75, 0.8), at(0.38, 0.28), at(-0.12, 0.02)], 12),
    ]
    near = [
        *brushes.arc([at(0.16, 0.05), at(-0.02, 0.75), at(-0.6, 1.0)], 12),
        *brushes.arc([at(-0.6, 1.0), at(-0.42, 0.35), at(-0.22, 0.0)], 12),
    ]
    draw.polygon(far, fill=shadow)
    neck = [
        *brushes.arc([at(0.26, 0.04), at(0.5, 0.2), at(0.62, 0.02), at(0.86, 0.12)], 12),
        *brushes.arc([at(0.84, 0.06), at(0.6, -0.06), at(0.48, 0.08), at(0.24, -0.06)], 12),
    ]
    draw.polygon(neck, fill=body)
    trunk = [
        *brushes.arc([at(-0.42, -0.02), at(0.0, 0.16), at(0.3, 0.03)], 12),
        *brushes.arc([at(0.3, 0.03), at(0.0, -0.16), at(-0.42, -0.02)], 12),
    ]
    draw.polygon(trunk, fill=body)
    draw.polygon([at(0.82, 0.13), at(1.12, 0.06), at(0.84, 0.06)], fill=canvas.shaded(rgb("e8a23a"), 0.3))
    for leg in (0.0, 0.035):
        draw.line((*at(-0.38, -0.02 - leg), *at(-0.9, -0.07 - leg)), fill=shadow, width=max(1, round(size * 0.02)))
    draw.polygon(near, fill=body)
    draw.polygon([*near[8:18]], fill=shadow)


FOX = (
    (-0.62, 0.0), (-0.3, 0.02), (-0.27, 0.28), (-0.16, 0.5), (-0.2, 0.66), (-0.26, 0.86), (-0.12, 0.78), (0.02, 0.8),
    (0.12, 0.9), (0.13, 0.72), (0.2, 0.6), (0.1, 0.53), (0.05, 0.44), (0.07, 0.25), (0.06, 0.0), (-0.02, 0.0),
    (-0.06, 0.2), (-0.12, 0.0), (-0.3, 0.0), (-0.44, -0.04), (-0.66, -0.04),
)  # fmt: skip
"""A sitting fox, looking to the right: across and up, in its own height."""

CAT = (
    (-0.56, 0.1), (-0.42, 0.0), (-0.3, 0.03), (-0.28, 0.26), (-0.18, 0.48), (-0.12, 0.56), (-0.15, 0.72), (-0.13, 0.88),
    (-0.05, 0.8), (0.04, 0.8), (0.12, 0.88), (0.14, 0.72), (0.1, 0.58), (0.04, 0.52), (0.08, 0.3), (0.1, 0.0),
    (0.0, 0.0), (-0.03, 0.2), (-0.08, 0.0), (-0.4, -0.03), (-0.58, 0.02),
)  # fmt: skip
"""A sitting cat, likewise."""


def animal(canvas: Canvas) -> None:
    """A fox or a cat, sitting in front and looking at the light."""
    named = canvas.scene.subjects & {"fox", "cat"}
    if not named:
        return
    shape = FOX if "fox" in named else CAT
    own = canvas.scene.colours[0] if canvas.scene.colours else rgb("d9642a") if "fox" in named else rgb("3a3444")
    tall, way = canvas.unit * 0.3, -canvas.side
    x = canvas.size[0] * 0.5 + canvas.side * canvas.unit * 0.2
    y = canvas.size[1] - canvas.unit * 0.07
    outline = [(x + way * across * tall, y - up * tall) for across, up in shape]
    mask = brushes.blurred(brushes.silhouette(canvas.size, outline), canvas.unit * 0.006).point(
        lambda v: 255 if v > 118 else 0
    )
    canvas.picture.paste(canvas.shaded(own, 0.9), (0, 0), mask)
    rim = ImageChops.subtract(
        mask, ImageChops.offset(mask, round(-way * canvas.unit * 0.013), round(canvas.unit * 0.008))
    )
    canvas.picture.paste(mix(own, canvas.palette.sun, 0.45), (0, 0), brushes.blurred(rim, canvas.unit * 0.003))
