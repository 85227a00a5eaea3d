"""What a person notes of runs: tags, a note, that a copy is to be forgotten; and which run was made from which."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from replicate_tui.core.history.database import Database
from replicate_tui.core.history.rows import storable
from replicate_tui.core.history.run_writing import ONE_RUN, TAGS_APART, next_revision
from replicate_tui.core.history.scopes import Scope, settled
from replicate_tui.core.text import one_line

LONGEST_TAG: Final = 40
LONGEST_NOTE: Final = 2_000
MOST_DESCENDANTS: Final = 100


@dataclass(frozen=True, slots=True)
class Lineage:
    """The run that a run was made from, "" if it was not; and the ids of those made from it, newest first."""

    made_from: str = ""
    made: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether it has any relatives."""
        return bool(self.made_from or self.made)


def read_tags(text: str) -> tuple[str, ...]:
    """The tags in a text, as typed or as kept: in small letters, each once, divided by blanks or commas."""
    tags = (one_line(word.lstrip("#"))[:LONGEST_TAG] for word in text.lower().replace(",", " ").split())
    return tuple(dict.fromkeys(filter(None, tags)))


def kept_tags(tags: Iterable[str]) -> str:
    """Tags as a row keeps them: each with a blank before it, so that one is found by its beginning."""
    words = read_tags(TAGS_APART.join(tags))
    return "".join(f"{TAGS_APART}{word}" for word in words)


async def note(database: Database, scope: Scope, run_id: str, *, tags: Sequence[str], text: str) -> None:
    """Keep a person's tags and note of a run instead of those before.

    Raises:
        DatabaseError: the file cannot be written.
    """

    def write(db: sqlite3.Connection) -> None:
        whose = settled(db, scope)
        own = (storable(kept_tags(tags)), storable(text[:LONGEST_NOTE]), next_revision(db), database.program)
        statement = f"UPDATE runs SET tags = ?, note = ?, revision = ?, writer = ? WHERE {ONE_RUN}"
        db.execute(statement, (*own, whose.host, whose.account, run_id))

    await database.write(write)


async def forget(database: Database, scope: Scope, run_ids: Iterable[str]) -> None:
    """Delete our copies of these runs, and remember that, so that no list of the API brings them back.

    Raises:
        DatabaseError: the file cannot be written.
    """
    doomed = list(run_ids)

    def write(db: sqlite3.Connection) -> None:
        whose, revision = settled(db, scope), next_revision(db)
        rows = [(whose.host, whose.account, run_id) for run_id in doomed]
        put = "INSERT OR REPLACE INTO deleted_runs VALUES (?, ?, ?, ?, ?)"
        db.executemany(put, [(*row, revision, database.program) for row in rows])
        db.executemany(f"DELETE FROM runs WHERE {ONE_RUN}", rows)

    await database.write(write)


def is_forgotten(database: Database, scope: Scope, run_id: str) -> bool:
    """Whether a person deleted our copy of a run."""
    query = f"SELECT 1 FROM deleted_runs WHERE {ONE_RUN}"
    return database.one(query, (scope.host, scope.account, run_id)) is not None


def lineage(database: Database, scope: Scope, run_id: str) -> Lineage:
    """What is known of where a run came from, and of what came from it."""
    whose = (scope.host, scope.account, run_id)
    before = database.one(f"SELECT made_from FROM runs WHERE {ONE_RUN}", whose)
    query = (
        "SELECT id FROM runs INDEXED BY runs_made_from WHERE host = ? AND account = ? AND made_from = ? "
        "AND made_from != '' ORDER BY created_at DESC, id LIMIT ?"
    )
    made = database.read(query, (*whose, MOST_DESCENDANTS))
    return Lineage("" if before is None else str(before[0]), tuple(str(each) for (each,) in made))
