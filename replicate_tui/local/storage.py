"""What lies on disk: one SQLite file, the folders of output files, and the uploaded files.

The database is locked for one process: a second server on the same folder fails at once with `FolderInUse`.
Writes are short and happen on the event loop; a batch of stream events is one transaction.
"""

from __future__ import annotations

import json
import logging
import shutil
import sqlite3
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from replicate_tui.local.records import Prediction, StreamEvent, UploadedFile

log = logging.getLogger(__name__)

Record = TypeVar("Record", Prediction, UploadedFile)

JSON_COLUMNS = frozenset({"input", "output", "metrics", "webhook_events_filter", "metadata"})
BOOLEAN_COLUMNS = frozenset({"streams", "data_removed"})

MIGRATIONS = (
    """
    CREATE TABLE predictions (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, model TEXT NOT NULL,
        version TEXT NOT NULL, input TEXT NOT NULL, created_at TEXT NOT NULL,
        token TEXT NOT NULL UNIQUE, streams INTEGER NOT NULL,
        status TEXT NOT NULL, output TEXT NOT NULL, error TEXT, logs TEXT NOT NULL, metrics TEXT NOT NULL,
        started_at TEXT, completed_at TEXT, deadline TEXT, source TEXT NOT NULL, webhook TEXT,
        webhook_events_filter TEXT NOT NULL, data_removed INTEGER NOT NULL, expires_at REAL
    );
    CREATE INDEX predictions_by_time ON predictions (created_at);
    CREATE INDEX predictions_active ON predictions (status) WHERE status IN ('starting', 'processing');
    CREATE INDEX predictions_due ON predictions (expires_at) WHERE expires_at IS NOT NULL;
    CREATE TABLE events (
        prediction_id TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, event TEXT NOT NULL,
        data TEXT NOT NULL, PRIMARY KEY (prediction_id, seq)
    ) WITHOUT ROWID;
    CREATE TABLE files (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
        content_type TEXT NOT NULL, size INTEGER NOT NULL, md5 TEXT NOT NULL, sha256 TEXT NOT NULL,
        metadata TEXT NOT NULL, created_at TEXT NOT NULL, expires_at REAL NOT NULL
    );
    CREATE TABLE run_counts (model TEXT PRIMARY KEY, runs INTEGER NOT NULL) WITHOUT ROWID;
    """,
)


class FolderInUse(Exception):
    """Another server holds this data folder."""


