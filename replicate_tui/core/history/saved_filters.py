"""Filters that a person gave a name."""

from replicate_tui.core.history.database import Database, storable
from replicate_tui.core.text import one_line

LONGEST_NAME = 60


class SavedFilters:
    """The named filters of a history file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> dict[str, str]:
        """The text of each filter by its name, in the order of the names."""
        return dict(self._database.read("SELECT name, text FROM saved_filters ORDER BY lower(name), name", ()))

    async def keep(self, name: str, text: str) -> str:
        """Keep a filter's text under a name instead of any that has it; the name as it is kept.

        Raises:
            ValueError: the name is empty.
            DatabaseError: the file cannot be written.
        """
        kept: str = storable(one_line(name))[:LONGEST_NAME].strip()
        if not kept:
            raise ValueError("a filter needs a name")
        row = (kept, storable(text))
        await self._database.write(lambda db: db.execute("INSERT OR REPLACE INTO saved_filters VALUES (?, ?)", row))
        return kept

    async def delete(self, name: str) -> None:
        """Delete a filter; there need be none."""
        await self._database.write(lambda db: db.execute("DELETE FROM saved_filters WHERE name = ?", (name,)))
