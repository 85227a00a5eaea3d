"""The table `[archive]` of `config.toml`: whether finished runs are kept, where, and what is done with them then."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

KEYS: Final = ("enabled", "folder", "after")
"""What `[archive]` may hold."""


@dataclass(frozen=True, slots=True)
class ArchiveSettings:
    """How finished runs are kept.

    `enabled`: the screen saves them by itself. `folder` is where, None for the profile's own. `after` is the
    command for each saved run, as a program and its arguments; empty for none.
    """

    enabled: bool = True
    folder: Path | None = None
    after: tuple[str, ...] = ()


def read(table: object) -> ArchiveSettings:
    """The settings that a table holds.

    Raises:
        ValueError: a value cannot be used; the message names its key.
    """
    if not isinstance(table, dict):
        raise ValueError("[archive] must be a table with lines such as enabled = true")
    enabled = table.get("enabled", True)
    if not isinstance(enabled, bool):
        raise ValueError("archive.enabled must be true or false")
    return ArchiveSettings(enabled, _folder(table.get("folder")), _after(table.get("after", [])))


def _folder(value: object) -> Path | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise ValueError('archive.folder must be a folder in quotes, such as "~/replicate"')
    try:
        folder = Path(value).expanduser()
    except RuntimeError as error:
        raise ValueError(f"archive.folder: {error}") from None
    if not folder.is_absolute():
        raise ValueError(f'archive.folder is {value!r}: give the whole path, or one from your home folder ("~/…")')
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"archive.folder: {folder} is not a folder")
    return folder


def _after(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) and "\0" not in word for word in value):
        raise ValueError(
            "archive.after must be a list of texts, the program and its arguments, "
            'such as ["rclone", "copy", "{folder}", "remote:runs/{id}"]'
        )
    if value and not value[0].strip():
        raise ValueError("archive.after must begin with the name of a program")
    return tuple(value)
