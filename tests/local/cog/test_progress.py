"""What a run has said, handed on piece by piece."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.local.cog.client import Event, State
from replicate_tui.local.cog.files import OutputFiles
from replicate_tui.local.cog.progress import Progress, keeper
from tests.local.cog.bench import names

FILE = "data:text/plain;base64,YWJj"


class Desk:
    """Where elements are kept as soon as that is allowed."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.allowed = asyncio.Event()

    async def keep(self, value: Any) -> Any:
        self.begun.set()
        await self.allowed.wait()
        if value is None:
            raise OSError("no space")
        return {"kept": value}


def output(chunk: Any) -> Event:
    return Event("output", {"chunk": chunk})


async def test_an_element_that_is_being_kept_is_handed_on_though_nobody_listens_any_more() -> None:
    desk, given = Desk(), list[Any]()
    progress = Progress(given.append, given.append, desk.keep)
    hearing = asyncio.create_task(progress.hear(output("one")))
    await desk.begun.wait()
    for _ in range(2):
        hearing.cancel()
        await asyncio.wait([hearing], timeout=0)
    desk.allowed.set()
    with pytest.raises(asyncio.CancelledError):
        await hearing
    assert given == [{"kept": "one"}]
    await progress.see(State("succeeded", ["one", "two"]))
    assert given == progress.elements == [{"kept": "one"}, {"kept": "two"}]


async def test_a_file_that_cannot_be_kept_is_told_though_nobody_listens_any_more() -> None:
    desk, given = Desk(), list[Any]()
    hearing = asyncio.create_task(Progress(given.append, given.append, desk.keep).hear(output(None)))
    await desk.begun.wait()
    hearing.cancel()
    desk.allowed.set()
    with pytest.raises(OSError, match="no space"):
        await hearing
    assert given == []


async def test_files_are_written_beside_the_event_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writers = list[int]()
    write = Path.write_bytes

    def noted(path: Path, content: bytes) -> int:
        writers.append(threading.get_ident())
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", noted)
    kept = await keeper(OutputFiles(tmp_path), texts_only=False)({"files": [FILE, FILE], "text": "abc"})
    assert kept == {"files": [{"$output": "out-0.txt"}, {"$output": "out-1.txt"}], "text": "abc"}
    assert len(writers) == 2
    assert threading.get_ident() not in writers


async def test_a_text_stays_a_text_whatever_it_reads_like(tmp_path: Path) -> None:
    assert await keeper(OutputFiles(tmp_path / "run"), texts_only=True)(FILE) == FILE
    assert names(tmp_path) == set()
