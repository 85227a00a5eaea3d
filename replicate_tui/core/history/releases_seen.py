"""What this machine has seen of deployments: their releases, of which the API tells the current one only, and runs."""

import json
import sqlite3
import time
from collections.abc import Iterable

from replicate_tui.api.resources import Deployment, Release
from replicate_tui.core.history.database import Database, Scope, storable

_Row = tuple[str, str, int, str, float, str]

_PUT = "INSERT OR IGNORE INTO releases_seen VALUES (?, ?, ?, ?, ?, ?)"
_MADE_ANEW = "DELETE FROM releases_seen WHERE host = ? AND deployment = ? AND number >= ? AND created_at != ?"
_LATEST = "SELECT number, created_at FROM releases_seen WHERE host = ? AND deployment = ? ORDER BY number DESC LIMIT 1"
_BEFORE = "SELECT raw FROM releases_seen WHERE host = ? AND deployment = ? AND number < ? ORDER BY number DESC LIMIT ?"
_NAMES = "SELECT DISTINCT deployment FROM releases_seen WHERE host = ? ORDER BY deployment"
_RUNS = (
    "SELECT id FROM runs INDEXED BY runs_by_deployment "
    "WHERE host = ? AND account = ? AND deployment IN (?, ?) AND deployment != '' ORDER BY created_at DESC LIMIT ?"
)


class ReleasesSeen:
    """The releases of one host's deployments, as they were when they were the current ones."""

    def __init__(self, database: Database, host: str) -> None:
        self._database = database
        self._host = host

    async def remember(self, deployments: Iterable[Deployment]) -> None:
        """Keep the current releases. A deployment that was made anew under its name has none from before.

        Raises:
            DatabaseError: the file cannot be written.
        """
        rows = [row for row in map(self._row, deployments) if row is not None and not self._is_known(row)]
        if rows:
            await self._database.write(lambda db: _put(db, rows))

    async def forget(self, name: str) -> None:
        """Forget the deployment `owner/name`, which is deleted.

        Raises:
            DatabaseError: the file cannot be written.
        """
        whose = (self._host, storable(name))
        delete = "DELETE FROM releases_seen WHERE host = ? AND deployment = ?"
        await self._database.write(lambda db: db.execute(delete, whose))

    def before(self, deployment: Deployment, most: int) -> list[Release]:
        """The releases seen before the current one, the latest first, and no more than `most`."""
        release = deployment.current_release
        if release is None or release.number is None:
            return []
        found = self._database.read(_BEFORE, (self._host, storable(deployment.full_name), release.number, most))
        return [Release.of(json.loads(raw)) for (raw,) in found]

    def names(self) -> list[str]:
        """The deployments seen, `owner/name`, in the order of the alphabet."""
        return [name for (name,) in self._database.read(_NAMES, (self._host,))]

    def run_ids(self, scope: Scope, deployment: Deployment, most: int) -> list[str]:
        """Ids of the runs of a deployment that the history knows, the latest first, and no more than `most`."""
        names = (storable(deployment.full_name), storable(deployment.name))
        return [run_id for (run_id,) in self._database.read(_RUNS, (scope.host, scope.account, *names, most))]

    def _row(self, deployment: Deployment) -> _Row | None:
        release = deployment.current_release
        if release is None or release.number is None:
            return None
        made = release.created_at.isoformat() if release.created_at is not None else ""
        name = storable(deployment.full_name)
        return self._host, name, release.number, made, time.time(), json.dumps(release.raw)

    def _is_known(self, row: _Row) -> bool:
        latest = self._database.one(_LATEST, row[:2])
        return latest == row[2:4]


def _put(db: sqlite3.Connection, rows: Iterable[_Row]) -> None:
    for row in rows:
        db.execute(_MADE_ANEW, row[:4])
        db.execute(_PUT, row)
