"""Editor: one field of a form, with its label, its value, and what is wrong or odd about it."""

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from replicate_tui.core.forms.inputs import UNSET, Field
from replicate_tui.core.text import clean, one_line

ACCENT = "$text-accent"
BAD = "$text-error"
ODD = "$text-warning"
BAR = "on $foreground 6%"
BAR_ACTIVE = "on $foreground 14%"
ROOMY = 32
"""Lines of the screen from which on a form may be airy."""


def muted(widget: Widget) -> str:
    """How words that matter less are drawn: with the terminal's own colours there is no blending."""
    return "dim" if widget.has_pseudo_class("ansi") else "$foreground-muted"


class Editor(Widget):
    """One field: a line with its name, its value on a bar, error and warning below. Subclasses hold the value.

    `value` is UNSET as long as nothing should be sent for the field: it was left alone, or says what the
    model's default says anyway. Only what a person does posts `Changed`; `set_value` is silent.
    """

    FULL_WIDTH: ClassVar[bool] = False
    """Whether the field wants a row of the form for itself."""
    HINT: ClassVar[str] = ""
    """What kind of value is meant, where neither name nor value show it."""

    DEFAULT_CSS = """
    Editor {
        layout: vertical;
        width: 1fr;
        height: auto;
        & > * { margin-top: 1; }
    }
    """

    @dataclass
    class Changed(Message):
        """A person changed the value of the field `editor.field`."""

        editor: "Editor"

        @property
        def control(self) -> "Editor":
            """The editor, for `@on(…, "#id")`."""
            return self.editor

    def __init__(self, field: Field) -> None:
        super().__init__()
        self.field = field
        self._error = ""
        self._warning = ""

    @property
    def value(self) -> object:
        """What to send, or UNSET."""
        raise NotImplementedError

    def set_value(self, value: object) -> None:
        """Show `value`; UNSET goes back to the model's default, or to nothing where it has none."""
        raise NotImplementedError

    def value_line(self, width: int) -> Content:
        """What the editor draws on the first line of its bar, `width` cells wide, below its children."""
        raise NotImplementedError

    @property
    def error(self) -> str:
        """What is wrong with the value, or "": cleaned when it is shown."""
        return self._error

    @error.setter
    def error(self, error: str) -> None:
        if error != self._error:
            self._error = error
            self.place_error()
            self.refresh(layout=True)

    def place_error(self) -> None:
        """The error is another one: an editor of many values goes to the one that is meant."""

    @property
    def warning(self) -> str:
        """What is odd about the value, though it can be sent, or "": cleaned when it is shown."""
        return self._warning

    @warning.setter
    def warning(self, warning: str) -> None:
        if warning != self._warning:
            self._warning = warning
            self.refresh(layout=True)

    def doubt(self) -> str:
        """What the editor itself finds odd about its value, or ""."""
        return ""

    @property
    def active(self) -> bool:
        """Whether the keyboard is in this field."""
        return self.has_focus or self.has_pseudo_class("focus-within")

    def changed_by_person(self) -> None:
        """Redraw after a change made here, and tell the form of it."""
        self.refresh()
        self.post_message(self.Changed(self))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The label, the value, and as many lines as error and warning take."""
        return 1 + self.value_height(container, viewport, width) + self._height_below(width)

    def value_height(self, container: Size, viewport: Size, width: int) -> int:
        """How many lines the value takes at this width."""
        return 1

    def render(self) -> Content:
        """The label above the bar, error and warning below it."""
        width = self.size.width
        rows = self.size.height - 1 - self._height_below(width)
        return Content("\n").join([self._label_line(width), *self.value_lines(width, rows), *self.notices()])

    def value_lines(self, width: int, rows: int) -> list[Content]:
        """What is drawn between label and error, `rows` lines of it."""
        return [self.value_line(width), *[Content()] * (rows - 1)]

    def bar(self, content: Content, width: int) -> Content:
        """`content` on the field's bar, `width` cells wide."""
        line = content.truncate(width, ellipsis=True).truncate(width, pad=True)
        return line.stylize_before(BAR_ACTIVE if self.active else BAR)

    def _label_line(self, width: int) -> Content:
        name = one_line(self.field.name)
        tone = f"bold {BAD}" if self._error else f"bold {ACCENT}" if self.active else ""
        label = Content.assemble((name, tone), (" *", f"bold {ACCENT}") if self.field.required else "")
        note = self._note()
        if note:
            label = Content.assemble(label, "   ", (note, muted(self)))
        return label.truncate(width, ellipsis=True)

    def _note(self) -> str:
        if self.value is not UNSET:
            return "changed"
        return " · ".join(filter(None, (self.HINT, "deprecated" if self.field.deprecated else "")))

    def notices(self) -> list[Content]:
        """What stands below the value: the error, the warning, the editor's own doubt."""
        told = ((f"✗ {self._error}", BAD), (f"! {self._warning}", ODD), (f"! {self.doubt()}", ODD))
        return [Content.styled(clean(text).strip(), tone) for text, tone in told if len(text) > 2]

    def _height_below(self, width: int) -> int:
        return sum(notice.get_height({}, width) for notice in self.notices()) if width else 0

    def on_click(self, event: events.Click) -> None:
        """A click anywhere on the field goes to it."""
        if not self.active:
            self.focus()

    def _on_descendant_focus(self, event: events.DescendantFocus) -> None:
        self.refresh()

    def _on_descendant_blur(self, event: events.DescendantBlur) -> None:
        self.refresh()
