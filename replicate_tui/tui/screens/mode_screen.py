"""A screen that fills the terminal, as Textual has it, without the work of Textual's that nobody sees."""

from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget


class ModeScreen(Screen[None]):
    """Textual's own, for screens of many widgets in panes whose borders tell where the keyboard is."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """As Textual has it, without drawing the whole screen anew: the widgets and panes themselves show it."""

    def _update_focus_styles(self, focused: Widget | None = None, blurred: Widget | None = None) -> None:
        """Textual's own, for the panes themselves: everything in them looks as before."""
        nodes = {node for widget in (focused, blurred) if widget is not None for node in widget.ancestors_with_self}
        panes = {node for node in nodes if node._has_focus_within}
        if panes:
            self.app.stylesheet.update_nodes(panes, animate=True)

    def _compositor_refresh(self) -> None:
        """Textual's own, once something may be drawn: Textual draws everything and throws it away."""
        if not self.app._batch_count:
            super()._compositor_refresh()
