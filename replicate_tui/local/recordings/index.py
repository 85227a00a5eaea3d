"""Models known from a file of Replicate's model objects: to be looked at, and to be answered with what they recorded.

The file is read once, by a process of its own: parsing would hold up every answer of the server meanwhile, and
the memory that it takes would stay. What remains is an index on the disk; only what lists and searches need is held.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
import subprocess
import sys
import zlib
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from replicate_tui.local.recordings.indexer import connect, index_path

log = logging.getLogger(__name__)

CARDS_AT_ONCE = 500
"""How many are read before others on the event loop have their turn."""


class RecordingsError(Exception):
    """The file, or the index of it, cannot be used; the text is a sentence that names it."""


@dataclass(frozen=True, slots=True)
class Card:
    """What lists and searches need to know of a model.

    Times are RFC 3339 in UTC with microseconds, which sort as texts; `pushed_at` is when the latest version was
    made, or the model where there is none. `text` is the name and the description in lower case.
    """

    full_name: str
    description: str
    created_at: str
    pushed_at: str
    run_count: int
    is_official: bool
    text: str = field(repr=False)


class Recordings:
    """The models of one file. There are none in it until it is open.

    Model objects are as `modelobjects.model_object` describes: whoever shows them adds `url` to the model, and
    `urls` to its `default_example`.
    """

    def __init__(self, file: Path, cache: Path) -> None:
        self._file = file
        self._cache = cache
        self._index = cache
        self._cards: tuple[Card, ...] = ()
        self._db: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Read the index, which is made before when the file is new or has changed. Raises `RecordingsError`.

        When it is canceled, the process ends; what it had begun is never used, and goes when the file is next read.
        """
        try:
            self._index = index_path(self._file, self._cache)
        except OSError as error:
            raise RecordingsError(f"{self._file} cannot be read: {error.strerror}") from error
        self._db = connect(self._index)
        if self._db is None:
            await _build(self._file.resolve(), self._index)
            self._db = connect(self._index)
        if self._db is None:
            raise RecordingsError(f"{self._index}, the index of {self._file}, cannot be read")
        self._cards = await _cards(self._db)

    def close(self) -> None:
        """Let go of the index; there are no models any more."""
        self._cards = ()
        if self._db:
            self._db.close()
            self._db = None

    def cards(self) -> Sequence[Card]:
        """All models, in the order of the file."""
        return self._cards

    def model(self, full_name: str) -> dict[str, Any] | None:
        """The model called `owner/name`. Raises `RecordingsError` when the index is damaged there."""
        body = self._find("SELECT body FROM models WHERE full_name = ?", full_name)
        if body is None:
            return None
        try:
            model: dict[str, Any] = json.loads(zlib.decompress(body))
        except (zlib.error, ValueError) as error:
            raise self._damaged() from error
        return model

    def of_version(self, version_id: str) -> str | None:
        """The full name of the model whose latest version this is, or else whose example ran it."""
        name: str | None = self._find(
            "SELECT full_name FROM models WHERE version = ?1 OR example_version = ?1 "
            "ORDER BY version IS ?1 DESC, rowid DESC",
            version_id,
        )
        return name

    def example(self, prediction_id: str) -> tuple[str, dict[str, Any]] | None:
        """The model's full name and the example with this id."""
        name = self._find("SELECT full_name FROM models WHERE example = ? ORDER BY rowid DESC", prediction_id)
        model = self.model(name) if name else None
        return (name, model["default_example"]) if model else None

    def _find(self, query: str, value: str) -> Any:
        """The first column of the first row."""
        # Nothing has half a surrogate pair in its name, and a database cannot be asked for it.
        if self._db is None or not value.isprintable():
            return None
        try:
            row = self._db.execute(query, (value,)).fetchone()
        except sqlite3.DatabaseError as error:
            raise self._damaged() from error
        return row and row[0]

    def _damaged(self) -> RecordingsError:
        return RecordingsError(f"{self._index}, the index of {self._file}, is damaged: delete it and start again")


async def _cards(db: sqlite3.Connection) -> tuple[Card, ...]:
    cards: list[Card] = []
    rows = db.execute(
        "SELECT full_name, description, created_at, pushed_at, run_count, is_official FROM models ORDER BY rowid"
    )
    while some := rows.fetchmany(CARDS_AT_ONCE):
        cards += (_card(*row) for row in some)
        await asyncio.sleep(0)
    return tuple(cards)


def _card(full_name: str, description: str, created_at: str, pushed_at: str, run_count: int, is_official: int) -> Card:
    text = f"{full_name} {description}".lower()
    return Card(full_name, description, created_at, pushed_at, run_count, bool(is_official), text)


async def _build(file: Path, index: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "replicate_tui.local.recordings.indexer", str(file), str(index)),
        stdin=DEVNULL,
        stdout=PIPE,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    try:
        said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        answer = json.loads(said)
    except ValueError as error:
        reason = f"its reader ended with exit code {process.returncode}"
        raise RecordingsError(f"{file} cannot be indexed: {reason}") from error
    if "error" in answer:
        raise RecordingsError(answer["error"])
    if answer["skipped"]:
        log.warning("%s: %d entries that are no model objects were left out", file, answer["skipped"])
