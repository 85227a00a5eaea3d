"""The models that a person wants at hand."""

import time

from replicate_tui.core.history.database import Database, storable


class Favourites:
    """The favourite models of one host, by their names `owner/name`, in the history file."""

    def __init__(self, database: Database, host: str) -> None:
        self._database = database
        self._host = host

    def all(self) -> tuple[str, ...]:
        """Every favourite, the latest first."""
        query = "SELECT model FROM favourites WHERE host = ? ORDER BY since DESC, model"
        return tuple(model for (model,) in self._database.read(query, (self._host,)))

    async def add(self, model: str, now: float | None = None) -> None:
        """Make a model a favourite; it may be one.

        Raises:
            DatabaseError: the file cannot be written.
        """
        row = (self._host, storable(model), time.time() if now is None else now)
        await self._database.write(lambda db: db.execute("INSERT OR IGNORE INTO favourites VALUES (?, ?, ?)", row))

    async def remove(self, model: str) -> None:
        """Have a model be no favourite any more; it need not be one.

        Raises:
            DatabaseError: the file cannot be written.
        """
        row = (self._host, storable(model))
        await self._database.write(lambda db: db.execute("DELETE FROM favourites WHERE host = ? AND model = ?", row))
