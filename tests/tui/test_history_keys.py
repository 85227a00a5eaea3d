"""The keys of the modes that list runs, in those modes: what they do to the run with the cursor."""

from collections.abc import Callable

import pytest

from replicate_tui.api.resources import Prediction
from replicate_tui.core import browser
from replicate_tui.core.history import runs
from replicate_tui.core.settings import Settings
from replicate_tui.tui.screens.history_screen import HistoryScreen
from replicate_tui.tui.screens.queue import QueueScreen
from replicate_tui.tui.widgets.log_view import LogView
from tests.core.scripted import run_object
from tests.tui.driving import Driver, driven

TRAINING = {runs.KIND: "training", runs.DESTINATION: "me/gnu"}


@pytest.mark.parametrize(("mode", "kept_as"), [("2", {}), ("3", TRAINING)], ids=["predictions", "trainings"])
async def test_every_key_of_a_run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, mode: str, kept_as: dict[str, object]
) -> None:
    opened: list[str] = []

    def open_page(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr(browser, "open_page", open_page)
    async with driven(settings) as driver:
        session = driver.app.session
        assert session is not None
        told = run_object("gnu1", "failed", error="gnu", input={"prompt": "gnu"}, model="acme/gnu", **kept_as)
        await session.store.put(Prediction.of(told), now=1_770_000_000.0)
        refreshed: list[bool] = []
        monkeypatch.setattr(session.watcher, "refresh", lambda: refreshed.append(True))
        await driver.press(mode, "slash")
        await driver.write("gnu")
        await driver.press("enter")
        await driver.until(_has_cursor_on(driver, "gnu1"), "the run")
        screen = driver.app.screen
        assert isinstance(screen, HistoryScreen)

        await driver.press("right")
        await driver.shows("no logs")
        assert "no logs yet" not in driver.text
        await driver.press("left", "left")
        await driver.until(lambda: screen.detail.tab == "details", "round the end")
        await driver.press("f")
        await driver.until(lambda: screen.detail.tab == "logs" and screen.query_one(LogView).follow, "the logs' end")
        await driver.press("z")
        await driver.until(lambda: screen.has_class("-zoomed") and not screen.runs_table.has_focus, "the run alone")
        await driver.press("escape")
        await driver.until(lambda: screen.runs_table.has_focus and not screen.has_class("-zoomed"), "all again")
        await driver.press("enter")
        await driver.until(lambda: screen.has_class("-zoomed"), "the run alone")
        await driver.press("z")
        await driver.until(lambda: screen.runs_table.has_focus, "all again")
        await driver.press("R")
        await driver.until(lambda: refreshed, "the question to the API")
        await driver.press("o")
        await driver.until(lambda: opened == ["https://replicate.com/p/gnu1"], "its page")
        await driver.press("y")
        await driver.until(lambda: driver.app.clipboard == "gnu", "its error")
        await driver.press("I")
        await driver.until(lambda: driver.app.clipboard == "gnu1", "its id")
        await driver.press("u")
        await driver.until(lambda: isinstance(driver.app.screen, QueueScreen), "what waits")
        await driver.press("escape")
        await driver.until(lambda: driver.app.screen is screen, "the list")
        await driver.press("C")
        await driver.shows("Nothing runs or waits")


async def test_a_training_that_goes_on_is_cancelled_and_so_are_all_that_are_marked(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driven(settings) as driver:
        session = driver.app.session
        assert session is not None
        cancelled: list[str] = []

        async def cancel(run_id: str) -> runs.Run:
            cancelled.append(run_id)
            told = run_object(run_id, "canceled", input={"text": "gnu"}, **TRAINING)
            return await session.store.put(Prediction.of(told), now=1_770_000_000.0)

        monkeypatch.setattr(session, "cancel", cancel)
        for each in range(3):
            told = run_object(f"gnu{each}", "processing", input={"text": "gnu"}, **TRAINING)
            await session.store.put(Prediction.of(told), now=1_770_000_000.0)
        await driver.press("3", "slash")
        await driver.write("gnu")
        await driver.press("enter")
        await driver.until(lambda: len(_listed(driver)) == 3, "the trainings")
        first, second, third = _listed(driver)
        await driver.until(_has_cursor_on(driver, first), "the first one")
        await driver.press("c")
        await driver.until(lambda: cancelled == [first], "the first one's end")
        await driver.press("down", "space", "space", "c")
        await driver.shows("Stop the 2 runs that are marked")
        await driver.press("enter")
        await driver.until(lambda: set(cancelled) == {first, second, third}, "the end of both")


def _listed(driver: Driver) -> list[str]:
    screen = driver.app.screen
    return list(screen.runs_table.keys) if isinstance(screen, HistoryScreen) else []


def _has_cursor_on(driver: Driver, run_id: str) -> Callable[[], bool]:
    def seen() -> bool:
        screen = driver.app.screen
        return isinstance(screen, HistoryScreen) and screen.runs_table.cursor_key == run_id

    return seen
