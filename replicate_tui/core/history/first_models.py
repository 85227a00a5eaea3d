"""The models at the top of the list, read from a history file before it is opened for anything else."""

import contextlib
import sqlite3
from pathlib import Path

from replicate_tui.core.history.rows import ModelRow

_QUERY = """
    SELECT name, description, run_count, official FROM models WHERE host = ? ORDER BY run_count DESC, name LIMIT ?
"""


def first_models(file: Path, host: str, most: int) -> list[ModelRow]:
    """Up to so many models seen on a host, most run first.

    None where the file is not there yet or cannot be read: whoever opens it then says why.
    """
    try:
        with contextlib.closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as db:
            found = db.execute(_QUERY, (host, most)).fetchall()
    except sqlite3.Error:
        return []
    return [ModelRow(name, description, runs, bool(official)) for name, description, runs, official in found]
