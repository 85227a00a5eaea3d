"""What is written as JSON on the real screen: nothing of it is lost, and nothing else runs in its place."""

from dataclasses import replace

import pytest

from replicate_tui.core.forms.inputs import Field
from replicate_tui.core.settings import Settings
from replicate_tui.tui.screens.model_form import ModelForm
from replicate_tui.tui.widgets.form_tabs import json_tab
from tests.tui.driving import Driver, driven


async def in_json(driver: Driver, model: str = "hello-world") -> ModelForm:
    """Open a model and go to its empty JSON."""
    await driver.open_model(model)
    pane = driver.run_screen.form_pane
    pane.tab = "json"
    await driver.until(lambda: pane.json.content.has_focus and pane.json.text, "the JSON")
    pane.json.text = ""
    return pane


@pytest.mark.parametrize("written", ['{"text": "new', '{"text": "new", "tone": "kind"}'])
async def test_json_that_the_form_cannot_take_stays_and_is_gone_back_to(settings: Settings, written: str) -> None:
    async with driven(settings) as driver:
        pane = await in_json(driver)
        pane.form.set_value("text", "old")
        before = await driver.count_runs()
        await driver.write(written)
        await driver.press("f7")
        await driver.until(lambda: pane.tab == "code", "another tab")
        await driver.shows("JSON ✗")
        await driver.press("f5")
        await driver.until(lambda: pane.tab == "json", "the JSON")
        await driver.sent()
        assert await driver.count_runs() == before
        assert pane.json.text == written
        await driver.press("ctrl+r")
        await driver.until(lambda: not pane.apart, "the end of it")
        assert pane.json.text != written
        assert pane.judged() is not None


async def test_json_that_the_form_could_not_take_is_read_again_for_another_version(settings: Settings) -> None:
    async with driven(settings) as driver:
        pane = await in_json(driver)
        await driver.write('{"text": "new", "tone": 1}')
        assert pane.judged() is None
        assert pane.target is not None
        pane.show_target(pane.target, pane.meant(), pane.read_options().options)
        assert pane.apart
        assert pane.json.text == '{"text": "new", "tone": 1}'
        await driver.press("f2")
        await driver.open_model("painter")
        await driver.until(
            lambda: any("left behind" in told.message for told in driver.app._notifications), "what is left behind"
        )
        await driver.until(lambda: not pane.apart, "the other model")


async def test_what_was_written_as_json_is_kept_as_a_draft(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_tab, "PAUSE", 60.0)
    async with driven(settings) as driver:
        await in_json(driver)
        await driver.write('{"text": "new"}')
        await driver.press("f2")
        await driver.open_model("painter")
        drafts = driver.run_screen.session.drafts
        await driver.until(lambda: drafts.of("local/hello-world"), "the draft")
        draft = drafts.of("local/hello-world")
        assert draft is not None
        assert draft.raw == {"text": "new"}


async def test_a_secret_is_no_text_in_the_json_and_is_still_what_runs(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("hello-world")
        pane = driver.run_screen.form_pane
        assert pane.target is not None
        key = Field("api_key", "secret")
        pane.open(replace(pane.target, version="0" * 64, fields=(*pane.target.fields, key)))
        pane.form.set_value("api_key", "hidden")
        pane.tab = "json"
        await driver.shows('"api_key": "[REDACTED]"')
        assert "hidden" not in driver.text
        for written in ('{"text": "you"}', '{"text": "me", "api_key": "[REDACTED]"}'):
            pane.take_json(written)
        order = pane.judged()
        assert order is not None
        assert order.input == {"text": "me", "api_key": "hidden"}
