"""Presets: sets of inputs that a person gave a name, for each model of a host."""

import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from replicate_tui.core.forms import options
from replicate_tui.core.forms.options import RunOptions
from replicate_tui.core.history.database import Database, storable
from replicate_tui.core.kept_forms import form_text
from replicate_tui.core.kept_forms.drafts import Draft, keep_schema
from replicate_tui.core.models.target import Target
from replicate_tui.core.text import one_line

LONGEST_NAME: Final = 80


class PresetRefused(ValueError):
    """The preset cannot be kept or found under that name; the message says why."""


@dataclass(frozen=True, slots=True)
class PresetRow:
    """One preset as a list shows it; `kept_at` in seconds since the epoch."""

    name: str
    version: str
    kept_at: float


@dataclass(frozen=True, slots=True)
class Preset(Draft):
    """A draft with a name."""

    name: str = field(default="", kw_only=True)


class Presets:
    """The presets of one host."""

    def __init__(self, database: Database, host: str) -> None:
        self._database = database
        self._host = host

    def list(self, model: str) -> tuple[PresetRow, ...]:
        """The presets of a model (a target's `key`), by name."""
        query = "SELECT name, version, kept_at FROM presets WHERE host = ? AND model = ?"
        rows = [PresetRow(*row) for row in self._database.read(query, (self._host, storable(model)))]
        return tuple(sorted(rows, key=lambda row: (row.name.casefold(), row.name)))

    def load(self, model: str, name: str) -> Preset | None:
        """One preset, None when there is none of that name."""
        query = "SELECT version, raw, options, kept_at FROM presets WHERE host = ? AND model = ? AND name = ?"
        found = self._database.read(query, (self._host, storable(model), storable(name)))
        if not found:
            return None
        version, raw, asked, kept_at = found[0]
        return Preset(model, version, form_text.from_json(raw), options.from_json(asked), kept_at, name=name)

    async def keep(
        self, target: Target, name: str, raw: Mapping[str, object], asked: RunOptions | None = None
    ) -> PresetRow:
        """Keep the raw values of the target's form and its run options, without secrets, instead of any of that name.

        Raises:
            PresetRefused: the name is empty or too long, or the form too large.
            DatabaseError: the file cannot be written.
        """
        kept = PresetRow(_judged(name), storable(target.version), time.time())
        try:
            text = form_text.as_json(target.fields, raw)
        except form_text.TooLarge as error:
            raise PresetRefused(f"{kept.name} cannot be kept: {error}") from None
        asked_text = options.as_json(asked or RunOptions())
        row = (self._host, storable(target.key), kept.name, kept.version, kept.kept_at, asked_text, text)

        def write(db: sqlite3.Connection) -> None:
            db.execute("INSERT OR REPLACE INTO presets VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            keep_schema(db, self._host, target)

        await self._database.write(write)
        return kept

    async def delete(self, model: str, name: str) -> None:
        """Delete a preset; there need be none."""
        one = (self._host, storable(model), storable(name))
        await self._database.write(
            lambda db: db.execute("DELETE FROM presets WHERE host = ? AND model = ? AND name = ?", one)
        )


def _judged(name: str) -> str:
    name = one_line(name)
    if not name:
        raise PresetRefused("a preset needs a name")
    if len(name) > LONGEST_NAME:
        raise PresetRefused(f"the name of a preset has at most {LONGEST_NAME} characters, not {len(name)}")
    return name
