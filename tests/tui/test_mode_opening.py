"""How modes come on the screen for the first time."""

import pytest
from textual.css.stylesheet import Stylesheet

from replicate_tui.core.settings import Settings
from replicate_tui.tui.theme import DARK, LIGHT
from tests.tui.driving import driven


async def test_a_new_mode_reads_no_style_sheet_twice_and_wears_the_theme_of_now(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Stylesheet] = []
    reparse = Stylesheet.reparse

    def counted(sheet: Stylesheet) -> None:
        read.append(sheet)
        reparse(sheet)

    monkeypatch.setattr(Stylesheet, "reparse", counted)
    async with driven(settings) as driver:
        read.clear()
        await driver.press("2")
        await driver.shows("newest first")
        assert read == []
        dark = driver.app.screen.query_one("#history").styles.border_top[1]
        driver.app.theme = LIGHT.name
        await driver.until(lambda: read, "the other theme")
        await driver.press("3")
        await driver.shows("No trainings yet")
        await driver.until(lambda: driver.app.screen.query_one("#history").styles.border_top[1] != dark, "its colours")
        driver.app.theme = DARK.name
        await driver.press("2")
        await driver.until(lambda: driver.app.screen.query_one("#history").styles.border_top[1] == dark, "as before")
