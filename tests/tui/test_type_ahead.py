"""Keys that were typed before the screen caught up: they mean what they would have meant a moment later."""

import pytest
from textual import events

from replicate_tui.core.settings import Settings
from tests.tui.driving import Driver, driven


def type_at_once(driver: Driver, text: str) -> None:
    """Type as a person does on a terminal that hangs: all of it stands in the queue."""
    for letter in text:
        name = {"/": "slash"}.get(letter, letter)
        driver.app.post_message(events.Key(name, letter))


@pytest.mark.parametrize(("mode", "line"), [("1", "#search"), ("2", "#filter"), ("3", "#filter")])
async def test_what_follows_the_slash_is_searched(settings: Settings, mode: str, line: str) -> None:
    async with driven(settings) as driver:
        await driver.press(mode)
        await driver.until(lambda: bool(driver.app.screen.query(line)) and driver.app.screen.focused, "the mode")
        type_at_once(driver, "/quirks/12")
        await driver.until(lambda: driver.app.screen.query_one(line).value == "quirks/12", "the words")  # type: ignore[attr-defined]
        assert driver.app.is_running
