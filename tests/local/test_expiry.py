"""What has outlived its time goes: in small steps, and also after the database could not be written."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from replicate_tui.local.storage import expiry
from replicate_tui.local.storage.expiry import Expiry
from replicate_tui.local.storage.records import Prediction, StreamEvent, UploadedFile, new_id, timestamp
from replicate_tui.local.storage.storage import Storage
from tests.waiting import eventually


class Moody(Storage):
    """A memory that cannot be written so many times."""

    failures = 0

    def forget_expired(self, now: float, limit: int) -> list[Path]:
        if self.failures:
            self.failures -= 1
            raise sqlite3.OperationalError("disk I/O error")
        return super().forget_expired(now, limit)


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Moody]:
    storage = Moody(tmp_path)
    yield storage
    storage.close()


def remember(storage: Storage, expires_at: float) -> Prediction:
    """A finished run with its file and its stream."""
    prediction = Prediction(new_id(), "local/painter", "1", {"a": 1}, timestamp(0), status="succeeded")
    prediction.output, prediction.logs, prediction.expires_at = "x", "drawn\n", expires_at
    storage.insert(prediction)
    storage.add_events(prediction.id, [StreamEvent(0, 0, "done", {})])
    storage.output_folder(prediction.token).mkdir()
    (storage.output_folder(prediction.token) / "out-0.png").write_bytes(b"picture")
    return prediction


def upload(storage: Storage, expires_at: float) -> UploadedFile:
    """A file that a client uploaded."""
    file = UploadedFile(new_id(), "a.txt", "text/plain", 1, "m", "s", {}, timestamp(0), expires_at)
    storage.files.add(file)
    storage.upload_path(file.id).write_bytes(b"a")
    return file


def test_only_so_many_are_forgotten_at_once_and_their_records_stay(storage: Moody) -> None:
    runs = [remember(storage, expires_at=5) for _ in range(3)]
    later, file = remember(storage, expires_at=15), upload(storage, expires_at=5)
    paths = storage.forget_expired(10, 2)
    assert paths == [*(storage.output_folder(run.token) for run in runs[:2]), storage.upload_path(file.id)]
    assert storage.forget_expired(10, 2) == [storage.output_folder(runs[2].token)]
    assert storage.forget_expired(10, 2) == []
    assert storage.next_expiry() == 15
    for run in runs:
        found = storage.prediction(run.id)
        assert found is not None
        assert (found.status, found.data_removed, found.expires_at) == ("succeeded", True, None)
        assert (found.input, found.output, found.logs, storage.events(run.id)) == ({}, None, "", [])
    assert storage.prediction(later.id) == later
    assert storage.files.get(file.id) is None


async def test_everything_that_is_due_goes_from_the_disk(storage: Moody, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "AT_ONCE", 2)
    runs, file = [remember(storage, expires_at=5) for _ in range(5)], upload(storage, expires_at=5)
    kept = remember(storage, expires_at=time.time() + 3600)
    paths = [*(storage.output_folder(run.token) for run in runs), storage.upload_path(file.id)]
    removing = asyncio.create_task(Expiry(storage).run())
    await eventually(lambda: not any(path.exists() for path in paths), "the end of the files")
    assert storage.output_folder(kept.token).exists()
    removing.cancel()
    await asyncio.gather(removing, return_exceptions=True)


async def test_a_database_that_cannot_be_written_is_tried_again(
    storage: Moody, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(expiry, "AGAIN_SECONDS", 0.01)
    storage.failures = 2
    run = remember(storage, expires_at=5)
    removing = asyncio.create_task(Expiry(storage).run())
    await eventually(lambda: not storage.output_folder(run.token).exists(), "the end of the data")
    assert caplog.text.count("disk I/O error") == 2
    removing.cancel()
    await asyncio.gather(removing, return_exceptions=True)
