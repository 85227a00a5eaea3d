"""Where in a run the words of a filter are: which part holds them, and how they are found in a text. Pure."""

import re
from collections.abc import Iterable, Sequence

from replicate_tui.core.history import runs
from replicate_tui.core.history.rows import RunRow
from replicate_tui.core.history.runs import Run

LONGEST = 200
"""Characters of a word, and words, that are marked; nobody reads more."""


def pattern(words: Sequence[str]) -> re.Pattern[str] | None:
    """Matches each word at the beginning of a word, whatever its letters' size; None without words."""
    wanted = [re.escape(word[:LONGEST]) for word in dict.fromkeys(words) if word][:LONGEST]
    if not wanted:
        return None
    return re.compile("|".join(f"(?<!\\w){word}" if word[:1].isalnum() else word for word in wanted), re.IGNORECASE)


def places(run: Run, row: RunRow, words: Sequence[str]) -> frozenset[str]:
    """The parts of a run that hold any of the words: "input", "output", "details"."""
    wanted = pattern(words)
    if wanted is None:
        return frozenset()
    found = runs.found_by(run)
    parts: dict[str, Iterable[str]] = {
        "input": (found.prompt,),
        "output": (found.output, found.error),
        "details": (run.id, run.status, row.model, row.note, row.tags),
    }
    return frozenset(name for name, texts in parts.items() if any(wanted.search(text) for text in texts))
