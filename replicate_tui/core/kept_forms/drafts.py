"""Drafts: what was typed into the form of each model, there again after switching models and after a restart.

They belong to the person at this machine, not to an account: one draft for each model of a host. Programs that share
the file may all keep drafts; the last one counts.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from replicate_tui.core.forms import inputs, options
from replicate_tui.core.forms.inputs import Field
from replicate_tui.core.forms.options import RunOptions
from replicate_tui.core.history.database import Database, keep_version, storable
from replicate_tui.core.kept_forms import form_text
from replicate_tui.core.models.target import Target


@dataclass(frozen=True, slots=True)
class Draft:
    """The raw values of a form, secrets left out, for `version` of `model`; `kept_at` in seconds since the epoch."""

    model: str
    version: str
    raw: dict[str, object]
    options: RunOptions = field(default_factory=RunOptions)
    kept_at: float = 0.0


_Row = tuple[str, float, str, str]
"""Version, when it was kept, options, raw values."""


class Drafts:
    """The drafts of one host."""

    def __init__(self, database: Database, host: str) -> None:
        self._database = database
        self._host = host
        self._unwritten: dict[str, list[_Row | None]] = {}

    def of(self, model: str) -> Draft | None:
        """The draft that was kept for a model (a target's `key`), also while it is still being written."""
        if waiting := self._unwritten.get(model):
            return _draft(model, waiting[-1])
        query = "SELECT version, kept_at, options, raw FROM drafts WHERE host = ? AND model = ?"
        found = self._database.read(query, (self._host, storable(model)))
        return _draft(model, found[0] if found else None)

    async def keep(self, target: Target, raw: Mapping[str, object], asked: RunOptions | None = None) -> bool:
        """Keep the raw values of the target's form and its run options; nothing typed and nothing asked: no draft.

        The version's schema is kept with them, so that it can be told later what has changed. A form of more
        than `form_text.LARGEST` bytes is not kept, what was kept before stays: the answer is False then.

        Raises:
            DatabaseError: the file cannot be written.
        """
        try:
            text = form_text.as_json(target.fields, raw)
        except form_text.TooLarge:
            return False
        if not asked and not form_text.without_secrets(target.fields, raw):
            await self.forget(target.key)
            return True
        row = (storable(target.version), time.time(), options.as_json(asked or RunOptions()), text)
        one = (self._host, storable(target.key))

        def write(db: sqlite3.Connection) -> None:
            db.execute("INSERT OR REPLACE INTO drafts VALUES (?, ?, ?, ?, ?, ?)", (*one, *row))
            keep_schema(db, self._host, target)

        await self._write(target.key, row, write)
        return True

    async def forget(self, model: str) -> None:
        """Delete a model's draft; there need be none."""
        one = (self._host, storable(model))
        await self._write(model, None, lambda db: db.execute("DELETE FROM drafts WHERE host = ? AND model = ?", one))

    def fields_of(self, draft: Draft) -> tuple[Field, ...] | None:
        """The fields of the version that a draft was made for; None where nobody remembers them."""
        kept = self._database.version(self._host, storable(draft.version), storable(draft.model))
        schema = kept[1].get("openapi_schema") if kept else None
        return inputs.fields(schema) if isinstance(schema, dict) else None

    async def _write(self, model: str, row: _Row | None, write: Callable[[sqlite3.Connection], object]) -> None:
        """Write, whoever is cancelled meanwhile; until then what is read is what will be written."""
        waiting = self._unwritten.setdefault(model, [])
        waiting.append(row)
        await asyncio.shield(self._written(model, write))

    async def _written(self, model: str, write: Callable[[sqlite3.Connection], object]) -> None:
        try:
            await self._database.write(write)
        finally:
            self._unwritten[model].pop(0)
            if not self._unwritten[model]:
                del self._unwritten[model]


def keep_schema(db: sqlite3.Connection, host: str, target: Target) -> None:
    """Keep the schema of the target's version, inside a transaction, unless more is known of the version."""
    version, model = storable(target.version), storable(target.model)
    known = db.execute("SELECT 1 FROM versions WHERE host = ? AND id = ? AND model = ?", (host, version, model))
    if target.schema is not None and known.fetchone() is None:
        keep_version(db, host, model, version, {"id": target.version, "openapi_schema": target.schema})


def _draft(model: str, row: Sequence[Any] | None) -> Draft | None:
    if row is None:
        return None
    version, kept_at, asked, text = row
    return Draft(model, version, form_text.from_json(text), options.from_json(asked), kept_at)
