"""The screens, by keyboard alone, on the real local server."""

from dataclasses import replace

import pytest

from replicate_tui.api.client import Client
from replicate_tui.core.history.opening import DamagedFile
from replicate_tui.core.settings import Settings
from replicate_tui.tui.app import ReplicateApp
from replicate_tui.tui.screens.confirm import Confirm
from replicate_tui.tui.widgets.log_view import LogView
from tests.core.scripted import problem, scripted
from tests.tui.driving import SMALL, WIDE, Driver, driven
from tests.waiting import eventually


def toasts(app: ReplicateApp) -> str:
    return "\n".join(notification.message for notification in app._notifications)


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_the_whole_job_by_keyboard(settings: Settings, size: tuple[int, int]) -> None:
    async with driven(settings, size) as driver:
        await driver.open_model("storyteller")
        await driver.write("Once")
        await driver.press("f5")
        await driver.shows("storyteller", "processing")
        await driver.shows("succeeded")
        await driver.to_runs()
        for tab, shown in (("Logs", "token"), ("Input", '"prompt": "Once"'), ("Details", "predicting")):
            await driver.press("right")
            await driver.shows(tab, shown)
        await driver.press("escape")
        await driver.until(lambda: driver.run_screen.models.list.has_focus)


async def test_errors_stand_at_their_fields_and_nothing_is_sent(settings: Settings) -> None:
    async with driven(settings) as driver:
        before = await driver.count_runs()
        await driver.open_model("painter")
        driver.run_screen.form.set_value("width", "99999")
        await driver.press("f5")
        await driver.shows("is required", "must be at most 2048")
        assert await driver.count_runs() == before
        assert driver.run_screen.form.has_focus_within


