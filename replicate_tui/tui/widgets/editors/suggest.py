"""A line to type on that offers how to go on: a list below it, to take from by arrows, tab, enter or mouse."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from textual import events, work
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

from replicate_tui.tui.widgets.editors.choice_list import ROWS, ChoiceList
from replicate_tui.tui.widgets.editors.text import Line


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One way to go on: the `text` to put on the line, how it is `shown`, a word on it.

    `goes_on` is true where more can follow, as after a folder.
    """

    text: str
    shown: str
    note: str = ""
    goes_on: bool = False


Manner = Literal["follow", "open", "narrow"]
"""Why something is offered: text was typed, a key asked for all there is, or text narrows what that key opened."""

Offer = Callable[[str, Manner], Awaitable[Sequence[Suggestion]]]
"""What to suggest for a text that stands on the line; nothing where nothing fits."""


class SuggestLine(Line):
    """A line whose text may be completed from a list. The list is mounted beside it while it is open.

    Answers that come late, for a text that is no longer there, are dropped.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "f9",
            "offer",
            "choose",
            key_display="F9",
            show=False,
            id="form.offer",
            tooltip="Offer what could stand here",
        ),
        Binding("tab", "take", "take", show=False, id="form.take", tooltip="Put what is offered on the line"),
    ]

    @dataclass
    class Taken(Message):
        """A suggestion was put on the line."""

        line: "SuggestLine"

    def __init__(self, text: str, offer: Offer, *, offers_on_enter: bool = False) -> None:
        """With `offers_on_enter`, enter on the empty line opens the list."""
        super().__init__(text)
        self._offer = offer
        self._offers_on_enter = offers_on_enter
        self._offered: Sequence[Suggestion] = ()
        self._list: ChoiceList | None = None
        self._was_asked = False

    def follow(self) -> None:
        """The text is another one: offer how to go on from it; from nothing, only when asked."""
        if self._was_asked:
            self.ask("narrow")
        elif self.value:
            self.ask("follow")
        else:
            self.close()

    def ask(self, manner: Manner) -> None:
        """Find out what to offer for the text, and offer it."""
        self._was_asked = manner != "follow"
        self._ask(self.value, manner)

    @work(group="suggest", exclusive=True)
    async def _ask(self, text: str, manner: Manner) -> None:
        offered = await self._offer(text, manner)
        if self.has_focus and self.value == text:
            self._show(offered)

    def _show(self, offered: Sequence[Suggestion]) -> None:
        if not self._was_asked and all(suggestion.text == self.value for suggestion in offered):
            self.close()
            return
        self._offered = offered
        texts, notes = [one.shown for one in offered], [one.note for one in offered]
        beside = self.parent
        if self._list is not None:
            self._list.replace(texts, notes)
        elif isinstance(beside, Widget):
            here = self.virtual_region
            self._list = ChoiceList(texts, None, beside.size.width - here.x, notes, below=here.bottom_left)
            beside.mount(self._list)
            self.refresh_bindings()

    def close(self) -> None:
        """Take the list away; the text stays."""
        self.workers.cancel_group(self, "suggest")
        self._was_asked = False
        if self._list is not None:
            self._list.remove()
            self._list = None
            self.refresh_bindings()

    def take(self, index: int) -> None:
        """Put a suggestion on the line; after a folder its files are offered."""
        suggestion = self._offered[index]
        self.show(suggestion.text)
        self.post_message(self.Taken(self))
        if suggestion.goes_on:
            self.ask("follow")
        else:
            self.close()

    def on_key(self, event: events.Key) -> None:
        """While the list is open, take the keys that it needs."""
        act = self._keys(self._list).get(event.key) if self._list is not None else None
        if act is not None and act() is not False:
            event.stop()
            event.prevent_default()

    def _keys(self, choices: ChoiceList) -> dict[str, Callable[[], bool | None]]:
        return {
            "up": lambda: choices.move(-1),
            "down": lambda: choices.move(1),
            "pageup": lambda: choices.move(1 - ROWS),
            "pagedown": lambda: choices.move(ROWS - 1),
            "enter": self._take_cursor,
            "tab": self._take_cursor,
            "escape": self.close,
        }

    def _take_cursor(self) -> bool:
        """Take what the cursor is on; False if that stands on the line already, and the key means its usual."""
        picked = self._list.picked if self._list is not None else None
        if picked is None or self._offered[picked].text == self.value:
            self.close()
            return False
        self.take(picked)
        return True

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is nothing to take where nothing is offered."""
        return self._list is not None if action == "take" else super().check_action(action, parameters)

    def action_take(self) -> None:
        """Take what the cursor is on; without it, the key is left to others."""
        if not self._take_cursor():
            raise SkipAction

    def action_offer(self) -> None:
        """Open the list, or close it."""
        if self._list is None:
            self.ask("open")
        else:
            self.close()

    async def action_submit(self) -> None:
        """Enter goes on to the next field, or opens the list."""
        if self._offers_on_enter and not self.value:
            self.ask("open")
        else:
            await super().action_submit()

    def _on_blur(self, event: events.Blur) -> None:
        self.close()
