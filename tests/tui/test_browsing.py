"""Looking around among models: favourites, what ran lately, collections, and a model's page."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from textual import events
from textual.widgets import Input

from replicate_tui.api.resources import Model
from replicate_tui.core.settings import Settings
from replicate_tui.tui.app import ReplicateApp
from replicate_tui.tui.screens import model_list
from replicate_tui.tui.widgets.picture import Picture
from tests.core.scripted import Asked, Reply, Said, problem, says, scripted
from tests.tui.driving import SMALL, WIDE, Driver, driven
from tests.tui.hostile import DOT, EVIL, MARKUP
from tests.tui.looks import comes_to_look_as_before


def keys(driver: Driver) -> list[str]:
    return list(driver.run_screen.models.list.keys)


def lines(driver: Driver) -> list[str]:
    """The models pane without the line of keys, which other parts of the screen have a say in."""
    return [line[: 38 if driver.app.size.width > 100 else 80].rstrip() for line in driver.text.splitlines()[2:-1]]


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_each_list_is_a_key_away_and_escape_leads_back(settings: Settings, size: tuple[int, int]) -> None:
    name = f"{size[0]}x{size[1]}"
    async with driven(settings, size) as driver:
        models = driver.run_screen.models
        everything = keys(driver)
        await driver.press("right")
        await driver.shows("Favourites", "No favourites yet")
        await driver.press("left")
        await driver.until(lambda: keys(driver) == everything, "all models")
        models.list.move_to("local/painter")
        await driver.press("b")
        await driver.shows("★ local/painter")
        assert not driver.app._notifications
        await driver.press("l")
        await driver.until(lambda: keys(driver) == ["local/painter"], "the favourite")
        await driver.press("b")
        await driver.shows("No favourites yet")
        await driver.press("l")
        await driver.shows("╭─ Recent")
        await driver.press("l")
        await driver.shows("Make pictures", "Try things out")
        await comes_to_look_as_before(f"collections-{name}", lambda: lines(driver))
        await driver.press("j", "enter")
        await driver.until(lambda: keys(driver) == ["local/storyteller", "local/hello-world"], "its models")
        await driver.shows("Write text", "storyteller")
        await driver.press("slash")
        await driver.write("hello")
        await driver.until(lambda: keys(driver) == ["local/hello-world"], "the search inside")
        await driver.press("escape")
        await driver.until(lambda: len(keys(driver)) == 2 and models.list.has_focus, "all of it")
        await driver.press("escape")
        await driver.until(lambda: models.list.cursor_key == "collections/write-text", "the collection it came from")
        await driver.press("escape")
        await driver.until(lambda: keys(driver) == everything, "all models again")


async def test_the_lists_take_clicks_and_what_ran_comes_first(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("hello-world")
        await driver.write("x")
        await driver.run_to_its_end()
        await driver.pilot.click("#model-views", offset=(12, 0))
        await driver.until(lambda: "╭─ Recent" in driver.text and len(keys(driver)) == 1, "a search stays")
        driver.run_screen.models.search.value = ""
        await driver.until(lambda: keys(driver)[:1] == ["local/hello-world"], "what ran")
        await driver.pilot.click("#model-views", offset=(22, 0))
        table = driver.run_screen.models.list
        await driver.until(lambda: table.cursor_key == "collections/make-pictures", "the collections")
        table.action_last()
        await driver.pilot.click("#model-list", offset=(5, 0))
        await driver.until(lambda: table.cursor_key == "collections/make-pictures", "the cursor")
        await driver.pilot.click("#model-list", offset=(5, 0))
        await driver.until(lambda: "local/upscaler" in keys(driver), "the models of the collection")
        driver.app.form_wanted.publish("local/sleeper")
        await driver.until(lambda: driver.run_screen.models.list.cursor_key == "local/sleeper", "it is in the list")


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_a_model_has_a_page(settings: Settings, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("replicate_tui.core.browser.open_page", lambda url: opened.append(url) or True)
    async with driven(settings, size) as driver:
        driver.run_screen.models.list.move_to("local/painter")
        await driver.press("a")
        await driver.shows("Model", "owner", "✓ official · public", "too few runs of yours", "cost", "web page")
        await driver.until(lambda: driver.run_screen.form_pane.about.has_focus_within, "the page")
        await driver.press("b")
        await driver.shows("★ favourite")
        await driver.press("o")
        await driver.until(lambda: opened and opened[0].endswith("/local/painter"), "its web page")
        await driver.press("escape")
        await driver.until(lambda: driver.run_screen.models.list.has_focus, "the models")


HERON: dict[str, Any] = {
    "owner": "acme",
    "name": "heron",
    "description": f"{MARKUP} paints",
    "run_count": 1,
    "visibility": "public",
    "github_url": f"https://h.test/{MARKUP}",
    "paper_url": "https://h.test/paper",
    "license_url": "javascript:alert(1)",
    "latest_version": {"id": "1" * 64, "openapi_schema": {}},
}


class World:
    """A Replicate with hostile collections, whose searches are answered when a test says so."""

    def __init__(self) -> None:
        self.answers: dict[str, asyncio.Event] = {}
        self.cover = ""

    async def __call__(self, asked: Asked) -> Reply:
        path = asked.path.removeprefix("/v1")
        if path == "/cover.png":
            return Said(DOT, 200, {"Content-Type": "image/png"})
        heron = HERON | {"cover_image_url": self.cover}
        if path == "/search":
            words = asked.query["query"]
            await self.answers.setdefault(words, asyncio.Event()).wait()
            found = {"owner": "found", "name": words, "run_count": 3}
            return says({"models": [{"model": found}], "collections": [], "pages": []})
        if path == "/models":
            return says({"next": None, "previous": None, "results": [heron]})
        if path == "/models/acme/heron":
            return says(heron)
        if path == "/collections":
            evil = {"slug": "evil", "name": EVIL, "description": EVIL}
            return says({"next": None, "previous": None, "results": [evil]})
        if path == "/collections/evil":
            return says({"slug": "evil", "name": EVIL, "description": EVIL, "models": [heron]})
        if path in ("/predictions", "/trainings"):
            return says({"next": None, "previous": None, "results": []})
        return problem(404)


@asynccontextmanager
async def strange(settings: Settings, size: tuple[int, int]) -> AsyncIterator[Driver]:
    """The app on a server of the test's own."""
    app = ReplicateApp(settings)
    async with app.run_test(size=size, notifications=True) as pilot:
        driver = Driver(app, pilot)
        await driver.shows("acme/heron")
        yield driver