async def test_only_what_was_changed_is_sent(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("painter")
        await driver.write("a boat")
        driver.run_screen.form.set_value("width", "128")
        run = await driver.run_to_its_end()
        assert run.prediction.input == {"prompt": "a boat", "width": 128}


async def test_holding_f5_runs_once_and_the_same_input_again_is_asked_about(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("replicate_tui.tui.screens.sendings.TWICE", 60.0)
    async with driven(settings) as driver:
        before = await driver.count_runs()
        await driver.open_model("hello-world")
        await driver.write("x")
        await driver.press("f5", "f5", "f5")
        await driver.until(lambda: isinstance(driver.app.screen, Confirm), "the question")
        await driver.press("escape")
        await driver.shows("hello-world", "succeeded")
        assert await driver.count_runs() == before + 1
        await driver.press("f5")
        await driver.until(lambda: isinstance(driver.app.screen, Confirm), "the question, once more")
        await driver.press("enter")
        await driver.sent()
        assert await driver.count_runs() == before + 2


async def test_a_new_run_shows_what_comes_of_it_whatever_was_read_of_the_one_before(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("hello-world")
        await driver.write("one")
        await driver.run_to_its_end()
        await driver.to_runs()
        await driver.press("right", "right")
        await driver.shows('"text": "one"')
        await driver.open_model("hello-world")
        await driver.write(" two")
        await driver.run_to_its_end()
        await driver.shows("hello one two")


async def test_cancel_stops_the_run_with_the_cursor(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("sleeper")
        driver.run_screen.form.set_value("seconds", "60")
        await driver.press("f5")
        await driver.shows("sleeper", "processing")
        await driver.to_runs()
        await driver.press("c")
        await driver.shows("canceled")
        assert not driver.run_screen.session.store.active


async def test_remix_brings_an_old_runs_input_into_the_form(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("painter")
        await driver.write("two boats")
        driver.run_screen.form.set_value("height", "64")
        await driver.run_to_its_end()
        await driver.press("escape")
        await driver.until(lambda: driver.run_screen.models.list.has_focus)
        driver.run_screen.models.search.value = ""
        await driver.until(lambda: len(driver.run_screen.models.list.keys) > 1)
        driver.run_screen.models.list.move_to("local/hello-world")
        await driver.shows("Says hello")
        await driver.press("2")
        await driver.shows("Predictions", "two boats")
        await driver.press("m")
        await driver.until(lambda: driver.app.current_mode == "run")
        await driver.until(lambda: driver.run_screen.form.raw == {"prompt": "two boats", "height": 64})


async def test_save_copy_and_open_work_on_the_run_with_the_cursor(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def open_page(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr("replicate_tui.core.browser.open_page", open_page)
    async with driven(settings) as driver:
        await driver.open_model("hello-world")
        await driver.write("everybody")
        run = await driver.run_to_its_end()
        await driver.to_runs()
        await driver.press("y")
        await driver.until(lambda: driver.app.clipboard == run.prediction.output)
        await driver.press("w")
        await driver.until(lambda: "Saved in" in toasts(driver.app))
        assert (settings.runs_folder / run.id / "output.txt").read_text("utf-8") == run.prediction.output
        await driver.press("o")
        await driver.until(lambda: opened == [run.prediction.urls["web"]])


async def test_a_failed_run_shows_its_reason_first(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("sleeper")
        driver.run_screen.form.set_value("seconds", "0.1")
        driver.run_screen.form.set_value("fail", True)
        run = await driver.run_to_its_end()
        assert run.status == "failed"
        await driver.shows("failed", "asked to fail after 0.1 s")


async def test_logs_grow_and_are_followed(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("sleeper")
        driver.run_screen.form.set_value("seconds", "8")
        driver.run_screen.form.set_value("log_lines", "100")
        await driver.press("f5")
        await driver.shows("processing")
        await driver.to_runs()
        await driver.press("f")
        view = driver.run_screen.query_one(LogView)
        await driver.until(lambda: 0 < view.line_count < 100, "some lines")
        await driver.until(lambda: view.line_count == 100, "all lines")
        await driver.shows("line 100 of 100")


async def test_runs_begun_elsewhere_appear_by_themselves(settings: Settings) -> None:
    async with driven(settings) as driver:
        async with Client(settings.base_url, "another") as elsewhere:
            created = await elsewhere.predictions.create("local/hello-world", {"text": "from elsewhere"}, wait=5)
        await driver.press("2", "R")
        await driver.shows("from elsewhere")
        store = driver.app.session.store if driver.app.session else None
        assert store is not None
        assert store.run(created.id) is not None


async def test_the_history_is_filtered_by_words_and_escape_clears_them(settings: Settings) -> None:
    async with driven(settings) as driver:
        for words in ("red fish", "blue fish"):
            await driver.open_model("hello-world")
            driver.run_screen.form.set_value("text", words)
            await driver.run_to_its_end()
            await driver.press("escape")
            await driver.until(lambda: driver.run_screen.models.list.has_focus)
        await driver.press("2")
        await driver.shows("red fish", "blue fish")
        await driver.press("slash")
        await driver.write("blue")
        await driver.until(lambda: "red fish" not in driver.text, "the filter")
        assert "blue fish" in driver.text
        await driver.press("escape", "escape")
        await driver.shows("red fish", "blue fish")


async def test_a_model_that_nobody_knows_is_said_so(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.press("slash")
        await driver.write("zebra[/x]")
        await driver.shows("No model is called", "“zebra[/x]”")


async def test_offline_is_told_with_its_reason_and_ends_by_itself(settings: Settings) -> None:
    async with driven(settings) as driver:
        session = driver.app.session
        assert session is not None
        session.client.base_url = "http://127.0.0.1:9"
        session.watcher.refresh()
        await driver.shows("offline", "127.0.0.1:9")
        session.client.base_url = settings.base_url
        session.watcher.refresh()
        await driver.shows("online")


async def refused(settings: Settings, status: int, connection: str) -> None:
    """An API that refuses everything is told in the header, with what it says."""
    async with scripted(lambda asked: problem(status, "you shall not pass")) as server:
        app = ReplicateApp(replace(settings, base_url=server.url))
        async with app.run_test(size=WIDE, notifications=True) as pilot:
            driver = Driver(app, pilot)
            await driver.shows(connection, "you shall not pass")


async def test_a_token_that_is_refused_is_told(settings: Settings) -> None:
    await refused(settings, 401, "unauthorized")


async def test_an_api_that_is_not_there_is_told(settings: Settings) -> None:
    await refused(settings, 404, "offline")


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"form.rnu": "f9"}, "did you mean 'form.run'"),
        ({"form.run": "ctrl alt x"}, "is not a key"),
        ({"form.run": "f9"}, ""),
    ],
)
async def test_remapped_keys_work_and_mistakes_are_told(settings: Settings, keys: dict[str, str], told: str) -> None:
    async with driven(replace(settings, keys=keys)) as driver:
        if told:
            await driver.until(lambda: told in toasts(driver.app), told)
            return
        await driver.open_model("hello-world")
        before = await driver.count_runs()
        await driver.write("x")
        await driver.press("f9")
        await driver.sent()
        assert await driver.count_runs() == before + 1


async def test_the_palette_offers_what_works_here(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.press("colon")
        await driver.shows("Search for commands", "Everything that ran")
        await driver.write("search mod")
        await driver.shows("Search models")
        await driver.press("enter")
        await driver.until(lambda: driver.run_screen.models.search.has_focus)


async def test_another_theme_may_be_chosen(settings: Settings) -> None:
    async with driven(replace(settings, theme="replicate-light")) as driver:
        assert driver.app.theme == "replicate-light"


async def test_a_window_that_shrinks_shows_the_pane_with_the_focus(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("painter")
        await driver.pilot.resize_terminal(*SMALL)
        await driver.shows("prompt", "Run  F5")
        assert "search models" not in driver.text
        await driver.press("f2")
        await driver.shows("Models", "local/painter")
        await driver.pilot.resize_terminal(120, 40)
        await driver.shows("Models", "Runs", "prompt")


async def test_letters_do_nothing_on_a_switch_of_the_form(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("sleeper")
        driver.run_screen.form.set_value("seconds", "60")
        await driver.press("f5")
        await driver.shows("sleeper", "processing")
        driver.run_screen.form.focus_field("fail")
        await driver.press("c", "q", "m", "2", "z")
        assert driver.app.current_mode == "run"
        run = driver.run_screen.current_run()
        assert run is not None
        assert run.active
        await driver.to_runs()
        await driver.press("c")
        await driver.shows("canceled")


async def test_f5_in_the_list_opens_the_chosen_model_instead_of_running_another(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("hello-world")
        await driver.write("not this")
        await driver.press("escape")
        await driver.until(lambda: driver.run_screen.models.list.has_focus)
        before = await driver.count_runs()
        driver.run_screen.models.search.value = ""
        await driver.until(lambda: len(driver.run_screen.models.list.keys) > 1)
        driver.run_screen.models.list.move_to("local/sleeper")
        await driver.press("f5")
        await driver.shows("log_lines")
        await driver.until(lambda: driver.run_screen.form.has_focus_within)
        assert await driver.count_runs() == before


async def test_the_best_match_of_a_search_is_the_one_that_enter_opens(settings: Settings) -> None:
    async with driven(settings) as driver:
        driver.run_screen.models.list.move_to("local/painter")
        await driver.press("slash")
        await driver.write("s")
        await driver.until(lambda: driver.run_screen.models.list.keys[0] != "local/painter")
        assert driver.run_screen.models.list.cursor_key == driver.run_screen.models.list.keys[0]


async def test_logs_of_a_run_that_ended_elsewhere_are_fetched_when_it_is_looked_at(settings: Settings) -> None:
    async with Client(settings.base_url, "another") as elsewhere:
        values = {"seconds": 0, "log_lines": 3, "fail": True}
        ended = await elsewhere.predictions.create("local/sleeper", values, wait=5)
    async with driven(settings) as driver:
        await driver.press("2", "R")
        await driver.until(lambda: driver.app.session and driver.app.session.store.run(ended.id))
        await driver.until(lambda: ended.id in driver.app.screen.query_one("#runs").keys)  # type: ignore[attr-defined]
        driver.app.screen.query_one("#runs").move_to(ended.id)  # type: ignore[attr-defined]
        await driver.press("right")
        await driver.shows("line 3 of 3")


async def test_a_draft_is_kept_when_another_run_is_remixed(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("hello-world")
        driver.run_screen.form.set_value("text", "once")
        run = await driver.run_to_its_end()
        await driver.open_model("painter")
        await driver.write("a draft")
        driver.run_screen.load(run)
        await driver.until(
            lambda: driver.run_screen.form.raw == {"text": "once"} and driver.run_screen.form.has_focus_within
        )
        await driver.open_model("painter")
        await driver.until(lambda: driver.run_screen.form.raw == {"prompt": "a draft"})


async def test_zoom_keeps_the_keyboard_and_gives_it_back(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("storyteller")
        await driver.write("Once")
        await driver.run_to_its_end()
        await driver.to_runs()
        await driver.press("enter")
        await driver.until(lambda: "Models" not in driver.text, "the zoom")
        assert driver.app.focused is not None
        await driver.press("escape")
        await driver.until(lambda: driver.run_screen.runs_table.has_focus)
        await driver.shows("Models")


async def test_a_history_file_that_breaks_under_the_screen_ends_it_with_a_sentence(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> list[str]:
        raise DamagedFile("[/b] history.db cannot be read (malformed)", "the next start sets it aside")

    async with driven(settings) as driver:
        assert driver.app.session is not None
        monkeypatch.setattr(driver.app.session.store, "ids", broken)
        await driver.press("2")
        await eventually(lambda: driver.app._exit, "the end")
        (told,) = driver.app._exit_renderables
        assert str(told) == "[/b] history.db cannot be read (malformed); the next start sets it aside"
    assert driver.app.return_value == 2
    assert driver.app._exception is None
