"""A form in an app of its own, for the tests of its editors."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import pytest
from textual._wait import wait_for_idle
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.events import Key
from textual.keys import _character_to_key, key_to_character
from textual.message import Message
from textual.pilot import Pilot
from textual.widgets import Button

from replicate_tui.core.forms.inputs import Field, parse
from replicate_tui.tui.widgets.editors import Editor
from replicate_tui.tui.widgets.input_form import InputForm
from tests.tui.driving import SMALL, WIDE
from tests.waiting import eventually

Size = tuple[int, int]
"""Columns and lines of a terminal."""

BOTH_SIZES = pytest.mark.parametrize("size", [SMALL, WIDE], ids=["80x24", "160x48"])
"""The test is run with either `size`: a terminal of old, and a large one."""

ONE_OF_EACH = (
    Field("title", "text"),
    Field("prompt", "prose"),
    Field("seed", "integer"),
    Field("width", "integer", minimum=64, maximum=2048, default=512),
    Field("guidance", "number", minimum=0, maximum=50, default=7.5),
    Field("watermark", "boolean"),
    Field("style", "choice", choices=("night", "day", "dawn")),
    Field("image", "file"),
    Field("tags", "list", item=Field("tags", "text")),
    Field("extra", "json"),
    Field("key", "secret"),
)


class FormApp(App[None]):
    """A form and a button after it. Whoever wants to run is told what is wrong, and nothing else happens."""

    BINDINGS = [Binding(key, f"note('{key}')") for key in ("q", "f5", "f10", "f11")]

    def __init__(self, fields: Sequence[Field], values: Mapping[str, object] | None) -> None:
        super().__init__()
        self.given = fields, values
        self.told: list[Message] = []
        self.noted: list[str] = []

    def compose(self) -> ComposeResult:
        self.form = InputForm(*self.given)
        yield self.form
        yield Button("after")

    def on_input_form_changed(self, event: InputForm.Changed) -> None:
        self.told.append(event)

    def on_input_form_left(self, event: InputForm.Left) -> None:
        self.told.append(event)

    def on_input_form_submitted(self, event: InputForm.Submitted) -> None:
        self.told.append(event)
        self.form.errors = parse(self.form.fields, self.form.raw).errors

    def on_input_form_field_focused(self, event: InputForm.FieldFocused) -> None:
        self.told.append(event)

    def action_note(self, key: str) -> None:
        self.noted.append(key)

    @property
    def changed(self) -> list[str]:
        return [event.name for event in self.told if isinstance(event, InputForm.Changed)]

    @property
    def at(self) -> str:
        """The name of the field with the focus."""
        within = self.focused.ancestors_with_self if self.focused is not None else ()
        return next((node.field.name for node in within if isinstance(node, Editor)), "")

    @property
    def lines(self) -> list[str]:
        """What is on the screen."""
        return [strip.text.rstrip() for strip in self.screen._compositor.render_strips()]

    def line_of(self, text: str) -> int:
        return next(y for y, line in enumerate(self.lines) if text in line)

    def editor(self, name: str) -> Editor:
        return next(editor for editor in self.query(Editor) if editor.field.name == name)

    async def press(self, *keys: str) -> None:
        """Press keys, each when the app has done with the one before."""
        for key in keys:
            self.send(key)
            await self.is_idle()

    async def write(self, words: str) -> None:
        """Type words, on one line or several; the letters of a line come as fast as a terminal sends them."""
        first, *others = words.split("\n")
        await self._type(first)
        for line in others:
            await self.press("enter")
            await self._type(line)

    async def _type(self, line: str) -> None:
        for letter in line:
            self.send(letter)
        await self.is_idle()

    def send(self, key: str) -> None:
        """Press a key and wait for nothing: it has its name, or is the one character that it types."""
        assert self._driver is not None
        types_itself = len(key) == 1
        event = Key(_character_to_key(key), key) if types_itself else Key(key, key_to_character(key))
        event.set_sender(self)
        self._driver.send_message(event)

    async def is_idle(self) -> None:
        """Let the app work until it has nothing left to do: no message waits, even where the machine is busy."""
        await wait_for_idle(0)
        nodes = self, *self.screen.walk_children(with_self=True)
        await eventually(lambda: not any(node.message_queue_size for node in nodes if node.is_running), "idleness")

    async def shows(self, *texts: str) -> None:
        """Let the app work until the screen shows every text."""

        def seen() -> bool:
            return all(any(text in line for line in self.lines) for text in texts)

        try:
            await eventually(seen)
        except AssertionError:
            raise AssertionError(f"waited in vain for {texts} on\n" + "\n".join(self.lines)) from None

    async def reaches(self, name: str) -> None:
        """Let the app work until the field `name` has the focus."""
        try:
            await eventually(lambda: self.at == name)
        except AssertionError:
            raise AssertionError(f"the focus is at {self.at!r} and not at {name!r}") from None

    async def ask_to_run(self) -> None:
        """Ask for a run with ctrl+enter, and let the app work until that is judged."""
        before = self.judged
        self.send("ctrl+enter")
        await eventually(lambda: self.judged > before, "the judgement")

    @property
    def judged(self) -> int:
        """How often a run was asked for."""
        return sum(isinstance(event, InputForm.Submitted) for event in self.told)

    async def until_gone(self, text: str) -> None:
        """Let the app work until the screen shows the text no more."""
        await eventually(lambda: not any(text in line for line in self.lines), f"{text} to go")


@asynccontextmanager
async def shown(
    *fields: Field, values: Mapping[str, object] | None = None, size: tuple[int, int] = (100, 40)
) -> AsyncIterator[tuple[FormApp, Pilot[None]]]:
    """The form, with the focus on its first field."""
    app = FormApp(fields, values)
    async with app.run_test(size=size, notifications=True) as pilot:
        app.form.focus()
        await pilot.pause()
        yield app, pilot
