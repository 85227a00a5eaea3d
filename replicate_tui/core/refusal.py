"""Why an input is not taken, in words a person can act on."""

from replicate_tui.core.field import Upload
from replicate_tui.core.numerals import plain
from replicate_tui.core.text import fit, one_line


class Refused(ValueError):
    """A value that its field does not take; the words go after the field's name."""


def given(raw: object) -> str:
    """What was given, in a few words and brackets, for the end of a refusal."""
    match raw:
        case bool():
            words = str(raw).lower()
        case int() | float():
            words = plain(raw)
        case str():
            words = fit(one_line(raw[:200]), 40) or "blank text"
        case list() | tuple():
            words = f"a list of {len(raw)}"
        case Upload():
            words = "a file"
        case None:
            words = "null"
        case _:
            words = "an object"
    return f"(you gave {words})"
