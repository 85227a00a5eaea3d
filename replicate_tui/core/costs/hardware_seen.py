"""Which hardware deployments and models were seen to run on: a prediction does not tell, and a bill depends on it."""

import time
from collections.abc import Iterable

from replicate_tui.api.resources import Deployment
from replicate_tui.core.history.database import Database, storable

_DEPLOYMENT = "deployment:"


def deployment_name(deployment: str, account: str) -> str:
    """What a deployment is remembered under; one without an owner is the account's own."""
    return _DEPLOYMENT + (deployment if "/" in deployment else f"{account}/{deployment}")


class HardwareSeen:
    """The hardware, as a `sku`, of one host's deployments and models."""

    def __init__(self, database: Database, host: str) -> None:
        self._database = database
        self._host = host

    def all(self) -> dict[str, str]:
        """Every `sku` seen: of a model under "owner/name", of a deployment under its `deployment_name`."""
        return dict(self._database.read("SELECT name, sku FROM hardware_seen WHERE host = ?", (self._host,)))

    def models_on(self, sku: str) -> list[str]:
        """The models, as "owner/name", that were made to run on this, in the order of the alphabet."""
        return sorted(name for name, seen in self.all().items() if seen == sku and not name.startswith(_DEPLOYMENT))

    async def remember_model(self, model: str, sku: str) -> None:
        """Keep what a model ("owner/name") was made with.

        Raises:
            DatabaseError: the file cannot be written.
        """
        await self._remember({model: sku})

    async def remember_deployments(self, deployments: Iterable[Deployment]) -> None:
        """Keep what deployments run on now, as far as they tell.

        Raises:
            DatabaseError: the file cannot be written.
        """
        told = ((each.full_name, each.current_release) for each in deployments)
        configured = ((name, release.configuration) for name, release in told if release is not None)
        skus = {_DEPLOYMENT + name: found.hardware for name, found in configured if found is not None}
        await self._remember({name: sku for name, sku in skus.items() if sku})

    async def _remember(self, skus: dict[str, str]) -> None:
        known = self.all()
        now = time.time()
        rows = [(self._host, storable(name), storable(sku), now) for name, sku in skus.items()]
        rows = [row for row in rows if known.get(row[1]) != row[2]]
        statement = "INSERT OR REPLACE INTO hardware_seen VALUES (?, ?, ?, ?)"
        if rows:
            await self._database.write(lambda db: db.executemany(statement, rows))
