"""Pictures from strangers: only formats that decode in this process, under a limit of pixels."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, UnidentifiedImageError

MAX_PIXELS = 64_000_000
"""Of a picture that is decoded: what a machine of modest memory can hold several times over."""

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "ICO", "PPM", "JPEG2000", "MPO", "QOI")
"""All that say what they are, and need no other program: PostScript, say, would be handed to one."""

BROKEN = (
    *(OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, ArithmeticError, RuntimeError),
    *(MemoryError, struct.error),
)
"""What the picture library raises for damaged files, depending on where the damage is."""


class NoPicture(Exception):
    """The file is not a picture in a format that is read here."""


class BrokenPicture(Exception):
    """The picture is damaged; the text says how."""


class TooLarge(BrokenPicture):
    """The picture has more pixels than are decoded here."""


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """The picture, not decoded yet; what fails while it is used is a `BrokenPicture` too. Raises `NoPicture`."""
    Image.init()
    with warnings.catch_warnings():
        # Of sizes, which the caller judges, and of odd metadata, which nobody asked for.
        warnings.simplefilter("ignore")
        try:
            with Image.open(path, formats=[name for name in FORMATS if name in Image.OPEN]) as picture:
                yield picture
        except UnidentifiedImageError as error:
            raise NoPicture from error
        except Image.DecompressionBombError as error:
            raise TooLarge(f"the picture is far over the limit of {MAX_PIXELS:,} pixels") from error
        except BROKEN as error:
            raise BrokenPicture(str(error) or type(error).__name__) from error


def check_size(size: tuple[int, int]) -> None:
    """Raises `TooLarge` for a picture of this width and height that is not to be decoded, or made."""
    if size[0] * size[1] > MAX_PIXELS:
        raise TooLarge(f"a picture of {size[0]}x{size[1]} is over the limit of {MAX_PIXELS:,} pixels")
