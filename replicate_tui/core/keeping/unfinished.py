"""Which runs are being saved, noted on disk: after a kill the next start knows where something was left behind."""

import contextlib
from pathlib import Path
from typing import Final

from replicate_tui.core.keeping.file_names import folder_name
from replicate_tui.core.settings import private_folder

_FOLDER: Final = ".unfinished"


class Unfinished:
    """One note for each run, beside the folders of the runs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / _FOLDER

    def begin(self, run_id: str) -> None:
        """Note that a run is being saved.

        Raises:
            OSError: it cannot be noted.
        """
        private_folder(self._folder)
        self._note(run_id).write_bytes(run_id.encode(errors="surrogatepass"))

    def end(self, run_id: str) -> None:
        """Nothing is left to do for the run."""
        # A note that stays is looked at once more at the next start, and costs nothing else.
        with contextlib.suppress(OSError):
            self._note(run_id).unlink(missing_ok=True)

    def holds(self, run_id: str) -> bool:
        """Whether something is left to do for the run."""
        return self._note(run_id).is_file()

    def ids(self) -> list[str]:
        """The runs that were begun and not ended."""
        try:
            return sorted(note.read_bytes().decode(errors="surrogatepass") for note in self._folder.iterdir())
        except OSError:
            return []

    def _note(self, run_id: str) -> Path:
        return self._folder / folder_name(run_id)
