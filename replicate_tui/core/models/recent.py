"""The models that an account ran lately."""

from typing import Final

from replicate_tui.core.history.database import Database, Scope
from replicate_tui.core.history.store import Store

MOST: Final = 100
"""So many models are told of."""

_NEXT: Final = (
    "SELECT model FROM runs INDEXED BY runs_by_model "
    "WHERE host = ?1 AND account = ?2 AND model > {} ORDER BY model LIMIT 1"
)
_RECENT: Final = f"""
    WITH RECURSIVE names (model) AS (
        SELECT ({_NEXT.format("''")})
        UNION ALL
        SELECT ({_NEXT.format("names.model")}) FROM names WHERE names.model IS NOT NULL
    )
    SELECT names.model, (
        SELECT created_at FROM runs INDEXED BY runs_by_model
        WHERE host = ?1 AND account = ?2 AND runs.model = names.model ORDER BY created_at DESC LIMIT 1
    ) AS latest
    FROM names WHERE names.model IS NOT NULL ORDER BY latest DESC, names.model LIMIT ?3
"""
# From name to name in the index: what it takes grows with the models, not with their runs.


class RecentModels:
    """The models that a store's account ran, read from the disk only after runs changed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._names: tuple[str, ...] | None = None
        store.subscribe(self._forget)

    def all(self) -> tuple[str, ...]:
        """Their names as `owner/name`, the one that ran last first."""
        if self._names is None:
            self._names = recent_models(self._store.database, self._store.scope)
        return self._names

    def _forget(self, run_id: str) -> None:
        self._names = None


def recent_models(database: Database, scope: Scope, most: int = MOST) -> tuple[str, ...]:
    """The models of the account's runs as `owner/name`, the one that ran last first."""
    return tuple(model for model, _ in database.read(_RECENT, (scope.host, scope.account, most)))
