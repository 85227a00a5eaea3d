"""Narration of a run that goes on: one line on standard error that is rewritten, on a terminal only."""

import sys
from types import TracebackType
from typing import Self

from replicate_tui.core import columns, text
from replicate_tui.core.history import runs
from replicate_tui.core.history.runs import Run


class Progress:
    """The line; leaving the block takes it away."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._shown = not quiet and sys.stderr.isatty()
        self._last = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._draw("")

    def show(self, run: Run) -> None:
        """Tell where the run is."""
        row = runs.row(run)
        share = "" if row.progress is None else f"  {columns.progress_bar(row.progress, 24)}"
        state = f"{columns.status_mark(row.status).text} {columns.status(row.status).text}"
        self._draw(f"{state}{share}  {text.duration(runs.elapsed(row))}")

    def _draw(self, line: str) -> None:
        if self._shown and line != self._last:
            sys.stderr.write(f"\r\x1b[K{line}")
            sys.stderr.flush()
            self._last = line
