"""Facts as lines: a name beside what is so, wrapped below itself where it is long."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from textual.content import Content

from replicate_tui.core import text
from replicate_tui.tui.widgets.text_rows import wrapped

MUTED: Final = "$foreground-muted"

_GAP: Final = 2
_LEAST_WIDTH: Final = 12


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact. Without a `name` it goes on with the one above; `style` is how the value is drawn."""

    name: str
    value: str
    style: str = ""


def names_width(facts: Iterable[Fact]) -> int:
    """How many cells the names of these facts take, those that have a value, and the gap after them."""
    return max((text.cell_width(fact.name) for fact in facts if fact.value), default=0) + _GAP


def fact_lines(facts: Sequence[Fact], width: int, names: int | None = None) -> Content:
    """The facts in so many cells; those without a value are left out. `names` is for their names, where that is set."""
    told = [fact for fact in facts if fact.value]
    names = names_width(told) if names is None else names
    lines = [
        Content.assemble((text.pad(name, names), MUTED), (line, fact.style))
        for fact in told
        for name, line in _wrapped(fact, max(_LEAST_WIDTH, width - names))
    ]
    return Content("\n").join(lines)


def _wrapped(fact: Fact, width: int) -> Iterator[tuple[str, str]]:
    """The lines of a fact, the first one with its name."""
    for number, line in enumerate(wrapped(text.one_line(fact.value), width)):
        yield "" if number else fact.name, line.rstrip()
