"""What a file field offers: files of this machine by path, those used lately, and what the last run made."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from replicate_tui.core.text import count, one_line
from replicate_tui.tui.widgets.editors.choice_list import matching
from replicate_tui.tui.widgets.editors.suggest import Manner, Suggestion

MOST_OFFERED = 200
"""How many entries of a folder are offered; typing narrows them."""
MOST_RECENT = 8

_PLAIN_STARTS = ("/", "./", "../", "~")


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """A file or a folder in a folder."""

    is_file: bool
    folded: str
    name: str


def entries(folder: Path) -> tuple[Entry, ...]:
    """What is in `folder`, folders first, each by name; nothing where it cannot be read."""
    try:
        with os.scandir(folder) as found:
            return tuple(sorted(Entry(not _is_folder(one), one.name.casefold(), one.name) for one in found))
    except (OSError, ValueError):
        return ()


def narrowed(found: Sequence[Entry], start: str) -> list[Entry]:
    """Entries whose name starts with `start` whatever the case, else those that hold it; hidden ones after a dot."""
    folded = start.casefold()
    seen = [one for one in found if start.startswith(".") or not one.name.startswith(".")]
    hits = [one for one in seen if one.folded.startswith(folded)] or [one for one in seen if folded in one.folded]
    return sorted(hits, key=lambda one: one.name != start)


def split(path: str) -> tuple[str, str]:
    """A path as it is typed: the folder with its last separator, and the beginning of a name."""
    cut = 1 + max(path.rfind(mark) for mark in ("/", os.sep))
    return path[:cut], path[cut:]


class FileOffers:
    """Suggestions for lines on which files are named. `recent` and `outputs` hold paths and URLs."""

    def __init__(self) -> None:
        self.recent: Sequence[str] = ()
        self.outputs: Sequence[str] = ()
        self._folders: dict[str, asyncio.Task[tuple[Entry, ...]]] = {}

    async def __call__(self, text: str, manner: Manner = "follow") -> Sequence[Suggestion]:
        """What can follow `text`: nothing by itself after a URL or other text; to whoever asks, all that is near."""
        if text in ("", "@"):
            self._folders.clear()
            return [*self._known(), *await self._completed("")]
        is_path = text.startswith("@") and not text.startswith("@@")
        if manner == "follow":
            return await self._completed(text.removeprefix("@")) if is_path or text.startswith(_PLAIN_STARTS) else ()
        path = text[is_path:]
        hits = [*self._known(path), *([] if _is_url(text) else await self._completed(path))]
        return hits if manner == "narrow" or len(hits) > 1 else [*hits, *await self._beside(path, hits)]

    async def _beside(self, path: str, hits: Sequence[Suggestion]) -> list[Suggestion]:
        """What else there is: in the folder that is named, or if there is nothing, wherever we are."""
        named = [] if _is_url(path) else await self._completed(split(path)[0])
        offered = named or [*self._known(), *await self._completed("")]
        return [one for one in offered if one not in hits]

    def _known(self, words: str = "") -> list[Suggestion]:
        """Files of the last run and those used lately, as far as they hold the words."""
        known = self._all_known()
        return [known[index] for index in matching([one.text for one in known], words)]

    def _all_known(self) -> list[Suggestion]:
        outputs = [_known_as(value, "last run") for value in self.outputs]
        made = {one.text for one in outputs}
        recent = [_known_as(value, "recent") for value in self.recent[:MOST_RECENT]]
        return outputs + [one for one in recent if one.text not in made]

    async def _completed(self, path: str) -> list[Suggestion]:
        if path == "~":
            return [Suggestion("@~/", "~/", goes_on=True)]
        folder, start = split(path)
        found = await self._entries(folder)
        hits = await asyncio.to_thread(narrowed, found, start)
        offered = [_entry_as(folder, one) for one in hits[:MOST_OFFERED]]
        if len(hits) > MOST_OFFERED:
            first = offered[0]
            offered[0] = Suggestion(first.text, first.shown, f"1 of {count(len(hits))}: type on", first.goes_on)
        return offered

    async def _entries(self, folder: str) -> tuple[Entry, ...]:
        """What is in a folder, looked at once; who waits for it may give up, the look goes on."""
        if folder not in self._folders:
            self._folders = {folder: asyncio.create_task(asyncio.to_thread(_look_into, folder))}
        return await asyncio.shield(self._folders[folder])


def _look_into(folder: str) -> tuple[Entry, ...]:
    try:
        return entries(Path(folder or ".").expanduser())
    except RuntimeError:  # no such user, or no home directory
        return ()


def _is_folder(found: "os.DirEntry[str]") -> bool:
    try:
        return found.is_dir()
    except OSError:
        return False


def _entry_as(folder: str, one: Entry) -> Suggestion:
    end = "" if one.is_file else "/"
    return Suggestion(f"@{folder}{one.name}{end}", one_line(one.name) + end, goes_on=not one.is_file)


def _known_as(value: str, note: str) -> Suggestion:
    text = value if _is_url(value) or value.startswith("@") else f"@{value}"
    return Suggestion(text, _short(text.removeprefix("@")), note)


def _is_url(text: str) -> bool:
    return "://" in text or text.startswith("data:")


def _short(path: str) -> str:
    home = f"{Path('~').expanduser()}{os.sep}"
    return one_line("~/" + path.removeprefix(home) if path.startswith(home) else path)
