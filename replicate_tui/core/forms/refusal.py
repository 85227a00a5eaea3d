"""Why an input is not taken, in words a person can act on."""

from typing import Final, Literal

from replicate_tui.core.forms.field import Upload
from replicate_tui.core.forms.numerals import plain
from replicate_tui.core.text import fit, one_line

Cause = Literal["type", "range", "length", "choice", "file", "secret", "unsendable"]
CAUSES: Final[dict[Cause, str]] = {
    "type": "of another type",
    "range": "out of range",
    "length": "too long or too short",
    "choice": "not among the choices",
    "file": "no file that can be sent",
    "secret": "a secret that was not kept",
    "unsendable": "nothing that JSON can say",
}


class Refused(ValueError):
    """A value that its field does not take; the words go after the field's name. `cause` is why, as one word."""

    def __init__(self, words: str, cause: Cause = "type") -> None:
        super().__init__(words)
        self.cause: Cause = cause


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
