"""What one input of a model is: its Field, and the two values no JSON has, UNSET and Upload."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final, Literal

from replicate_tui.core.forms.numerals import plain

Kind = Literal["text", "prose", "integer", "number", "boolean", "choice", "file", "list", "json", "secret"]


class _Unset(Enum):
    UNSET = "unset"

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> bool:
        return False


Unset = Literal[_Unset.UNSET]
UNSET: Final = _Unset.UNSET


@dataclass(frozen=True, slots=True)
class Field:
    """One input of a model.

    `kind` names the editor it wants; `default` is UNSET where the schema gives none that could be sent.
    `choices` are the members as the API takes them. `minimum` and `maximum` bound numbers, the length
    of a text in characters (`kind` "text", "prose", "secret"), or the number of items of a list.
    `item` is the Field of a list's members; `plain` is what a secret that is no text would be, were it none.
    `types` are the JSON types that a "json" field takes, none meaning any. `order` is its place in the form.
    `notes` say in plain words what was odd about the schema.
    """

    name: str
    kind: Kind
    title: str = ""
    description: str = ""
    required: bool = False
    default: object = UNSET
    choices: tuple[object, ...] = ()
    minimum: float | int | None = None
    maximum: float | int | None = None
    nullable: bool = False
    deprecated: bool = False
    order: int = 0
    item: "Field | None" = None
    notes: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    plain: "Field | None" = None

    @property
    def counted(self) -> str:
        """What the bounds count: "items", "characters", "" where they bound the value itself."""
        if self.kind == "list":
            return "items"
        return "characters" if self.kind in ("text", "prose", "secret") else ""

    @property
    def bounds(self) -> str:
        """The bounds in words, "" where there are none."""
        low, high = (None if bound is None else plain(bound) for bound in (self.minimum, self.maximum))
        if low is None and high is None:
            return ""
        words = f"at most {high}" if low is None else f"at least {low}" if high is None else f"{low} to {high}"
        return f"{words} {self.counted}".rstrip()


class Pieces(list[object]):
    """A list that a template found in a run: where a text is wanted, it is a text that came in pieces."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of this machine, meant as an input: uploaded just before the run is created."""

    path: Path
