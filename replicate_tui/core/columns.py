"""What a list shows: columns and cells, for the screen's tables and the command line's alike.

A cell carries a *tone*, which is a meaning and never a colour: each face decides how it looks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

Tone = Literal["plain", "strong", "muted", "accent", "ok", "busy", "wait", "warn", "bad"]

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a list: cleaned text, and what it means.

    The first `lead` characters matter less than the rest, as an owner's name does before a model's.
    """

    text: str
    tone: Tone = "plain"
    lead: int = 0


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """One column of a list.

    `width` is in terminal cells; a column that grows takes the width that the others leave.
    """

    key: str
    title: str
    width: int
    cell: Callable[[R], Cell]
    grow: bool = False
    align: Literal["left", "right"] = "left"
