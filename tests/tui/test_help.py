"""What helps: the keys that work here, and everything by its name."""

from dataclasses import replace

from textual.containers import VerticalScroll

from replicate_tui.core.settings import Settings
from replicate_tui.tui.screens.by_name import commands
from replicate_tui.tui.screens.help import HelpScreen
from tests.tui.driving import SMALL, driven


async def test_help_tells_the_field_and_our_keys_first_on_a_small_screen(settings: Settings) -> None:
    async with driven(settings, SMALL) as driver:
        await driver.open_model("painter")
        await driver.press("f1")
        await driver.shows("prompt  What to paint", "Edit it in $VISUAL or $EDITOR", "F5 ")
        await driver.shows(
            "Run the model with this input", "Version, webhook, waiting", "Inputs kept under names", "To the runs"
        )
        assert "Cursor" not in driver.text
        await driver.press("f1")
        await driver.until(lambda: not isinstance(driver.app.screen, HelpScreen), "the form")
        assert driver.run_screen.form.has_focus_within


async def test_help_on_a_list_ends_with_any_of_its_keys(settings: Settings) -> None:
    async with driven(settings, SMALL) as driver:
        for key in ("question_mark", "q", "escape"):
            await driver.press("question_mark")
            await driver.until(lambda: isinstance(driver.app.screen, HelpScreen), "the help")
            await driver.shows("Search models", "Leave; runs go on")
            await driver.press(key)
            await driver.until(lambda: not isinstance(driver.app.screen, HelpScreen), "the list")


async def test_help_scrolls_by_the_keys_of_lists(settings: Settings) -> None:
    async with driven(settings, SMALL) as driver:
        await driver.press("question_mark")
        await driver.until(lambda: isinstance(driver.app.screen, HelpScreen), "the help")
        box = driver.app.screen.query_one(VerticalScroll)
        await driver.until(lambda: box.max_scroll_y > 2, "more lines than there is room for")
        for key, line in {"j": 1, "k": 0, "G": box.max_scroll_y, "g": 0}.items():
            await driver.press(key)
            await driver.until(lambda line=line: box.scroll_y == line, key)


async def test_help_begins_with_what_a_filter_may_say_where_one_is_typed(settings: Settings) -> None:
    async with driven(settings, SMALL) as driver:
        await driver.press("2")
        await driver.shows("tag:draft   (/ then F1: more)")
        await driver.press("f1")
        await driver.shows("─ Help ─", "Show only what matches a filter")
        assert "status:failed       or its beginning" not in driver.text
        await driver.press("escape", "slash")
        await driver.shows("tag:draft   (F1 tells more)")
        await driver.press("f1")
        await driver.shows("─ Help ─", "status:failed       or its beginning", "age<2d time>30s", "a dot beside a tab")
        await driver.press("escape", "escape")
        await driver.shows("tag:draft   (/ then F1: more)")


async def test_the_palette_offers_what_the_field_with_the_focus_can_do(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("painter")
        assert not [command for command in commands(driver.run_screen) if "·" in command.help]
        await driver.write("a boat")
        await driver.press("ctrl+p")
        await driver.shows("Search for commands", "Run the model with this input")
        assert "form.run" not in driver.text
        await driver.write("back to the model's default")
        await driver.shows("Reset: Back", "Reset all inputs")
        await driver.press("enter")
        await driver.until(lambda: driver.run_screen.form.raw == {}, "the reset")


async def test_all_inputs_can_be_reset_at_once(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("painter")
        form = driver.run_screen.form
        form.set_value("width", "7")
        form.set_value("style", "night")
        form.errors = {"width": "width must be at least 64"}
        await driver.press("ctrl+p")
        await driver.shows("Search for commands")
        await driver.write("reset all")
        await driver.shows("Reset all inputs")
        await driver.press("enter")
        await driver.until(lambda: form.raw == {} and not form.errors, "the reset")


async def test_a_key_that_was_changed_is_shown_as_it_is_now(settings: Settings) -> None:
    async with driven(replace(settings, keys={"models.search": "J", "app.quit": "f12"}), SMALL) as driver:
        await driver.until(lambda: "J search" in driver.text.splitlines()[-1], "the key line")
        await driver.press("question_mark")
        await driver.until(lambda: isinstance(driver.app.screen, HelpScreen), "the help")
        told = [line for line in driver.text.splitlines() if "Search models" in line]
        assert [line.strip("│ ").split()[0] for line in told] == ["J"]
