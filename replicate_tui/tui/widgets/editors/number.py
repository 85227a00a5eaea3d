"""Editors for numbers: a line, one with a slider for small ranges, one that rolls seeds."""

import math
import random
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from replicate_tui.core.forms import inputs
from replicate_tui.core.forms.inputs import Field
from replicate_tui.tui.widgets.editors.editor import ACCENT, Editor, muted
from replicate_tui.tui.widgets.editors.text import Line, LineEditor

SMALL_RANGE = 1000
LARGEST_SEED = 2**31 - 1
STRIDE = 10
_SEED = re.compile(r"(^|_)seed$", re.IGNORECASE)


def number_editor(field: Field) -> Editor:
    """The editor that suits a number: by its name, and by the range it may have."""
    if field.kind == "integer" and _SEED.search(field.name):
        return SeedEditor(field)
    if has_small_range(field):
        return SliderEditor(field)
    return NumberEditor(field)


def has_small_range(field: Field) -> bool:
    """Whether a slider can show where a value lies: both bounds are there, of an integer not too far apart."""
    low, high = field.minimum, field.maximum
    if low is None or high is None or not low < high:
        return False
    return field.kind == "number" or high - low <= SMALL_RANGE


def seed_bounds(field: Field) -> tuple[int, int]:
    """The least and the greatest seed to draw: of 31 bits and none below nothing, as far as the bounds let that be."""
    low = None if field.minimum is None else math.ceil(field.minimum)
    high = None if field.maximum is None else math.floor(field.maximum)
    if high is not None and high < 0:
        return (high if low is None else min(low, high)), high
    least = max(0, low or 0)
    return least, max(least, LARGEST_SEED if high is None else min(LARGEST_SEED, high))


def step_of(field: Field) -> Decimal:
    """What one press of an arrow adds: 1, or about a hundredth of the range as 1, 2 or 5 of a power of ten."""
    if field.kind == "integer" or field.minimum is None or field.maximum is None:
        return Decimal(1)
    hundredth = (Decimal(str(field.maximum)) - Decimal(str(field.minimum))) / 100
    power = Decimal(1).scaleb(hundredth.adjusted())
    return max(power * factor for factor in (1, 2, 5) if power * factor <= hundredth)


def stepped(field: Field, text: str, steps: int) -> str | None:
    """The number `steps` steps from the one in `text`, within the bounds; None if `text` is no number."""
    low, high = Decimal(str(field.minimum)), Decimal(str(field.maximum))
    try:
        number = Decimal(text.strip()) + steps * step_of(field) if text.strip() else low
    except InvalidOperation:
        return None
    return plain_text(min(max(number, low), high)) if number.is_finite() else None


def plain_text(number: Decimal) -> str:
    """A number written out: no exponent, no zeros that say nothing."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class NumberEditor(LineEditor):
    """A number typed on a line; typing replaces what stood there."""

    SELECT_ON_FOCUS = True

    def load(self, text: str) -> None:
        """Put `text` on the line, for typing to replace it."""
        super().load(text)
        if self.line.has_focus:
            self.line.select_all()


class StepLine(Line):
    """A line on which left and right ask for the next number instead of moving the caret."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "less", show=False, id="form.less", tooltip="One step less"),
        Binding("right", "step(1)", "more", show=False, id="form.more", tooltip="One step more"),
        Binding(
            "shift+left", f"step(-{STRIDE})", "Much less", show=False, id="form.much_less", tooltip="Ten steps less"
        ),
        Binding(
            "shift+right", f"step({STRIDE})", "Much more", show=False, id="form.much_more", tooltip="Ten steps more"
        ),
    ]

    @dataclass
    class Stepped(Message):
        """So many steps were asked for."""

        steps: int

    def action_step(self, steps: int) -> None:
        """Ask for a number `steps` further."""
        self.post_message(self.Stepped(steps))


