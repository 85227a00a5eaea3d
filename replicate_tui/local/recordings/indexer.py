"""The index of a file of models, and the process that makes it: `python -m …recordings.indexer FILE INDEX`.

One SQLite file whose name holds which file it is of, and in which state. It is written under another name and
renamed when it is whole. The process says one line: `{"models": n, "skipped": n}` or `{"error": sentence}`.
"""

from __future__ import annotations

import hashlib
import json
import signal
import sqlite3
import sys
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from replicate_tui.local.recordings.jsonsource import NotJSON, values
from replicate_tui.local.recordings.modelobjects import HIDDEN, candidates, model_object

FORMAT = 1
"""Counts up whenever an index made before cannot be used any more."""

FASTEST = 1
"""zlib's level: the strongest one would save 8 % and take twice as long."""

SCHEMA = f"""
PRAGMA page_size = 16384;
PRAGMA user_version = {FORMAT};
PRAGMA journal_mode = OFF;
CREATE TABLE models (
    full_name TEXT PRIMARY KEY, description TEXT NOT NULL, created_at TEXT NOT NULL, pushed_at TEXT NOT NULL,
    run_count INTEGER NOT NULL, is_official INTEGER NOT NULL,
    version TEXT, example TEXT, example_version TEXT, body BLOB NOT NULL
);
CREATE INDEX by_version ON models (version);
CREATE INDEX by_example ON models (example);
CREATE INDEX by_example_version ON models (example_version);
"""

INSERT = "INSERT OR REPLACE INTO models VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


class NoModels(Exception):
    """There is not one model in the file."""


def index_path(source: Path, cache: Path) -> Path:
    """Where the index of the file as it is now belongs. Raises `OSError` when there is no such file."""
    source = source.resolve()
    status = source.stat()
    state = _digest(f"{FORMAT} {status.st_size} {status.st_mtime_ns}")
    return cache.resolve() / f"catalog-{_digest(str(source))}-{state}.db"


def connect(index: Path) -> sqlite3.Connection | None:
    """The index, to read; None when there is none, or it is damaged."""
    try:
        db = sqlite3.connect(f"{index.as_uri()}?mode=ro&immutable=1", uri=True)
    except sqlite3.OperationalError:
        return None
    if _is_sound(db):
        return db
    db.close()
    return None


def build(source: Path, index: Path) -> dict[str, int]:
    """Make the index, unless another process has just made it; other indexes of the same file go.

    Returns how many `models` it has and how many entries were `skipped` because they are none. Raises `NotJSON`,
    `NoModels`, `OSError` and `sqlite3.Error`.
    """
    # Needed only here, in the process that makes the index: what the server itself imports stays light.
    from filelock import FileLock

    index.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    family = index.stem.rpartition("-")[0]
    with FileLock(index.with_name(f"{family}.lock"), mode=0o600):
        if db := connect(index):
            with closing(db):
                return {"models": _count(db), "skipped": 0}
        draft = index.with_name(f"{family}.draft")
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        try:
            counts = _write(source, draft)
            draft.replace(index)
        finally:
            draft.unlink(missing_ok=True)
        for stale in index.parent.glob(f"{family}-*.db"):
            if stale != index:
                # Windows keeps what another server still has open; the next index tries again.
                with suppress(PermissionError):
                    stale.unlink()
    return counts


def main() -> int:
    """Build the index that the arguments name. Returns the exit code."""
    # Control-C at the terminal reaches this process too; the server decides what becomes of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source, index = Path(sys.argv[1]), Path(sys.argv[2])
    try:
        answer: dict[str, Any] = dict(build(source, index))
    except NotJSON as error:
        answer = {"error": f"{source} is not JSON: {error}"}
    except NoModels:
        answer = {"error": f"{source} holds no model objects, which have an owner and a name"}
    except (OSError, sqlite3.Error) as error:
        answer = {"error": f"{source} cannot be indexed: {error}"}
    sys.stdout.write(json.dumps(answer) + "\n")
    return 1 if "error" in answer else 0


def _write(source: Path, draft: Path) -> dict[str, int]:
    skipped = 0
    with closing(sqlite3.connect(draft)) as db:
        db.executescript(SCHEMA)
        with db:
            for entry in _entries(source):
                if model := model_object(entry):
                    db.execute(INSERT, _row(model))
                else:
                    skipped += 1
        models = _count(db)
    if not models:
        raise NoModels
    return {"models": models, "skipped": skipped}


def _entries(source: Path) -> Iterator[Any]:
    for value in values(source):
        yield from candidates(value)


def _row(model: dict[str, Any]) -> tuple[Any, ...]:
    version, example = model["latest_version"], model["default_example"]
    return (
        f"{model['owner']}/{model['name']}",
        # A half of a surrogate pair, which JSON can say, has no place in a database's text.
        (model["description"] or "").encode("utf-8", "replace").decode(),
        model["created_at"],
        version["created_at"] if version else model["created_at"],
        model["run_count"],
        model["is_official"],
        version and version["id"],
        example and example["id"],
        example["version"] if example and example["version"] != HIDDEN else None,
        zlib.compress(_json(model).encode(), FASTEST),
    )


def _json(model: dict[str, Any]) -> str:
    try:
        return json.dumps(model, separators=(",", ":"), allow_nan=False)
    except ValueError:
        # 1e999 is JSON, and infinite to Python: nothing that could be sent to a client.
        return json.dumps(json.loads(json.dumps(model), parse_constant=lambda _: None), separators=(",", ":"))


def _is_sound(db: sqlite3.Connection) -> bool:
    try:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        (report,) = db.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError:
        return False
    return bool(version == FORMAT and report == "ok")


def _count(db: sqlite3.Connection) -> int:
    count: int = db.execute("SELECT count(*) FROM models").fetchone()[0]
    return count


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


if __name__ == "__main__":
    sys.exit(main())
