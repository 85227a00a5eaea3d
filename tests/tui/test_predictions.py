"""Predictions mode by keyboard: filters, order, marks, tags, comparison, lineage."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from replicate_tui.api.resources import Prediction
from replicate_tui.core import browser
from replicate_tui.core.costs.price_settings import Price, Prices
from replicate_tui.core.history.database import Asked
from replicate_tui.core.settings import Settings
from replicate_tui.tui.screens import log_verbs
from replicate_tui.tui.screens.compare import CompareScreen
from replicate_tui.tui.screens.predictions import PredictionsScreen
from replicate_tui.tui.screens.value import ValueScreen
from replicate_tui.tui.widgets.tab_line import TabLine
from tests.core.scripted import run_object
from tests.tui.driving import SMALL, WIDE, Driver, driven
from tests.tui.looks import comes_to_look_as_before

LONG_AGO = time.time() - 25.5 * 365 * 86400
"""When the runs of a look were made: their age, 25 years, does not change while it is drawn, nor from year to year."""


async def put(driver: Driver, run_id: str, status: str = "failed", *, at: float | None = None, **values: Any) -> None:
    """Have the history tell of a run; of the local server's own there may be others."""
    assert driver.app.session is not None
    begun = time.time() if at is None else at
    times = {"created_at": stamp(begun), "started_at": stamp(begun + 1), "completed_at": stamp(begun + 4)}
    told = run_object(run_id, status, **(times | {"model": "acme/painter"} | values))
    await driver.app.session.store.put(Prediction.of(told), now=begun)


def stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def screen(driver: Driver) -> PredictionsScreen:
    assert isinstance(driver.app.screen, PredictionsScreen)
    return driver.app.screen


async def to_capybaras(driver: Driver, number: int = 3) -> None:
    """Three runs of our own, filtered, with the cursor on the newest."""
    for each in range(number):
        text = f"capybara number {each}"
        moment = LONG_AGO + 100 * each
        await put(driver, f"run{each}", at=moment, input={"prompt": text, "width": 64}, error=f"no water {each}")
    await driver.press("2")
    await driver.shows("newest first")
    await filtered(driver, "capybara")
    await driver.shows(f"{number} · newest first")


async def filtered(driver: Driver, words: str) -> None:
    """Type a filter; one that begins with a blank goes on from what stands there."""
    await driver.press("slash")
    await driver.until(lambda: screen(driver).line.has_focus_within, "the filter line")
    if words.startswith(" "):
        await driver.press("end")
    await driver.write(words)
    await driver.press("enter")
    await driver.until(lambda: screen(driver).runs_table.has_focus, "the table")


def toasts(driver: Driver) -> str:
    return "\n".join(notification.message for notification in driver.app._notifications)


async def test_a_filter_with_fields_and_what_it_does_not_understand(settings: Settings) -> None:
    async with driven(settings) as driver:
        await to_capybaras(driver)
        await put(driver, "other", "succeeded", input={"prompt": "capybara that lived"}, output="x")
        await driver.shows("4 · newest first")
        await filtered(driver, " -status:failed")
        await driver.shows("1 · newest first", "capybara that lived", "Input •")
        tooltip = screen(driver).detail.query_one(TabLine).tooltip
        assert tooltip == "•  what the filter looks for is there"
        await filtered(driver, " modle:x")
        await driver.shows("there is no field modle: did you mean model?", "1 · newest first")
        await driver.press("escape")
        await driver.until(lambda: "no field" not in driver.text, "the problem to go")


async def test_what_is_typed_is_completed_by_the_right_arrow(settings: Settings) -> None:
    async with driven(settings) as driver:
        await to_capybaras(driver)
        await driver.press("slash", "end")
        await driver.write(" sta")
        await driver.shows("status:")
        await driver.press("right")
        assert screen(driver).line.text == "capybara status:"


async def test_what_was_found_stays_under_the_cursor_and_other_words_replace_those_of_the_filter(
    settings: Settings,
) -> None:
    async with driven(settings) as driver:
        await to_capybaras(driver)
        await filtered(driver, "number 1")
        await driver.until(lambda: list(screen(driver).runs_table.keys) == ["run1"], "the one that is meant")
        await driver.press("slash", "enter")
        await driver.until(lambda: screen(driver).runs_table.has_focus, "the table")
        assert screen(driver).line.text == "number 1"
        await driver.press("escape")
        await driver.until(lambda: len(screen(driver).runs_table.keys) >= 3, "all runs")
        assert screen(driver).runs_table.cursor_key == "run1"
        assert screen(driver).runs_table.keys[0] != "run1"


