"""The form while another version of its model is asked for, looked up, or told by the API."""

import asyncio
from dataclasses import replace

import pytest

from replicate_tui.core.forms.inputs import Field
from replicate_tui.core.forms.options import RunOptions
from replicate_tui.core.models.target import Target
from replicate_tui.core.session import Session
from replicate_tui.core.settings import Settings
from tests.tui.driving import Driver, driven

OLD = "0" * 64


def as_old(latest: Target) -> Target:
    """The same model at an old version, which took other inputs."""
    taken = (Field("text", "text", required=True), Field("tone", "text"), Field("size", "integer", default=9))
    return replace(latest, version=OLD, identifier=OLD, pinned=True, fields=taken)


@pytest.fixture
def go_on(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Versions are looked up once this is set."""
    known, going = Session.retarget, asyncio.Event()

    async def looked_up(session: Session, target: Target, options: RunOptions) -> Target:
        await going.wait()
        return as_old(target) if options.version == OLD else await known(session, target, options)

    monkeypatch.setattr(Session, "retarget", looked_up)
    return going


async def opened(driver: Driver) -> Target:
    """The target of the form, once that is open."""
    await driver.open_model("hello-world")
    target = driver.run_screen.form_pane.target
    assert target is not None
    return target


async def settled(driver: Driver, version: str = OLD) -> None:
    """Wait for the form of a version."""
    pane = driver.run_screen.form_pane
    await driver.until(lambda: pane.target is not None and pane.target.version == version and pane.settled, "its form")


async def test_nothing_runs_before_the_form_is_that_of_the_version_that_was_asked_for(
    settings: Settings, go_on: asyncio.Event
) -> None:
    async with driven(settings) as driver:
        await opened(driver)
        await driver.write("words")
        pane = driver.run_screen.form_pane
        pane.options.raw = {"target": OLD}
        before = await driver.count_runs()
        await driver.press("f5")
        await driver.shows("still looked up")
        await driver.sent()
        assert await driver.count_runs() == before
        go_on.set()
        await settled(driver)
        order = pane.judged()
        assert order is not None
        assert (order.target.version, order.input) == (OLD, {"text": "words"})


async def test_the_draft_of_a_pinned_version_comes_back_whole(settings: Settings, go_on: asyncio.Event) -> None:
    async with driven(settings) as driver:
        latest = await opened(driver)
        await driver.open_model("painter")
        draft = {"text": "typed", "tone": "kind", "size": "5"}
        await driver.run_screen.session.drafts.keep(as_old(latest), draft, RunOptions(version=OLD))
        await driver.open_model("hello-world")
        pane = driver.run_screen.form_pane
        assert pane.judged() is None
        driver.run_screen.form.set_value("text", "typed anew")
        pane.open(replace(latest, version="1" * 64))
        go_on.set()
        await settled(driver)
        assert pane.form.raw == {"text": "typed anew", "tone": "kind", "size": "5"}


async def test_who_leaves_before_the_pinned_version_is_found_loses_nothing_of_its_draft(
    settings: Settings, go_on: asyncio.Event
) -> None:
    async with driven(settings) as driver:
        latest = await opened(driver)
        await driver.open_model("painter")
        drafts = driver.run_screen.session.drafts
        await drafts.keep(as_old(latest), {"text": "typed", "tone": "kind"}, RunOptions(version=OLD))
        await driver.open_model("hello-world")
        await driver.press("end")
        await driver.write(" on")
        await driver.open_model("painter")
        await driver.until(lambda: (draft := drafts.of(latest.key)) and draft.raw["text"] == "typed on", "the draft")
        draft = drafts.of(latest.key)
        assert draft is not None
        assert (draft.raw, draft.options.version) == ({"text": "typed on", "tone": "kind"}, OLD)


async def test_a_preset_of_another_version_brings_that_version(settings: Settings, go_on: asyncio.Event) -> None:
    async with driven(settings) as driver:
        latest = await opened(driver)
        presets = driver.run_screen.session.presets
        kept = {"text": "kept", "tone": "kind", "size": "5"}
        await presets.keep(as_old(latest), "old", kept, RunOptions(version=OLD))
        await driver.press("f10")
        await driver.shows("Presets of", "old")
        await driver.press("enter")
        pane = driver.run_screen.form_pane
        await driver.until(lambda: pane.options.raw == {"target": OLD}, "the preset")
        assert pane.judged() is None
        go_on.set()
        await settled(driver)
        assert pane.form.raw == kept


async def test_what_is_typed_while_a_newer_version_is_told_stays_and_is_kept(settings: Settings) -> None:
    async with driven(settings) as driver:
        latest = await opened(driver)
        newer = replace(latest, version="1" * 64, fields=(*latest.fields, Field("tone", "text")))
        pane, drafts = driver.run_screen.form_pane, driver.run_screen.session.drafts
        await driver.write("typed")
        pane.open(newer)
        assert pane.form.raw == {"text": "typed"}
        pane.focus_content()
        await driver.until(lambda: pane.form.has_focus_within, "the form")
        await driver.press("end")
        await driver.write(" on")
        await driver.until(lambda: (draft := drafts.of(latest.key)) and draft.raw == {"text": "typed on"}, "the draft")
        draft = drafts.of(latest.key)
        assert draft is not None
        assert draft.version == newer.version
