"""The webhooks that were received and proven, in a folder of the profile: the newest of them, and no more than fit."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Final

from replicate_tui.core.keeping.arriving import clear, write_whole
from replicate_tui.core.settings import private_folder
from replicate_tui.core.webhooks.events import Arrived, NoEvent, read, written

MOST_KEPT: Final = 1_000
MOST_BYTES: Final = 100 * 1024 * 1024

_ENDING: Final = ".json"


@dataclass(frozen=True, slots=True)
class Shelf:
    """Webhooks in a folder, each once. Several programs may use it at the same time."""

    folder: Path

    def keep(self, event: Arrived) -> Arrived:
        """Keep it, unless it was before; it says which.

        Raises:
            OSError: it cannot be written.
        """
        private_folder(self.folder)
        mark = _mark(event.id)
        if any(path.stem.endswith(f"-{mark}") for path in self._paths()):
            return replace(event, again=True)
        name = f"{round(event.received_at * 1000):015d}-{mark}{_ENDING}"
        write_whole(self.folder / name, written(event))
        self._forget_oldest()
        return event

    def all(self) -> Iterator[Arrived]:
        """What is kept, newest first; what cannot be read is left out."""
        for path in reversed(self._paths()):
            with contextlib.suppress(OSError, NoEvent):
                yield read(path.read_bytes())

    def find(self, named: str) -> Arrived | None:
        """The webhook with that id, else the last of the run with that id."""
        of_run: Arrived | None = None
        for event in self.all():
            if event.id == named:
                return event
            if of_run is None and event.said.run_id == named:
                of_run = event
        return of_run

    def last(self) -> Arrived | None:
        """The one that arrived last."""
        return next(self.all(), None)

    def _paths(self) -> list[Path]:
        try:
            with os.scandir(self.folder) as entries:
                return sorted(Path(entry.path) for entry in entries if entry.name.endswith(_ENDING))
        except FileNotFoundError:
            return []

    def _forget_oldest(self) -> None:
        left = MOST_BYTES
        for number, path in enumerate(reversed(self._paths())):
            # Another program may have removed it at this moment.
            with contextlib.suppress(FileNotFoundError):
                left -= path.stat().st_size
                if number and (number >= MOST_KEPT or left < 0):
                    path.unlink()

    def tidy(self) -> None:
        """Remove what a program that was killed left half-written."""
        clear(self.folder)


def _mark(message: str) -> str:
    """A message's id as part of a file's name, whatever it holds."""
    return blake2b(message.encode(errors="surrogatepass"), digest_size=12).hexdigest()