async def test_the_list_in_another_order(settings: Settings) -> None:
    async with driven(settings) as driver:
        await to_capybaras(driver)
        assert list(screen(driver).runs_table.keys) == ["run2", "run1", "run0"]
        await driver.press("s")
        await driver.shows("Order by")
        await driver.press("G", "enter")
        await driver.shows("from a to z (id ↑)")
        await driver.until(lambda: list(screen(driver).runs_table.keys) == ["run0", "run1", "run2"], "the order")
        await driver.press("s")
        await driver.shows("Order by")
        await driver.press("enter")
        await driver.shows("id ↓")


async def test_what_a_run_cost_stands_in_the_list_where_runs_cost_anything(settings: Settings) -> None:
    priced = replace(settings, prices=Prices({"acme/painter": Price(per_run=0.25)}))
    async with driven(priced) as driver:
        await to_capybaras(driver)
        await put(driver, "dear", "succeeded", input={"prompt": "capybara in oil"}, output="x")
        await driver.shows("cost", "≈ $0.25")
        assert driver.text.count("≈ $0.25") == 1, "what failed cost nothing"


async def test_marked_runs_are_deleted_after_a_question_and_stay_away(settings: Settings) -> None:
    async with driven(settings) as driver:
        await to_capybaras(driver)
        await driver.press("space", "space")
        await driver.shows("2 marked")
        await driver.press("d")
        await driver.shows("Delete 2 runs", f"{settings.host} keeps its own")
        await driver.press("escape")
        await driver.shows("2 marked · 3")
        await driver.press("d")
        await driver.shows("Delete 2 runs")
        await driver.press("enter")
        await driver.shows("1 · newest first")
        await put(driver, "run2", input={"prompt": "capybara again"})
        await put(driver, "run9", input={"prompt": "capybara of another run"})
        await driver.shows("2 · newest first")
        assert "capybara again" not in driver.text


async def test_all_are_marked_and_none_and_marks_outlive_a_filter(settings: Settings) -> None:
    async with driven(settings) as driver:
        await to_capybaras(driver)
        await driver.press("A")
        await driver.shows("3 marked")
        await driver.press("A")
        await driver.until(lambda: "marked" not in driver.text, "no marks")
        await driver.press("A")
        await filtered(driver, " water 1")
        await driver.shows("3 marked, 2 of them not listed · 1")
        await driver.press("escape", "escape")
        await driver.until(lambda: "marked" not in driver.text, "no marks")


