"""What a form keeps when another model is looked at, or other inputs are loaded."""

from dataclasses import replace

from replicate_tui.core.forms.inputs import UNSET, Field
from replicate_tui.core.settings import Settings
from replicate_tui.tui.widgets.editors.choice import ChoiceEditor
from replicate_tui.tui.widgets.editors.choice_list import ChoiceList
from tests.tui.driving import Driver, driven


async def test_a_secret_is_there_again_when_its_model_is_and_never_on_disk(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("hello-world")
        pane = driver.run_screen.form_pane
        assert pane.target is not None
        found = replace(pane.target, version="0" * 64, fields=(*pane.target.fields, Field("api_key", "secret")))
        pane.open(found)
        pane.form.set_value("text", "words")
        pane.form.set_value("api_key", "hidden")
        painter = await driver.run_screen.session.target("local/painter")
        pane.open(painter)
        drafts = driver.run_screen.session.drafts
        await driver.until(lambda: (draft := drafts.of(found.key)) and draft.raw == {"text": "words"}, "the draft")
        pane.open(found)
        assert pane.form.raw == {"text": "words", "api_key": "hidden"}
        pane.form.set_value("api_key", UNSET)
        pane.open(painter)
        pane.open(found)
        assert pane.form.raw == {"text": "words"}


async def test_a_list_that_was_open_for_one_model_chooses_nothing_for_the_next(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("hello-world")
        pane = driver.run_screen.form_pane
        assert pane.target is not None
        style = Field("style", "choice", choices=("night", "day"))
        first = replace(pane.target, model="local/first", version="1" * 64, fields=(style,))
        pane.open(first)
        pane.focus_content()
        await driver.until(lambda: isinstance(driver.app.focused, ChoiceEditor), "the choice")
        await driver.press("enter")
        await driver.until(lambda: driver.app.screen.query(ChoiceList), "the list")
        pane.open(replace(first, model="local/second", version="2" * 64))
        await driver.until(lambda: not driver.app.screen.query(ChoiceList), "no list")


async def test_inputs_that_others_took_the_place_of_are_brought_back_and_replace_those(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("hello-world")
        pane = driver.run_screen.form_pane
        assert pane.target is not None
        await driver.write("mine")
        pane.fill(pane.target, {"text": "an example"}, pane.read_options().options, [])
        await driver.shows("F10 has the inputs")
        await bring_back(driver, "mine")
        await bring_back(driver, "an example")


async def bring_back(driver: Driver, wanted: str) -> None:
    """Load what was replaced; the key that deletes does nothing to it."""
    await driver.press("f10")
    await driver.shows("Presets of", "before that", wanted)
    await driver.press("d", "enter")
    await driver.until(lambda: driver.run_screen.form.raw == {"text": wanted}, "what was there")
