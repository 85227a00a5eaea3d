"""A cursor that belongs to a key, so that it stays on its row when rows come and go. Pure."""

from collections.abc import Sequence


class KeyCursor:
    """A cursor in a sequence of keys.

    `keys` may be any sequence and of any length; `index` is -1 and `key` None while it is empty.
    """

    __slots__ = ("index", "key", "keys")

    def __init__(self) -> None:
        self.keys: Sequence[str] = ()
        self.index = -1
        self.key: str | None = None

    def find(self, key: str) -> int | None:
        """Return where a key is, looking first where the cursor is: most often it is there."""
        if 0 <= self.index < len(self.keys) and self.keys[self.index] == key:
            return self.index
        try:
            return self.keys.index(key)
        except ValueError:
            return None

    def go(self, index: int) -> bool:
        """Move to the row nearest to `index`; return whether the cursor now has another key."""
        before = self.key
        self.index = min(max(index, 0), len(self.keys) - 1)
        self.key = self.keys[self.index] if self.index >= 0 else None
        return self.key != before

    def replace(self, keys: Sequence[str], *, keep_top: bool = False) -> bool:
        """Take other keys: stay on the same key, or near it if it is gone.

        With `keep_top` a cursor on the first row stays on the first row, whatever its key. Returns whether
        the cursor now has another key.
        """
        self.keys = keys
        on_top = keep_top and self.index <= 0
        found = None if self.key is None or on_top else self.find(self.key)
        return self.go(self.index if found is None else found)
