"""The application's first picture, and what is typed at it: kept for the mode that follows."""

import asyncio
from abc import abstractmethod
from dataclasses import dataclass

from textual import events
from textual.message import Message
from textual.screen import Screen

from replicate_tui.tui.modes import is_read
from replicate_tui.tui.terminal_app import TerminalApp

LEAVING = frozenset({"quit", "leave", "suspend_process"})
"""Actions that are done at the first picture."""

ROUNDS = 3
"""So often a message follows a key that is given back: what keys do is done by messages that have others sent."""


@dataclass
class KeyPassed(Message):
    """Comes to the application behind a key that was given back, from where that was given to, some more `rounds`."""

    rounds: int


class OpeningApp(TerminalApp):
    """An application that draws what it knows before it has read the rest of itself."""

    def __init__(self) -> None:
        super().__init__()
        self.opened = asyncio.Event()
        """Set once the first picture is over: until then a thread imports what the Run mode is made of."""
        self._typed: list[events.Event] | None = None

    @property
    @abstractmethod
    def has_token(self) -> bool:
        """Whether there will be a session: without one there is nothing to draw before."""

    def get_default_screen(self) -> Screen[None]:
        """What is shown until a mode is: the first picture, if there is something to be read behind it."""
        if is_read() or not self.has_token:
            self.opened.set()
            return Screen(id="_default")
        from replicate_tui.tui.screens.opening import Opening

        self._typed = []
        return Opening()

    @property
    def is_opening(self) -> bool:
        """Whether the first picture is shown: what is typed is kept for the mode that follows."""
        return self._typed is not None

    async def on_event(self, event: events.Event) -> None:
        """Keep what is typed at the first picture, but for what leaves."""
        # A key that comes by again is on its way up from where it was given to.
        is_new = isinstance(event, events.Key | events.Paste) and not event.is_forwarded
        if self._typed is None or not is_new or self._leaves(event):
            await super().on_event(event)
        else:
            self._typed.append(event)

    def _leaves(self, event: events.Event) -> bool:
        """Whether a key leaves the program, and no key that was typed before might have meant it otherwise."""
        bound = self._bindings.key_to_bindings.get(event.key, []) if isinstance(event, events.Key) else []
        return any(each.action in LEAVING and (each.priority or not self._typed) for each in bound)

    async def _give_back(self) -> None:
        """Have what was typed reach the mode that is shown now, each key once the one before has done what it does."""
        if self._typed:
            await super().on_event(self._typed.pop(0))
            self._send_behind(ROUNDS)
        else:
            self._typed = None
            self.opened.set()

    def _send_behind(self, rounds: int) -> None:
        """Send a message the way of the key, behind it and what came of it."""
        if not (self.focused or self.screen).post_message(KeyPassed(rounds)):
            self.call_after_refresh(self._give_back)

    def on_key_passed(self, event: KeyPassed) -> None:
        """A key has come to its end, or a message that it had sent, or one that had that sent."""
        if event.rounds > 1:
            self.call_after_refresh(self._send_behind, event.rounds - 1)
        else:
            self.call_after_refresh(self._give_back)
