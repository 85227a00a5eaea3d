"""Everything by its name: actions, modes, models, deployments; whatever they are called."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from textual.command import CommandPalette
from textual.widgets import Input, OptionList

from replicate_tui.api.resources import Deployment, Model
from replicate_tui.core.settings import Settings
from replicate_tui.tui.screens.by_name import MOST_MODELS
from replicate_tui.tui.screens.palette import Palette
from tests.tui.driving import SMALL, Driver, driven
from tests.tui.hostile import EVIL


async def ask(driver: Driver, words: str) -> None:
    """Open the palette and type."""
    await driver.press("ctrl+p")
    await driver.until(lambda: isinstance(driver.app.screen, CommandPalette), "the palette")
    await driver.write(words)


def offered(driver: Driver) -> list[str]:
    found = driver.app.screen.query_one(OptionList)
    return [str(found.get_option_at_index(place).prompt) for place in range(found.option_count)]


async def test_a_model_is_opened_by_its_name_from_any_mode(settings: Settings) -> None:
    async with driven(settings, SMALL) as driver:
        await driver.press("2")
        await driver.shows("Predictions", "newest first")
        await driver.press("colon")
        await driver.until(lambda: isinstance(driver.app.screen, CommandPalette), "the palette")
        await driver.write("painter")
        await driver.shows("local/painter")
        assert offered(driver)[0].startswith("local/painter")
        await driver.press("enter")
        await driver.until(lambda: driver.app.current_mode == "run" and driver.run_screen.form.has_focus_within)
        assert driver.run_screen.form_pane.target is not None
        assert driver.run_screen.form_pane.target.model == "local/painter"
        # the form has the focus, whose digits would be typed: the modes are offered all the same
        await ask(driver, "hardware: what")
        await driver.until(lambda: "Hardware: What models run on" in str(offered(driver)), "the mode")
        await driver.press("enter")
        await driver.until(lambda: driver.app.current_mode == "hardware", "the mode")


async def test_of_many_models_the_best_are_offered_and_hostile_names_are_text(settings: Settings) -> None:
    async with driven(settings, SMALL) as driver:
        many = [{"owner": "many", "name": f"model-{number}", "run_count": number} for number in range(3000)]
        hostile = {"owner": "evil", "name": f"m{EVIL}", "description": EVIL, "run_count": 1}
        session = driver.run_screen.session
        await session.catalog.learn([Model.of(each) for each in [*many, hostile]])
        await session.releases_seen.remember(
            [Deployment.of({"owner": "evil", "name": f"dep{EVIL}", "current_release": {"number": 1}})]
        )
        await ask(driver, "many/model")
        await driver.until(lambda: sum("many/model-" in each for each in offered(driver)) == MOST_MODELS, "the models")
        assert offered(driver)[0].startswith("many/model-2999")
        await driver.press("escape")
        await driver.until(lambda: not isinstance(driver.app.screen, CommandPalette), "the list")
        await ask(driver, "evil")
        await driver.until(lambda: any("deployment" in each for each in offered(driver)), "the deployment")
        assert "\x1b" not in driver.text
        assert "[b]bold" in driver.text  # as it is written


async def test_what_an_address_names_is_offered_and_what_cannot_be_done_is_not(settings: Settings) -> None:
    async with driven(settings, SMALL) as driver:
        await ask(driver, "https://replicate.com/acme/unheard-of")
        await driver.until(lambda: offered(driver) and "Open this model" in offered(driver)[0], "the address")
        await driver.press("escape")
        await driver.until(lambda: not isinstance(driver.app.screen, CommandPalette), "the list")
        for words in ("stop this run", "everything by name"):  # nothing runs; the palette is open already
            await ask(driver, words)
            await driver.until(lambda: offered(driver) and "No matches" in offered(driver)[0], "nothing")
            await driver.press("escape")
            await driver.until(lambda: not isinstance(driver.app.screen, CommandPalette), "the list")


async def test_the_theme_is_chosen_where_it_is_kept(settings: Settings) -> None:
    async with driven(settings) as driver:
        for _ in range(2):  # once more from the settings themselves
            await driver.press("colon")
            await driver.write("theme")
            await driver.shows("Change the current theme")
            await driver.press("enter")
            await driver.shows("theme", "pictures", "The colours of everything; each is shown")
            await driver.until(lambda: driver.app.focused is not None and driver.app.focused.id == "lines", "the lines")
            await driver.press("left")


async def test_pages_of_what_is_not_drawn_yet_are_not_turned(settings: Settings) -> None:
    async with driven(settings, SMALL) as driver:
        await driver.press("ctrl+p")
        await driver.until(lambda: isinstance(driver.app.screen, CommandPalette), "the palette")
        found = driver.app.screen.query_one(OptionList)
        await driver.until(lambda: found.option_count, "commands")
        found.display = False  # as it is while other words are searched
        found.clear_options().add_options(["one", "two"])
        found.highlighted = 0
        await driver.press("pageup", "pagedown")
        assert found.highlighted == 0
        assert driver.app._exception is None


async def unending(words: str) -> AsyncIterator[None]:
    """A search that finds nothing, and goes on."""
    await asyncio.Event().wait()
    yield


async def test_a_palette_that_stopped_looking_behind_enter_takes_words_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driven(settings, SMALL) as driver:
        await ask(driver, "trainings")
        screen = driver.app.screen
        assert isinstance(screen, Palette)
        line = screen.query_one(Input)
        with monkeypatch.context() as endless:
            endless.setattr(screen, "_search_for", unending)
            line.value = "hardware: what"
            line.post_message(Input.Submitted(line, line.value))
            await driver.until(lambda: screen._is_entered, "enter")
            screen._cancel_gather_commands()
            await driver.until(lambda: not any(map(screen._looks, screen.workers)), "the end of the search")
        line.value = ""
        await driver.write("deployments: models")
        await driver.until(lambda: "Deployments" in str(offered(driver)), "what these words find")
        assert driver.app.screen is screen


async def test_enter_right_behind_the_words_takes_what_these_words_find(settings: Settings) -> None:
    async with driven(settings, SMALL) as driver:
        await ask(driver, "trainings")
        await driver.until(lambda: "Trainings" in str(offered(driver)), "what fewer words find")
        line = driver.app.screen.query_one(Input)
        line.value = "hardware: what"
        line.post_message(Input.Submitted(line, line.value))
        line.value = "hardware: what was typed too late"
        await driver.until(lambda: driver.app.current_mode == "hardware", "the mode that was meant")
