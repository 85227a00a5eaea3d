"""How a form lays out its fields: side by side where there is room, prose on rows for itself."""

from collections.abc import Iterator

from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

from replicate_tui.tui.widgets.editors.editor import ROOMY

TWO_COLUMNS = 58
GAP = 2
BLANK = 1


class FormLayout(Layout):
    """Rows of one or two widgets; widgets with FULL_WIDTH take a whole row. On a tall screen a blank line follows each.

    Reading order is kept: a short field before a wide one leaves the cell beside it empty.
    """

    name = "form"

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        """Place the children from top to bottom."""
        parent.pre_layout(self)
        columns = 2 if size.width >= TWO_COLUMNS else 1
        column_width = (size.width - GAP * (columns - 1)) // columns
        viewport = parent.app.viewport_size
        blank = BLANK if viewport.height >= ROOMY else 0
        placements: ArrangeResult = []
        y = 0
        for row in _rows(children, columns):
            width = size.width if is_wide(row[0]) else column_width
            heights = [widget.get_content_height(size, viewport, width) for widget in row]
            for column, (widget, height) in enumerate(zip(row, heights, strict=True)):
                region = Region(size.width - width if column else 0, y, width, height)
                placements.append(WidgetPlacement(region, NULL_OFFSET, NULL_SPACING, widget))
            y += max(heights) + blank
        return placements


def is_wide(widget: Widget) -> bool:
    """Whether the widget wants a row for itself."""
    return bool(getattr(widget, "FULL_WIDTH", False))


def _rows(children: list[Widget], columns: int) -> Iterator[list[Widget]]:
    row: list[Widget] = []
    for widget in children:
        if row and (is_wide(widget) or len(row) == columns):
            yield row
            row = []
        row.append(widget)
        if is_wide(widget):
            yield row
            row = []
    if row:
        yield row
