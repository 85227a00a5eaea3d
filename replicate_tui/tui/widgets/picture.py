"""One picture as large as its place allows, in half blocks or the terminal's graphics; decoded off the loop."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import events, work
from textual.cache import LRUCache
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from replicate_tui.tui.images import Drawing, drawing_of
from replicate_tui.tui.widgets.half_blocks import PictureError, Rgb, decode, fitted, half_blocks

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Picture", "PictureError", "decode", "fitted", "half_blocks", "preview"]

PREVIEW = 1024
"""Pixels, across and down, that are kept of a picture: more than any terminal shows."""

Place = tuple[int, int, Rgb]
"""Where a picture is drawn: width and height in cells, and the colour behind it."""


def preview(path: Path, longest: int = PREVIEW) -> tuple["Image", tuple[int, int]]:
    """Decode a picture and keep it no larger than a screen needs; return it and its real size in pixels.

    Raises PictureError as `decode` does.
    """
    image = decode(path)
    size = image.size
    image.thumbnail((longest, longest), reducing_gap=2.0)
    return image, size


class Picture(Widget):
    """The picture in the file `path`: set it, and it is decoded in a thread; what was there before goes at once."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"picture--note", "picture--bad"}

    DEFAULT_CSS = """
    Picture {
        width: 1fr;
        height: 1fr;
        overflow: hidden;
        & > .picture--note { color: $foreground-muted; }
        & > .picture--bad { color: $text-error; }
    }
    """

    path: reactive[Path | None] = reactive(None, init=False)
    """The file to show; None shows nothing."""

    @dataclass
    class Decoded(Message):
        """The picture was read; `size` is its width and height in pixels."""

        picture: "Picture"
        path: Path
        size: tuple[int, int]

        @property
        def control(self) -> "Picture":
            """The widget, for `@on(…, "#id")`."""
            return self.picture

    @dataclass
    class Failed(Message):
        """The file cannot be shown; `reason` is a sentence."""

        picture: "Picture"
        path: Path
        reason: str

        @property
        def control(self) -> "Picture":
            """The widget, for `@on(…, "#id")`."""
            return self.picture

    def __init__(
        self,
        path: Path | None = None,
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.set_reactive(Picture.path, path)
        self._image: Image | None = None
        self._size_in_pixels: tuple[int, int] | None = None
        self._reason = ""
        self._strips: list[Strip] = []
        self._drawn: LRUCache[Place, list[Strip]] = LRUCache(4)
        self._placed: tuple[int, int] | None = None

    @property
    def size_in_pixels(self) -> tuple[int, int] | None:
        """The width and height of the picture in its file; None until it was decoded."""
        return self._size_in_pixels

    @property
    def reason(self) -> str:
        """Why there is no picture; "" while nothing is wrong."""
        return self._reason

    def lines_for(self, width: int, height: int) -> int:
        """Return the lines that the picture takes in a place of this size; `height` while it is not known."""
        if self._size_in_pixels is None or width <= 0 or height <= 0:
            return height
        drawing = drawing_of(self.app)
        if drawing.graphic:
            return drawing.cells(self._size_in_pixels, width, height)[1]
        return -(-fitted(self._size_in_pixels, width, height)[1] // 2)

    def watch_path(self, path: Path | None) -> None:
        """Forget the picture before, and start to decode this one."""
        self.workers.cancel_group(self, "decode")
        self.workers.cancel_group(self, "scale")
        self._image, self._size_in_pixels, self._reason, self._strips = None, None, "", []
        self._drawn.clear()
        if self._placed is not None:
            self._placed = None
            self.remove_children()
        if path is not None:
            self._decode(path)
        self.refresh()

    def on_mount(self) -> None:
        """Start to decode the picture that was there from the beginning."""
        if self.path is not None:
            self.watch_path(self.path)

    def on_resize(self, event: events.Resize) -> None:
        """Draw the picture for its new place."""
        self._draw()

    def notify_style_update(self) -> None:
        """Draw the picture on its new background, if that is another."""
        super().notify_style_update()
        if self.is_mounted:
            self._draw()

    @work(group="decode", exclusive=True, description="decode a picture")
    async def _decode(self, path: Path) -> None:
        try:
            image, size = await asyncio.to_thread(preview, path)
        except PictureError as error:
            self._reason = str(error)
            self.post_message(self.Failed(self, path, self._reason))
            self.refresh()
            return
        self._image, self._size_in_pixels = image, size
        self.post_message(self.Decoded(self, path, size))
        self._draw()

    def _draw(self) -> None:
        """Show the picture as it looks in the place it has now, from memory or after drawing it in a thread."""
        width, height = self.size
        if self._image is None or not width or not height:
            return
        drawing = drawing_of(self.app)
        if drawing.graphic:
            if self._placed != (width, height):
                self._place(self._image, drawing, width, height)
            return
        place = (width, height, self.background_colors[1].rgb)
        known = self._drawn.get(place)
        if known is None:
            self._scale(self._image, place)
        elif known is not self._strips:
            self._strips = known
            self.refresh()

    @work(group="scale", exclusive=True, description="scale a picture")
    async def _scale(self, image: "Image", place: Place) -> None:
        self._strips = self._drawn[place] = await asyncio.to_thread(half_blocks, image, *place)
        self.refresh()

    @work(group="scale", exclusive=True, description="scale a picture for the terminal")
    async def _place(self, image: "Image", drawing: Drawing, width: int, height: int) -> None:
        """Have the terminal draw the picture itself. Nobody waits here for widgets to come and go."""
        columns, lines = drawing.cells(self._size_in_pixels or image.size, width, height)
        pixels = columns * drawing.cell[0], lines * drawing.cell[1]
        graphic = drawing.widget(await asyncio.to_thread(image.resize, pixels, reducing_gap=2.0))
        graphic.styles.width, graphic.styles.height = columns, lines
        self._placed = (width, height)
        with self.app.batch_update():
            self.remove_children()
            self.mount(graphic)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one line of the picture, or of what stands for it."""
        width, blank = self.size.width, self.rich_style
        if y < len(self._strips):
            return self._strips[y].adjust_cell_length(width, blank)
        if y > 0 or self.path is None or self._strips or self._placed is not None:
            return Strip.blank(width, blank)
        part, text = ("bad", self._reason) if self._reason else ("note", "reading the picture…")
        style = self.get_visual_style(f"picture--{part}").rich_style
        return Strip([Segment(text, style)]).adjust_cell_length(width, blank)
