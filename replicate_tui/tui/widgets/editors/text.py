"""Editors whose value is typed, and the one for a line of text."""

from typing import Self

from rich.highlighter import Highlighter
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input

from replicate_tui.core.forms import inputs
from replicate_tui.core.forms.inputs import UNSET, Field, same
from replicate_tui.core.text import clean, count, one_line
from replicate_tui.tui.widgets.editors.editor import Editor
from replicate_tui.tui.widgets.keys_in_order import KeysInOrder

MOST_CHARACTERS = 100_000
NEWLINE = "↵"
_EMPTY_IS_A_VALUE = ("text", "prose")


def visible(text: str) -> str:
    """`text` with every character that acts on a terminal, or hides, shown as one cell: for a caret to count."""
    if text.isprintable() and clean(text) == text:
        return text
    return text.translate({ord(character): _visible_character(character) for character in set(text)})


def _visible_character(character: str) -> str:
    if character == "\n":
        return NEWLINE
    if character == "\t":
        return " "
    return character if clean(character) == character else "·"


class Visible(Highlighter):
    """Shows a line as `visible` says, character for character."""

    def __call__(self, text: str | Text) -> Text:
        """The text to draw for `text`."""
        shown = text.copy() if isinstance(text, Text) else Text(text)
        shown.plain = visible(shown.plain)
        return shown

    def highlight(self, text: Text) -> None:
        """Nothing is coloured."""


class TextEditor(Editor):
    """An editor whose value is typed.

    A value that was set stays the value, whatever its type, until a person edits its text: what cannot be
    shown as it is must not change by being looked at, and megabytes are better kept than shown.
    Emptied text is "" for texts and UNSET for all others.
    """

    EMPTY_HINT = ""
    """What to type, shown while nothing is there."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self._given: object = UNSET
        self._shown = self._text_of(UNSET)
        self._edited = False

    @property
    def text(self) -> str:
        """What stands in the editor."""
        raise NotImplementedError

    def load(self, text: str) -> None:
        """Put `text` into the editor as if it had always been there."""
        raise NotImplementedError

    def typed(self, text: str) -> object:
        """The value that typed `text` stands for; judging it is up to whoever sends it."""
        return text

    @property
    def value(self) -> object:
        """What was set, until it is edited; then what was typed."""
        text = self.text
        if text == self._shown and not self._edited:
            return self._given
        if not text and self.field.kind not in _EMPTY_IS_A_VALUE:
            return UNSET
        if self.field.default is not UNSET and text == self._text_of(UNSET):
            return UNSET
        return self.typed(text)

    def set_value(self, value: object) -> None:
        """Show `value`; null is UNSET where the field knows no null."""
        absent = value is None and not self.field.nullable
        self._given = UNSET if absent or same(value, self.field.default) else value
        self._shown = self._text_of(self._given)
        self._edited = False
        self.load(self._shown)
        self.refresh()

    def type_over(self, text: str) -> None:
        """Replace the text on a person's behalf."""
        self.load(text)
        self._person_typed()

    @property
    def placeholder(self) -> str:
        """What stands where no text does: which kind of nothing this is."""
        value = self.value
        if value is None:
            return "null"
        if not self._edited and not self._shown and value is self._given and value not in (UNSET, ""):
            return f"{count(len(inputs.show(self.field, value)))} characters, kept until you type"
        if value == "" or (value is UNSET and self.field.default == ""):
            return "empty"
        if self.field.default is not UNSET:
            return f"default {one_line(inputs.show(self.field, self.field.default))}"
        nothing = "required" if self.field.required else "unset"
        return f"{self.EMPTY_HINT}  {nothing}" if self.EMPTY_HINT else nothing

    def _text_of(self, value: object) -> str:
        """What stands there for a raw value; UNSET means the model's default."""
        if value is None:
            return ""
        left_alone = value is UNSET
        text = inputs.show(self.field, self.field.default) if left_alone else inputs.shown_as_typed(self.field, value)
        return text if len(text) <= MOST_CHARACTERS else ""

    def _person_typed(self) -> None:
        self._edited = True
        self.changed_by_person()


class Line(KeysInOrder, Input):
    """A line to type on: Textual's, without border, blinking and validation, showing what hides."""

    DEFAULT_CSS = """
    Line {
        width: 1fr;
        height: 1;
        padding: 0 1;
        border: none;
        background: $foreground 6%;
        & > .input--placeholder { color: $foreground-muted; }
    }
    Line:focus { border: none; background: $foreground 14%; background-tint: transparent; }
    """

    def __init__(self, text: str, *, password: bool = False, select_on_focus: bool = False) -> None:
        super().__init__(highlighter=Visible(), password=password, select_on_focus=select_on_focus)
        self.cursor_blink = False
        self.show(text)

    def show(self, text: str) -> None:
        """Replace the text without a word to anybody."""
        with self.prevent(Input.Changed):
            self.value = text
        self.cursor_position = len(text) if self.has_focus else 0

    def validate(self, value: str) -> None:
        """Nothing is judged here; Textual's own would only touch style classes, which costs time."""

    def _on_mount(self, event: events.Mount) -> None:
        """Start no timer for a blinking caret."""
        event.prevent_default()

    def _on_focus(self, event: events.Focus) -> None:
        """Put the caret where typing goes on."""
        if not event.from_app_focus:
            self.cursor_position = len(self.value)

    def _on_blur(self, event: events.Blur) -> None:
        """Show the beginning of what is too long to be seen whole."""
        self.scroll_to(x=0, animate=False, force=True)

    def on_paste(self, event: events.Paste) -> None:
        """Take all lines of what is pasted, not only the first."""
        event.stop()
        event.prevent_default()
        self.replace(event.text, *self.selection)


class LineEditor(TextEditor):
    """A text on one line; with "secret", as dots."""

    SELECT_ON_FOCUS = False

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self.line = self.make_line(self._shown)
        self.line.placeholder = self.placeholder

    def compose(self) -> ComposeResult:
        """The line is all there is to mount."""
        yield self.line

    def make_line(self, text: str) -> Line:
        """The line to type on."""
        secret = self.field.kind == "secret"
        return Line(text, password=secret, select_on_focus=self.SELECT_ON_FOCUS)

    @property
    def text(self) -> str:
        """What stands on the line."""
        return self.line.value

    def load(self, text: str) -> None:
        """Put `text` on the line."""
        self.line.show(text)
        self.line.placeholder = self.placeholder

    def focus(self, scroll_visible: bool = True) -> Self:
        """Put the caret on the line."""
        self.line.focus(scroll_visible)
        return self

    def aside(self, width: int) -> Content:
        """What stands right of the line, in at most `width` cells."""
        return Content()

    def line_width(self, width: int) -> int:
        """How many of the bar's `width` cells the line takes."""
        return self.line.outer_size.width

    def value_line(self, width: int) -> Content:
        """The bar behind the line, and what stands right of it."""
        start = min(self.line_width(width), width)
        return self.bar(Content.assemble(" " * start, self.aside(width - start)), width)

    def on_input_changed(self, event: Input.Changed) -> None:
        """A person typed."""
        event.stop()
        self.line.placeholder = self.placeholder
        self._person_typed()
