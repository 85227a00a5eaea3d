"""The runs that wait for their turn: pause them, change their order, take some out."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from replicate_tui.core.history.rows import RunRow
from replicate_tui.core.run_columns import QUEUE
from replicate_tui.core.text import waiting
from replicate_tui.tui.key_names import hints
from replicate_tui.tui.screens.dialog import Dialog
from replicate_tui.tui.screens.with_session import WithSession
from replicate_tui.tui.widgets.resource_table import ResourceTable

TICK = 1.0
"""Seconds between two looks at how long the next turn is away."""
MOST_SEEN = 12


class QueueScreen(WithSession, Dialog[None]):
    """Lists what waits, the next one first, as it goes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p,space", "pause", "pause", id="queue.pause", tooltip="Give no turns for now, or go on"),
        Binding("K,shift+up", "shift(-1)", "earlier", id="queue.earlier", tooltip="Move this run towards the front"),
        Binding("J,shift+down", "shift(1)", "later", id="queue.later", tooltip="Move this run towards the end"),
        Binding("d,c", "remove", "take out", id="queue.remove", tooltip="Do not send this run"),
        Binding("D", "remove_all", "take all out", id="queue.remove_all", tooltip="Send none of these runs"),
        Binding("y", "remove_them", "yes", show=False, id="queue.remove_them", tooltip="Yes, send none of them"),
        Binding("escape,q,u", "back", "back", id="queue.back", tooltip="Back"),
    ]

    DEFAULT_CSS = """
    QueueScreen {
        & > Vertical { width: 90; }
        & ResourceTable { margin: 0 0 1 0; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._asks = False
        self._table = ResourceTable[RunRow](QUEUE, show_header=False, empty_text="Nothing waits. Every run was sent.")
        self._hint = Static(markup=False)
        self._box = Vertical(self._table, self._hint)

    def compose(self) -> ComposeResult:
        """The runs, and the keys."""
        yield self._box

    def on_mount(self) -> None:
        """Show what waits, and again as it goes."""
        self._show()
        self._table.focus()
        self.set_interval(TICK, self._show)

    def _show(self) -> None:
        queue, store = self.session.queue, self.session.store
        self._table.styles.height = min(len(queue.waiting), MOST_SEEN) or 3
        self._table.show(queue.waiting, store.row)
        self._box.border_title = waiting(len(queue.waiting), queue.delay).capitalize() or "Queue"
        self._hint.update(self._question(len(queue.waiting)) if self._asks else self._keys(paused=queue.paused))

    def action_pause(self) -> None:
        """Give no turns, or go on giving them."""
        self.session.queue.paused = not self.session.queue.paused
        self._show()

    def action_shift(self, by: int) -> None:
        """Move the run with the cursor; the cursor goes with it."""
        key = self._table.cursor_key
        if key is not None:
            self.session.queue.move(key, by)
            self._show()

    def action_remove(self) -> None:
        """Take the run with the cursor out; its input stays in the history, to be run from there."""
        key = self._table.cursor_key
        if key is not None:
            self.session.queue.remove(key)
            self._show()

    def action_remove_all(self) -> None:
        """Ask whether to take all out."""
        self._asks = bool(self.session.queue.waiting)
        self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what was asked about is done."""
        return self._asks if action == "remove_them" else True

    def action_remove_them(self) -> None:
        """Take all out."""
        self._asks = False
        self.session.queue.remove(*self.session.queue.waiting)
        self._show()

    def action_back(self) -> None:
        """From the question back to the list; from the list away."""
        if self._asks:
            self._asks = False
            self._show()
        else:
            self.dismiss(None)

    def _keys(self, *, paused: bool) -> Content:
        return hints(
            self.app,
            ("{queue.pause}", "go on" if paused else "pause"),
            ("{queue.earlier} {queue.later}", "earlier, later"),
            ("{queue.remove}", "take out"),
            ("{queue.remove_all}", "take all out"),
            ("{queue.back}", "back"),
        )

    def _question(self, number: int) -> Content:
        keys = hints(self.app, ("{queue.remove_them}", "take them out"), ("{queue.back}", "keep them"))
        return Content.assemble(f"Send none of these {number} runs?   ", keys)
