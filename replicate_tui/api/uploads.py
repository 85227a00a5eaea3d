"""What an upload sends of a file on disk: its content, its name and its type."""

import mimetypes
from pathlib import Path
from typing import IO

_LONGEST_NAME = 255


def opened(path: Path) -> tuple[IO[bytes], str]:
    """The file, open for reading, and its type by its name."""
    return path.open("rb"), mimetypes.guess_type(path.name)[0] or "application/octet-stream"


def file_name(path: Path) -> str:
    """The file's name within the bytes that the API allows; its suffix is kept."""
    stem, suffix = (part.encode("utf-8", "replace") for part in (path.stem, path.suffix))
    suffix = suffix[:32]
    return (stem[: _LONGEST_NAME - len(suffix)].decode("utf-8", "ignore")) + suffix.decode("utf-8", "ignore")
