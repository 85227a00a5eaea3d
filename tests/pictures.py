"""Looking at pictures that were saved."""

from pathlib import Path

from PIL import Image


def picture_size(path: Path) -> tuple[int, int]:
    """Width and height; the whole picture is decoded."""
    with Image.open(path) as picture:
        picture.load()
        return picture.size
