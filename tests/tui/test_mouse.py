"""The main things done by the mouse alone."""

import operator
from functools import partial

from textual.content import Content

from replicate_tui.core.settings import Settings
from replicate_tui.tui.screens.confirm import Confirm
from replicate_tui.tui.screens.help import HelpScreen
from replicate_tui.tui.widgets.tab_line import TabLine
from tests.tui.driving import SMALL, WIDE, Driver, driven


async def click(driver: Driver, words: str, *, line: int | None = None) -> None:
    """Click the first place where the screen, or a line of it, shows these words."""
    lines = driver.text.splitlines()
    y = next(y for y, text in enumerate(lines) if words in text) if line is None else line % len(lines)
    await driver.pilot.click(offset=(lines[y].index(words), y))


async def test_a_model_is_opened_and_run_and_its_run_looked_at_by_clicks(settings: Settings) -> None:
    async with driven(settings, WIDE) as driver:
        await click(driver, "local/painter")
        await driver.until(lambda: driver.run_screen.models.list.cursor_key == "local/painter", "the cursor")
        await click(driver, "local/painter")
        await driver.until(lambda: driver.run_screen.form.has_focus_within, "the form")
        await driver.write("a boat")
        await driver.pilot.click("#run-line")
        await driver.shows("succeeded", "out-0.png")
        await click(driver, "Details")
        await driver.until(lambda: driver.run_screen.detail.tab == "details", "the tab")
        await click(driver, "JSON")
        await driver.shows('"prompt": "a boat"')
        await click(driver, "2 Predictions", line=1)
        await driver.until(lambda: driver.app.current_mode == "predictions", "the mode")
        await driver.shows("newest first")
        await click(driver, "model   ")
        await driver.shows("from a to z (model ↑)")
        assert driver.app.screen.query_one("#modes", TabLine).current == "predictions"


async def test_the_keys_at_the_bottom_and_the_answers_of_a_question_take_clicks(settings: Settings) -> None:
    async with driven(settings, SMALL) as driver:
        await driver.press("5")
        await driver.until(lambda: "⏎ new deployment" in driver.text.splitlines()[-1], "the keys of hardware")
        await click(driver, "? help", line=-1)
        await driver.until(lambda: isinstance(driver.app.screen, HelpScreen), "the help")
        await driver.press("escape")
        answers: list[bool | None] = []
        for place, answer in (("#confirm-no", False), ("#confirm-yes", True)):
            driver.app.push_screen(Confirm(Content("Really?"), "do it", "don't"), answers.append)
            await driver.shows("Really?", "⏎ do it", "esc don't")
            await driver.pilot.click(place)
            await driver.until(partial(operator.contains, answers, answer), place)


async def test_a_long_question_wraps_and_scrolls_above_its_answers(settings: Settings) -> None:
    async with driven(settings, SMALL) as driver:
        words = " ".join(f"w{number}" for number in range(900))
        driver.app.push_screen(Confirm(Content(f"{words}\n{'x' * 300}\nthe end"), "delete it", "keep it"))
        await driver.shows("w0 w1", "⏎ delete it", "esc keep it")
        assert "the end" not in driver.text
        for line in driver.text.splitlines():
            assert len(line) <= SMALL[0]
        await driver.press(*["pagedown"] * 6)
        await driver.shows("the end", "⏎ delete it")