async def test_what_is_done_to_marked_runs(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(browser, "open_page", lambda url: opened.append(url) is None)
    async with driven(settings) as driver:
        await to_capybaras(driver, 6)
        await driver.press("A", "I")
        await driver.until(lambda: driver.app.clipboard == "run5\nrun4\nrun3\nrun2\nrun1\nrun0", "the ids")
        assert not screen(driver).active_bindings["c"].enabled, "what has ended cannot be cancelled"
        await driver.press("y")
        await driver.until(lambda: driver.app.clipboard.startswith("no water 5\nno water 4\n"), "the outputs")
        await driver.press("o")
        await driver.shows("Open 6 pages")
        assert opened == []
        await driver.press("enter")
        await driver.until(lambda: len(opened) == 6, "the pages")
        await driver.press("w")
        await driver.until(lambda: "6 of 6 saved" in toasts(driver), "the files")
        saved = list((settings.runs_folder).rglob("prediction.json"))
        assert len(saved) >= 6


async def test_marked_runs_that_go_on_are_stopped_after_a_question(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("sleeper")
        driver.run_screen.form.set_value("seconds", "60")
        await driver.press("f5")
        await driver.shows("sleeper", "processing")
        await driver.press("escape")
        await driver.until(lambda: driver.run_screen.models.list.has_focus)
        await driver.press("2")
        await driver.shows("newest first")
        await filtered(driver, "status:active model:sleeper")
        await driver.shows("1 · newest first")
        await driver.press("space")
        await driver.shows("1 marked")
        assert screen(driver).active_bindings["c"].enabled
        await driver.press("c")
        await driver.shows("Stop the one run")
        await driver.press("enter")
        await driver.shows("No run matches the filter")


async def test_tags_and_a_note_are_shown_and_found(settings: Settings) -> None:
    async with driven(settings) as driver:
        await to_capybaras(driver)
        await driver.press("space", "space", "t")
        await driver.shows("Tags of 2 runs")
        await driver.write("Draft cover")
        await driver.press("enter")
        await driver.shows("#draft #cover")
        await driver.press("escape", "escape")
        await driver.press("G", "N")
        await driver.shows("Note on run0")
        await driver.write("for grandmother")
        await driver.press("enter")
        await driver.until(lambda: "Note on" not in driver.text, "the list")
        await driver.press("escape")
        await filtered(driver, "tag:cov")
        await driver.shows("2 · newest first")
        screen(driver).line.text = ""
        await filtered(driver, "grandmother")
        await driver.shows("1 · newest first")
        await driver.press("left")
        await driver.shows("Details •", "for grandmother")


async def test_a_tag_is_taken_from_one_of_the_runs_that_have_it(settings: Settings) -> None:
    async with driven(settings) as driver:
        await to_capybaras(driver)
        store = driver.app.session.store if driver.app.session else None
        assert store is not None
        await store.note("run2", tags=["a", "b"])
        await driver.press("t")
        await driver.shows("Tags of run2")
        await driver.press("backspace")
        await driver.write("c")
        await driver.press("enter")
        await driver.until(lambda: (row := store.row("run2")) is not None and row.tags == " a c", "the tags")


async def test_filters_are_kept_listed_and_deleted(settings: Settings) -> None:
    async with driven(settings) as driver:
        await to_capybaras(driver)
        await driver.press("F")
        await driver.shows("Keep the filter capybara")
        await driver.write("Rodents")
        await driver.press("enter")
        await driver.until(lambda: "Kept as Rodents" in toasts(driver), "the toast")
        await driver.press("escape")
        await driver.until(lambda: not screen(driver).line.text, "no filter")
        await driver.press("apostrophe")
        await driver.shows("Filters", "Rodents", "capybara")
        await driver.press("enter")
        await driver.shows("3 · newest first")
        await driver.press("apostrophe")
        await driver.shows("Rodents")
        await driver.press("d", "y")
        await driver.until(lambda: isinstance(driver.app.screen, PredictionsScreen), "the list")
        await driver.press("apostrophe")
        await driver.shows("None yet. F keeps the filter")


async def test_the_tab_that_holds_the_words_is_marked(settings: Settings) -> None:
    async with driven(settings) as driver:
        await to_capybaras(driver)
        await driver.shows("Input •")
        assert "Output •" not in driver.text
        await filtered(driver, " water")
        await driver.shows("Input •", "Output •")


async def test_marked_runs_are_compared_and_the_chosen_one_is_gone_to(settings: Settings) -> None:
    async with driven(settings) as driver:
        await to_capybaras(driver)
        await driver.press("space", "down", "x")
        await driver.shows("Compare 2 runs", "A  run2", "B  run0", "capybara number 2", "capybara number 0")
        assert "width" not in driver.text
        await driver.press("space")
        await driver.shows("width", "space folds them")
        await driver.press("right", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, PredictionsScreen), "the list")
        assert screen(driver).runs_table.cursor_key == "run0"


async def test_what_is_done_with_one_of_the_compared_runs(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    async def pager(app: object, text: str, name: str) -> None:
        read.append(text)

    monkeypatch.setattr(log_verbs, "read_in_pager", pager)
    async with driven(settings) as driver:
        for each in range(2):
            told = {"input": {"prompt": "capybara", "n": each}, "logs": f"log {each}", "output": f"text {each} " * 900}
            await put(driver, f"run{each}", "succeeded", **told)
        picture = tmp_path / "cat.png"
        Image.new("RGB", (8, 8), "teal").save(picture)
        await put(driver, "run2", "succeeded", input={"prompt": "capybara"}, output=["https://a.test/cat.png"])
        assert driver.app.session is not None
        await driver.app.session.store.set_folder("run2", tmp_path)
        await driver.press("2")
        await filtered(driver, "capybara")
        await driver.press("A", "x")
        await driver.shows("Compare 3 runs")
        compared = driver.app.screen
        assert isinstance(compared, CompareScreen)
        await driver.press("Y")
        await driver.until(lambda: driver.app.clipboard.endswith("cat.png"), "where its picture is kept")
        await driver.press("right", "P")
        await driver.until(lambda: read == ["log 1"], "the log of the chosen one")
        assert compared.check_action("save_file", ()) is False, "it has no file"
        await driver.press("A")
        await driver.until(lambda: isinstance(driver.app.screen, ValueScreen), "all of its output")
        await driver.shows("output of run1", "text 1 text 1")
        await driver.press("escape", "y")
        await driver.until(lambda: driver.app.clipboard == "text 1 " * 900, "its output")
        await driver.press("m")
        await driver.until(lambda: driver.app.current_mode == "run", "its form")


async def test_one_run_is_not_compared(settings: Settings) -> None:
    async with driven(settings) as driver:
        await to_capybaras(driver)
        await driver.press("x")
        await driver.until(lambda: "Mark a run with space" in toasts(driver), "the toast")


async def test_a_remix_remembers_where_it_came_from(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("hello-world")
        await driver.write("first")
        first = await driver.run_to_its_end()
        await driver.press("escape", "2")
        await driver.shows("newest first")
        await driver.press("m")
        await driver.until(lambda: driver.app.current_mode == "run" and driver.run_screen.form.has_focus_within, "form")
        await driver.write(" and second")
        second = await driver.run_to_its_end()
        assert driver.app.session is not None
        assert driver.app.session.store.lineage(second.id).made_from == first.id
        await driver.press("escape", "2")
        await driver.until(lambda: driver.app.current_mode == "predictions", "predictions")
        await driver.until(lambda: screen(driver).runs_table.cursor_key == second.id, "the newest")
        await driver.press("left")
        await driver.shows("made from", first.id)
        await driver.press("L")
        await driver.shows("Relatives of", "from ")
        await driver.press("enter")
        await driver.until(lambda: screen(driver).runs_table.cursor_key == first.id, "the first")
        await driver.shows("made of it", second.id)


async def test_a_relative_that_the_filter_hides_is_gone_to(settings: Settings) -> None:
    async with driven(settings) as driver:
        await to_capybaras(driver)
        assert driver.app.session is not None
        store = driver.app.session.store
        await put(driver, "parent", at=LONG_AGO, input={"prompt": "a heron"})
        child = store.run("run2")
        assert child is not None
        await store.save(child, asked=Asked("", "us", "parent"))
        await driver.press("L")
        await driver.shows("Relatives of run2", "a heron")
        await driver.press("enter")
        await driver.until(lambda: screen(driver).runs_table.cursor_key == "parent", "the parent")
        assert screen(driver).line.text == ""


async def test_the_help_tells_the_language_of_filters(settings: Settings) -> None:
    async with driven(settings) as driver:
        await to_capybaras(driver)
        await driver.press("question_mark")
        await driver.shows("Help")
        await driver.press("end")
        await driver.shows("-status:failed", "age<2d time>30s")


async def test_hostile_names_are_only_text(settings: Settings) -> None:
    async with driven(settings) as driver:
        await put(driver, "r[red]1", input={"[b]x[/b]": "capybara [link=x]a[/]"}, error="capybara \x1b[31m")
        await put(driver, "r2", input={"prompt": "capybara [/]"}, error="[bold]")
        await driver.press("2")
        await driver.shows("newest first")
        await filtered(driver, "capybara")
        await driver.shows("2 · newest first")
        await driver.press("A", "t")
        await driver.write("[b]x [/]")
        await driver.press("enter")
        await driver.shows("#[b]x #[/]")
        await driver.press("x")
        await driver.shows("Compare 2 runs", "r[red]1", "[b]x[/b]")


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_looks(settings: Settings, size: tuple[int, int], tmp_path: Path) -> None:
    async with driven(settings, size) as driver:
        await to_capybaras(driver)
        name = f"{size[0]}x{size[1]}"
        await driver.press("space", "space")
        await driver.shows("2 marked")
        await comes_to_look_as_before(f"predictions-marks-{name}", lambda: seen(driver))
        await driver.press("x")
        await driver.until(lambda: isinstance(driver.app.screen, CompareScreen), "the comparison")
        await driver.shows("Compare 2 runs", "no water 2")
        await comes_to_look_as_before(f"predictions-compare-{name}", lambda: seen(driver))


def seen(driver: Driver) -> list[str]:
    """The lines of the screen below the chrome, which tells of the server and the modes."""
    return driver.text.split("\n")[2:]
