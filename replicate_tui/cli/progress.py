"""Narration of runs that go on: their log lines, and on a terminal a line below them that is rewritten."""

import contextlib
import sys
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from replicate_tui.cli import output
from replicate_tui.core import run_columns, text
from replicate_tui.core.history import runs
from replicate_tui.core.history.runs import Run
from replicate_tui.core.logs import Tail


class Narrator:
    """Tells on standard error how runs get on; leaving the block takes the rewritten line away.

    `quiet` leaves that line out, `silent` the logs too where they would cut what is being written to the same
    terminal. `named` puts the run's id
    before each line of its log.
    """

    def __init__(self, *, quiet: bool = False, silent: bool = False, named: bool = False) -> None:
        self._shown = not quiet and output.redraws()
        self._silent = silent and sys.stderr is not None and sys.stderr.isatty()
        self._named = named
        self._drawn = ""
        self._tails: dict[str, Tail] = {}
        self._pending: dict[str, str] = {}
        self._states: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._draw("")

    def show(self, run: Run) -> None:
        """Tell what is new of a run: the lines of its log that are complete, and where it is."""
        change = self._tails.setdefault(run.id, Tail()).feed(run.logs or "")
        for line in change.lines:
            self._log(run, line)
        if run.over and change.pending:
            self._log(run, change.pending)
        if run.over:
            self._states.pop(run.id, None)
        else:
            self._states[run.id] = _state(run)
        self._draw("  ·  ".join(self._states.values()) if len(self._states) < 3 else f"{len(self._states)} active")

    def say(self, sentence: str) -> None:
        """A sentence among the lines."""
        with self.aside():
            output.note(sentence)

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Room for lines of others: the rewritten line is away meanwhile."""
        drawn = self._drawn
        self._draw("")
        yield
        self._draw(drawn)

    def _log(self, run: Run, line: str) -> None:
        if not self._silent:
            self.say(f"{run.id}  {line}" if self._named else line)

    def _draw(self, line: str) -> None:
        if self._shown and line != self._drawn:
            sys.stderr.write(f"\r\x1b[K{line}")
            sys.stderr.flush()
            self._drawn = line


def _state(run: Run) -> str:
    row = runs.row(run)
    share = "" if row.progress is None else f"  {run_columns.progress_bar(row.progress, 24)}"
    mark = f"{run_columns.status_mark(row.status).text} {run_columns.status(row.status).text}"
    return f"{mark}{share}  {text.duration(runs.elapsed(row))}"
