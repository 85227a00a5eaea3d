"""The events that a webhook is told of, as switches on one line."""

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from replicate_tui.api.checks import WEBHOOK_EVENTS

EVENTS = WEBHOOK_EVENTS
"""Without a choice a webhook is told of all."""


class EventSwitches(Static, can_focus=True):
    """Four switches on one line: left and right choose one, space turns it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "choose(-1)", "before", show=False, id="options.event_before", tooltip="The event before"),
        Binding("right", "choose(1)", "next", show=False, id="options.next_event", tooltip="The next event"),
        Binding("space,enter", "turn", "switch", id="options.event", tooltip="Switch the event on or off"),
    ]

    DEFAULT_CSS = """
    EventSwitches {
        height: 1;
        width: 1fr;
        padding: 0 1;
        background: $foreground 6%;
        text-wrap: nowrap;
        &:focus { background: $foreground 14%; }
    }
    """

    class Turned(Message):
        """One of the switches was turned."""

    def __init__(self) -> None:
        super().__init__()
        self._on = set(EVENTS)
        self._at = 0

    @property
    def value(self) -> str:
        """The events that are on, or "" where all are."""
        chosen = [event for event in EVENTS if event in self._on]
        return "" if len(chosen) == len(EVENTS) else ",".join(chosen) or "none"

    @value.setter
    def value(self, value: str) -> None:
        chosen = {word.strip() for word in value.split(",")}
        self._on = {event for event in EVENTS if event in chosen} if value else set(EVENTS)
        self.refresh()

    def render(self) -> Content:
        """The switches."""
        return Content("  ").join(map(self._switch, range(len(EVENTS))))

    def _switch(self, at: int) -> Content:
        is_on = EVENTS[at] in self._on
        look = ("━●", "$text-success") if is_on else ("●━", "$foreground-muted")
        here = self.has_focus and at == self._at
        return Content.assemble(look, " ", (EVENTS[at], "bold underline $text-accent" if here else ""))

    def action_choose(self, by: int) -> None:
        """Go to another switch."""
        self._at = (self._at + by) % len(EVENTS)
        self.refresh()

    def action_turn(self) -> None:
        """Turn the switch."""
        self._on ^= {EVENTS[self._at]}
        self.refresh()
        self.post_message(self.Turned())

    def on_click(self, event: events.Click) -> None:
        """A click turns the switch under the pointer."""
        offset = event.get_content_offset(self)
        left = 0
        for at, name in enumerate(EVENTS):
            right = left + len(name) + 5
            if offset is not None and left <= offset.x < right:
                self._at = at
                self.action_turn()
                return
            left = right
