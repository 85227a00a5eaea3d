"""A table of the database for each kind of record: its columns are the record's fields, `seq` orders its rows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import fields
from typing import Any, Generic, TypeVar

Record = TypeVar("Record")

JSON_COLUMNS = frozenset({"input", "output", "metrics", "webhook_events_filter", "metadata"})
BOOLEAN_COLUMNS = frozenset({"streams", "data_removed", "announced"})


class Table(Generic[Record]):
    """The rows of one table as records of one kind, known by their `id`. Each call that writes is a transaction.

    `insert` and `update` are for the transactions of the caller.
    """

    def __init__(self, db: sqlite3.Connection, name: str, kind: type[Record]) -> None:
        self._db = db
        self._name = name
        self._kind = kind
        self._columns = _columns(kind)

    def add(self, record: Record) -> None:
        """A new row."""
        with self._db:
            self.insert(record)

    def insert(self, record: Record) -> None:
        """A new row, in a transaction that is under way."""
        marks = ", ".join("?" * len(self._columns))
        self._db.execute(f"INSERT INTO {self._name} ({', '.join(self._columns)}) VALUES ({marks})", self._row(record))

    def save(self, record: Record) -> None:
        """Write what has changed about a known record."""
        with self._db:
            self.update(record)

    def update(self, record: Record) -> None:
        """Write what has changed about a known record, in a transaction that is under way."""
        assignments = ", ".join(f"{name} = ?" for name in self._columns)
        self._db.execute(f"UPDATE {self._name} SET {assignments} WHERE id = ?", (*self._row(record), _id(record)))

    def delete(self, identifier: str) -> bool:
        """Forget a record; False when there is none."""
        with self._db:
            rows = self._db.execute(f"DELETE FROM {self._name} WHERE id = ?", (_storable(identifier),))
            return rows.rowcount > 0

    def get(self, identifier: str) -> Record | None:
        """The record with this id."""
        return next(iter(self.where("id = ?", identifier)), None)

    def where(self, condition: str, *values: Any) -> list[Record]:
        """The records that meet the condition, oldest first."""
        return [record for _, record in self.page(condition, values, order="ASC", limit=-1)]

    def page(self, condition: str, values: Iterable[Any], *, order: str, limit: int) -> list[tuple[int, Record]]:
        """Records with their numbers, `order` being ASC or DESC."""
        rows = self._db.execute(
            f"SELECT seq, {', '.join(self._columns)} FROM {self._name} WHERE {condition} ORDER BY seq {order} LIMIT ?",
            (*map(_storable, values), limit),
        )
        return [(row[0], self._kind(**_decoded(dict(zip(self._columns, row[1:], strict=True))))) for row in rows]

    def _row(self, record: Record) -> tuple[Any, ...]:
        pairs = ((name, getattr(record, name)) for name in self._columns)
        return tuple(json.dumps(value) if name in JSON_COLUMNS else _storable(value) for name, value in pairs)


def _columns(kind: type[Any]) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind))


def _id(record: Any) -> str:
    identifier: str = record.id
    return identifier


def _storable(value: Any) -> Any:
    # A half of a surrogate pair, which JSON can say, has no place in a database's text.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _decoded(row: dict[str, Any]) -> dict[str, Any]:
    for name in JSON_COLUMNS & row.keys():
        row[name] = json.loads(row[name])
    for name in BOOLEAN_COLUMNS & row.keys():
        row[name] = bool(row[name])
    return row
