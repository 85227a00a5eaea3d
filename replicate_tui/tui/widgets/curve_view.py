"""The losses of a training as a chart, or why there is none."""

from textual.content import Content
from textual.widget import Widget

from replicate_tui.core.curves import Curves
from replicate_tui.tui.widgets.curve_chart import chart

ROOMY = 14
"""Lines from which on there are empty ones between the parts."""


class CurveView(Widget, can_focus=True):
    """Draws curves as large as there is room, under a headline."""

    DEFAULT_CSS = """
    CurveView { height: 1fr; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self._headline = Content("")
        self._curves = Curves()
        self._nothing = ""

    def show(self, curves: Curves, headline: Content, nothing: str) -> None:
        """Show these curves under the headline; while there are none, what `nothing` says."""
        if (curves, headline, nothing) != (self._curves, self._headline, self._nothing):
            self._curves, self._headline, self._nothing = curves, headline, nothing
            self.refresh()

    def render(self) -> Content:
        """The headline and the chart."""
        width, height = self.content_size
        above = [self._headline.truncate(width, ellipsis=True)] if self._headline.plain else []
        if height >= ROOMY:
            above += [Content("")] * len(above)
        if self._curves.series:
            below = chart(self._curves, width, height - len(above))
        else:
            below = [Content.styled(self._nothing, "$foreground-muted")]
        return Content("\n").join([*above, *below])
