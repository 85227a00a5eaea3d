"""local/upscaler: makes a picture larger."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from replicate_tui.local.schema import Declaration, Example, Input
from replicate_tui.local.work.context import Context, ModelError, Predict

README = """\
# upscaler

Enlarges a picture with Lanczos resampling: no new detail is invented, edges stay clean. The result is a PNG.

The picture may be any `https` or `data:` URL, an uploaded file, or the output of another run on this server.
"""

DECLARATION = Declaration(
    name="upscaler",
    description="Enlarges a picture up to eight times with Lanczos resampling.",
    inputs=(
        Input("image", "string", "The picture to enlarge", required=True, file=True),
        Input("scale", "number", "How many times larger each side becomes", default=2, minimum=1, maximum=8),
    ),
    output="file",
    example=Example(
        input={"image": {"$output": "upscaler-input.jpg"}, "scale": 2},
        output={"$output": "upscaler-output.png"},
        logs="192x128 -> 384x256\n",
        seconds=0.041,
    ),
    readme=README,
    created_at="2026-11-04T09:00:00.000000Z",
)


def load() -> Predict:
    """Import the picture library."""
    from PIL import Image

    from replicate_tui.local.models.reading.pictures import BrokenPicture, NoPicture, TooLarge, check_size, opened

    def predict(context: Context, values: Mapping[str, Any]) -> Path:
        """The enlarged picture's file."""
        try:
            with opened(values["image"]) as picture:
                size = _enlarged(picture.size, values["scale"])
                check_size(picture.size)
                check_size(size)
                context.log(f"{picture.width}x{picture.height} -> {size[0]}x{size[1]}\n")
                mode = "RGBA" if picture.has_transparency_data else "RGB"
                source = picture.convert(mode)
        except NoPicture as error:
            raise ModelError("image is not a picture in a format that can be read") from error
        except TooLarge as error:
            raise ModelError(str(error)) from error
        except BrokenPicture as error:
            raise ModelError(f"image cannot be read: {error}") from error
        context.check()
        target = context.file("out-0.png")
        source.resize(size, Image.Resampling.LANCZOS).save(target, compress_level=3)
        return target

    return predict


def _enlarged(size: tuple[int, int], scale: float) -> tuple[int, int]:
    width, height = size
    return max(1, round(width * scale)), max(1, round(height * scale))
