"""Rows of the history file: upserts, windows of light rows. No policy."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from replicate_tui.core.history import filters, run_writing
from replicate_tui.core.history.filters import ALL, Filter
from replicate_tui.core.history.history_file import Carry, DatabaseError
from replicate_tui.core.history.model_rows import ModelRows, keep_version
from replicate_tui.core.history.opening import Opened
from replicate_tui.core.history.ordering import NEWEST, Order
from replicate_tui.core.history.rows import RUN_COLUMNS, Asked, Kind, ModelRow, RunRow, RunText, storable
from replicate_tui.core.history.run_writing import ONE_RUN
from replicate_tui.core.history.scopes import Scope, settled
from replicate_tui.core.history.searching import conditions, of_kind

__all__ = [
    "Asked",
    "Database",
    "DatabaseError",
    "ModelRow",
    "RunRow",
    "RunText",
    "Scope",
    "keep_version",
    "storable",
]


_RUN_LIST = ", ".join(RUN_COLUMNS)


class Database(ModelRows):
    """Runs, models and their versions in an open history file; other parts have tables of their own."""

    def __init__(self, opened: Opened) -> None:
        super().__init__(opened)
        self.noticed = 0
        """How often it was noticed that the file is not as it was: what was read of it before may be read anew."""
        self._begin_noticing()

    def _begin_noticing(self) -> None:
        self.noticed += 1
        [(self._data_version,)] = self.read("PRAGMA data_version", ())
        [(self._revision,)] = self.read("SELECT value FROM revisions", ())

    async def begin_anew(self, carry: Carry) -> None:
        """As every history file does; what the other one holds counts as noticed."""
        await super().begin_anew(carry)
        self._begin_noticing()

    # -- writing ------

    async def save_run(
        self,
        scope: Scope,
        row: RunRow,
        raw: Mapping[str, Any],
        logs: str,
        *,
        found_by: RunText | None = None,
        asked: Asked | None = None,
        instead_of: str | None = None,
        only_if: str | None = None,
    ) -> bool:
        """Insert the run, or replace what is known of it; `instead_of` is a row that it takes the place of.

        `found_by` replaces what it is found by, and `asked` how it was asked for; both stay as they are without. With
        `only_if` nothing is written unless the row has that status now; whether it was written.
        """

        def save(db: sqlite3.Connection) -> bool:
            whose = settled(db, scope)
            if only_if is not None and run_writing.status(db, whose, row.id) != only_if:
                return False
            if instead_of is not None:
                run_writing.rename(db, whose, instead_of, row.id)
            run_writing.write_run(db, self.program, whose, row, raw, logs)
            if asked is not None:
                own = (asked.options, asked.owner, asked.made_from, whose.host, whose.account, row.id)
                db.execute(f"UPDATE runs SET asked = ?, owner = ?, made_from = ? WHERE {ONE_RUN}", own)
            if found_by is not None:
                run_writing.index_run(db, whose, row, found_by)
            return True

        return await self.write(save)

    async def set_folder(self, scope: Scope, run_id: str, folder: str | None) -> None:
        """Remember where a run's files are kept, or that they are not any more."""

        def save(db: sqlite3.Connection) -> None:
            whose = settled(db, scope)
            told = (folder, run_writing.next_revision(db), self.program, whose.host, whose.account, run_id)
            db.execute(f"UPDATE runs SET folder = ?, revision = ?, writer = ? WHERE {ONE_RUN}", told)

        await self.write(save)

    # -- reading ------

    def asked(self, scope: Scope, run_id: str) -> Asked:
        """How a run was asked for; empty when somebody else asked."""
        query = f"SELECT asked, owner, made_from FROM runs WHERE {ONE_RUN}"
        found = self.read(query, (scope.host, scope.account, run_id))
        return Asked(*found[0]) if found else Asked()

    def changed_by_others(self, scope: Scope) -> list[str]:
        """Ids of the runs that other programs wrote since this was last asked."""
        [(version,)] = self.read("PRAGMA data_version", ())
        if version == self._data_version:
            return []
        self._data_version = version
        self.noticed += 1
        [(newest,)] = self.read("SELECT value FROM revisions", ())
        query = "SELECT id FROM {} WHERE revision > ? AND revision <= ? AND writer != ? AND host = ? AND account = ?"
        values = (self._revision, newest, self.program, scope.host, scope.account)
        found = [
            *self.read(query.format("runs INDEXED BY runs_by_revision"), values),
            *self.read(query.format("deleted_runs"), values),
        ]
        self._revision = newest
        return [str(run_id) for (run_id,) in found]

    def run(self, scope: Scope, run_id: str) -> tuple[RunRow, dict[str, Any], str] | None:
        """A run's row, raw object and logs."""
        query = f"SELECT {_RUN_LIST}, raw, logs FROM runs WHERE host = ? AND account = ? AND id = ?"
        found = self.one(query, (scope.host, scope.account, run_id))
        return None if found is None else (_run_row(found), json.loads(found[-2]), found[-1])

    def run_rows(self, scope: Scope, ids: Sequence[str]) -> dict[str, RunRow]:
        """Light rows by id, for one window of a list (some hundred ids at the most)."""
        marks = ", ".join("?" * len(ids))
        query = f"SELECT {_RUN_LIST} FROM runs WHERE host = ? AND account = ? AND id IN ({marks})"
        rows = self.read(query, (scope.host, scope.account, *ids))
        return {row[0]: _run_row(row) for row in rows}

    def run_ids(
        self,
        scope: Scope,
        *,
        words: Sequence[str] = (),
        limit: int = -1,
        kind: Kind | None = None,
        wanted: Filter = ALL,
        order: Order = NEWEST,
    ) -> list[str]:
        """Ids in that order; with `words` only runs that hold each, see `searching`; with `kind` only those.

        And only those that the filter `wanted` lets through.
        """
        table = order.table(few=kind == "training", reads_rows=bool(wanted.tests))
        query = f"SELECT id FROM {table} WHERE host = ? AND account = ?"
        values: list[object] = [scope.host, scope.account]
        for condition, its_values in (*of_kind(kind, scope), *conditions(words), *filters.sql(wanted)):
            query += f" AND {condition}"
            values += its_values
        query += f" ORDER BY {order.sql} LIMIT ?"
        return [run_id for (run_id,) in self.read(query, (*values, limit))]

    def holding(
        self,
        scope: Scope,
        words: Sequence[str],
        ids: Collection[str],
        *,
        kind: Kind | None = None,
        wanted: Filter = ALL,
    ) -> set[str]:
        """Those of some hundred runs that `run_ids` would find."""
        marks = ", ".join("?" * len(ids))
        query = f"SELECT number FROM runs WHERE host = ? AND account = ? AND id IN ({marks})"
        numbers = [number for (number,) in self.read(query, (scope.host, scope.account, *ids))]
        if not numbers:
            return set()
        # By their numbers: the index reads only what is near, and not where all that hold a word are.
        query = f"SELECT id FROM runs WHERE number IN ({', '.join('?' * len(numbers))})"
        values: list[object] = [*numbers]
        among = min(numbers), max(numbers)
        asked = *of_kind(kind, scope), *conditions(words, among), *filters.sql(wanted, among)
        for condition, its_values in asked:
            query += f" AND {condition}"
            values += its_values
        return {run_id for (run_id,) in self.read(query, values)}

    def ids_in(self, scope: Scope, states: Iterable[str]) -> list[str]:
        """Ids of the runs that have no end and are in one of these states, oldest first."""
        wanted = tuple(states)
        query = (
            "SELECT id FROM runs WHERE host = ? AND account = ? AND completed_at IS NULL "
            f"AND status IN ({', '.join('?' * len(wanted))}) ORDER BY created_at, number"
        )
        return [row[0] for row in self.read(query, (scope.host, scope.account, *wanted))]

    def model_of_version(self, scope: Scope, version: str) -> str | None:
        """The model that a version was of in an earlier run."""
        query = "SELECT model FROM runs WHERE host = ? AND account = ? AND version = ? AND model != '' LIMIT 1"
        found = self.read(query, (scope.host, scope.account, version))
        return str(found[0][0]) if found else None

    def unfinished_ids(self, scope: Scope, ended: Iterable[str]) -> list[str]:
        """Ids of the runs that have no end yet and are in none of the states `ended`, oldest first."""
        states = tuple(ended)
        marks = ", ".join("?" * len(states))
        query = (
            "SELECT id FROM runs WHERE host = ? AND account = ? AND completed_at IS NULL "
            f"AND status NOT IN ({marks}) ORDER BY created_at"
        )
        return [row[0] for row in self.read(query, (scope.host, scope.account, *states))]


def _run_row(values: Sequence[Any]) -> RunRow:
    named = dict(zip(RUN_COLUMNS, values, strict=False))
    return RunRow(**{**named, "removed": bool(named["removed"])})
