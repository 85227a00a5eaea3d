"""A row of small pictures, one of which is chosen."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
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

WIDTH = 12
"""Cells of one small picture."""

LINES = 4
"""Lines of one small picture; the line below them marks the chosen one."""

GAP = 2

Small = tuple[Path, Rgb]
"""A small picture as it is kept: its file, and the colour behind it."""


class Thumbnails(Widget):
    """Small pictures of files, as many as there is room for around the chosen one, decoded one after the other."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"thumbnails--note", "thumbnails--chosen"}

    DEFAULT_CSS = """
    Thumbnails {
        width: 1fr;
        height: 5;
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
        self._drawn: LRUCache[Small, list[Strip]] = LRUCache(64)

    def show(self, paths: Sequence[Path], chosen: int) -> None:
        """Show these files, with the one at `chosen` marked."""
        if (tuple(paths), chosen) != (self._paths, self._chosen):
            self._paths, self._chosen = tuple(paths), chosen
            self._draw()

    def on_resize(self, event: events.Resize) -> None:
        """Draw those that there is room for now."""
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """Tell which small picture was clicked."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        place, within = divmod(offset.x, WIDTH + GAP)
        if place < len(self._seen()) and within < WIDTH:
            event.stop()
            self.post_message(self.Clicked(self, self._seen()[place]))

    def _seen(self) -> range:
        """Return the indexes of the pictures in sight: a window around the chosen one."""
        room = max((self.size.width + GAP) // (WIDTH + GAP), 1)
        first = min(max(self._chosen - room // 2, 0), max(len(self._paths) - room, 0))
        return range(first, min(first + room, len(self._paths)))

    def _draw(self) -> None:
        self.refresh()
        if self.size:
            self._decode()

    @work(group="thumbnails", exclusive=True, description="decode small pictures")
    async def _decode(self) -> None:
        background = self.background_colors[1].rgb
        for small in [(self._paths[index], background) for index in self._seen()]:
            if small not in self._drawn:
                self._drawn[small] = await asyncio.to_thread(_small, *small)
                self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one line through all the small pictures, or the line below that marks the chosen one."""
        blank = self.rich_style
        background = self.background_colors[1].rgb
        gap = Strip([Segment(" " * GAP, blank)])
        parts: list[Strip] = []
        for index in self._seen():
            if y < LINES:
                part = self._line_of((self._paths[index], background), y)
            else:
                part = self._note("▔" * WIDTH, "chosen") if index == self._chosen else Strip.blank(0)
            parts += part.adjust_cell_length(WIDTH, blank), gap
        return Strip.join(parts).adjust_cell_length(self.size.width, blank)

    def _line_of(self, small: Small, y: int) -> Strip:
        strips = self._drawn.get(small)
        if strips is not None and y < len(strips):
            return strips[y]
        if y > 0 or strips:
            return Strip.blank(0)
        return self._note("…" if strips is None else "✗")

    def _note(self, text: str, part: str = "note") -> Strip:
        return Strip([Segment(text, self.get_visual_style(f"thumbnails--{part}").rich_style)])


def _small(path: Path, background: Rgb) -> list[Strip]:
    """Draw a picture small; return no lines for one that cannot be shown: the reason is told where it is large."""
    try:
        image, _ = preview(path, longest=4 * WIDTH)
    except PictureError:
        return []
    return half_blocks(image, WIDTH, LINES, background)
