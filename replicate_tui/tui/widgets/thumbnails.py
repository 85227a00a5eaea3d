"""Small pictures, one of which is chosen: in a row, or in a grid that fills its place."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

from rich.segment import Segment
from textual import events, work
from textual.cache import LRUCache
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from replicate_tui.tui.widgets.half_blocks import PictureError, Rgb, half_blocks
from replicate_tui.tui.widgets.picture import preview

ROW = (12, 4)
"""Cells and lines of one small picture in a row; the line below it marks the chosen one."""

WIDE = 8 / 3
"""Cells to a line of a picture in a grid: between those of a square one and of a broad one."""

GAP = 2

Small = tuple[Path, Rgb, tuple[int, int]]
"""A small picture as it is kept: its file, the colour behind it, and its place in cells and lines."""


class Thumbnails(Widget):
    """Small pictures of files, as many as there is room for around the chosen one, decoded one after the other."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"thumbnails--note", "thumbnails--chosen"}

    DEFAULT_CSS = """
    Thumbnails {
        width: 1fr;
        height: 5;
        &.-grid { height: 1fr; }
        & > .thumbnails--note { color: $foreground-muted; }
        & > .thumbnails--chosen { color: $text-primary; }
    }
    """

    @dataclass
    class Clicked(Message):
        """The small picture at `index` was clicked."""

        thumbnails: "Thumbnails"
        index: int

        @property
        def control(self) -> "Thumbnails":
            """The widget, for `@on(…, "#id")`."""
            return self.thumbnails

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self._paths: tuple[Path, ...] = ()
        self._chosen = 0
        self._grid = False
        self._drawn: LRUCache[Small, list[Strip]] = LRUCache(64)

    def show(self, paths: Sequence[Path], chosen: int) -> None:
        """Show these files, with the one at `chosen` marked."""
        if (tuple(paths), chosen) != (self._paths, self._chosen):
            self._paths, self._chosen = tuple(paths), chosen
            self._draw()

    @property
    def grid(self) -> bool:
        """Whether the pictures are in a grid."""
        return self._grid

    @grid.setter
    def grid(self, grid: bool) -> None:
        self._grid = grid
        self.set_class(grid, "-grid")
        self._draw()

    @property
    def across(self) -> int:
        """How many pictures stand side by side."""
        return max((self.size.width + GAP) // (self._cell[0] + GAP), 1)

    def on_resize(self, event: events.Resize) -> None:
        """Draw those that there is room for now."""
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """Tell which small picture was clicked."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        width, lines = self._cell
        column, within = divmod(offset.x, width + GAP)
        place = offset.y // (lines + 1) * self.across + column
        if column < self.across and place < len(self._seen()) and within < width:
            event.stop()
            self.post_message(self.Clicked(self, self._seen()[place]))

    @property
    def _cell(self) -> tuple[int, int]:
        """Cells and lines of one picture."""
        return _cell_of(len(self._paths), *self.size) if self._grid else ROW

    def _seen(self) -> range:
        """Return the indexes of the pictures in sight: a window around the chosen one, in a grid of whole rows."""
        across, count = self.across, len(self._paths)
        if not self._grid:
            first = min(max(self._chosen - across // 2, 0), max(count - across, 0))
            return range(first, min(first + across, count))
        down = max(self.size.height // (self._cell[1] + 1), 1)
        rows = -(-count // across)
        first = min(max(self._chosen // across - down // 2, 0), max(rows - down, 0)) * across
        return range(first, min(first + down * across, count))

    def _draw(self) -> None:
        self.refresh()
        if self.size:
            self._decode()

    @work(group="thumbnails", exclusive=True, description="decode small pictures")
    async def _decode(self) -> None:
        for small in [self._small(index) for index in self._seen()]:
            if small not in self._drawn:
                self._drawn[small] = await asyncio.to_thread(_small, *small)
                self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one line through the small pictures of a row, or the line below them that marks the chosen one."""
        blank = self.rich_style
        gap = Strip([Segment(" " * GAP, blank)])
        width, lines = self._cell
        row, line = divmod(y, lines + 1)
        seen = self._seen()
        parts: list[Strip] = []
        for index in seen[row * self.across : (row + 1) * self.across]:
            if line < lines:
                part = self._line_of(self._small(index), line)
            else:
                part = self._note("▔" * width, "chosen") if index == self._chosen else Strip.blank(0)
            parts += part.adjust_cell_length(width, blank), gap
        return Strip.join(parts).adjust_cell_length(self.size.width, blank)

    def _small(self, index: int) -> Small:
        return self._paths[index], self.background_colors[1].rgb, self._cell

    def _line_of(self, small: Small, y: int) -> Strip:
        strips = self._drawn.get(small)
        if strips is not None and y < len(strips):
            return strips[y]
        if y > 0 or strips:
            return Strip.blank(0)
        return self._note("…" if strips is None else "✗")

    def _note(self, text: str, part: str = "note") -> Strip:
        return Strip([Segment(text, self.get_visual_style(f"thumbnails--{part}").rich_style)])


@lru_cache(maxsize=16)
def _cell_of(pictures: int, width: int, height: int) -> tuple[int, int]:
    """Cells and lines of one of so many pictures in a grid that is so large: as many of them as can be are seen."""
    places = (_place(pictures, across, width, height) for across in range(1, pictures + 1))
    return max(places, key=lambda place: min(place[0], place[1] * WIDE), default=ROW)


def _place(pictures: int, across: int, width: int, height: int) -> tuple[int, int]:
    """Cells and lines of one picture where so many stand side by side and all are seen; at least those of a row."""
    rows = -(-pictures // across)
    cells = (width + GAP) // across - GAP
    lines = min(int(cells / WIDE), height // rows - 1)
    return (cells, lines) if cells >= ROW[0] and lines >= ROW[1] else ROW


def _small(path: Path, background: Rgb, place: tuple[int, int]) -> list[Strip]:
    """Draw a picture small; return no lines for one that cannot be shown: the reason is told where it is large."""
    try:
        image, _ = preview(path, longest=4 * place[0])
    except PictureError:
        return []
    return half_blocks(image, *place, background)
