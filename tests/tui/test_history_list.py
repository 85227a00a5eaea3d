"""The list of the history while runs and the file itself change under it."""

import asyncio
import os
import time
from datetime import UTC, datetime

import pytest

from replicate_tui.api.resources import Prediction
from replicate_tui.core.history import filters
from replicate_tui.core.settings import Settings
from replicate_tui.tui.screens.history_screen import HistoryScreen
from tests.core.scripted import run_object
from tests.tui.driving import Driver, driven


async def put(driver: Driver, run_id: str, prompt: str) -> None:
    """Have the history tell of a run that failed just now; the server's own runs are in the list, too."""
    assert driver.app.session is not None
    now = time.time()
    created = datetime.fromtimestamp(now, UTC).isoformat()
    told = run_object(run_id, "failed", input={"prompt": prompt}, created_at=created)
    await driver.app.session.store.put(Prediction.of(told), now=now)


async def test_a_filtered_list_takes_in_what_comes_to_match_and_nothing_else(settings: Settings) -> None:
    async with driven(settings) as driver:
        await put(driver, "r1", "a grey capybara")
        await driver.press("2")
        await driver.press("slash")
        await driver.write("capybara")
        await driver.shows("a grey capybara", "1 · newest first")
        await put(driver, "r2", "a white capybara")
        await driver.shows("a white capybara", "2 · newest first")
        await put(driver, "r3", "a lighthouse by night")
        await put(driver, "r4", "a black capybara")
        await driver.shows("a black capybara", "3 · newest first")
        assert "a lighthouse by night" not in driver.text


async def test_a_filter_that_says_the_same_lists_nothing_anew_and_without_a_session_nothing_at_all(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driven(settings) as driver:
        await put(driver, "r1", "a grey capybara")
        await driver.press("2")
        await driver.shows("a grey capybara")
        screen = driver.app.screen
        assert isinstance(screen, HistoryScreen)
        parsed: list[str] = []
        parse = filters.parse

        def noting(said: str) -> filters.Filter:
            parsed.append(said)
            return parse(said)

        with monkeypatch.context() as watched:
            watched.setattr(filters, "parse", noting)
            watched.setattr(screen, "show_runs", lambda: pytest.fail("the list is drawn"))
            await driver.press("slash", "space")
            await driver.until(lambda: parsed == [" "], "a filter of nothing")
            watched.setattr(driver.app, "session", None)
            screen.clear_filter()
            await driver.until(lambda: parsed == [" ", ""], "the end of the filter")
        await driver.write("white")
        await driver.shows("No run matches")


async def test_what_changed_while_another_mode_was_shown_is_seen_on_the_way_back(settings: Settings) -> None:
    async with driven(settings) as driver:
        await put(driver, "r1", "a grey capybara")
        await driver.press("2")
        await driver.shows("a grey capybara")
        await driver.press("1")
        await driver.until(lambda: "newest first" not in driver.text, "run mode")
        await put(driver, "r2", "a white capybara")
        await driver.press("2")
        await driver.shows("newest first", "a white capybara", "a grey capybara")


async def test_where_the_run_that_is_seen_alone_goes_the_list_is_back(settings: Settings) -> None:
    async with driven(settings) as driver:
        session = driver.app.session
        assert session is not None
        assert await session.store.forget(session.store.ids()) == len(session.store.ids())
        await driver.press("2")
        await driver.until(lambda: isinstance(driver.app.screen, HistoryScreen), "the mode")
        screen = driver.app.screen
        assert isinstance(screen, HistoryScreen)
        for run_id, words, told in (("r1", "capybara", "No run matches"), ("r2", "", "Nothing ran yet")):
            await put(driver, run_id, "a grey capybara")
            await driver.shows("a grey capybara")
            screen.line.text = words
            await driver.shows("1 · newest first", f"/ {words}")
            await driver.press("z")
            await driver.until(lambda: screen.has_class("-zoomed") and not screen.runs_table.has_focus, "it alone")
            await driver.press("d")
            await driver.shows(f"Delete {run_id} from this machine's history?")
            await driver.press("y")
            await driver.shows(told)
            await driver.until(lambda: screen.runs_table.has_focus and not screen.has_class("-zoomed"), "the list")
            screen.line.text = ""


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be deleted there")
async def test_a_deleted_history_is_told_once_and_what_is_shown_stays(settings: Settings) -> None:
    async with driven(settings) as driver:
        await put(driver, "r1", "a grey capybara")
        await driver.press("2")
        await driver.shows("a grey capybara")
        await asyncio.to_thread(settings.database_file.unlink)
        await driver.until(lambda: said(driver), "the warning")
        await driver.until(settings.database_file.exists, "a new file")
        await driver.shows("a grey capybara")
        assert len(said(driver)) == 1


def said(driver: Driver) -> list[str]:
    return [toast.message for toast in driver.app._notifications if "was deleted" in toast.message]
