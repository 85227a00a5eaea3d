"""The inputs of an earlier run, ready to be given again: its files named where they are gone, its secrets left out."""

import base64
import binascii
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote_to_bytes, urlsplit

from replicate_tui.core.forms.field import Field, Upload
from replicate_tui.core.forms.file_input import is_cut_short, is_web_url
from replicate_tui.core.keeping.file_names import TakenNames

FOLDER: Final = "inputs"
"""Where a project has the files that it sends."""

_DATA_URI: Final = re.compile(r"data:(?P<type>[^,;]*)(?P<rest>[^,]*),(?P<content>.*)", re.IGNORECASE | re.DOTALL)
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9_-]+")
_SUFFIX: Final = re.compile(r"\.[A-Za-z0-9]{1,8}")
_DELIVERY: Final = "replicate.delivery"


@dataclass(frozen=True, slots=True)
class Missing:
    """A file that a run was given and that has to be given again: its `path` in the project, and whose it was."""

    path: str
    input: str
    why: str


@dataclass(slots=True)
class Given:
    """A run's inputs: `values` with Uploads by their paths in the project, and what becomes of their files.

    `contents` are the files that are known in full, by path; `missing` those that are not.
    """

    values: dict[str, object] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    missing: list[Missing] = field(default_factory=list)


def given_again(fields: Mapping[str, Field], given: Mapping[str, object], base_url: str) -> Given:
    """`given` for another run; `base_url` is the API's address, whose uploads are deleted in time."""
    found = Given()
    names = _Names(found, urlsplit(base_url).netloc)
    for name, value in given.items():
        found.values[name] = names.replaced(name, fields.get(name), value)
    return found


class _Names:
    """Puts Uploads in the place of files that are gone, or that are told inside of an address."""

    def __init__(self, found: Given, host: str) -> None:
        self._found = found
        self._host = host
        self._taken = TakenNames()

    def replaced(self, name: str, field: Field | None, value: object) -> object:
        match value:
            case list():
                item = field.item if field else None
                return [self.replaced(name, item, member) for member in value]
            case dict():
                return {key: self.replaced(name, None, member) for key, member in value.items()}
            case str():
                return self._file(name, value, holds_file=field is None or field.kind == "file")
            case Upload() if not value.path.is_file():
                return self._gone(name, value.path.name, f"it was {value.path}, which is not there any more")
        return value

    def _file(self, name: str, text: str, *, holds_file: bool) -> object:
        if holds_file and is_cut_short(text):
            return self._gone(name, "", "it was sent inside of the input, of which only the beginning was kept")
        if holds_file and (inline := _content(text)) is not None:
            suffix, content = inline
            path = self._path(name, suffix)
            self._found.contents[path] = content
            return Upload(Path(path))
        if is_web_url(text) and self._expires(text):
            plain = text.partition("?")[0].partition("#")[0]
            return self._gone(name, plain, f"it was {plain}, which is deleted in time")
        return text

    def _expires(self, url: str) -> bool:
        parts = urlsplit(url)
        host = parts.hostname or ""
        return parts.netloc == self._host or host == _DELIVERY or host.endswith(f".{_DELIVERY}")

    def _gone(self, name: str, was: str, why: str) -> Upload:
        suffix = PurePosixPath(was).suffix
        path = self._path(name, suffix if _SUFFIX.fullmatch(suffix) else "")
        self._found.missing.append(Missing(path, name, why))
        return Upload(Path(path))

    def _path(self, name: str, suffix: str) -> str:
        plain = _NOT_IN_NAMES.sub("-", name).strip("-")[:60] or "file"
        return f"{FOLDER}/{self._taken.free(plain + suffix)}"


def _content(text: str) -> tuple[str, bytes] | None:
    """The file that a data: address holds, and the ending for its name; None where it is none."""
    parts = _DATA_URI.fullmatch(text.strip())
    if parts is None:
        return None
    suffix = mimetypes.guess_extension(parts["type"].lower()) or ""
    try:
        content = unquote_to_bytes(parts["content"])
        encoded = parts["rest"].lower().endswith(";base64")
        return suffix, base64.b64decode(content, validate=True) if encoded else content
    except (binascii.Error, ValueError):
        return None
