"""One of several runs that are compared: facts in lines that stand beside those of the others, and its output."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from replicate_tui.core.history.comparing import Piece
from replicate_tui.tui.widgets.output_view import OutputView

DIFFERENT = "bold $text-warning"
"""How what differs is marked."""
NAMES = 17
"""Cells of the names of the facts."""
MOST_LINES = 6
"""Lines of one value."""
MUTED = "$foreground-muted"


@dataclass(frozen=True, slots=True)
class Fact:
    """A name, and the pieces of its value."""

    name: str
    pieces: Sequence[Piece] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """What is shown of one run. `text` is its output where all outputs are texts, else None."""

    title: str
    facts: tuple[Fact, ...] = ()
    text: tuple[Piece, ...] | None = None
    output: object = None
    files: Mapping[str, Path] = field(default_factory=dict)
    status: str = ""
    error: str | None = None
    schema: Mapping[str, Any] | None = None


class ComparedRun(Vertical):
    """A run among others; a click makes it the chosen one."""

    DEFAULT_CSS = """
    ComparedRun {
        & > Static { height: auto; }
        & > .compared-run--text { height: 1fr; scrollbar-size-vertical: 1; }
        & > .compared-run--text > Static { height: auto; }
        & > OutputView { height: 1fr; }
    }
    """

    @dataclass
    class Clicked(Message):
        """The run was clicked."""

        run: "ComparedRun"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self._facts = Static(markup=False)
        self._text = Static(markup=False)
        self._scroll = VerticalScroll(self._text, classes="compared-run--text")
        self._scroll.can_focus = False
        self._output = OutputView()

    def compose(self) -> ComposeResult:
        """The facts over the output."""
        yield from (self._facts, self._scroll, self._output)

    @property
    def output(self) -> OutputView | None:
        """What came of the run, where it is shown as more than text."""
        return self._output if self._output.display else None

    def show(self, side: Side, lines: Sequence[Content], *, chosen: bool) -> None:
        """Show a run, its facts already in `lines`."""
        style = "b reverse $primary" if chosen else "b $primary"
        self._facts.update(Content("\n").join([Content.styled(f" {side.title} ", style), *lines, Content()]))
        self._scroll.display = side.text is not None
        self._output.display = side.text is None
        if side.text is not None:
            self._text.update(painted(side.text))
            return
        self._output.show(
            side.output, schema=side.schema, files=side.files, status=side.status, error=side.error, note=""
        )

    def on_click(self, event: events.Click) -> None:
        """Become the chosen one."""
        self.post_message(self.Clicked(self))


def painted(pieces: Sequence[Piece]) -> Content:
    """Pieces as content, with those marked that differ."""
    return Content.assemble(*((piece, DIFFERENT if differs else "") for piece, differs in pieces))


def facts_beside(sides: Sequence[Side], width: int) -> list[list[Content]]:
    """The lines of the facts of each run in so many cells, those of one fact at the same height in all of them."""
    room = max(8, width - NAMES)
    columns: list[list[Content]] = [[] for _ in sides]
    for facts in zip(*(side.facts for side in sides), strict=True):
        wrapped = [_wrapped(fact, room) for fact in facts]
        height = max(len(lines) for lines in wrapped)
        for column, fact, lines in zip(columns, facts, wrapped, strict=True):
            column += _named(fact.name, [*lines, *[Content()] * (height - len(lines))])
    return columns


def facts_below(side: Side, width: int) -> list[Content]:
    """The lines of the facts of one run in so many cells, without those that it lacks."""
    room = max(8, width - NAMES)
    return [line for fact in side.facts if fact.pieces for line in _named(fact.name, _wrapped(fact, room))]


def _wrapped(fact: Fact, width: int) -> list[Content]:
    lines = painted(fact.pieces).wrap(width) if fact.pieces else [Content()]
    if len(lines) <= MOST_LINES:
        return lines
    return [*lines[: MOST_LINES - 1], Content.styled("…", MUTED)]


def _named(name: str, lines: Sequence[Content]) -> list[Content]:
    names = [name[: NAMES - 2], *[""] * (len(lines) - 1)]
    return [
        Content.assemble(Content.styled(f"{each:<{NAMES}}", MUTED), line)
        for each, line in zip(names, lines, strict=True)
    ]
