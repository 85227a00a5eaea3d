"""Lines of text as the rows they take on a screen, wrapped or not, growing at the end. Pure."""

import re
from collections.abc import Sequence

from rich.cells import cell_len, chop_cells

_WORD = re.compile(r"\S+\s*|\s+")


def wrapped(line: str, width: int) -> list[str]:
    """Break a line into rows of at most `width` cells, between words where that is possible.

    Blanks stay at the end of the row before a break, so the rows joined are the line again.
    """
    if cell_len(line) <= width:
        return [line]
    rows: list[str] = []
    row, room = "", width
    for word in _WORD.findall(line):
        need = cell_len(word.rstrip())
        if need > room and row:
            rows.append(row)
            row, room = "", width
        if need > width:
            *full, word = _chopped(word, width)
            rows += full
        row, room = row + word, room - cell_len(word)
    return [*rows, row]


def _chopped(word: str, width: int) -> list[str]:
    if word.isascii():
        return [word[at : at + width] for at in range(0, len(word), width)]
    return chop_cells(word, width)


class TextRows:
    """Complete lines, then one unfinished line; `rows` are both as they are drawn.

    `width` is the width in cells at which lines are wrapped, or None: then each line is one row. `widest` is
    the number of cells of the widest row there was.
    """

    __slots__ = ("_continues", "_lines", "_open_rows", "_pending", "rows", "widest", "width")

    def __init__(self) -> None:
        self.rows: list[str] = []
        self.widest = 0
        self.width: int | None = None
        self._lines: list[str] = []
        self._pending = ""
        self._continues = bytearray()
        self._open_rows = 0

    @property
    def pending(self) -> str:
        """The unfinished line; "" when there is none."""
        return self._pending

    @property
    def line_count(self) -> int:
        """The number of lines, with the unfinished one."""
        return len(self._lines) + bool(self._pending)

    def extend(self, lines: Sequence[str], pending: str) -> int:
        """Add lines, and replace the unfinished line; return the first row that differs from before."""
        first = len(self.rows) - self._open_rows
        del self.rows[first:], self._continues[first:]
        self._lines += lines
        self._add(lines)
        complete = len(self.rows)
        self._pending = pending
        if pending:
            self._add((pending,))
        self._open_rows = len(self.rows) - complete
        return first

    def drop(self, count: int) -> int:
        """Forget the first lines; return how many rows they took."""
        rows = self.row_of_line(count)
        del self._lines[:count], self.rows[:rows], self._continues[:rows]
        return rows

    def clear(self) -> None:
        """Forget everything but the width."""
        self.rows.clear()
        self._lines.clear()
        self._continues.clear()
        self._pending, self._open_rows, self.widest = "", 0, 0

    def wrap(self, width: int | None) -> bool:
        """Make the rows anew for another width; return whether it is another one."""
        if width == self.width:
            return False
        self.width = width
        lines, pending = self._lines, self._pending
        self._lines = []
        self.clear()
        self.extend(lines, pending)
        return True

    def continues(self, row: int) -> bool:
        """Whether a row goes on with the line of the row above it."""
        return row < len(self._continues) and bool(self._continues[row])

    def line_of_row(self, row: int) -> int:
        """Return the number of the line that a row belongs to."""
        if self.width is None:
            return max(row, 0)
        return max(self._continues.count(0, 0, row + 1) - 1, 0)

    def row_of_line(self, number: int) -> int:
        """Return the row at which a line begins, or the row after the last one."""
        if self.width is None:
            return min(number, len(self.rows))
        row = -1
        for _ in range(number + 1):
            row = self._continues.find(0, row + 1)
            if row < 0:
                return len(self.rows)
        return row

    def _add(self, lines: Sequence[str]) -> None:
        if self.width is None:
            rows: Sequence[str] = lines
            continues = bytes(len(lines))
        else:
            wraps = [wrapped(line, self.width) for line in lines]
            rows = [row for wrap in wraps for row in wrap]
            continues = b"".join(b"\0" + b"\1" * (len(wrap) - 1) for wrap in wraps)
        self.rows += rows
        self._continues += continues
        # Asked for all at once: a log may bring ten thousand in a second, while keys are pressed.
        cells = len if all(map(str.isascii, rows)) else cell_len
        self.widest = max(self.widest, max(map(cells, rows), default=0))
