"""Pictures: their size, mode and colours, and a small copy."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from replicate_tui.local.models.inspecting.findings import Finding, Target, dump_preview
from replicate_tui.local.models.reading.pictures import BrokenPicture, NoPicture, TooLarge, check_size, opened

PREVIEW_SIZE = (320, 320)

COLOURS = 6
SAMPLE_SIZE = (96, 96)
"""Of the copy on which colours are counted."""


def look(path: Path, beginning: bytes, target: Target) -> Finding | None:
    """The finding; None when the file is no picture, or not even its format can be read."""
    details: dict[str, Any] = {}
    content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    try:
        with opened(path) as picture:
            content_type = Image.MIME.get(picture.format or "", content_type)
            details |= {"format": picture.format, "width": picture.width, "height": picture.height}
            details |= {"mode": picture.mode, "frames": getattr(picture, "n_frames", 1)}
            check_size(picture.size)
            small = _small(picture)
            details["palette"] = _palette(small)
            preview = target("preview.png")
            small.save(preview)
    except NoPicture:
        return None
    except BrokenPicture as error:
        if not details and not isinstance(error, TooLarge):
            return None
        details["problem"] = str(error)
        preview = dump_preview(target, beginning)
    return Finding("picture", content_type, details, preview)


def _small(picture: Image.Image) -> Image.Image:
    picture.draft("RGB", PREVIEW_SIZE)
    if picture.mode.startswith("I;16"):
        # Converting would cut all values above 255 off.
        small = picture.convert("I").point(lambda value: value / 256).convert("L")
    else:
        small = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    small.thumbnail(PREVIEW_SIZE)
    return ImageOps.exif_transpose(small)


def _palette(picture: Image.Image) -> list[dict[str, Any]]:
    """The dominant colours, most of the picture first; transparency counts as white."""
    sample = picture.convert("RGBA")
    sample.thumbnail(SAMPLE_SIZE)
    opaque = Image.alpha_composite(Image.new("RGBA", sample.size, "white"), sample).convert("RGB")
    few = opaque.quantize(COLOURS, kmeans=1).convert("RGB")
    counted = sorted(few.getcolors() or [], key=lambda pair: -pair[0])
    total = few.width * few.height
    return [{"color": "#{:02x}{:02x}{:02x}".format(*rgb), "share": round(n / total, 3)} for n, rgb in _pairs(counted)]


def _pairs(counted: list[tuple[int, Any]]) -> list[tuple[int, tuple[int, int, int]]]:
    return counted
