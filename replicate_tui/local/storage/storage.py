"""What lies on disk: one SQLite file, the folders of output files, the uploaded files and the trained weights.

The database is locked for one process: a second server on the same folder fails at once with `FolderInUse`.
Writes are short and happen on the event loop; each call that writes is one transaction.
"""

from __future__ import annotations

import json
import logging
import shutil
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path

from replicate_tui.local.storage.migrations import MIGRATIONS
from replicate_tui.local.storage.records import (
    Deployment,
    OwnModel,
    Prediction,
    Setting,
    StreamEvent,
    TrainedVersion,
    UploadedFile,
)
from replicate_tui.local.storage.tables import Table

log = logging.getLogger(__name__)

FOLDERS = ("outputs", "files", "weights")


class FolderInUse(Exception):
    """Another server holds this data folder."""


class FolderUnusable(OSError):
    """The data folder's database is damaged, or of a later version than this program."""


class Storage:
    """The server's memory under one folder, which is made when missing (private to the user).

    Raises `FolderInUse`, `FolderUnusable` and other `OSError`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for part in (folder, *(folder / name for name in FOLDERS)):
            part.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._db = _open(folder / "server.db")
        self.predictions = Table(self._db, "predictions", Prediction)
        self.files = Table(self._db, "files", UploadedFile)
        self.models = Table(self._db, "models", OwnModel)
        self.versions = Table(self._db, "versions", TrainedVersion)
        self.deployments = Table(self._db, "deployments", Deployment)
        self._settings = Table(self._db, "settings", Setting)
        shutil.rmtree(folder / "scratch", ignore_errors=True)
        self._sweep()

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

    def weights_path(self, version_id: str) -> Path:
        """Where the weights of a trained version lie."""
        return self.folder / "weights" / f"{version_id}.json"

    def insert(self, prediction: Prediction) -> None:
        """Remember a new prediction and count the run of its model."""
        with self._db:
            self.predictions.insert(prediction)
            self._db.execute(
                "INSERT INTO run_counts VALUES (?, 1) ON CONFLICT (model) DO UPDATE SET runs = runs + 1",
                (prediction.model,),
            )

    def save(self, prediction: Prediction) -> None:
        """Write what has changed about a known prediction."""
        self.predictions.save(prediction)

    def conclude(self, prediction: Prediction, events: Iterable[StreamEvent]) -> None:
        """Write how a run has ended, with the last events of its stream."""
        with self._db:
            self.predictions.update(prediction)
            self._append(prediction.id, events)

    def announce(self, prediction_id: str) -> None:
        """Remember that nobody is owed a webhook about the end of this run any more."""
        with self._db:
            self._db.execute("UPDATE predictions SET announced = 1 WHERE id = ?", (prediction_id,))

    def prediction(self, prediction_id: str) -> Prediction | None:
        """The prediction with this id."""
        return self.predictions.get(prediction_id)

    def prediction_of_token(self, token: str) -> Prediction | None:
        """The prediction whose outputs and stream this token opens."""
        return next(iter(self.predictions.where("token = ?", token)), None)

    def active_predictions(self) -> list[Prediction]:
        """Those that were running when the last server ended."""
        return self.predictions.where("status IN ('starting', 'processing')")

    def add_events(self, prediction_id: str, events: Iterable[StreamEvent]) -> None:
        """Append to a run's stream."""
        with self._db:
            self._append(prediction_id, events)

    def events(self, prediction_id: str) -> list[StreamEvent]:
        """A run's whole stream, oldest first."""
        rows = self._db.execute(
            "SELECT seq, at, event, data FROM events WHERE prediction_id = ? ORDER BY seq", (prediction_id,)
        )
        return [StreamEvent(seq, at, event, json.loads(data)) for seq, at, event, data in rows]

    def run_count(self, model: str) -> int:
        """How often a model has run here."""
        row = self._db.execute("SELECT runs FROM run_counts WHERE model = ?", (model,)).fetchone()
        return row[0] if row else 0

    def setting(self, name: str, default: Callable[[], str]) -> str:
        """What is remembered under this name; at first, what `default` gives."""
        if (known := self._settings.get(name)) is not None:
            return known.value
        setting = Setting(name, default())
        self._settings.add(setting)
        return setting.value

    def delete_file(self, file_id: str) -> bool:
        """Forget an uploaded file; False when there is none."""
        found = self.files.delete(file_id)
        if found:
            remove([self.upload_path(file_id)])
        return found

    def delete_model(self, full_name: str) -> None:
        """Forget a model without versions, and how often it has run: another may get its name."""
        self.models.delete(full_name)
        with self._db:
            self._db.execute("DELETE FROM run_counts WHERE model = ?", (full_name,))

    def delete_version(self, version_id: str) -> None:
        """Forget a trained version, its weights and its runs with their files."""
        tokens = self._texts("SELECT token FROM predictions WHERE version = ?", version_id)
        with self._db:
            self._db.execute(
                "DELETE FROM events WHERE prediction_id IN (SELECT id FROM predictions WHERE version = ?)",
                (version_id,),
            )
            self._db.execute("DELETE FROM predictions WHERE version = ?", (version_id,))
            self._db.execute("DELETE FROM versions WHERE id = ?", (version_id,))
        remove([self.weights_path(version_id), *map(self.output_folder, tokens)])

    def next_expiry(self) -> float | None:
        """When the next prediction or file is due to be removed, in unix seconds."""
        row = self._db.execute(
            "SELECT min(due) FROM (SELECT min(expires_at) AS due FROM predictions UNION ALL "
            "SELECT min(expires_at) FROM files)"
        ).fetchone()
        due: float | None = row[0]
        return due

    def forget_expired(self, now: float, limit: int) -> list[Path]:
        """Forget the data of predictions whose time is over (their records stay), and files altogether.

        At most `limit` of each at once. Returns what of theirs may lie on the disk, for the caller to `remove`.
        """
        due = self._db.execute(
            "SELECT id, token FROM predictions WHERE expires_at <= ? LIMIT ?", (now, limit)
        ).fetchall()
        runs = [(identifier,) for identifier, _ in due]
        files = self._db.execute("SELECT id FROM files WHERE expires_at <= ? LIMIT ?", (now, limit)).fetchall()
        with self._db:
            self._db.executemany("DELETE FROM events WHERE prediction_id = ?", runs)
            self._db.executemany(
                "UPDATE predictions SET input = '{}', output = 'null', logs = '', data_removed = 1, expires_at = NULL "
                "WHERE id = ?",
                runs,
            )
            self._db.executemany("DELETE FROM files WHERE id = ?", files)
        outputs = (self.output_folder(token) for _, token in due)
        return [*outputs, *(self.upload_path(identifier) for (identifier,) in files)]

    def _sweep(self) -> None:
        """Remove what a server left half done that was killed: files that no record names."""
        named = {
            "outputs": self._texts("SELECT token FROM predictions WHERE NOT data_removed"),
            "files": self._texts("SELECT id FROM files"),
            "weights": self._texts("SELECT id || '.json' FROM versions"),
        }
        for folder, names in named.items():
            remove(path for path in (self.folder / folder).iterdir() if path.name not in names)

    def _append(self, prediction_id: str, events: Iterable[StreamEvent]) -> None:
        rows = [(prediction_id, e.seq, e.at, e.event, json.dumps(e.data)) for e in events]
        self._db.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?)", rows)

    def _texts(self, query: str, *values: str) -> set[str]:
        return {text for (text,) in self._db.execute(query, values)}


def remove(paths: Iterable[Path]) -> None:
    """Delete those files and folders that are there; what cannot be deleted is logged."""
    for path in paths:
        try:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("a file stays on the disk: %s", error)


def _open(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=2)
    try:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        _migrate(db)
    except sqlite3.DatabaseError as error:
        db.close()
        if "locked" in str(error):
            raise FolderInUse(f"another server is using {path.parent}") from error
        raise FolderUnusable(f"{path} cannot be used: {error}") from error
    except FolderUnusable:
        db.close()
        raise
    path.chmod(0o600)
    return db


def _migrate(db: sqlite3.Connection) -> None:
    done: int = db.execute("PRAGMA user_version").fetchone()[0]
    if done > len(MIGRATIONS):
        raise FolderUnusable("the data were written by a later version of this program")
    db.execute("BEGIN EXCLUSIVE")
    db.commit()
    for number, script in enumerate(MIGRATIONS[done:], start=done + 1):
        db.executescript(f"BEGIN; {script} PRAGMA user_version = {number}; COMMIT;")
