"""The items of a list field while they are edited: values as they were given, or texts as typed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from replicate_tui.core.forms import inputs
from replicate_tui.core.forms.inputs import UNSET, Field, Upload
from replicate_tui.core.text import count
from replicate_tui.tui.widgets.editors.text import MOST_CHARACTERS

_OF_ITEM: Final = re.compile(r"item (\d{1,6}) (.*)", re.DOTALL)


def told_of(error: str) -> tuple[int, str]:
    """The number of the item that an error is about, 0 for the list as a whole, and what is wrong with it."""
    found = _OF_ITEM.match(error)
    return (int(found[1]), found[2]) if found is not None else (0, error)


@dataclass(frozen=True, slots=True)
class Item:
    """One item: its text, and the value it was `given`, which it keeps until the text is edited (then UNSET)."""

    text: str = ""
    given: object = UNSET

    @property
    def blank(self) -> bool:
        """Whether it is no item yet."""
        return self.given is UNSET and not self.text


class Items:
    """The items of the list field `field`, in order. What is typed is judged elsewhere."""

    def __init__(self, field: Field) -> None:
        self.item = field.item or Field(field.name, "json")
        self.rows: list[Item] = []

    def give(self, value: object) -> None:
        """Take the items of a raw value: a list, or text that is a JSON array or one item a line. No text is a path."""
        found = inputs.guess(value) if isinstance(value, str) else value
        match found:
            case list() | tuple():
                self.rows = [self._given(member) for member in found]
            case _ if isinstance(value, str):
                as_typed = self.item.kind != "file"
                self.rows = [Item(line) if as_typed else self._given(line) for line in _lines(value)]
            case _ if found is UNSET or found is None:
                self.rows = []
            case _:
                self.rows = [self._given(found)]

    def read(self, text: str) -> None:
        """Take the items that a person wrote: as `give`, but on a line "@path" is a file of this machine."""
        self.give(text)
        if self.item.kind == "file" and not isinstance(inputs.guess(text), list):
            self.rows = [Item(line) for line in _lines(text)]

    def _given(self, value: object) -> Item:
        text = inputs.show(self.item, value)
        return Item(text if len(text) <= MOST_CHARACTERS else "", value)

    def kept_words(self, row: Item) -> str:
        """What is said of an item whose value is too long for a line."""
        given = row.given
        return f"{count(len(inputs.show(self.item, given)))} characters, kept" if given not in (UNSET, "") else ""

    def type(self, place: int, text: str) -> None:
        """The item at `place` has this text now; the place after the last is a new item."""
        self.rows[place : place + 1] = [Item(text)]

    def insert(self, place: int, texts: Sequence[str]) -> None:
        """Put new items before the one at `place`."""
        self.rows[place:place] = [Item(text) for text in texts]

    def remove(self, place: int) -> None:
        """Take an item away."""
        del self.rows[place : place + 1]

    def swap(self, place: int, other: int) -> None:
        """Let two items change places."""
        self.rows[place], self.rows[other] = self.rows[other], self.rows[place]

    @property
    def kept(self) -> list[int]:
        """The places of the items that are sent: blank ones are not."""
        return [place for place, row in enumerate(self.rows) if not row.blank]

    @property
    def values(self) -> list[object]:
        """The raw items, as they are sent."""
        return [self._value(self.rows[place]) for place in self.kept]

    def _value(self, row: Item) -> object:
        if row.given is not UNSET:
            return row.given
        match self.item.kind:
            case "file":
                return inputs.typed(row.text)
            case "json" | "list":
                return inputs.guess(row.text)
        return row.text

    @property
    def text(self) -> str:
        """All items as one text: one a line, or a JSON array where lines would not say the same."""
        values = self.values
        lines = "\n".join(self._texts)
        again = Items(Field("", "list", item=self.item))
        again.read(lines)
        if again._texts == self._texts or any(isinstance(value, Upload) for value in values):
            return lines
        return inputs.show(Field("", "list"), values)

    def same_as(self, value: object) -> bool:
        """Whether these are the items of the raw value `value`."""
        other = Items(Field("", "list", item=self.item))
        other.give(value)
        return self._texts == other._texts

    @property
    def _texts(self) -> list[str]:
        return [inputs.show(self.item, value) for value in self.values]


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]
