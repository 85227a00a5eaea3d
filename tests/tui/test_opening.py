"""The first picture: what was seen before at once, and what is typed at it is not lost."""

import re
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual import events
from textual.widgets import Input

from replicate_tui.core.history.database import Database
from replicate_tui.core.history.rows import ModelRow
from replicate_tui.core.settings import Settings
from replicate_tui.tui import opening_app
from replicate_tui.tui.app import ReplicateApp
from replicate_tui.tui.screens import opening
from replicate_tui.tui.screens.opening import Opening
from tests.tui.driving import SMALL, WIDE, Driver
from tests.tui.terminal import Terminal

SCHEMA = {"components": {"schemas": {"Input": {"properties": {"prompt": {"type": "string"}}}}}}


async def see(settings: Settings, count: int) -> None:
    """Have models been seen before: `acme/painter-0` and so on, the last one most run."""
    version = {"id": "v" * 64, "created_at": "2026-01-01T00:00:00Z", "openapi_schema": SCHEMA}
    database = Database.open(settings.database_file)
    try:
        for number in range(count):
            row = ModelRow(f"acme/painter-{number}", "[b]It paints", 10_000 + number, official=False)
            raw = {"owner": "acme", "name": row.name.partition("/")[2], "run_count": number, "latest_version": version}
            await database.save_models(settings.host, [(row, raw)], 0.0)
    finally:
        await database.close()


def models_in(text: str) -> list[tuple[int, int, str]]:
    """The rows of models in a picture: line, column, name."""
    found = [(number, re.search(r"acme/painter-\d+ +10k", line)) for number, line in enumerate(text.splitlines())]
    return [(number, match.start(), match[0]) for number, match in found if match]


@asynccontextmanager
async def slow_to_read(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int] = WIDE
) -> AsyncIterator[tuple[Driver, threading.Event]]:
    """The app at its first picture; the rest of it is read when the event is set, as it is on a slow disk."""
    read = threading.Event()
    monkeypatch.setattr(opening_app, "is_read", lambda: False)
    monkeypatch.setattr(opening, "read_run_mode", read.wait)
    app = ReplicateApp(settings)
    try:
        async with app.run_test(size=size) as pilot:
            driver = Driver(app, pilot)
            await driver.until(lambda: isinstance(app.screen, Opening), "the first picture")
            yield driver, read
            read.set()
    finally:
        read.set()


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_the_models_stand_there_while_the_rest_is_read_and_stay_where_they_are(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    await see(settings, 70)
    async with slow_to_read(settings, monkeypatch, size) as (driver, read):
        app = driver.app
        await driver.shows("Models", "acme/painter-69", "10k", "[b]It paints", "connecting")
        assert isinstance(app.screen, Opening)
        before = models_in(driver.text)
        read.set()
        await driver.until(lambda: not app.is_opening, "the Run mode")
        assert len(before) > 3
        assert models_in(driver.text) == before
        assert driver.run_screen.models.list.has_focus


async def test_what_is_typed_and_pasted_at_it_reaches_the_run_mode_in_its_order(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await see(settings, 12)
    async with slow_to_read(settings, monkeypatch) as (driver, read):
        app = driver.app
        await driver.shows("acme/painter-11")
        await driver.press("slash")
        app.post_message(events.Paste("acme/"))
        await driver.write("painter-3")
        await driver.press("enter")
        await driver.write("a heron")
        assert isinstance(app.screen, Opening)
        read.set()
        await driver.until(lambda: not app.is_opening and driver.run_screen.form.raw == {"prompt": "a heron"})
        target = driver.run_screen.form_pane.target
        assert target is not None
        assert target.model == "acme/painter-3"


async def test_each_key_is_done_before_the_next_is_given_back(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await see(settings, 12)
    async with slow_to_read(settings, monkeypatch) as (driver, read):
        app = driver.app
        await driver.shows("acme/painter-11")
        await driver.press("slash", "x", "escape", "2", "slash", "y", "z", "backspace")
        assert isinstance(app.screen, Opening)
        read.set()
        await driver.until(lambda: app.opened.is_set(), "the end of the start")
        await driver.until(lambda: app.current_mode == "predictions", "the mode")
        await driver.until(lambda: app.screen.query_one("#filter", Input).value == "y", "the filter")
        app.switch_mode("run")
        await driver.until(lambda: driver.run_screen.models.words == "", "a search that is over")


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_who_wants_to_leave_does_not_wait_for_the_rest(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    async with slow_to_read(settings, monkeypatch) as (driver, read):
        app = driver.app
        await driver.shows("Looking for models…")
        await driver.press(key)
        await driver.until(lambda: app._exit, "the end")
        assert not read.is_set()
        read.set()
    assert app.return_code == 0


async def test_a_letter_of_what_is_searched_leaves_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    async with slow_to_read(settings, monkeypatch) as (driver, read):
        app = driver.app
        await driver.shows("Looking for models…")
        await driver.press("slash", "q")
        read.set()
        await driver.until(lambda: app.opened.is_set() and driver.run_screen.models.words == "q", "the search")
        assert not app._exit


async def test_keys_typed_at_the_first_sight_of_a_model_are_done(settings: Settings) -> None:
    await see(settings, 12)
    flags = ("--base-url", settings.base_url)
    with Terminal(*flags, columns=160, lines=48, environ={"REPLICATE_API_TOKEN": settings.require_token()}) as terminal:
        terminal.wait_for("acme/painter-11")
        terminal.press("/", "painter-3", "enter")
        terminal.wait_for("─ acme/painter-3 ", "esc leave")
        assert b"Traceback" not in terminal.written
