"""Rows of runs whose times a test says, and a history that holds them."""

from typing import Any

from replicate_tui.core.history.database import Database, RunRow, Scope
from tests.core.scripted import SCOPE


def a_row(**values: Any) -> RunRow:
    """A run that waited one second, predicted three, and ended well."""
    given: dict[str, Any] = {
        "id": "r1",
        "kind": "prediction",
        "status": "succeeded",
        "model": "acme/painter",
        "version": "9d5e0c1b7a64f2e38b1d6c7f0a94e25d",
        "deployment": "",
        "what": "a heron",
        "error": "",
        "created_at": 1000.0,
        "started_at": 1001.0,
        "completed_at": 1004.0,
        "seconds": 3.0,
        "progress": None,
        "files": 0,
        "folder": None,
        "removed": False,
        "seen_at": 1000.0,
    }
    return RunRow(**(given | values))


def made_at(moment: float, **values: Any) -> RunRow:
    """The same, made at that moment of the epoch."""
    times = {"created_at": moment, "started_at": moment + 1, "completed_at": moment + 4, "seen_at": moment}
    return a_row(**(times | values))


async def keep(database: Database, *rows: RunRow, scope: Scope = SCOPE) -> None:
    """Put the rows on disk."""
    for row in rows:
        await database.save_run(scope, row, {"id": row.id}, "")
