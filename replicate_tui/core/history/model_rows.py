"""Rows of the history file about models and their versions."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from replicate_tui.core.history.history_file import HistoryFile
from replicate_tui.core.history.rows import ModelRow, storable


class ModelRows(HistoryFile):
    """Models and their versions, as they were last seen on each host."""

    async def save_models(self, host: str, models: Sequence[tuple[ModelRow, Mapping[str, Any]]], now: float) -> None:
        """Insert the models, or replace what is known of them."""
        values = [
            (host, row.name, storable(row.description), row.run_count, row.official, now, json.dumps(raw))
            for row, raw in models
        ]
        statement = "INSERT OR REPLACE INTO models VALUES (?, ?, ?, ?, ?, ?, ?)"
        await self.write(lambda db: db.executemany(statement, values))

    def model_rows(self, host: str) -> list[ModelRow]:
        """Every model seen on this host, most run first."""
        query = "SELECT name, description, run_count, official FROM models WHERE host = ? ORDER BY run_count DESC, name"
        return [
            ModelRow(name, description, run_count, bool(official))
            for name, description, run_count, official in self.read(query, (host,))
        ]

    def model(self, host: str, name: str) -> dict[str, Any] | None:
        """A model's raw object as last seen."""
        query = "SELECT raw FROM models WHERE host = ? AND name = ?"
        found = self.one(query, (host, name))
        return None if found is None else json.loads(found[0])

    def models_holding(self, host: str, text: str) -> list[dict[str, Any]]:
        """The raw objects of the models that hold `text` anywhere."""
        query = "SELECT raw FROM models WHERE host = ? AND instr(raw, ?) > 0"
        return [json.loads(raw) for (raw,) in self.read(query, (host, text))]

    async def save_version(self, host: str, model: str, version: str, raw: Mapping[str, Any]) -> None:
        """Keep a version with its schema: it outlives the model's next one, which drafts and runs may not be of."""
        if self.version(host, version, model) != (model, raw):
            await self.write(lambda db: keep_version(db, host, model, version, raw))

    def version(self, host: str, version: str, model: str | None = None) -> tuple[str, dict[str, Any]] | None:
        """A version's model and raw object as last seen; of whatever model when none is named."""
        query = "SELECT model, raw FROM versions WHERE host = ? AND id = ? AND (? IS NULL OR model = ?) LIMIT 1"
        found = self.read(query, (host, version, model, model))
        return (str(found[0][0]), json.loads(found[0][1])) if found else None


def keep_version(db: sqlite3.Connection, host: str, model: str, version: str, raw: Mapping[str, Any]) -> None:
    """Keep a version's raw object, inside a transaction."""
    db.execute("INSERT OR REPLACE INTO versions VALUES (?, ?, ?, ?)", (host, version, model, json.dumps(raw)))
