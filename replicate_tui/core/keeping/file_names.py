"""Names under which files are saved: legal on Linux, macOS and Windows, and no two alike."""

import re
import unicodedata
from hashlib import blake2b
from typing import Final

from replicate_tui.core.text import clean

LONGEST_NAME: Final = 120

_ILLEGAL: Final = re.compile(r'[<>:"/\\|?*\n]')
_PLAIN: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?")
_NOT_PLAIN: Final = re.compile(r"[^a-z0-9_-]+")
_EXTENSION: Final = re.compile(r"(?<=.)(?:\.tar)?\.[^.\s]{1,16}$", re.IGNORECASE)
_WINDOWS_DEVICE: Final = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])\s*(?:\.|$)", re.IGNORECASE
)


def legal_name(wanted: str, fallback: str) -> str:
    """`wanted` made a file name of at most 120 bytes with its extension kept; `fallback` if nothing is left."""
    name = _ILLEGAL.sub("_", unicodedata.normalize("NFC", clean(wanted))).strip().lstrip(". ").rstrip(". ")
    if not name.strip("_"):
        name = fallback
    if _WINDOWS_DEVICE.match(name):
        name = f"_{name}"
    return _joined(*_split(name))


def is_plain(name: str) -> bool:
    """Whether a name is letters, digits, ".", "-" and "_" that mean nothing to a path, an option or a shell."""
    return _PLAIN.fullmatch(name) is not None and legal_name(name, "") == name


def folder_name(run_id: str) -> str:
    """The name of a run's folder: its id, with a mark of its own where that, or only its case, has to be changed."""
    lower = run_id.lower()
    if is_plain(run_id) and run_id == lower:
        return run_id
    mark = blake2b(run_id.encode(errors="surrogatepass"), digest_size=6).hexdigest()
    readable = _NOT_PLAIN.sub("_", lower).strip("_-")
    return _joined(f"run-{readable}" if readable else "run", f"-{mark}")


class TakenNames:
    """The names given out so far in one folder, where case and Unicode form make no difference."""

    def __init__(self, *taken: str) -> None:
        self._taken = {_folded(name) for name in taken}
        self._last_number: dict[str, int] = {}

    def free(self, name: str) -> str:
        """`name`, or with the first free number: "out.png", "out-2.png", "out-3.png". It is taken now."""
        stem, extension = _split(name)
        candidate, number = name, self._last_number.get(_folded(name), 1)
        while _folded(candidate) in self._taken:
            number += 1
            candidate = _joined(stem, f"-{number}{extension}")
        self._last_number[_folded(name)] = number
        self._taken.add(_folded(candidate))
        return candidate


def extension_of(name: str) -> str:
    """The extension of a file name in lower case, without its dot; "" if it has none."""
    return _split(name)[1].rpartition(".")[2].lower()


def _folded(name: str) -> str:
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", name).casefold())


def _split(name: str) -> tuple[str, str]:
    found = _EXTENSION.search(name)
    return (name[: found.start()], found[0]) if found else (name, "")


def _joined(stem: str, ending: str) -> str:
    room = LONGEST_NAME - len(ending.encode())
    short = stem.encode()[:room].decode(errors="ignore")
    return short + ending if ending else short.rstrip(". ")
