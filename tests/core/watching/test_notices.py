"""The end of a long run is told, once."""

import time
from typing import Any

import pytest

from replicate_tui.api.resources import Prediction
from replicate_tui.core.history.rows import RunRow
from replicate_tui.core.history.store import Store
from replicate_tui.core.watching.notices import Notices, words
from tests.core.scripted import run_object


async def put(store: Store, run_id: str, status: str, took: float | None = None) -> None:
    """An answer about a run that began at noon of a day, and took so many seconds if it ended."""
    times: dict[str, Any] = {"created_at": "2026-01-02T12:00:00Z"}
    if took is not None:
        times["completed_at"] = f"2026-01-02T12:00:{took:02.0f}Z"
    await store.put(Prediction.of(run_object(run_id, status, **times)), now=time.time())


@pytest.fixture
def told() -> list[RunRow]:
    return []


async def test_a_run_that_took_long_is_told_once_when_it_ends(store: Store, told: list[RunRow]) -> None:
    await put(store, "early", "processing")
    Notices(store, 30.0, told.append)
    await put(store, "late", "starting")
    await put(store, "quick", "processing")
    assert told == []
    for _ in range(2):
        await put(store, "early", "succeeded", 31)
        await put(store, "late", "failed", 45)
        await put(store, "quick", "succeeded", 29)
    assert [(row.id, row.status) for row in told] == [("early", "succeeded"), ("late", "failed")]


async def test_what_was_never_seen_to_work_is_no_news(store: Store, told: list[RunRow]) -> None:
    Notices(store, 0.0, told.append)
    await put(store, "old", "succeeded", 59)
    assert told == []


async def test_after_its_close_nothing_is_told(store: Store, told: list[RunRow]) -> None:
    notices = Notices(store, 0.0, told.append)
    await put(store, "r", "processing")
    notices.close()
    await put(store, "r", "succeeded", 5)
    assert told == []


async def test_a_notice_is_one_clean_line(store: Store, told: list[RunRow]) -> None:
    Notices(store, 0.0, told.append)
    for status, took in (("processing", None), ("failed", 42)):
        times = {"created_at": "2026-01-02T12:00:00Z", "completed_at": f"2026-01-02T12:00:{took}Z" if took else None}
        raw = run_object("r", status, model="acme/pain\x1b]0;x\x07ter\n", **times)
        await store.put(Prediction.of(raw), now=time.time())
    (row,) = told
    assert words(row).startswith("✗ pain")
    assert words(row).endswith("failed after 42s")
    assert "\x1b" not in words(row)
    assert "\n" not in words(row)
