"""What is put into the file that takes the place of one that was deleted or replaced while it was open."""

import sqlite3
from collections.abc import Iterable
from itertools import islice

from replicate_tui.core.history.history_file import Carry
from replicate_tui.core.history.run_writing import OWN_COLUMNS, TEXTS, TOLD_COLUMNS, next_revision, put_texts, upsert

_AT_ONCE = 500
_COLUMNS = (*TOLD_COLUMNS, "raw", "logs", *OWN_COLUMNS)
_PUT = upsert((*_COLUMNS, "revision", "writer"))
_TEXTS = f"SELECT {', '.join(TEXTS)} FROM run_texts WHERE rowid = ?"


def carrying(program: str, host: str, run_ids: Iterable[str]) -> Carry:
    """Carries these runs of a host, whose the tokens are, and what the program holds by a lease.

    A run that has ended in the other file stays as it is there.
    """
    wanted = list(run_ids)

    def carry(before: sqlite3.Connection, after: sqlite3.Connection) -> None:
        _copy("accounts", "host", host, before, after)
        _copy("leases", "holder", program, before, after)
        rest = iter(wanted)
        while some := tuple(islice(rest, _AT_ONCE)):
            _carry_runs(program, host, some, before, after)

    return carry


def _carry_runs(
    program: str, host: str, run_ids: tuple[str, ...], before: sqlite3.Connection, after: sqlite3.Connection
) -> None:
    marks = ", ".join("?" * len(run_ids))
    query = f"SELECT number, account, {', '.join(_COLUMNS)} FROM runs WHERE host = ? AND id IN ({marks})"
    for number, account, *values in before.execute(query, (host, *run_ids)):
        put = after.execute(_PUT, (host, account, *values, next_revision(after), program))
        texts = before.execute(_TEXTS, (number,)).fetchone()
        if put.rowcount and texts is not None:
            put_texts(after, (host, account, values[0]), texts)


def _copy(table: str, column: str, value: str, before: sqlite3.Connection, after: sqlite3.Connection) -> None:
    rows = before.execute(f"SELECT * FROM {table} WHERE {column} = ?", (value,)).fetchall()
    if rows:
        after.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
