"""Where the keyboard goes in the form's pane: to what is seen."""

from dataclasses import replace

import pytest

from replicate_tui.api.reference import Reference
from replicate_tui.api.resources import Model
from replicate_tui.core.models.target import target
from replicate_tui.core.sending.launch_queue import Removed
from replicate_tui.core.session import Session, Target
from replicate_tui.core.settings import Settings
from tests.tui.driving import SMALL, driven


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


async def test_a_model_without_inputs_says_so_and_takes_the_keyboard(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordered: list[tuple[str, object]] = []

    async def known(session: Session, reference: Reference) -> Target:
        model = session.catalog.known(f"{reference.owner}/{reference.name}")
        assert model is not None
        assert model.latest_version is not None
        return target(model, model.latest_version, pinned=False)

    async def run(session: Session, wanted: Target, values: object, *_: object, **__: object) -> None:
        ordered.append((wanted.model, values))
        raise Removed("nothing is sent")

    monkeypatch.setattr(Session, "target", known)
    monkeypatch.setattr(Session, "run", run)
    none = {"components": {"schemas": {"Input": {"type": "object", "properties": {}}}}}
    async with driven(replace(settings, keys={"form.run": "f6"}), SMALL) as driver:
        catalog = driver.run_screen.session.catalog
        for name, schema in (("still", none), ("silent", None)):
            version = {"id": name * 10, "openapi_schema": schema}
            await catalog.learn([Model.of({"owner": "acme", "name": name, "latest_version": version})])
        form = driver.run_screen.form
        for name, told in (("still", "This model takes no input."), ("silent", "Its inputs are not known")):
            await driver.open_model(f"acme/{name}")
            await driver.shows(told, "F6 runs it")
            await driver.press("down", "f6")
            await driver.until(lambda: ordered, "the run")
            assert ordered.pop() == (f"acme/{name}", {})
            assert form.has_focus_within
            await driver.press("escape")
            await driver.until(lambda: driver.run_screen.models.list.has_focus, "the models")
        await driver.open_model("painter")
        assert [field.name for field in form.fields][:1] == ["prompt"]
        assert told not in driver.text
