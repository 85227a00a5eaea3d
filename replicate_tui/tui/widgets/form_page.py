"""The page of a form: what scrolls, and how the focus gets about in it."""

from typing import Any, ClassVar

from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Region
from textual.widget import Widget

from replicate_tui.tui.widgets.form_layout import FormLayout


class Page(Widget):
    """The part of a form that scrolls: stops for the focus, in rows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False, id="form.up", tooltip="To the field above"),
        Binding("down", "move(1)", "Down", show=False, id="form.down", tooltip="To the field below"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="form.page_up", tooltip="Scroll up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="form.page_down", tooltip="Scroll down"),
    ]

    DEFAULT_CSS = """
    Page {
        layout: vertical;
        height: auto;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size: 0 1;
        scrollbar-gutter: stable;
        scrollbar-color: $foreground 20%;
        scrollbar-color-hover: $foreground 40%;
        scrollbar-color-active: $foreground 40%;
        scrollbar-background: transparent;
        scrollbar-background-hover: transparent;
        scrollbar-background-active: transparent;
    }
    """

    def __init__(self, *stops: Widget) -> None:
        super().__init__(*stops)
        self._layout = FormLayout()
        self._stops = list(stops)

    @property
    def layout(self) -> FormLayout:
        """Textual's styles only know Textual's own layouts."""
        return self._layout

    @property
    def stops(self) -> list[Widget]:
        """Whatever the focus can come to, in reading order."""
        return [stop for stop in self._stops if stop.display]

    def add(self, *stops: Widget) -> None:
        """Mount more stops after the others."""
        self._stops += stops
        self.mount(*stops)

    def stop_of(self, widget: Widget | None) -> Widget | None:
        """The stop that `widget` is part of."""
        within = widget.ancestors_with_self if widget is not None else ()
        return next((node for node in within if isinstance(node, Widget) and node.parent is self), None)

    @property
    def current(self) -> Widget | None:
        """The stop that has the focus."""
        return self.stop_of(self.screen.focused) if self.is_attached else None

    def go_to(self, stop: Widget) -> None:
        """Focus `stop`, which may have to be mounted first; where it is, what is typed at once is meant for it."""
        if stop.is_mounted:
            keyboard = next((widget for widget in stop.query(Widget) if widget.focusable), stop)
            self.screen.set_focus(stop if stop.focusable else keyboard)
        else:
            stop.call_after_refresh(stop.focus)

    def reveal_current(self) -> None:
        """Scroll the whole of the stop with the focus into sight."""
        if self.current is not None:
            self.scroll_to_widget(self.current, animate=False)

    def scroll_to_region(self, region: Region, **options: Any) -> Offset:
        """Scroll at once and no further than needed, whoever asks: the focus moves faster than a glide."""
        return super().scroll_to_region(region, **options | {"animate": False, "center": False})

    def on_resize(self) -> None:
        """Stay with the focus when there is less room."""
        self.reveal_current()

    def action_move(self, direction: int) -> None:
        """Go to the field below (1) or above (-1)."""
        current = self.current
        if current is None:
            raise SkipAction
        self.go_to(self.beyond(current, direction) or current)

    def action_page(self, direction: int) -> None:
        """Scroll by a page; the focus stays where it is."""
        self.scroll_relative(y=direction * self.size.height, animate=False)

    def beyond(self, current: Widget, direction: int) -> Widget | None:
        """The stop in the next row, in the same column if there is one; at the end, the next in reading order."""
        here = current.virtual_region

        def ahead(stop: Widget) -> bool:
            there = stop.virtual_region
            return there.y >= here.bottom if direction > 0 else there.y < here.y

        def distance(stop: Widget) -> tuple[int, bool, int]:
            there = stop.virtual_region
            return abs(there.y - here.y), not here.overlaps(there.at_offset((there.x, here.y))), there.x

        stops = self.stops
        candidates = [stop for stop in stops if ahead(stop)]
        if candidates:
            return min(candidates, key=distance)
        place = stops.index(current) + direction
        return stops[place] if 0 <= place < len(stops) else None
