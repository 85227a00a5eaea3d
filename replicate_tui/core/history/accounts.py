"""Whose the tokens are, as the API told: cached, and what follows for the rows that were kept under another name.

Rows are kept under the fingerprint of a token until its account is known, and under the account's name from then on.
Both change hands in one transaction.
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from replicate_tui.core.history import merging, runs
from replicate_tui.core.history.database import Database
from replicate_tui.core.history.run_writing import OWN_COLUMNS, index_run, next_revision, write_run
from replicate_tui.core.history.runs import LOCAL_ID, Run
from replicate_tui.core.history.scopes import Scope, settled


async def adopt(
    file: Database, scope: Scope, account: str, *, moved: bool = True, displaced: bool = False
) -> list[Run]:
    """Have the token of `scope` be the account's, and the rows under its fingerprint and its earlier name, too.

    Runs that both names know are joined, and given back. The other tokens that were known by the earlier name have the
    new one as well. Without `moved` the earlier name is another account's by now: its rows stay, and its tokens.
    With `displaced` the new name was another account's: what is kept under it goes back to one of that one's tokens.
    """
    return await file.write(partial(_adopt, file.program, scope, account, moved, displaced))


def is_shared(file: Database, scope: Scope) -> bool:
    """Whether another token is known by the account's name, too."""
    query = "SELECT 1 FROM accounts WHERE host = ? AND account = ? AND token != ?"
    return file.one(query, (scope.host, scope.account, scope.key[1])) is not None


def newest(file: Database, scope: Scope, limit: int) -> list[str]:
    """Ids of the newest runs that the API has given one."""
    query = (
        "SELECT id FROM runs WHERE host = ? AND account = ? AND substr(id, 1, ?) != ? ORDER BY created_at DESC LIMIT ?"
    )
    found = file.read(query, (scope.host, scope.account, len(LOCAL_ID), LOCAL_ID, limit))
    return [str(run_id) for (run_id,) in found]


def _adopt(program: str, scope: Scope, account: str, moved: bool, displaced: bool, db: sqlite3.Connection) -> list[Run]:
    host, token = scope.key
    before, after = settled(db, scope), replace(scope, account=account)
    if displaced:
        _displace(program, after, token, db)
    sources = [replace(scope, account=token)]
    if moved and before.account != token:
        db.execute("UPDATE accounts SET account = ? WHERE host = ? AND account = ?", (account, host, before.account))
        sources.append(before)
    db.execute("INSERT OR REPLACE INTO accounts VALUES (?, ?, ?)", (host, token, account))
    return [run for source in sources if source != after for run in _move(program, source, after, db)]


def _displace(program: str, taken: Scope, token: str, db: sqlite3.Connection) -> None:
    """Forget who had the name before, and keep their rows for them until they ask again."""
    query = "SELECT token FROM accounts WHERE host = ? AND account = ? AND token != ? ORDER BY token"
    others = [str(other) for (other,) in db.execute(query, (taken.host, taken.account, token))]
    for other in others[:1]:
        _move(program, taken, replace(taken, account=other), db)
    db.execute("DELETE FROM accounts WHERE host = ? AND account = ? AND token != ?", (taken.host, taken.account, token))


def _move(program: str, before: Scope, after: Scope, db: sqlite3.Connection) -> list[Run]:
    """Give all that is kept under one name to the other; the runs that both knew, joined."""
    joined = [_join(program, before, after, run_id, db) for run_id in _known_to_both(before, after, db)]
    names = (before.host, before.account, after.account)
    for column in OWN_COLUMNS:
        db.execute(_JOIN_OWN.format(column=column), names)
    if db.execute("SELECT 1 FROM runs WHERE host = ?1 AND account = ?2 LIMIT 1", names[:2]).fetchone():
        db.execute(_MOVE_RUNS, (*names, next_revision(db), program))
    # A part of the list that has been read twice needs one claim only; of two that begin at one moment either is true.
    db.execute("UPDATE OR REPLACE walks SET account = ?3 WHERE host = ?1 AND account = ?2", names)
    db.execute("UPDATE OR REPLACE deleted_runs SET account = ?3 WHERE host = ?1 AND account = ?2", names)
    _share_leases(f":{before.host}:{before.account}", f":{after.host}:{after.account}", db)
    return joined


def _known_to_both(one: Scope, other: Scope, db: sqlite3.Connection) -> Sequence[str]:
    query = (
        "SELECT id FROM runs AS ours WHERE host = ?1 AND account = ?2 "
        "AND EXISTS (SELECT 1 FROM runs AS theirs WHERE host = ?1 AND account = ?3 AND theirs.id = ours.id)"
    )
    return [str(run_id) for (run_id,) in db.execute(query, (one.host, one.account, other.account))]


def _join(program: str, before: Scope, after: Scope, run_id: str, db: sqlite3.Connection) -> Run:
    """Before a row replaces another's of the same run: have it know what that one does."""
    run = merging.joined(_read(after, run_id, db), _read(before, run_id, db))
    row = runs.row(run)
    write_run(db, program, before, row, runs.without_logs(run.prediction), run.logs)
    index_run(db, before, row, runs.found_by(run))
    return run


def _read(scope: Scope, run_id: str, db: sqlite3.Connection) -> Run:
    query = "SELECT raw, logs, folder, seen_at FROM runs WHERE host = ? AND account = ? AND id = ?"
    raw, logs, folder, seen_at = db.execute(query, (scope.host, scope.account, run_id)).fetchone()
    return runs.of_kept(json.loads(raw), logs, folder, seen_at)


def _share_leases(before: str, after: str, db: sqlite3.Connection) -> None:
    """Who holds something of the account by its earlier name holds it by the other for as long."""
    query = (
        "INSERT OR IGNORE INTO leases SELECT substr(name, 1, length(name) - length(?1)) || ?2, holder, expires_at "
        "FROM leases WHERE substr(name, -length(?1)) = ?1"
    )
    db.execute(query, (before, after))


_JOIN_OWN = """
    UPDATE runs SET {column} = coalesce(
        (SELECT {column} FROM runs AS theirs WHERE host = ?1 AND account = ?3 AND theirs.id = runs.id), ''
    )
    WHERE host = ?1 AND account = ?2 AND {column} = ''
"""
_MOVE_RUNS = """
    UPDATE OR REPLACE runs SET account = ?3, revision = ?4, writer = ?5 WHERE host = ?1 AND account = ?2
"""
