"""A look into a history file from outside: read at once or not at all, while other programs write it.

Nothing is made, migrated, locked or waited for; what cannot be read counts as nothing known.
"""

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from replicate_tui.core.history.migrations import MIGRATIONS
from replicate_tui.core.history.rows import ModelRow

_LATEST_RUNS: Final = 500
"""So many of the newest runs are looked through for what they ran on."""
_BEGINS: Final = "host = ? AND name >= ? AND name < ?"
_RECENT: Final = (
    "SELECT deployment, model, version FROM runs WHERE host = ? AND account = ? ORDER BY created_at DESC LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class SeenRun:
    """A run, in a line."""

    id: str
    status: str
    model: str
    created_at: float


class Glance:
    """What is known on one host; runs are those of the account that the token with this `fingerprint` belongs to."""

    def __init__(self, connection: sqlite3.Connection, host: str, fingerprint: str) -> None:
        self._connection = connection
        self._host = host
        found = self._rows("SELECT account FROM accounts WHERE host = ? AND token = ?", (host, fingerprint))
        self._account = str(found[0][0]) if found else fingerprint

    def count_models(self, prefix: str) -> int:
        """How many models' names ("owner/name") begin so."""
        found = self._rows(f"SELECT count(*) FROM models WHERE {_BEGINS}", self._beginning(prefix))
        return int(found[0][0]) if found else 0

    def models(self, prefix: str) -> list[tuple[str, str]]:
        """The models whose names begin so, most run first, with what they do."""
        query = f"SELECT name, description FROM models WHERE {_BEGINS} ORDER BY run_count DESC, name"
        return self._rows(query, self._beginning(prefix))

    def most_run(self, most: int) -> list[ModelRow]:
        """The models of the host that are run most, no more than so many."""
        query = (
            "SELECT name, description, run_count, official FROM models WHERE host = ? "
            "ORDER BY run_count DESC, name LIMIT ?"
        )
        found = self._rows(query, (self._host, most))
        return [ModelRow(name, description, runs, bool(official)) for name, description, runs, official in found]

    def owners(self, prefix: str) -> list[str]:
        """The owners of models whose names begin so."""
        query = f"SELECT DISTINCT substr(name, 1, instr(name, '/') - 1) FROM models WHERE {_BEGINS} ORDER BY 1"
        return [owner for (owner,) in self._rows(query, self._beginning(prefix))]

    def versions(self, model: str) -> list[str]:
        """A model's versions that were seen, its latest first."""
        latest = [str(version["id"]) for version in self._latest(model) if version.get("id")]
        query = "SELECT id FROM versions WHERE host = ? AND model = ? ORDER BY rowid DESC"
        return list(dict.fromkeys([*latest, *(each for (each,) in self._rows(query, (self._host, model)))]))

    def schema(self, model: str, version: str | None = None) -> dict[str, Any]:
        """The OpenAPI document of a model's version, of its latest where none is named; empty where it is not known."""
        query = "SELECT raw FROM versions WHERE host = ? AND model = ? AND id = ?"
        kept = [] if version is None else self._objects(query, (self._host, model, version))
        latest = [each for each in self._latest(model) if version in (None, each.get("id"))]
        found = next(iter([*kept, *latest]), {}).get("openapi_schema")
        return found if isinstance(found, dict) else {}

    def runs(self, prefix: str, limit: int, *, kind: str = "prediction", active: bool = False) -> list[SeenRun]:
        """The newest runs whose ids begin so; with `active` those that have not ended."""
        going = "AND completed_at IS NULL" if active else ""
        query = (
            "SELECT id, status, model, created_at FROM runs WHERE host = ? AND account = ? AND kind = ? "
            f"AND substr(id, 1, ?) = ? {going} ORDER BY created_at DESC LIMIT ?"
        )
        values = (self._host, self._account, kind, len(prefix), prefix, limit)
        return [SeenRun(*row) for row in self._rows(query, values)]

    def deployments(self) -> list[str]:
        """The deployments ("owner/name") that were listed, or that the newest runs ran on."""
        listed = "SELECT substr(name, 12) FROM hardware_seen WHERE host = ? AND substr(name, 1, 11) = 'deployment:'"
        recent = f"SELECT DISTINCT deployment FROM ({_RECENT}) WHERE deployment != ''"
        found = [*self._rows(listed, (self._host,)), *self._rows(recent, (self._host, self._account, _LATEST_RUNS))]
        return sorted({str(name) for (name,) in found})

    def model_of_deployment(self, name: str) -> tuple[str, str] | None:
        """The model and version that a deployment ran last; its owner may be left out."""
        query = f"SELECT model, version FROM ({_RECENT}) WHERE deployment = ? OR deployment LIKE '%/' || ? LIMIT 1"
        found = self._rows(query, (self._host, self._account, _LATEST_RUNS, name, name))
        return (str(found[0][0]), str(found[0][1])) if found else None

    def hardware(self) -> list[str]:
        """Every `sku` that was seen."""
        query = "SELECT DISTINCT sku FROM hardware_seen WHERE host = ? ORDER BY sku"
        return [str(sku) for (sku,) in self._rows(query, (self._host,))]

    def _beginning(self, prefix: str) -> tuple[str, str, str]:
        return self._host, prefix, prefix + "\U0010ffff"

    def _latest(self, model: str) -> list[dict[str, Any]]:
        found = self._objects("SELECT raw FROM models WHERE host = ? AND name = ?", (self._host, model))
        return [version for each in found if isinstance(version := each.get("latest_version"), dict)]

    def _objects(self, query: str, values: Sequence[object]) -> list[dict[str, Any]]:
        try:
            found = [json.loads(raw) for (raw,) in self._rows(query, values)]
        except ValueError:
            return []
        return [each for each in found if isinstance(each, dict)]

    def _rows(self, query: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error:
            return []


@contextlib.contextmanager
def glance(path: Path, host: str, fingerprint: str) -> Iterator[Glance | None]:
    """Look into the history file at `path`; None where there is none of this program's version."""
    connection = _connection(path)
    if connection is None:
        yield None
        return
    try:
        yield Glance(connection, host, fingerprint)
    finally:
        connection.close()


def read_only(path: Path) -> sqlite3.Connection:
    """A connection to the file at `path` that changes nothing, neither in it nor beside it, and waits for nobody.

    Raises:
        sqlite3.Error: there is no file, or it cannot be read.
    """
    # With nobody on the file nothing changes under us, and nothing is left beside it.
    how = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "mode=ro&immutable=1"
    return sqlite3.connect(f"{path.resolve().as_uri()}?{how}", uri=True, timeout=0.0)


def _connection(path: Path) -> sqlite3.Connection | None:
    if not path.is_file():
        return None
    try:
        connection = read_only(path)
    except sqlite3.Error:
        return None
    try:
        readable = connection.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
    except sqlite3.Error:
        readable = False
    if not readable:
        connection.close()
        return None
    return connection
