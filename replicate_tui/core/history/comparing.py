"""What differs between runs. Pure."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

from replicate_tui.core.text import clean

MOST_PIECES: Final = 3_000
"""Words of a text up to which it is told which of them differ."""
LONGEST: Final = 20_000
"""Characters of a value that are compared and shown."""
MISSING: Final = "—"
"""Stands for an input that a run was not given."""

_PIECES: Final = re.compile(r"\s+|\w+|[^\w\s]")

Piece = tuple[str, bool]
"""A piece of a text, and whether the other text does not have it there."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A value of each run, in the runs' order, under its name."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs of some runs: those that differ, and those that are the same in all."""

    differing: tuple[Compared, ...] = ()
    same: tuple[Compared, ...] = ()


def inputs(given: Sequence[Mapping[str, Any]]) -> Inputs:
    """The inputs that runs were `given`, compared."""
    names = dict.fromkeys(name for each in given for name in each)
    rows = [Compared(clean(name), tuple(_shown(each, name) for each in given)) for name in names]
    return Inputs(
        tuple(row for row in rows if len(set(row.values)) > 1), tuple(row for row in rows if len(set(row.values)) == 1)
    )


def changed(text: str, other: str) -> list[Piece]:
    """The pieces of a text, each with whether it is other than in the `other` text; of a long one nothing is told."""
    ours, theirs = _PIECES.findall(text[:LONGEST]), _PIECES.findall(other[:LONGEST])
    if max(len(ours), len(theirs)) > MOST_PIECES:
        return [(text[:LONGEST], False)]
    pieces: list[Piece] = []
    for kind, start, end, _, _ in SequenceMatcher(None, ours, theirs).get_opcodes():
        if end > start:
            pieces.append(("".join(ours[start:end]), kind != "equal"))
    return pieces


def _shown(given: Mapping[str, Any], name: str) -> str:
    if name not in given:
        return MISSING
    value = given[name]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return clean(text)[:LONGEST]
