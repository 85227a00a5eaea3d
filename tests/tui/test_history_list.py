"""The list of the history while runs and the file itself change under it."""

import asyncio
import os

import pytest

from replicate_tui.api.resources import Prediction
from replicate_tui.core.settings import Settings
from tests.core.scripted import run_object
from tests.tui.driving import Driver, driven

NOW = 1_770_000_000.0


async def put(driver: Driver, run_id: str, status: str, prompt: str) -> None:
    assert driver.app.session is not None
    told = run_object(run_id, status, input={"prompt": prompt})
    await driver.app.session.store.put(Prediction.of(told), now=NOW)


async def test_a_filtered_list_takes_in_what_comes_to_match_and_lets_go_of_what_does_not(settings: Settings) -> None:
    async with driven(settings) as driver:
        await put(driver, "r1", "failed", "a grey heron")
        await driver.press("2")
        await driver.shows("a grey heron", "1 · newest first")
        await driver.press("slash")
        await driver.write("heron failed")
        await driver.shows("1 · newest first")
        await put(driver, "r2", "failed", "a white heron")
        await driver.shows("a white heron", "2 · newest first")
        await put(driver, "r3", "failed", "a lighthouse")
        await put(driver, "r4", "failed", "a black heron")
        await driver.shows("a black heron", "3 · newest first")
        assert "a lighthouse" not in driver.text


async def test_what_changed_while_another_mode_was_shown_is_seen_on_the_way_back(settings: Settings) -> None:
    async with driven(settings) as driver:
        await put(driver, "r1", "failed", "a grey heron")
        await driver.press("2")
        await driver.shows("1 · newest first")
        await driver.press("1")
        await driver.until(lambda: "newest first" not in driver.text, "run mode")
        await put(driver, "r2", "failed", "a white heron")
        await driver.press("2")
        await driver.shows("2 · newest first", "a white heron", "a grey heron")


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be deleted there")
async def test_a_deleted_history_is_told_once_and_what_is_shown_stays(settings: Settings) -> None:
    async with driven(settings) as driver:
        await put(driver, "r1", "failed", "a grey heron")
        await driver.press("2")
        await driver.shows("a grey heron")
        await asyncio.to_thread(settings.database_file.unlink)
        await driver.until(lambda: said(driver), "the warning")
        await driver.until(settings.database_file.exists, "a new file")
        await driver.shows("a grey heron")
        assert len(said(driver)) == 1


def said(driver: Driver) -> list[str]:
    return [toast.message for toast in driver.app._notifications if "was deleted" in toast.message]