class SliderEditor(NumberEditor):
    """A number of a small range: typed, stepped with the arrows, or set on a slider with the mouse."""

    DEFAULT_CSS = """
    SliderEditor > Line { width: 9; }
    """
    MOST_CELLS = 20

    def make_line(self, text: str) -> Line:
        """A line with stepping keys."""
        return StepLine(text, select_on_focus=True)

    def aside(self, width: int) -> Content:
        """The slider and the maximum."""
        field = self.field
        most = inputs.show(field, field.maximum)
        cells = self._cells(width)
        if cells < 4:
            return Content()
        before = round(self._fraction() * (cells - 1))
        after = cells - 1 - before
        return Content.assemble(
            ("━" * before + "●", ACCENT), ("─" * after, "$foreground 30%"), (f" {most}", muted(self))
        )

    def _cells(self, width: int) -> int:
        return min(self.MOST_CELLS, width - len(inputs.show(self.field, self.field.maximum)) - 2)

    def _fraction(self) -> float:
        """How far along the range the number lies; nothing for what is no number."""
        low, high = Decimal(str(self.field.minimum)), Decimal(str(self.field.maximum))
        try:
            number = Decimal(self.text.strip())
        except InvalidOperation:
            return 0.0
        return float((min(max(number, low), high) - low) / (high - low)) if number.is_finite() else 0.0

    def on_step_line_stepped(self, event: StepLine.Stepped) -> None:
        """Take so many steps; what is no number stays."""
        event.stop()
        text = stepped(self.field, self.text, event.steps)
        if text is not None and text != self.text:
            self.type_over(text)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the slider."""
        if event.y == 1 and event.x >= self.line.outer_size.width:
            event.stop()
            self.capture_mouse()
            self._slide_to(event.x)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drag the slider."""
        if self.app.mouse_captured is self:
            self._slide_to(event.x)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let go of the slider."""
        self.release_mouse()

    def _slide_to(self, x: int) -> None:
        """Set the number that lies below the cell `x`."""
        start = self.line.outer_size.width
        cells = self._cells(self.size.width - start)
        low, high = Decimal(str(self.field.minimum)), Decimal(str(self.field.maximum))
        reach = Decimal(min(max(x - start, 0), cells - 1)) / max(cells - 1, 1)
        step = step_of(self.field)
        number = high if reach == 1 else low + round((high - low) * reach / step) * step
        text = plain_text(min(number, high))
        if text != self.text:
            self.type_over(text)


class SeedLine(Line):
    """A line that gives way to a key for drawing a seed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "f9,ctrl+g",
            "randomise",
            "randomise",
            key_display="F9",
            show=False,
            id="form.randomise",
            tooltip="Draw a random seed",
        ),
    ]

    @dataclass
    class Randomised(Message):
        """A random number was asked for."""

    def action_randomise(self) -> None:
        """Ask for a random number."""
        self.post_message(self.Randomised())


class SeedEditor(NumberEditor):
    """A whole number that is as good as any other: one key draws it."""

    DEFAULT_CSS = """
    SeedEditor > Line { width: 14; }
    """

    def __init__(self, field: Field) -> None:
        self._drawn = ""
        super().__init__(field)

    def make_line(self, text: str) -> Line:
        """A line with the key that draws."""
        return SeedLine(text, select_on_focus=True)

    def aside(self, width: int) -> Content:
        """The offer to draw, or that it was taken up."""
        label = "↻ drawn at random" if self._drawn and self.text == self._drawn else "↻ randomise"
        return Content.styled(label if width >= len(label) else "↻", ACCENT)

    def on_seed_line_randomised(self, event: SeedLine.Randomised) -> None:
        """Put a random number on the line, another than the one before where there is one."""
        event.stop()
        self._randomise()

    def _randomise(self) -> None:
        low, high = seed_bounds(self.field)
        drawn = str(random.randint(low, high))
        while low < high and drawn == self.text:
            drawn = str(random.randint(low, high))
        self._drawn = drawn
        self.type_over(drawn)

    def on_click(self, event: events.Click) -> None:
        """A click right of the line draws."""
        if event.y == 1 and event.x >= self.line.outer_size.width:
            event.stop()
            self._randomise()
