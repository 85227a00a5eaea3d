"""What each mode looks like in each of its states, on a small and on a wide terminal."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from textual.widgets import OptionList

from replicate_tui.core.history.database import RunRow
from replicate_tui.core.settings import Settings
from replicate_tui.tui.app import ReplicateApp
from replicate_tui.tui.screens.predictions import PredictionsScreen
from replicate_tui.tui.screens.settings import SettingsScreen
from replicate_tui.tui.screens.trainings import TrainingsScreen
from tests.core.scripted import scripted
from tests.tui.acme import Acme
from tests.tui.driving import SMALL, WIDE, Driver
from tests.tui.looks import comes_to_look_as_before

SIZES = pytest.mark.parametrize("size", [SMALL, WIDE], ids=["80x24", "160x48"])
Size = tuple[int, int]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()
SAVED = ("p6shore", "p5told", "p4failed")
"""What ended lately: its files are fetched."""


@pytest.fixture(autouse=True)
def at_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the clock stand still: ages are told, and grow from minute to minute and from month to month."""
    monkeypatch.setattr("time.time", lambda: NOW)


@asynccontextmanager
async def acme(settings: Settings, size: Size, **changes: Any) -> AsyncIterator[Driver]:
    """The app on that account, with the files of its runs."""
    async with scripted() as server:
        server.script = Acme(lambda: server.url)
        app = ReplicateApp(replace(settings, base_url=server.url, **changes))
        async with app.run_test(size=size, notifications=True) as pilot:
            driver = Driver(app, pilot)
            await driver.shows("● online", "acme/heron", "1 running")
            await driver.until(lambda: all(row(driver, run_id).folder for run_id in SAVED), "its files")
            await driver.until(lambda: driver.run_screen.form_pane.target, "the form")
            await driver.until(lambda: row(driver, "p7going").progress, "how far it is")
            yield driver


def row(driver: Driver, run_id: str) -> RunRow:
    """A run as the list has it."""
    assert driver.app.session is not None
    found = driver.app.session.store.row(run_id)
    assert found is not None
    return found


async def looks(driver: Driver, name: str, *told: str) -> None:
    """The screen tells this, and looks as before."""
    await driver.shows(*told)
    size = driver.app.size
    await comes_to_look_as_before(f"{name}-{size.width}x{size.height}", lambda: lines(driver))


def lines(driver: Driver) -> list[str]:
    """The screen without what is another each time: the port of the server, and what hangs on the time zone."""
    return [_steady(line) for line in driver.text.split("\n")]


def _steady(line: str) -> str:
    line = re.sub(r"(127\.0\.0\.1:)\d{5}", r"\g<1>00000", line)
    line = re.sub(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d", "2026-01-02 03:04:05+00:00", line)
    return re.sub(r"\b\d{3} B\b", "600 B", line)


# -- run ------


@SIZES
async def test_run_mode(settings: Settings, size: Size) -> None:
    async with acme(settings, size) as driver:
        await looks(driver, "run")
        await driver.press("a")
        await looks(driver, "run-model", "owner", "web page")
        await driver.press("f7", "f7", "f7")
        await looks(driver, "run-examples", '"prompt": "A lighthouse')
        await driver.press("f7")
        await driver.until(lambda: driver.run_screen.form.has_focus_within, "the form")
        await driver.press("f5")
        await driver.shows("is required")
        await driver.press("f8")
        await looks(driver, "run-refused", "latest; or a version id")
        await driver.press("escape", "escape", "slash")
        await driver.write("zebra")
        await looks(driver, "run-nothing", "No model is called", "“zebra”")


@SIZES
async def test_the_runs_of_run_mode(settings: Settings, size: Size) -> None:
    async with acme(settings, size) as driver:
        await driver.to_runs()
        await looks(driver, "run-going", "64%")
        await driver.press("down", "down", "z")
        await looks(driver, "run-told", "p5told", "evening")
        await driver.press("z")
        await driver.until(lambda: driver.run_screen.runs_table.has_focus, "the runs")
        await driver.press("down", "right")
        await looks(driver, "run-failed", "Traceback")
        await driver.press("C")
        await looks(driver, "run-question", "stop")
        await driver.press("escape", "question_mark")
        await looks(driver, "run-help", "Help")
        await driver.press("escape", "colon")
        await driver.write("pred")
        await driver.until(lambda: driver.app.screen.query_one(OptionList).option_count == 2, "what matches")
        await looks(driver, "palette")


# -- histories ------


@SIZES
async def test_predictions(settings: Settings, size: Size) -> None:
    async with acme(settings, size) as driver:
        await driver.press("2")
        await driver.until(lambda: isinstance(driver.app.screen, PredictionsScreen), "the mode")
        await driver.press("down")
        await looks(driver, "predictions", "96×64")
        await driver.press("down", "down", "down", "right", "right", "right")
        await looks(driver, "predictions-details", "p3stopped", "predicting")
        await driver.press("s")
        await looks(driver, "predictions-order", "Order by")
        await driver.press("escape", "d")
        await looks(driver, "predictions-delete", "Delete p3stopped")
        await driver.press("escape", "left", "slash")
        await driver.write("aurora")
        await driver.press("enter")
        await looks(driver, "predictions-filtered", "2 · ", "Input •")
        await driver.press("slash")
        await driver.write(" zebra")
        await looks(driver, "predictions-none", "matches the filter")


@SIZES
async def test_trainings(settings: Settings, size: Size) -> None:
    async with acme(settings, size) as driver:
        await driver.press("t")
        await looks(driver, "training-form", "destination", "trigger_word")
        await driver.press("escape", "3")
        await driver.until(lambda: isinstance(driver.app.screen, TrainingsScreen), "the mode")
        await looks(driver, "trainings-going", "59%", "lowest")
        await driver.press("down", "z")
        await driver.until(lambda: "newest first" not in driver.text, "the training alone")
        await looks(driver, "training-alone", "made tern/shore-lora")


# -- deployments and hardware ------


@SIZES
async def test_deployments(settings: Settings, size: Size) -> None:
    async with acme(settings, size) as driver:
        await driver.press("4")
        await driver.shows("acme/prod", "gpu-l40s")
        await driver.press("plus")
        await looks(driver, "deployment-scale", "4 → 5")
        await driver.press("escape", "down", "down", "d")
        await looks(driver, "deployment-delete", "type idle")
        await driver.press("escape", "n")
        await driver.shows("New deployment")
        await driver.press("f9")
        await looks(driver, "deployment-hardware", "gpu-h100")


# -- settings, and the way in ------


@SIZES
async def test_settings_of_a_screen_that_is_read_only(settings: Settings, size: Size) -> None:
    async with acme(settings, size, read_only=True) as driver:
        await driver.press("comma")
        await driver.until(lambda: isinstance(driver.app.screen, SettingsScreen), "the settings")
        await driver.press("down")
        await looks(driver, "settings-profiles", "read-only", "models of this machine")
        await driver.press("down")
        await looks(driver, "settings-look", "replicate-dark")


@SIZES
async def test_the_way_in(settings: Settings, size: Size) -> None:
    app = ReplicateApp(replace(settings, token=None, base_url="https://api.replicate.com"))
    async with app.run_test(size=size, notifications=True) as pilot:
        driver = Driver(app, pilot)
        await looks(driver, "welcome", "You are not logged in")
        await driver.press("enter")
        await driver.write("secret")
        await driver.until(lambda: "•" in driver.text or "*" in driver.text, "the token, unseen")
        await looks(driver, "welcome-token")
