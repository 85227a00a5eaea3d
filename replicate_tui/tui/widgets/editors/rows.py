"""The line on which one item of a list is typed, with the keys that go from item to item."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from textual import events
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.message import Message

from replicate_tui.tui.widgets.editors.suggest import SuggestLine

PAGE = 7
"""Items that a page key goes over."""


class ItemLine(SuggestLine):
    """One line that stands on one item at a time; it asks its list to go to another, or to change their order."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "go(-1)", "Item above", show=False, id="form.item_above", tooltip="To the item above"),
        Binding("down", "go(1)", "Item below", show=False, id="form.item_below", tooltip="To the item below"),
        Binding("pageup", f"go(-{PAGE})", "Items above", show=False, id="form.items_above", tooltip="Some items up"),
        Binding("pagedown", f"go({PAGE})", "Items below", show=False, id="form.items_below", tooltip="Some items down"),
        Binding(
            "f11,alt+up,ctrl+up",
            "shift(-1)",
            "up",
            show=False,
            key_display="F11",
            id="form.item_up",
            tooltip="Move item up",
        ),
        Binding(
            "alt+down,ctrl+down",
            "shift(1)",
            "down",
            show=False,
            key_display="alt+↓",
            id="form.item_down",
            tooltip="Move item down",
        ),
        Binding(
            "f12,ctrl+delete",
            "drop",
            "remove",
            show=False,
            key_display="F12",
            id="form.item_remove",
            tooltip="Remove the item; backspace does it where the item is empty",
        ),
    ]

    @dataclass
    class Asked(Message):
        """A key asks the list to `go`, `shift`, or `drop`; `rows` says how far."""

        verb: Literal["go", "shift", "drop"]
        rows: int = 0

    @dataclass
    class Pasted(Message):
        """Several lines were pasted at once."""

        texts: list[str]

    can_go: tuple[int, int] = (0, 0)
    """How many items there are to go to above and below: where there are none, the keys are the form's."""

    offers = True
    """Whether there is something to choose an item from."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The keys that offer, move and remove are there only where there is something to do it with."""
        above, below = self.can_go
        match action, parameters:
            case "offer", _:
                return self.offers
            case "shift", (-1,):
                return above > 0 and below > 0
            case "shift", _:
                return below > 1
            case "drop", _:
                return below > 0
        return super().check_action(action, parameters)

    def action_go(self, rows: int) -> None:
        """To another item."""
        if not self.can_go[rows > 0]:
            raise SkipAction
        self.post_message(self.Asked("go", rows))

    def action_shift(self, rows: int) -> None:
        """Let the item change places with its neighbour."""
        self.post_message(self.Asked("shift", rows))

    def action_drop(self) -> None:
        """Take the item away."""
        self.post_message(self.Asked("drop"))

    def action_delete_left(self) -> None:
        """Delete a character; an empty item goes away."""
        if self.value:
            super().action_delete_left()
        else:
            self.post_message(self.Asked("drop", -1))

    def on_paste(self, event: events.Paste) -> None:
        """Several lines are several items."""
        texts = [line for line in event.text.splitlines() if line.strip()]
        if len(texts) < 2:
            super().on_paste(event)
            return
        event.stop()
        event.prevent_default()
        self.post_message(self.Pasted(texts))
