"""Pictures as half blocks: every terminal cell is two pixels, one above the other.

Pillow is imported when a picture is there to be drawn.
"""

import struct
import zlib
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

if TYPE_CHECKING:
    from PIL.Image import Image

Rgb = tuple[int, int, int]

UPPER_HALF = "▀"

MAX_PIXELS = 40_000_000
"""The largest picture that is decoded, in pixels: 160 MB of memory for a moment."""

FORMATS = ("AVIF", "BMP", "DIB", "GIF", "ICO", "JPEG", "JPEG2000", "MPO", "PNG", "PPM", "TGA", "TIFF", "WEBP")
"""What is decoded. Others are not: some start programs (EPS) or are containers of anything."""


class PictureError(Exception):
    """A file cannot be shown as a picture; its text is the reason, a sentence for a person."""


def decode(path: Path, *, max_pixels: int = MAX_PIXELS) -> "Image":
    """Read a picture as it is meant to be seen, in mode RGB or RGBA: turned upright, of an animation the first frame.

    Raises PictureError if the file is not a picture, is broken or unreadable, or has more than `max_pixels` pixels.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(path, formats=_formats()) as image:
            width, height = image.size
            if width * height > max_pixels:
                raise PictureError(f"The picture is too large to be shown here: {width}×{height} pixels.")
            image.load()
            return _as_rgb(ImageOps.exif_transpose(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureError("The picture is too large to be shown here.") from error
    except UnidentifiedImageError as error:
        raise PictureError("The file is not a picture that can be shown here.") from error
    except OSError as error:
        raise PictureError(_reading_failed(error)) from error
    # What Pillow's decoders raise on bytes that are not what they seem to be.
    except (
        SyntaxError,
        ValueError,
        LookupError,
        TypeError,
        ArithmeticError,
        EOFError,
        MemoryError,
        RuntimeError,
        struct.error,
        zlib.error,
    ) as error:
        raise PictureError("The picture is broken: it cannot be decoded.") from error


def half_blocks(image: "Image", width: int, height: int, background: Rgb = (0, 0, 0)) -> list[Strip]:
    """Draw a picture as large as it fits into `width` × `height` cells, keeping its proportions.

    A cell counts as twice as high as wide. What is transparent shows `background`.
    """
    columns, lines = fitted(image.size, width, height)
    pixels = _scaled(image, (columns, lines), background).tobytes()
    stride = columns * 3
    below = bytes(background) * columns
    return [
        _strip(pixels[at : at + stride], pixels[at + stride : at + 2 * stride] or below)
        for at in range(0, len(pixels), 2 * stride)
    ]


def fitted(size: tuple[int, int], width: int, height: int) -> tuple[int, int]:
    """Return the pixels, across and down, that a picture of this size takes in `width` × `height` cells."""
    scale = min(width / size[0], 2 * height / size[1])
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _scaled(image: "Image", size: tuple[int, int], background: Rgb) -> "Image":
    from PIL import Image

    enlarged = size[0] > image.width
    resampling = Image.Resampling.NEAREST if enlarged else Image.Resampling.HAMMING
    small = image.resize(size, resampling, reducing_gap=2.0)
    if small.mode == "RGB":
        return small
    ground = Image.new("RGBA", size, (*background, 255))
    return Image.alpha_composite(ground, small).convert("RGB")


def _strip(upper: bytes, lower: bytes) -> Strip:
    """Draw one line of cells from two lines of pixels."""
    channels = (upper[0::3], upper[1::3], upper[2::3], lower[0::3], lower[1::3], lower[2::3])
    segments = [
        Segment(UPPER_HALF * len(list(cells)), _style(*colours))
        for colours, cells in groupby(zip(*channels, strict=True))
    ]
    return Strip(segments, len(upper) // 3)


def _style(*channels: int) -> Style:
    return Style.from_color(Color.from_rgb(*channels[:3]), Color.from_rgb(*channels[3:]))


def _formats() -> tuple[str, ...]:
    """Return those of FORMATS that this build of Pillow knows."""
    from PIL import Image

    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def _as_rgb(image: "Image") -> "Image":
    if image.mode[0] in "IF":
        image = _eight_bits(image)
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _eight_bits(image: "Image") -> "Image":
    """Bring deep grey values, as of depth maps, into the range that a screen has."""
    values = image.convert("F")
    low, high = _extremes(values)
    if image.mode.startswith("I"):
        low, high = 0.0, 65535.0 if high > 255 else 255.0
    factor = 255 / (high - low or 1)
    return values.point(lambda value: value * factor + -low * factor).convert("L")


def _extremes(image: "Image") -> tuple[float, float]:
    """Return the least and the greatest value of a picture with one channel."""
    low, high = image.getextrema()
    assert isinstance(low, float | int)
    assert isinstance(high, float | int)
    return low, high


def _reading_failed(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "The file is not there any more."
    if error.errno is not None:
        return f"The file cannot be read: {error.strerror}."
    return "The picture is broken: it cannot be decoded."
