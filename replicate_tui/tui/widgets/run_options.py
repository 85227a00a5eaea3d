"""How a run is made, beside its input: version or deployment, lifetime, webhook, and whether the API waits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import AwaitMount, Widget
from textual.widgets import Input, Static

from replicate_tui.core.text import one_line
from replicate_tui.tui.key_names import with_keys
from replicate_tui.tui.widgets.editors.editor import ROOMY
from replicate_tui.tui.widgets.editors.text import Line
from replicate_tui.tui.widgets.form_keys import Form
from replicate_tui.tui.widgets.form_tabs.event_switches import EventSwitches

LABELS: Mapping[str, tuple[str, str]] = {
    "target": ("runs on", "latest; or a version id, or owner/deployment"),
    "lifetime": ("lifetime", "no limit; or 30s, 5m, 1h to stop it after"),
    "webhook": ("webhook", "none; or an https address to tell of the run"),
    "webhook_events": ("events", ""),
    "block": ("wait", "no; or 1 to 60 seconds to wait for the result"),
}
"""What each option is called, and what applies while it is not set."""

MEANINGS: Mapping[str, str] = {
    "target": "Which version of the model runs this, or on which deployment.",
    "lifetime": "Replicate stops the run when it takes longer than this, counted from its beginning.",
    "webhook": "Replicate sends the run to this address when something happens to it.",
    "webhook_events": "What the webhook is sent for. {options.event} switches one on or off.",
    "block": "How long the API holds its first answer back for a result.",
}
"""What each option does."""


class OptionsFold(Static, can_focus=True):
    """The line that opens and closes the options."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "turn", "options", id="options.fold", tooltip="Show or hide the options"),
    ]

    DEFAULT_CSS = """
    OptionsFold { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    @dataclass
    class Toggled(Message):
        """The fold was opened or closed."""

    def action_turn(self) -> None:
        """Open or close."""
        self.post_message(self.Toggled())

    def on_click(self) -> None:
        """A click opens and closes."""
        self.action_turn()


class RunOptions(Vertical, Form):
    """Options of a run, behind a line that opens them; open from the start where one is set.

    `raw` maps the names in LABELS to texts as typed, those that are set only; `errors` come from whoever judges
    them and are shown below their lines.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "up", show=False, id="options.up", tooltip="To the option above"),
        Binding("down", "move(1)", "down", show=False, id="options.down", tooltip="To the option below"),
        Binding("escape", "close", "close", key_display="esc", id="options.close", tooltip="Close the options"),
    ]

    DEFAULT_CSS = """
    RunOptions {
        height: auto;
        max-height: 60%;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        & Horizontal { height: 1; }
        & .run-options--label { width: 11; color: $foreground-muted; }
        & .run-options--error { height: auto; margin: 0 0 0 11; color: $text-error; display: none; }
    }
    """

    @dataclass
    class Changed(Message):
        """A person changed the option `name`."""

        options: "RunOptions"
        name: str

        @property
        def control(self) -> "RunOptions":
            """The options, for `@on(…, "#id")`."""
            return self.options

    @dataclass
    class Reached(Message):
        """The keyboard came to the option `name`, "" for the line that opens them; `meaning` says what it does."""

        name: str
        meaning: str

    @dataclass
    class Closed(Message):
        """A person closed the options by a key, and wants to go back to the form."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self._errors: dict[str, str] = {}
        self._open = False
        self._made: AwaitMount | None = None
        self._fold = OptionsFold(markup=False)
        self._switches = EventSwitches()
        self._lines = {name: Line("") for name in LABELS if name != "webhook_events"}
        self._editors: dict[str, Widget] = {name: self._lines.get(name, self._switches) for name in LABELS}
        self._told = {name: Static(markup=False, classes="run-options--error") for name in LABELS}
        self._rows = [
            Horizontal(Static(label, markup=False, classes="run-options--label"), self._editors[name])
            for name, (label, _) in LABELS.items()
        ]

    def compose(self) -> ComposeResult:
        """The fold; the options come with the first form that is shown, after the first picture."""
        yield self._fold

    def on_mount(self) -> None:
        """Show what was set."""
        self._show()

    @property
    def raw(self) -> dict[str, str]:
        """The options that are set, as typed."""
        texts = {name: self._lines[name].value.strip() if name in self._lines else "" for name in LABELS}
        texts["webhook_events"] = self._switches.value
        return {name: text for name, text in texts.items() if text}

    @raw.setter
    def raw(self, raw: Mapping[str, str]) -> None:
        for name, line in self._lines.items():
            line.show(raw.get(name, ""))
        self._switches.value = raw.get("webhook_events", "")
        self._errors = {}
        self._make()
        self.is_open = bool(self.raw) and self._is_roomy

    @property
    def errors(self) -> Mapping[str, str]:
        """What is wrong, by name; setting it opens the options and goes to the first."""
        return dict(self._errors)

    @errors.setter
    def errors(self, errors: Mapping[str, str]) -> None:
        self._errors = {name: error for name, error in errors.items() if name in LABELS}
        if self._errors:
            self._open = True
        self._show()
        first = next((name for name in LABELS if name in self._errors), None)
        if first is not None:
            self._go_to(self._editors[first])

    @property
    def is_open(self) -> bool:
        """Whether the options are seen."""
        return self._open

    @is_open.setter
    def is_open(self, is_open: bool) -> None:
        self._open = is_open
        self._show()

    @property
    def _is_roomy(self) -> bool:
        """Whether open options leave room for the form."""
        return self.app.size.height >= ROOMY

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Tell what has the keyboard."""
        name = next((name for name, editor in self._editors.items() if editor is event.widget), "")
        label, meaning = (
            (LABELS[name][0], with_keys(self.app, MEANINGS[name])) if name else ("options", "How the run is made.")
        )
        self.post_message(self.Reached(label, meaning))

    def on_descendant_blur(self) -> None:
        """Where they leave the form little room, they are open only while the keyboard is in them."""
        if not self._is_roomy:
            self.call_after_refresh(self._close_if_left)

    def _close_if_left(self) -> None:
        focused = self.screen.focused
        if focused is not None and self not in focused.ancestors and not self._errors:
            self.is_open = False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What is closed cannot be closed."""
        return self._open if action == "close" else True

    def action_close(self) -> None:
        """Close the options and go back."""
        self.is_open = False
        self.post_message(self.Closed())

    def focus_option(self, name: str | None = None) -> None:
        """Open the options and go to one of them; without a name, to the first."""
        self.is_open = True
        self._go_to(self._editors[name or next(iter(LABELS))])

    def _go_to(self, editor: Widget) -> None:
        """Give an option the keyboard, once it is there if it was made just now."""
        if editor.is_mounted:
            editor.focus()
        else:
            self.call_next(self._go_to_new, editor)

    async def _go_to_new(self, editor: Widget) -> None:
        if self._made is not None:
            await self._made
        editor.focus()

    def action_move(self, by: int) -> None:
        """Go to the option above or below; from the fold up and from the last one down, to what is beyond."""
        stops = [self._fold, *(self._editors.values() if self._open else ())]
        here = next((at for at, stop in enumerate(stops) if stop.has_focus), 0)
        if 0 <= here + by < len(stops):
            stops[here + by].focus()
        elif by < 0:
            self.screen.focus_previous()

    def on_key(self, event: events.Key) -> None:
        """Letters and digits mean nothing on a switch or the fold, and must not reach what is around."""
        if event.is_printable and event.key != "space":
            event.stop()

    @on(OptionsFold.Toggled)
    def _toggled(self, event: OptionsFold.Toggled) -> None:
        event.stop()
        self.is_open = not self._open
        self._fold.focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._changed(next(name for name, line in self._lines.items() if line is event.input))

    @on(EventSwitches.Turned)
    def _turned(self, event: EventSwitches.Turned) -> None:
        event.stop()
        self._changed("webhook_events")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_move(1)

    def _changed(self, name: str) -> None:
        self._errors.pop(name, None)
        self._show()
        self.post_message(self.Changed(self, name))

    def _show(self) -> None:
        if self._open:
            self._make()
        for name, (_, hint) in LABELS.items():
            error = self._errors.get(name, "")
            self._told[name].display = bool(error) and self._open
            self._told[name].update(Content(f"✗ {one_line(error)}"))
            if name in self._lines:
                self._lines[name].placeholder = hint
        for row in self._rows:
            row.display = self._open
        self._fold.update(self._fold_line())

    def _make(self) -> None:
        """Mount each option over what is wrong with it, once."""
        if self._made is None:
            rows = zip(self._rows, self._told.values(), strict=True)
            self._made = self.mount_all(widget for row_and_error in rows for widget in row_and_error)

    def _fold_line(self) -> Content:
        line = Content(f"{'▾' if self._open else '▸'} options")
        given = self.raw
        if self._open:
            return line
        set_here = ", ".join(f"{LABELS[name][0]} {one_line(value)}" for name, value in given.items())
        return line + Content.styled("  " + (set_here or _ALL), "" if set_here else "$foreground-muted")


_ALL = ", ".join(label for name, (label, _) in LABELS.items() if name != "webhook_events")
