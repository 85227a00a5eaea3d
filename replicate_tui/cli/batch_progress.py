"""What a batch tells while it goes on: each result on standard output, on standard error how far it is."""

import asyncio
import shutil
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from replicate_tui.cli import output
from replicate_tui.core import outputs, run_columns, text
from replicate_tui.core.sending.batch import Tally
from replicate_tui.core.sending.batch_results import Result

BAR = 24
"""Cells of the bar."""
REDRAWN = 0.5
"""Seconds between two looks at the clock, on a terminal."""
TOLD = 10.0
"""Seconds between two lines elsewhere."""

_CLEAR = "\r\x1b[K"


class Telling:
    """Tells of one batch as long as the block lasts. `people` get a line for each row, scripts an object."""

    def __init__(self, *, people: bool, rows: int) -> None:
        self.tally: Callable[[], Tally] = lambda: Tally(rows, 0, 0, 0)
        self._people = people
        self._room = len(f"{rows:,}")
        self._drawn = output.redraws()
        self._began = time.monotonic()
        self._reader_gone = False
        self._bar = ""
        self._clock: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._clock = asyncio.create_task(self._tick())
        self.moved()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._clock is not None:
            self._clock.cancel()
            await asyncio.wait([self._clock])
        self._draw("")

    def result(self, result: Result) -> None:
        """Tell what became of a row. Nobody may be reading: the results are on disk all the same."""
        if self._reader_gone:
            return
        bar = self._bar
        self._draw("")
        try:
            if self._people:
                output.line(self._line(result))
            else:
                output.record(result.as_json())
        except output.ReaderGone:
            self._reader_gone = True
            output.discard()
        self._draw(bar)

    def moved(self) -> None:
        """Tell how far it is, on a terminal."""
        if self._drawn:
            self._draw(self._state())

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(REDRAWN if self._drawn else TOLD)
            if self._drawn:
                self.moved()
            else:
                output.note(self._state())

    def _state(self) -> str:
        tally = self.tally()
        bar = f"{run_columns.progress_bar(tally.done / tally.rows, BAR)}  " if self._drawn else ""
        failed = f"  {tally.failed:,} failed" if tally.failed else ""
        elapsed = text.duration(time.monotonic() - self._began)
        return f"{bar}{tally.done:,} of {tally.rows:,} done{failed}  {tally.active:,} active  {elapsed}"

    def _draw(self, state: str) -> None:
        if not self._drawn or state == self._bar:
            return
        self._bar = state
        room = shutil.get_terminal_size().columns - 1
        sys.stderr.write(_CLEAR + text.fit(state, room) if state else _CLEAR)
        sys.stderr.flush()

    def _line(self, result: Result) -> str:
        mark = run_columns.status_mark(result.status).text
        told = f"{result.row:>{self._room},}  {mark} {run_columns.status(result.status).text:<10}  {_gist(result)}"
        return text.fit(told.rstrip(), shutil.get_terminal_size().columns)


def _gist(result: Result) -> str:
    """In a few words what a row gave, or why it gave nothing."""
    if result.error:
        return text.one_line(text.reason(result.error))
    if result.unsaved:
        return text.one_line(f"not saved: {result.unsaved[0]}")
    said = outputs.joined_text(result.output)
    if said is not None:
        return text.one_line(said[:500])
    records = ("prediction.json", "logs.txt", "output.json")
    return " ".join(text.one_line(file) for file in result.files if not file.endswith(records))
