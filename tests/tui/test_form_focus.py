"""Where the keyboard goes in the form's pane: to what is seen."""

from replicate_tui.core.settings import Settings
from tests.tui.driving import driven


async def test_the_key_of_the_form_leads_to_what_its_tab_shows_and_a_model_opens_with_its_form(
    settings: Settings,
) -> None:
    async with driven(settings) as driver:
        await driver.open_model("hello-world")
        pane = driver.run_screen.form_pane
        pane.tab = "json"
        await driver.until(lambda: pane.json.content.has_focus, "the JSON")
        await driver.press("f2", "f3")
        await driver.until(lambda: driver.app.focused and driver.run_screen.pane == "form", "the pane")
        assert pane.json.content.has_focus
        await driver.press("f2")
        await driver.until(lambda: driver.run_screen.models.list.has_focus, "the models")
        await driver.press("enter")
        await driver.until(lambda: pane.tab == "form-tab" and pane.form.has_focus_within, "the form")
