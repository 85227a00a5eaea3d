"""The models that a person wants at hand."""

import time

from replicate_tui.core.history.database import Database, storable


class Favourites:
    """The favourite models of one host, by their names `owner/name`, in the history file.

    They are read once, and again where they or the file have changed: a list asks for them at each key.
    """

    def __init__(self, database: Database, host: str) -> None:
        self._database = database
        self._host = host
        self._all: tuple[str, ...] = ()
        self._read_at = -1

    def all(self) -> tuple[str, ...]:
        """Every favourite, the latest first; those of another program once its writing was noticed."""
        if self._read_at != self._database.noticed:
            query = "SELECT model FROM favourites WHERE host = ? ORDER BY since DESC, model"
            self._all = tuple(model for (model,) in self._database.read(query, (self._host,)))
            self._read_at = self._database.noticed
        return self._all

    async def add(self, model: str, now: float | None = None) -> None:
        """Make a model a favourite; it may be one.

        Raises:
            DatabaseError: the file cannot be written.
        """
        row = (self._host, storable(model), time.time() if now is None else now)
        await self._database.write(lambda db: db.execute("INSERT OR IGNORE INTO favourites VALUES (?, ?, ?)", row))
        self._read_at = -1

    async def remove(self, model: str) -> None:
        """Have a model be no favourite any more; it need not be one.

        Raises:
            DatabaseError: the file cannot be written.
        """
        row = (self._host, storable(model))
        await self._database.write(lambda db: db.execute("DELETE FROM favourites WHERE host = ? AND model = ?", row))
        self._read_at = -1
