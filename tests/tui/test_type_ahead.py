"""Keys that were typed before the screen caught up: they mean what they would have meant a moment later."""

import pytest
from textual import events

from replicate_tui.core.settings import Settings
from tests.tui.driving import Driver, driven

NAMES = {"/": "slash", "\r": "enter", "<": "backspace"}
FUNCTIONS = ("f2", "f3", "f5", "down")


def type_at_once(driver: Driver, *typed: str) -> None:
    """Type as a person does on a terminal that hangs: all of it stands in the queue."""
    for key in (key for text in typed for key in ([text] if text in FUNCTIONS else text)):
        driver.app.post_message(events.Key(NAMES.get(key, key), None if key in FUNCTIONS or key == "<" else key))


@pytest.mark.parametrize(("mode", "line"), [("1", "#search"), ("2", "#filter"), ("3", "#filter")])
async def test_what_follows_the_slash_is_searched(settings: Settings, mode: str, line: str) -> None:
    async with driven(settings) as driver:
        await driver.press(mode)
        await driver.until(lambda: bool(driver.app.screen.query(line)) and driver.app.screen.focused, "the mode")
        type_at_once(driver, "/quirks/12")
        await driver.until(lambda: driver.app.screen.query_one(line).value == "quirks/12", "the words")  # type: ignore[attr-defined]
        assert driver.app.is_running


@pytest.mark.parametrize("submit", ["", "\r"])
@pytest.mark.parametrize("words", ["story", "https://replicate.com/local/storyteller"])
async def test_who_searches_another_model_does_not_run_the_one_that_is_still_shown(
    settings: Settings, words: str, submit: str
) -> None:
    async with driven(settings) as driver:
        await driver.open_model("painter")
        await driver.write("a tree")
        await driver.press("escape", "escape")
        await driver.until(lambda: len(driver.run_screen.models.list.keys) > 1, "all models")
        before = await driver.count_runs()
        type_at_once(driver, "/", words, submit, "f5")
        form = driver.run_screen.form_pane
        await driver.until(lambda: form.target is not None and form.target.model == "local/storyteller", "its form")
        await driver.until(lambda: form.has_focus_within, "the keyboard in the form")
        await driver.sent()
        assert await driver.count_runs() == before


async def test_what_is_deleted_is_what_stood_there_when_it_was_typed(settings: Settings) -> None:
    async with driven(settings) as driver:
        type_at_once(driver, "/storytell" + "<" * 12 + "painter")
        await driver.until(lambda: driver.run_screen.models.search.value == "painter", "the search")
        await driver.press("enter")
        await driver.until(lambda: driver.run_screen.form.has_focus_within, "the form")
        type_at_once(driver, "a cat<<<boat<t")
        await driver.until(lambda: driver.run_screen.form.raw.get("prompt") == "a boat", "the prompt")


async def test_what_follows_a_way_to_another_pane_is_meant_for_that_pane(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("sleeper")
        await driver.press("escape", "escape")
        await driver.until(lambda: len(driver.run_screen.models.list.keys) > 1, "all models")
        await driver.press("f3")
        await driver.until(lambda: driver.run_screen.form.has_focus_within, "the form")
        before, shown = await driver.count_runs(), driver.run_screen.models.chosen
        type_at_once(driver, "f2", "down", "f5")
        await driver.until(lambda: driver.run_screen.models.chosen != shown, "the next model")
        await driver.until(lambda: driver.run_screen.form_pane.target.model != shown, "its form")  # type: ignore[union-attr]
        await driver.sent()
        assert await driver.count_runs() == before


async def test_what_follows_the_way_to_the_form_is_typed_into_its_field(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("painter")
        await driver.press("escape", "escape")
        await driver.until(lambda: len(driver.run_screen.models.list.keys) > 1, "all models")
        type_at_once(driver, "f3", "about")
        await driver.until(lambda: driver.run_screen.form.raw.get("prompt") == "about", "the prompt")


@pytest.mark.parametrize("digits", ["51311151424152445232", "24314512313545233545", "2323", "35"])
async def test_of_many_modes_the_last_is_shown(settings: Settings, digits: str) -> None:
    shown = {"1": "run", "2": "predictions", "3": "trainings", "4": "deployments", "5": "hardware"}
    async with driven(settings) as driver:
        type_at_once(driver, digits)
        await driver.until(lambda: driver.app.current_mode == shown[digits[-1]], "the last mode")
        type_at_once(driver, "1")
        await driver.until(lambda: driver.app.current_mode == "run", "the run mode")
