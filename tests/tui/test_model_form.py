"""The form at work on the real screen: drafts, JSON, code, versions, examples, options, presets, what is pasted."""

import json

import pytest

from replicate_tui.core.inputs import UNSET
from replicate_tui.core.settings import Settings
from tests.tui.driving import SMALL, WIDE, Driver, driven


async def to_tab(driver: Driver, name: str) -> None:
    """Turn to a tab of the form by its key."""
    for _ in range(6):
        if driver.run_screen.form_pane.tab == name:
            return
        before = driver.run_screen.form_pane.tab
        await driver.press("f7")
        await driver.until(lambda before=before: driver.run_screen.form_pane.tab != before, "another tab")
    assert driver.run_screen.form_pane.tab == name


async def test_a_draft_is_there_again_after_a_restart(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("painter")
        await driver.write("a heron")
        await driver.until(lambda: driver.run_screen.form.raw.get("prompt") == "a heron", "what was typed")
    async with driven(settings) as driver:
        await driver.open_model("painter")
        await driver.until(lambda: driver.run_screen.form.raw.get("prompt") == "a heron", "the draft")


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_json_and_form_say_the_same(settings: Settings, size: tuple[int, int]) -> None:
    async with driven(settings, size) as driver:
        await driver.open_model("painter")
        await driver.write("a heron")
        await to_tab(driver, "json")
        pane = driver.run_screen.form_pane
        await driver.until(lambda: '"prompt": "a heron"' in pane.json.text, "the input as JSON")
        pane.json.text = ""
        await driver.press("ctrl+a")
        await driver.write('{"prompt": "a gull", "width": 5}')
        await driver.until(lambda: pane.json.problems, "the problem")
        assert "at least 64" in pane.json.problems[0][1]
        before = await driver.count_runs()
        await driver.press("f5")
        await driver.shows("at least 64")
        assert await driver.count_runs() == before
        await driver.until(lambda: driver.run_screen.form.raw == {"prompt": "a gull", "width": 5}, "the form")


async def test_the_code_is_that_of_the_form_and_holds_no_token(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("hello-world")
        await driver.write("you")
        await to_tab(driver, "code")
        code = driver.run_screen.form_pane.code
        await driver.until(lambda: '"text": "you"' in code.code.get("curl", ""), "the code")
        assert set(code.code) == {"curl", "python", "javascript", "replicate-tui"}
        assert all("r8_of_the_tests" not in lines for lines in code.code.values())
        assert "$REPLICATE_API_TOKEN" in code.code["curl"]


async def test_readme_versions_and_examples_are_those_of_the_model(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("painter")
        await to_tab(driver, "readme")
        await driver.shows("painter", "prompt")
        await to_tab(driver, "versions")
        pane = driver.run_screen.form_pane
        await driver.until(lambda: pane.versions.versions, "the versions")
        assert pane.versions.versions[0].latest
        await to_tab(driver, "examples")
        await driver.until(lambda: pane.examples.examples, "the examples")
        example = pane.examples.examples[0].input
        await driver.press("enter")
        await driver.until(lambda: pane.tab == "form-tab", "the form")
        assert driver.run_screen.form.raw == example


async def test_a_version_is_pinned_and_let_go(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("hello-world")
        await driver.write("kept")
        await to_tab(driver, "versions")
        pane = driver.run_screen.form_pane
        await driver.until(lambda: pane.versions.versions, "the versions")
        await driver.press("enter")
        await driver.until(lambda: pane.target is not None and pane.target.pinned, "the pinned version")
        assert driver.run_screen.form.raw == {"text": "kept"}
        await to_tab(driver, "form-tab")
        run = await driver.run_to_its_end()
        assert run.status == "succeeded"
        assert driver.run_screen.session.asked(run.id).version == run.prediction.version


async def test_options_are_judged_sent_and_kept(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("hello-world")
        await driver.write("x")
        await driver.press("f8")
        pane = driver.run_screen.form_pane
        await driver.until(lambda: pane.options.is_open, "the options")
        await driver.press("down")
        await driver.write("3 days")
        before = await driver.count_runs()
        await driver.press("f5")
        await driver.until(lambda: "lifetime" in pane.options.errors, "what is wrong")
        assert await driver.count_runs() == before
        pane.options.raw = {"lifetime": "5m"}
        run = await driver.run_to_its_end()
        assert driver.run_screen.session.asked(run.id).lifetime == "5m"
        assert run.prediction.deadline is not None


async def test_inputs_are_kept_under_a_name_loaded_and_deleted(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("hello-world")
        await driver.write("morning")
        await driver.press("f10")
        await driver.shows("Presets of")
        await driver.press("n")
        await driver.write("greeting")
        await driver.press("enter")
        await driver.shows("Kept as greeting")
        driver.run_screen.form.set_value("text", "evening")
        await driver.press("f10")
        await driver.shows("greeting", "morning")
        await driver.press("enter")
        await driver.until(lambda: driver.run_screen.form.raw == {"text": "morning"}, "the preset")
        await driver.press("f10")
        await driver.shows("greeting")
        await driver.press("d")
        await driver.shows("Delete greeting?")
        await driver.press("y")
        session = driver.app.session
        assert session is not None
        await driver.until(lambda: not session.presets.list("local/hello-world"), "the end of the preset")


async def test_the_address_of_a_run_brings_its_inputs(settings: Settings) -> None:
    async with driven(settings) as driver:
        created = await driver.run_screen.session.client.predictions.create("local/painter", {"prompt": "a fjord"})
        await driver.press("slash")
        await driver.until(lambda: driver.run_screen.models.search.has_focus, "the search line")
        driver.run_screen.models.search.value = f"{settings.base_url}/p/{created.id}"
        await driver.press("enter")
        await driver.until(lambda: driver.run_screen.form.raw.get("prompt") == "a fjord", "the run's input")
        assert driver.run_screen.form_pane.target is not None
        assert driver.run_screen.form_pane.target.model == "local/painter"


async def test_text_that_begins_with_an_at_sign_comes_back_as_text(settings: Settings) -> None:
    async with driven(settings) as driver:
        created = await driver.run_screen.session.client.predictions.create(
            "local/hello-world", {"text": "@/etc/hostname"}, wait=5
        )
        await driver.press("slash")
        await driver.until(lambda: driver.run_screen.models.search.has_focus, "the search line")
        driver.run_screen.models.search.value = f"{settings.base_url}/p/{created.id}"
        await driver.press("enter")
        await driver.until(lambda: driver.run_screen.form.raw.get("text", UNSET) is not UNSET, "the run's input")
        run = await driver.run_to_its_end()
        assert json.loads(json.dumps(run.prediction.output)) == "hello @/etc/hostname"


async def test_a_file_field_offers_what_the_last_runs_made(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("painter")
        await driver.write("a heron")
        run = await driver.run_to_its_end()
        await driver.open_model("upscaler")
        offered = driver.run_screen.form.outputs
        assert offered[0] == str(next(iter(run.files.values())))
        driver.run_screen.form.focus_field("image")
        await driver.press("f9")
        await driver.shows("last run")
