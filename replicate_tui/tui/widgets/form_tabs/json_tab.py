"""The input of a run as JSON, to be edited like the form."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static, TextArea

from replicate_tui.core import text as words
from replicate_tui.core.columns import Cell, Column
from replicate_tui.tui.key_names import key_of
from replicate_tui.tui.widgets.form_tabs.form_tab import FormTab
from replicate_tui.tui.widgets.form_tabs.json_area import JsonArea
from replicate_tui.tui.widgets.resource_table import ResourceTable
from replicate_tui.tui.widgets.text_lines import TextLines

MOST_EDITABLE = 100_000
"""Characters that are edited here: a key press in so many takes 20 ms, and in 1.4 MB a third of a second."""

PAUSE = 0.25
"""Seconds without a key press before an edit is told."""

MOST_PROBLEMS_SEEN = 5

Problem = tuple[int, str]
"""A line, counted from 1 (0 for the text as a whole), and what is wrong there."""


def _line(problem: Problem) -> Cell:
    return Cell(f"line {problem[0]}" if problem[0] else "", "muted")


PROBLEMS: tuple[Column[Problem], ...] = (
    Column("mark", "", 1, lambda problem: Cell("✗", "bad")),
    Column("line", "line", 9, _line),
    Column("words", "problem", 20, lambda problem: Cell(words.one_line(problem[1]), "bad"), grow=True),
)


class JsonTab(FormTab):
    """The input as text: `text` in, `Edited` out when a person has changed it and paused.

    Text longer than MOST_EDITABLE is shown, not edited. `problems` stand at their lines and in a list below;
    in the list up and down go to them. `full` says whether the inputs that were left alone are in the text,
    `apart` whether the text says what the form could not take, and waits to be mended or given up.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8", "switch_full", "all inputs", key_display="F8", id="json.full", tooltip="With defaults, or not"),
        Binding("ctrl+r", "give_up", "reset", show=False, id="json.reset", tooltip="Back to what the form says"),
    ]

    DEFAULT_CSS = """
    JsonTab {
        & > .json-tab--head { height: 1; color: $foreground-muted; text-wrap: nowrap; text-overflow: ellipsis; }
        & > ResourceTable { height: auto; max-height: 5; margin-top: 1; }
    }
    """

    @dataclass
    class Edited(Message):
        """A person changed the text."""

        tab: "JsonTab"
        text: str

        @property
        def control(self) -> "JsonTab":
            """The tab, for `@on(…, "#id")`."""
            return self.tab

    @dataclass
    class FullSwitched(Message):
        """A person wants the inputs that were left alone in the text (`full`), or out of it."""

        tab: "JsonTab"
        full: bool

    @dataclass
    class GivenUp(Message):
        """A person wants what the form says, in place of the text."""

        tab: "JsonTab"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self._text = ""
        self._apart = False
        self._in_area = ""
        self._full = False
        self._problems: Sequence[Problem] = ()
        self._timer: Timer | None = None
        self._head = Static(markup=False, classes="json-tab--head")
        self._area = JsonArea()
        self._shown = TextLines(wrap=True)
        self._list = ResourceTable(PROBLEMS, show_header=False)

    def compose(self) -> ComposeResult:
        """The head, the text, and what is wrong with it."""
        yield from (self._head, self._area, self._shown, self._list)

    @property
    def content(self) -> Widget:
        """The text."""
        return self._area if self.editable else self._shown

    @property
    def editable(self) -> bool:
        """Whether the text is short enough to be edited."""
        return len(self._text) <= MOST_EDITABLE

    @property
    def text(self) -> str:
        """The text, with what a person has just typed. Setting it tells nobody, and forgets what was not told yet."""
        return self._text

    @text.setter
    def text(self, text: str) -> None:
        self._stop_timer()
        if text != self._text:
            had_focus = self.has_pseudo_class("focus-within")
            self._text = text
            self.data_changed()
            if had_focus and not self.content.has_focus:
                self.focus_content()

    @property
    def full(self) -> bool:
        """Whether inputs that were left alone are in the text."""
        return self._full

    @full.setter
    def full(self, full: bool) -> None:
        self._full = full
        self.data_changed()

    @property
    def apart(self) -> bool:
        """Whether the text says what the form could not take."""
        return self._apart

    @apart.setter
    def apart(self, apart: bool) -> None:
        self._apart = apart
        self.data_changed()

    @property
    def problems(self) -> Sequence[Problem]:
        """What is wrong, by line."""
        return self._problems

    @problems.setter
    def problems(self, problems: Sequence[Problem]) -> None:
        self._problems = tuple(problems)
        self.data_changed()

    def take_edit(self) -> str | None:
        """The text, if a person changed it and was not told of yet: `Edited` will not tell of it any more."""
        self._take_up()
        if self._timer is None:
            return None
        self._stop_timer()
        return self._text

    def draw(self) -> None:
        """Show text, problems and what the text holds."""
        editable = self.editable
        self._area.display = editable
        self._shown.display = not editable
        if editable and self._in_area != self._text:
            self._area.show(self._text)
            self._in_area = self._area.text
        if not editable:
            self._shown.set_text(self._text)
        self._area.problems = [line for line, _ in self._problems]
        keys = [str(at) for at in range(len(self._problems))]
        self._list.display = bool(keys)
        self._list.styles.height = min(len(keys), MOST_PROBLEMS_SEEN)
        self._list.show(keys, self._problem)
        self._head.update(self._head_line())

    def action_switch_full(self) -> None:
        """Ask for the other kind of text."""
        self._tell()
        self.post_message(self.FullSwitched(self, not self._full))

    def action_give_up(self) -> None:
        """Ask for the text that says what the form says."""
        self.take_edit()
        self.post_message(self.GivenUp(self))

    @on(TextArea.Changed)
    def _typed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._take_up()

    def _take_up(self) -> None:
        """Take the text from the area, if a person has changed it there; it is told after a pause."""
        if self._area.text == self._in_area:
            return
        self._text = self._in_area = self._area.text
        self._stop_timer()
        self._timer = self.set_timer(PAUSE, self._tell)
        if not self.editable:
            self.data_changed()
            self.focus_content()

    @on(ResourceTable.Highlighted)
    def _problem_highlighted(self, event: ResourceTable.Highlighted) -> None:
        event.stop()
        if self._list.has_focus:
            self._go_to(event.key)

    @on(ResourceTable.Selected)
    def _problem_selected(self, event: ResourceTable.Selected) -> None:
        event.stop()
        self._go_to(event.key)
        self.focus_content()

    def _go_to(self, key: str | None) -> None:
        problem = None if key is None else self._problem(key)
        if problem is not None and problem[0]:
            self._area.go_to_line(problem[0])

    def _problem(self, key: str) -> Problem | None:
        return self._problems[int(key)] if int(key) < len(self._problems) else None

    def _tell(self) -> None:
        edit = self.take_edit()
        if edit is not None:
            self.post_message(self.Edited(self, edit))

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _head_line(self) -> Content:
        holds = "every input, with its default" if self._full else "inputs that were changed"
        if not self.editable:
            return Content(f"{words.size(len(self._text))} of text: too long to be edited here, so only shown")
        if self._apart:
            reset = key_of(self.app, "json.reset")
            words_of_it = "not in the form: mend it, or ", (reset, "b $primary"), " for what the form says"
            return Content.assemble(*words_of_it)
        other = "only the changed ones" if self._full else "all"
        return Content.assemble(holds, "   ", (key_of(self.app, "json.full"), "b $primary"), f" {other}")