def pointed_at(settings: Settings, url: str) -> Settings:
    return replace(settings, base_url=f"{url}/v1")


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_strange_collections_and_pages_are_only_texts_and_a_cover_is_drawn(
    settings: Settings, size: tuple[int, int]
) -> None:
    world = World()
    async with scripted(world) as server:
        world.cover = f"{server.url}/cover.png"
        async with strange(pointed_at(settings, server.url), size) as driver:
            await driver.press("left")
            await driver.shows("evil[/x]")
            await driver.press("enter")
            await driver.until(lambda: keys(driver) == ["acme/heron"], "its models")
            await driver.press("a")
            await driver.shows("[@click=app.quit", "go[/]", "paper", "https://h.test/paper", "not known")
            assert "javascript" not in driver.text
            await driver.until(lambda: driver.run_screen.query_one("ModelTab Picture", Picture).path, "the cover")
            await driver.until(lambda: driver.run_screen.query_one("ModelTab Picture", Picture).size.height > 3, "it")
            token = [each.headers.get("authorization") for each in server.asked if each.path == "/cover.png"]
            assert len(token) == 1


async def test_the_list_the_card_and_the_page_count_the_same_runs(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("hello-world")
        await driver.press("escape")
        await driver.until(lambda: driver.run_screen.models.list.has_focus, "the models")
        await driver.press("a")
        await driver.shows("by everybody")
        catalog = driver.run_screen.session.catalog
        known = catalog.known("local/hello-world")
        assert known is not None
        await catalog.learn([Model.of({**known.raw, "run_count": 987})])
        await driver.shows("987 ✓", "✓ official  987 runs", "987 by everybody")


async def test_a_stale_answer_is_dropped_and_the_list_says_what_it_waits_for(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_list, "SEARCH_DELAY", 0.0)
    world = World()
    async with scripted(world) as server, strange(pointed_at(settings, server.url), WIDE) as driver:
        await driver.press("slash")
        await driver.write("zq")
        await driver.until(lambda: "zq" in world.answers, "the first search")
        await driver.shows("Asking the API")
        await driver.write("x")
        await driver.until(lambda: "zqx" in world.answers, "the second search")
        world.answers["zqx"].set()
        await driver.until(lambda: keys(driver) == ["found/zqx"], "the second answer")
        for late in world.answers.values():
            late.set()
        driver.run_screen.query_one("#search", Input).value = ""
        await driver.until(lambda: "acme/heron" in keys(driver), "all models")
        assert not {"found/z", "found/zq"} & set(keys(driver))


async def test_a_long_text_that_is_pasted_into_the_search_is_told_by_its_beginning(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.press("slash")
        await driver.until(lambda: driver.run_screen.models.search.has_focus, "the search line")
        driver.app.post_message(events.Paste("A" * 1_000_000))
        await driver.shows("No model is called", "…”")
        assert len(driver.run_screen.models.words) == 1_000
        assert driver.text.count("A" * 20) < 5
        await driver.press("escape")
        await driver.until(lambda: len(keys(driver)) > 1, "all models")