class Storage:
    """The server's memory under one folder, which is made when missing (private to the user)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for part in (folder, folder / "outputs", folder / "files"):
            part.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._db = _open(folder / "server.db")
        shutil.rmtree(folder / "scratch", ignore_errors=True)

    def close(self) -> None:
        """Let go of the database; the storage cannot be used afterwards."""
        self._db.close()

    def output_folder(self, token: str) -> Path:
        """Where a prediction's output files lie."""
        return self.folder / "outputs" / token

    def scratch_folder(self, prediction_id: str) -> Path:
        """Where a run keeps what it needs only while it lasts."""
        return self.folder / "scratch" / prediction_id

    def upload_path(self, file_id: str) -> Path:
        """Where an uploaded file's content lies."""
        return self.folder / "files" / file_id

    def insert(self, prediction: Prediction) -> None:
        """Remember a new prediction and count the run of its model."""
        with self._db:
            self._insert("predictions", prediction)
            self._db.execute(
                "INSERT INTO run_counts VALUES (?, 1) ON CONFLICT (model) DO UPDATE SET runs = runs + 1",
                (prediction.model,),
            )

    def save(self, prediction: Prediction) -> None:
        """Write what has changed about a known prediction."""
        assignments = ", ".join(f"{name} = ?" for name in _columns(Prediction))
        with self._db:
            self._db.execute(f"UPDATE predictions SET {assignments} WHERE id = ?", (*_row(prediction), prediction.id))

    def prediction(self, prediction_id: str) -> Prediction | None:
        """The prediction with this id."""
        return self._one(Prediction, "predictions", "id = ?", prediction_id)

    def prediction_of_token(self, token: str) -> Prediction | None:
        """The prediction whose outputs and stream this token opens."""
        return self._one(Prediction, "predictions", "token = ?", token)

    def active_predictions(self) -> list[Prediction]:
        """Those that were running when the last server ended."""
        return self._many(Prediction, "predictions", "status IN ('starting', 'processing')", ())

    def predictions_page(
        self, condition: str, values: Iterable[Any], *, order: str, limit: int
    ) -> list[tuple[int, Prediction]]:
        """Predictions with their sequence numbers, `order` being ASC or DESC."""
        return self._page(Prediction, "predictions", condition, values, order=order, limit=limit)

    def add_events(self, prediction_id: str, events: Iterable[StreamEvent]) -> None:
        """Append to a run's stream, in one transaction."""
        rows = [(prediction_id, e.seq, e.at, e.event, json.dumps(e.data)) for e in events]
        with self._db:
            self._db.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?)", rows)

    def events(self, prediction_id: str) -> list[StreamEvent]:
        """A run's whole stream, oldest first."""
        rows = self._db.execute(
            "SELECT seq, at, event, data FROM events WHERE prediction_id = ? ORDER BY seq", (prediction_id,)
        )
        return [StreamEvent(seq, at, event, json.loads(data)) for seq, at, event, data in rows]

    def run_counts(self) -> dict[str, int]:
        """How often each model has run here."""
        return dict(self._db.execute("SELECT model, runs FROM run_counts"))

    def insert_file(self, file: UploadedFile) -> None:
        """Remember an uploaded file, whose content is already at `upload_path`."""
        with self._db:
            self._insert("files", file)

    def file(self, file_id: str) -> UploadedFile | None:
        """The uploaded file with this id."""
        return self._one(UploadedFile, "files", "id = ?", file_id)

    def files_page(
        self, condition: str, values: Iterable[Any], *, order: str, limit: int
    ) -> list[tuple[int, UploadedFile]]:
        """Uploaded files with their sequence numbers, `order` being ASC or DESC."""
        return self._page(UploadedFile, "files", condition, values, order=order, limit=limit)

    def delete_file(self, file_id: str) -> bool:
        """Forget an uploaded file; False when there is none."""
        with self._db:
            found = self._db.execute("DELETE FROM files WHERE id = ?", (file_id,)).rowcount > 0
        try:
            self.upload_path(file_id).unlink(missing_ok=True)
        except OSError as error:
            log.warning("an uploaded file stays on the disk: %s", error)
        return found

    def next_expiry(self) -> float | None:
        """When the next prediction or file is due to be removed, in unix seconds."""
        row = self._db.execute(
            "SELECT min(due) FROM (SELECT min(expires_at) AS due FROM predictions UNION ALL "
            "SELECT min(expires_at) FROM files)"
        ).fetchone()
        due: float | None = row[0]
        return due

    def remove_expired(self, now: float) -> None:
        """Delete the data of predictions whose time is over (their records stay), and files altogether."""
        for prediction in self._many(Prediction, "predictions", "expires_at <= ?", (now,)):
            self._remove_data(prediction)
        for file in self._many(UploadedFile, "files", "expires_at <= ?", (now,)):
            self.delete_file(file.id)

    def _remove_data(self, prediction: Prediction) -> None:
        prediction.input, prediction.output, prediction.logs = {}, None, ""
        prediction.data_removed, prediction.expires_at = True, None
        shutil.rmtree(self.output_folder(prediction.token), ignore_errors=True)
        with self._db:
            self._db.execute("DELETE FROM events WHERE prediction_id = ?", (prediction.id,))
        self.save(prediction)

    def _insert(self, table: str, record: Prediction | UploadedFile) -> None:
        names = _columns(type(record))
        marks = ", ".join("?" * len(names))
        self._db.execute(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", _row(record))

    def _one(self, kind: type[Record], table: str, condition: str, value: str) -> Record | None:
        found = self._many(kind, table, condition, (value,))
        return found[0] if found else None

    def _many(self, kind: type[Record], table: str, condition: str, values: Iterable[Any]) -> list[Record]:
        return [record for _, record in self._page(kind, table, condition, values, order="ASC", limit=-1)]

    def _page(
        self, kind: type[Record], table: str, condition: str, values: Iterable[Any], *, order: str, limit: int
    ) -> list[tuple[int, Record]]:
        names = _columns(kind)
        rows = self._db.execute(
            f"SELECT seq, {', '.join(names)} FROM {table} WHERE {condition} ORDER BY seq {order} LIMIT ?",
            (*values, limit),
        )
        return [(row[0], kind(**_decoded(dict(zip(names, row[1:], strict=True))))) for row in rows]


def _open(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=2)
    try:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        _migrate(db)
    except sqlite3.OperationalError as error:
        db.close()
        if "locked" in str(error):
            raise FolderInUse(f"another server is using {path.parent}") from error
        raise
    path.chmod(0o600)
    return db


def _migrate(db: sqlite3.Connection) -> None:
    done: int = db.execute("PRAGMA user_version").fetchone()[0]
    db.execute("BEGIN EXCLUSIVE")
    db.commit()
    for number, script in enumerate(MIGRATIONS[done:], start=done + 1):
        db.executescript(f"BEGIN; {script} PRAGMA user_version = {number}; COMMIT;")


def _columns(kind: type[Prediction] | type[UploadedFile]) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind))


def _row(record: Prediction | UploadedFile) -> tuple[Any, ...]:
    pairs = ((name, getattr(record, name)) for name in _columns(type(record)))
    return tuple(json.dumps(value) if name in JSON_COLUMNS else _storable(value) for name, value in pairs)


def _storable(value: Any) -> Any:
    # A half of a surrogate pair, which JSON can say, has no place in a database's text.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _decoded(row: dict[str, Any]) -> dict[str, Any]:
    for name in JSON_COLUMNS & row.keys():
        row[name] = json.loads(row[name])
    for name in BOOLEAN_COLUMNS & row.keys():
        row[name] = bool(row[name])
    return row
