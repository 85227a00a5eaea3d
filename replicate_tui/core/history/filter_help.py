"""What helps a person to write a filter: the language in examples, and how what is typed may go on. Pure."""

from typing import Final

from replicate_tui.core.history.filters import GROUPS, HOLDINGS, HOW, SOURCES, STATES

LANGUAGE: Final = (
    ("heron dusk", "words, or their beginnings, in prompt, output, error, model, id, status, note or tags"),
    ('"two words"', "just as they stand; text: does the same"),
    ("status:failed", f"or its beginning, several with commas, {' or '.join(GROUPS)}"),
    ("model:sdxl", "a part of the name; likewise version: (its beginning), deployment:, tag:"),
    ("source:web", "made on the website; api: made by programs"),
    ("has:files", f"one of {', '.join(HOLDINGS)}"),
    ("age<2d time>30s", "made in the last two days; took more than half a minute (s m h d w)"),
    ("-status:failed", "a minus in front of a field: all others"),
)
"""The language for a person: examples, and what they mean."""


def completions(text: str) -> tuple[str, ...]:
    """Whole texts that the beginning of a last part may be meant to become, the likeliest first."""
    head, piece = text[: len(text) - len(last)] if (last := _last(text)) else text, last
    minus, rest = ("-", piece[1:]) if piece.startswith("-") else ("", piece)
    if not rest:
        return ()
    name, colon, value = rest.partition(":")
    if not colon:
        return tuple(f"{head}{minus}{field}{HOW[field][0]}" for field in HOW if field.startswith(rest.lower()))
    known = [*GROUPS, *STATES] if name == "status" else [*SOURCES] if name == "source" else [*HOLDINGS]
    before, comma, begun = value.rpartition(",")
    values = known if name in ("status", "source", "has") else []
    found = [each for each in values if begun and each.startswith(begun.lower()) and " " not in each]
    return tuple(f"{head}{minus}{name}:{before}{comma}{each}" for each in found)


def _last(text: str) -> str:
    return "" if not text or text[-1].isspace() else text.split()[-1]
