"""A view that scrolls lines, as Textual has it, and costs nothing while it stays as it is."""

from textual.geometry import Size
from textual.scroll_view import ScrollView


class SteadyView(ScrollView):
    """Textual's own, whose scroll bar is drawn anew where something changed, and not whenever the screen is laid out.

    Textual compares the size of all the lines with that of what is laid out, which is what is seen: never the same.
    """

    _scrolled_for: tuple[Size, Size, Size] | None = None

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:
        sizes = size, self.virtual_size, container_size
        if sizes == self._scrolled_for and size == self._size:
            return False
        self._scrolled_for = sizes
        return super()._size_updated(size, virtual_size, container_size, layout)
