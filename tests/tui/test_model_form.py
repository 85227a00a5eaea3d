"""The form at work on the real screen: drafts, JSON, code, versions, examples, options, presets, what is pasted."""

import asyncio
import json
from dataclasses import replace

import pytest

from replicate_tui.api.reference import Reference
from replicate_tui.core.forms.inputs import UNSET, Field
from replicate_tui.core.forms.options import RunOptions
from replicate_tui.core.history.runs import Run
from replicate_tui.core.models.finding import Remixed
from replicate_tui.core.models.target import Target
from replicate_tui.core.session import Session
from replicate_tui.core.settings import Settings
from replicate_tui.tui.widgets.form_tabs import json_tab
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


async def test_an_option_that_was_typed_is_there_again_after_a_restart(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("hello-world")
        await driver.press("f8", "down")
        await driver.write("5m")
        await driver.until(lambda: driver.run_screen.form_pane.options.raw == {"lifetime": "5m"}, "what was typed")
    async with driven(settings) as driver:
        await driver.open_model("hello-world")
        await driver.until(lambda: driver.run_screen.form_pane.options.raw == {"lifetime": "5m"}, "the draft")


async def test_who_only_looks_at_models_keeps_no_drafts(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driven(settings) as driver:
        session = driver.run_screen.session
        kept: list[object] = []
        monkeypatch.setattr(session.drafts, "keep", lambda *draft: kept.append(draft))
        for model in ("painter", "sleeper", "hello-world"):
            await driver.open_model(model)
        assert kept == []


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
        await driver.until(lambda: any("at least 64" in words for _, words in pane.json.problems), "the problem")
        before = await driver.count_runs()
        await driver.press("f5")
        await driver.shows("at least 64")
        assert await driver.count_runs() == before
        await driver.until(lambda: driver.run_screen.form.raw == {"prompt": "a gull", "width": 5}, "the form")


async def test_json_that_was_just_typed_is_what_runs_and_what_the_code_says(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_tab, "PAUSE", 60.0)
    async with driven(settings) as driver:
        await driver.open_model("hello-world")
        await driver.write("before")
        await to_tab(driver, "json")
        pane = driver.run_screen.form_pane
        await driver.until(lambda: "before" in pane.json.text and pane.json.content.has_focus, "the input as JSON")
        pane.json.text = ""
        await driver.write('{"text": "first"}')
        run = await driver.run_to_its_end()
        assert run.prediction.input == {"text": "first"}
        pane.json.text = ""
        pane.focus_content()
        await driver.until(lambda: pane.json.content.has_focus, "the text")
        await driver.write('{"text": "second"}')
        await driver.press("f7")
        await driver.until(lambda: '"text": "second"' in pane.code.code.get("curl", ""), "the code")
        assert '"text": "first"' not in pane.code.code["curl"]


async def test_a_key_shows_every_input_as_json_with_its_default(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("painter")
        await to_tab(driver, "json")
        await driver.shows("inputs that were changed")
        await driver.press("f8")
        await driver.shows("every input, with its default", '"width"')
        await driver.press("f8")
        await driver.until(lambda: '"width"' not in driver.text, "the shorter text")


async def test_a_tab_is_filled_although_the_model_was_looked_up_again_meanwhile(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = asyncio.Event()

    async def slow_readme(session: Session, model: str) -> str:
        await go_on.wait()
        return "late words"

    monkeypatch.setattr(Session, "readme", slow_readme)
    async with driven(settings) as driver:
        await driver.open_model("painter")
        await to_tab(driver, "readme")
        await driver.shows("asking for the readme")
        driver.run_screen.form_pane.open(await driver.run_screen.session.target("local/painter"))
        go_on.set()
        await driver.shows("late words")


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
        await driver.press("f2")
        await driver.until(lambda: driver.run_screen.models.list.has_focus, "the models")
        await driver.press("enter")
        await driver.until(lambda: pane.has_focus_within, "the form of the pinned version")
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
        await driver.shows("greeting", "before that")
        await driver.press("down", "d")
        await driver.shows("Delete greeting?")
        await driver.press("y")
        session = driver.app.session
        assert session is not None
        await driver.until(lambda: not session.presets.list("local/hello-world"), "the end of the preset")


async def test_of_many_presets_only_those_that_are_seen_are_loaded(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driven(settings) as driver:
        await driver.open_model("hello-world")
        presets, target = driver.run_screen.session.presets, driver.run_screen.form_pane.target
        assert target is not None
        for number in range(30):
            await presets.keep(target, f"preset {number:02}", {"text": f"words {number:02}"})
        loaded: list[str] = []
        load = presets.load
        monkeypatch.setattr(presets, "load", lambda model, name: loaded.append(name) or load(model, name))
        await driver.press("f10")
        await driver.shows("preset 09", "words 09")
        assert len(loaded) == len(set(loaded)) <= 10
        await driver.press("end")
        await driver.shows("preset 29", "words 29")


async def test_a_deployment_is_looked_up_once_its_name_is_typed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driven(settings) as driver:
        await driver.open_model("hello-world")
        finder = driver.run_screen.session.finder
        asked: list[str | None] = []
        retarget = finder.retarget
        monkeypatch.setattr(
            finder, "retarget", lambda target, options: asked.append(options.deployment) or retarget(target, options)
        )
        await driver.press("f8")
        await driver.write("local/nowhere")
        await driver.until(lambda: asked, "the question")
        assert asked == ["local/nowhere"]
        await driver.until(lambda: any("Version:" in told.message for told in driver.app._notifications), "the answer")


async def test_a_model_that_is_told_late_takes_nobody_away_from_another_form(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, go_on, told = asyncio.Event(), asyncio.Event(), asyncio.Event()
    look_up = Session.target

    async def slow_target(session: Session, reference: Reference) -> Target:
        asked.set()
        await go_on.wait()
        told.set()
        return await look_up(session, reference)

    monkeypatch.setattr(Session, "target", slow_target)
    async with driven(settings) as driver:
        screen = driver.run_screen
        await driver.open_model("painter")
        await asked.wait()
        await driver.press("escape")
        await driver.until(lambda: screen.models.list.has_focus, "the models")
        screen.models.search.value = ""
        await driver.until(lambda: len(screen.models.list.keys) > 1, "all models")
        screen.models.list.move_to("local/sleeper")
        await driver.until(lambda: screen.form_pane.target and screen.form_pane.target.model == "local/sleeper", "it")
        go_on.set()
        await driver.until(lambda: not any(worker.group == "model" for worker in driver.app.workers), "the answer")
        assert told.is_set()
        assert screen.models.list.cursor_key == "local/sleeper"
        assert screen.form_pane.target is not None
        assert screen.form_pane.target.model == "local/sleeper"


async def test_another_version_keeps_what_was_typed_until_now_even_a_secret(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("hello-world")
        pane = driver.run_screen.form_pane
        assert pane.target is not None
        key = Field("api_key", "secret")
        first = replace(pane.target, version="0" * 64, fields=(*pane.target.fields, key))
        pane.open(first)
        await driver.until(lambda: "api_key" in driver.text, "the secret")
        pane.focus_content()
        await driver.write("words")
        driver.run_screen.form.focus_field("api_key")
        await driver.write("hidden")
        await driver.until(lambda: pane.form.raw == {"text": "words", "api_key": "hidden"}, "what was typed")
        pane.open(replace(first, version="1" * 64))
        assert pane.form.raw == {"text": "words", "api_key": "hidden"}


async def test_a_version_that_was_pasted_is_shown_whatever_the_draft_asks_for(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("hello-world")
        pane = driver.run_screen.form_pane
        assert pane.target is not None
        await driver.run_screen.session.drafts.keep(pane.target, {"text": "x"}, RunOptions(version="0" * 64, block=5))
        version = pane.target.version
        await driver.open_model("painter")
        pasted = await driver.run_screen.session.target(f"local/hello-world:{version}")
        pane.open(pasted)
        assert pane.options.raw == {"target": pasted.version, "block": "5"}


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


async def test_a_remix_says_where_the_form_holds_the_inputs_already(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("sleeper")
        driver.run_screen.form.set_value("seconds", "0")
        driver.run_screen.form.set_value("log_lines", "2")
        await driver.run_to_its_end()
        await driver.to_runs()
        await driver.press("m")
        await driver.shows("The form already holds this run's inputs")
        assert "F10 has the inputs" not in driver.text
        driver.app.clear_notifications()
        driver.run_screen.form.set_value("log_lines", "3")
        await driver.to_runs()
        await driver.press("m")
        await driver.shows("F10 has the inputs that stood here before")
        assert "already holds" not in driver.text


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
        made = str(next(iter(run.files.values())))
        await driver.until(lambda: made in driver.run_screen.form.offered[1][:1], "what was made")
        driver.run_screen.form.focus_field("image")
        await driver.press("f9")
        await driver.shows("last run")


@pytest.mark.parametrize("size", [WIDE, SMALL])
@pytest.mark.parametrize("key", ["f8", "escape"])
async def test_options_are_closed_by_the_key_that_opened_them_or_by_escape(
    settings: Settings, size: tuple[int, int], key: str
) -> None:
    async with driven(settings, size) as driver:
        await driver.open_model("painter")
        pane = driver.run_screen.form_pane
        await driver.press("f8")
        await driver.until(lambda: pane.options.has_focus_within, "the options")
        await driver.shows("runs on  Which version of the model runs this")
        await driver.press("down")
        await driver.shows("lifetime  Replicate stops the run")
        await driver.press(key)
        await driver.until(lambda: not pane.options.is_open and pane.form.has_focus_within, "the form")
        await driver.shows("prompt  What to paint")


async def test_on_a_small_screen_options_do_not_stay_in_the_way_of_the_form(settings: Settings) -> None:
    async with driven(settings, SMALL) as driver:
        await driver.open_model("painter")
        pane = driver.run_screen.form_pane
        await driver.press("f8", "down")
        await driver.write("5m")
        await driver.press("f5")
        await driver.until(lambda: pane.form.has_focus_within and not pane.options.is_open, "the field that is wrong")
        await driver.shows("✗ is required", "▸ options  lifetime 5m")
        await driver.open_model("hello-world")
        await driver.open_model("painter")
        await driver.shows("▸ options  lifetime 5m")


async def test_a_pasted_address_is_told_as_what_it_names_and_gone_once_it_is_open(
    settings: Settings, session: Session
) -> None:
    run = await session.run(await session.target("local/painter"), {"prompt": "a pier", "width": 64, "height": 64})
    async with driven(settings) as driver:
        models = driver.run_screen.models
        for words, meant in (
            ("https://replicate.com/acme/boats", "this model"),
            ("deployments/acme/boats", "this deployment"),
            ("https://replicate.com/p/" + run.id, "this run"),
        ):
            await driver.press("slash")
            models.search.value = words
            await driver.shows(f"⏎ opens {meant}")
        await driver.press("enter")
        await driver.until(lambda: driver.run_screen.form.raw.get("prompt") == "a pier", "the run's inputs")
        await driver.until(lambda: models.search.value == "" and models.list.cursor_key == "local/painter", "its model")
        await driver.shows("a pier", "local/storyteller")


async def test_the_end_of_a_search_keeps_the_model_and_its_form(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driven(settings, SMALL) as driver:
        await driver.open_model("storyteller")
        await driver.press("escape", "slash")
        await driver.shows("⏎ open", "esc clear")
        await driver.press("escape")
        models = driver.run_screen.models
        await driver.until(lambda: models.list.has_focus and len(models.list.keys) > 1, "all models")
        assert models.list.cursor_key == "local/storyteller"
        await driver.press("slash")
        await driver.write("zzz")
        await driver.until(lambda: not models.list.keys, "no models")
        await driver.press("escape")
        target = driver.run_screen.form_pane.target
        assert target is not None
        await driver.until(lambda: models.list.cursor_key == target.model, "the model of the form")
        monkeypatch.setattr(models, "known", lambda name: None)  # no form is shown of what the cursor comes to
        await driver.press("slash")
        await driver.write("painter")
        await driver.until(lambda: models.list.keys == ["local/painter"], "the model that is searched")
        await driver.press("escape")
        await driver.until(lambda: len(models.list.keys) > 1, "all models again")
        assert models.list.cursor_key == "local/painter"


async def test_what_a_run_could_not_give_the_form_has_the_focus(
    settings: Settings, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await session.run(await session.target("local/painter"), {"prompt": "a pier", "width": 64})
    async with driven(settings) as driver:
        screen = driver.run_screen
        remix = screen.session.remix

        async def without_height(what: Run | Reference) -> Remixed:
            return replace(await remix(what), notes={"height": "height was a secret: enter it again"})

        monkeypatch.setattr(screen.session, "remix", without_height)
        screen.load(run)
        await driver.until(lambda: screen.form.raw.get("prompt") == "a pier", "the run's inputs")
        await driver.shows("height was a secret")
        await driver.shows("height  Height in pixels")


async def test_keeping_inputs_that_cannot_be_run_is_told(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("painter")
        driver.run_screen.form.set_value("width", "1")
        await driver.press("f10", "n")
        await driver.write("small")
        await driver.press("enter")
        await driver.shows("Kept as small, though it cannot be run as it")
