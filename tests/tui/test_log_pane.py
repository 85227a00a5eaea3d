"""The log as it is asked: searched, filtered, wrapped, timed, copied, read elsewhere; all by the keyboard."""

import os
import time
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Input

from replicate_tui.core.settings import Settings
from replicate_tui.tui.lending import LendingError, pager_command
from replicate_tui.tui.widgets.log_pane import LogPane
from replicate_tui.tui.widgets.log_view import LogView
from tests.tui.driving import SMALL, driven
from tests.waiting import eventually

TEN_O_CLOCK = time.mktime((2026, 3, 1, 10, 0, 0, 0, 0, -1))


class Logs(App[None]):
    """A log alone on the screen; it keeps what is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.pane = LogPane(id="logs")
        self.copied: list[str] = []
        self.read: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.pane

    @property
    def view(self) -> LogView:
        return self.pane.view

    def on_log_view_copy_wanted(self, event: LogView.CopyWanted) -> None:
        self.copied.append(event.text)

    def on_log_view_pager_wanted(self, event: LogView.PagerWanted) -> None:
        self.read.append(event.text)

    @property
    def lines(self) -> list[str]:
        """What the screen shows, without the scroll bar."""
        strips = self.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip)[:58].rstrip() for strip in strips]

    async def press(self, *keys: str) -> None:
        await self._press_keys(keys)


def numbered(first: int, last: int) -> str:
    return "".join(f"line {number}\n" for number in range(first, last + 1))


async def test_a_search_goes_to_its_lines_tells_how_many_and_leaves_following() -> None:
    app = Logs()
    async with app.run_test(size=(60, 5)):
        app.view.live = True
        app.view.set_logs(numbered(1, 300))
        app.view.focus()
        await app.press("g", "slash", *"line", "space", *"25")
        await eventually(lambda: "1 of 11 “line 25”" in app.view.standing)
        await eventually(lambda: "line 25" in app.lines)
        assert not app.view.follow
        await app.press("enter", "n")
        await eventually(lambda: "line 250" in app.lines)
        assert app.view.standing == "paused · 2 of 11 “line 25” · 300 lines"
        await app.press("N", "N")
        await eventually(lambda: "11 of 11" in app.view.standing)
        assert "line 259" in app.lines


async def test_a_search_minds_capitals_only_where_one_was_typed() -> None:
    app = Logs()
    async with app.run_test(size=(60, 8)):
        app.view.set_logs("Loss 1\nloss 2\nLOSS 3\n")
        app.view.search("loss")
        assert app.view.standing.startswith("1 of 3")
        app.view.search("Loss")
        assert app.view.standing.startswith("1 of 1")
        app.view.search("gain")
        assert app.view.standing.startswith("0 of 0")


async def test_a_search_counts_what_still_comes_and_what_is_cut_no_longer() -> None:
    app = Logs()
    async with app.run_test(size=(60, 8)):
        app.view._max_lines = 10
        app.view.set_logs(numbered(1, 5))
        app.view.search("line")
        app.view.set_logs(numbered(1, 25))
        assert app.view.standing == "– of 10 “line” · 10 lines"
        app.view.set_logs(numbered(1, 25) + "line 26")
        assert app.view.standing == "– of 10 “line” · 10 lines"


async def test_only_matching_lines_are_shown_while_a_filter_stands_and_it_works_on_what_comes() -> None:
    app = Logs()
    async with app.run_test(size=(60, 6)):
        app.view.set_logs("step 1\nwarning: hot\nstep 2\n")
        app.view.focus()
        await app.press("ampersand", *"step", "enter")
        await eventually(lambda: app.lines[:3] == ["step 1", "step 2", ""])
        assert app.view.standing == "2 of 3 lines with “step”"
        app.view.set_logs("step 1\nwarning: hot\nstep 2\nwarning: hotter\nstep 3\nst")
        await eventually(lambda: app.lines[:4] == ["step 1", "step 2", "step 3", ""])
        await app.press("escape")
        await eventually(
            lambda: app.lines[:6] == ["step 1", "warning: hot", "step 2", "warning: hotter", "step 3", "st"]
        )


async def test_a_filter_that_nothing_passes_says_so() -> None:
    app = Logs()
    async with app.run_test(size=(60, 6)):
        app.view.set_logs(numbered(1, 3))
        app.view.focus()
        await app.press("ampersand", *"zzz")
        await eventually(lambda: app.lines[0] == "no line with “zzz”")


async def test_escape_ends_the_search_then_the_filter_and_then_is_left_to_others() -> None:
    app = Logs()
    left: list[str] = []
    app.action_left_over = lambda: left.append("escape")  # type: ignore[attr-defined]
    app._bindings.bind("escape", "left_over")
    async with app.run_test(size=(60, 6)):
        app.view.set_logs(numbered(1, 30))
        app.view.focus()
        await app.press("ampersand", *"line", "enter", "slash", *"7", "enter", "escape")
        assert app.view.standing == "30 of 30 lines with “line”"
        await app.press("escape")
        assert app.view.standing == "30 lines"
        assert left == []
        await app.press("escape")
        assert left == ["escape"]


async def test_in_the_search_line_every_letter_is_itself() -> None:
    app = Logs()
    async with app.run_test(size=(60, 6)):
        app.view.set_logs(numbered(1, 30))
        app.view.focus()
        await app.press("slash", *"nNWtyP", "slash", "ampersand")
        await eventually(lambda: app.pane.query_one(Input).value == "nNWtyP/&")
        assert (app.view.wrap, app.view.times, app.copied, app.read) == (False, False, [], [])


async def test_lines_are_wrapped_on_demand() -> None:
    app = Logs()
    async with app.run_test(size=(60, 6)):
        app.view.set_logs("word " * 30)
        app.view.focus()
        await app.press("W")
        await eventually(lambda: app.lines[2].startswith("word"))
        assert app.view.standing == "1 line · wrapped"


async def test_times_are_told_only_of_lines_that_were_seen_to_come() -> None:
    app = Logs()
    async with app.run_test(size=(60, 6)):
        app.view.set_logs("old 1\nold 2\n")
        app.view.focus()
        await app.press("T")
        assert app.view.standing == "2 lines · no times: not watched here"
        app.view.set_logs("old 1\nold 2\nnew 1\nnew 2", seen=TEN_O_CLOCK)
        app.view.set_logs("old 1\nold 2\nnew 1\nnew 2, whole\nnew 3\n", seen=TEN_O_CLOCK + 5)
        await eventually(lambda: app.lines[4] == "10:00:05 new 3")
        assert app.lines[:4] == ["         old 1", "         old 2", "10:00:00 new 1", "10:00:00 new 2, whole"]
        assert app.view.standing == "5 lines"
        await app.press("T")
        await eventually(lambda: app.lines[0] == "old 1")


async def test_what_is_copied_is_the_text_without_the_times() -> None:
    app = Logs()
    async with app.run_test(size=(60, 6)):
        app.view.set_logs("")
        app.view.set_logs("one\ntwo\nthree\n", seen=TEN_O_CLOCK)
        app.view.focus()
        await app.press("T", "ampersand", *"t", "enter", "y", "P")
        await eventually(lambda: app.read)
        assert (app.copied, app.read) == (["two\nthree\n"], ["two\nthree\n"])
        app.view.text_select_all()
        await app.press("y")
        await eventually(lambda: len(app.copied) == 2)
        assert app.copied[1] == "two\nthree"


@pytest.mark.skipif(os.name == "nt", reason="words are split otherwise there")
def test_the_pager_is_the_persons_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert pager_command({"PAGER": "most -s 'a b'"}) == ["most", "-s", "a b"]
    with pytest.raises(LendingError, match="PAGER cannot be read"):
        pager_command({"PAGER": "less '"})
    monkeypatch.setenv("PATH", str(tmp_path))
    assert pager_command({}) == ["more"]


async def test_in_the_run_mode_the_log_says_beside_the_tabs_how_it_stands(settings: Settings) -> None:
    async with driven(settings, SMALL) as driver:
        await driver.open_model("sleeper")
        driver.run_screen.form.set_value("log_lines", "12")
        driver.run_screen.form.set_value("seconds", "0.3")
        await driver.run_to_its_end()
        await driver.to_runs()
        await driver.press("right", "z")
        await driver.shows("Logs", "lines")
        await driver.press("T", "slash", "1", "enter")
        await driver.shows("“1”", "lines")
        assert "following" not in driver.text
        await driver.press("escape", "escape")
        await driver.until(lambda: not driver.run_screen.has_class("-zoomed"), "the runs")


async def test_the_key_that_filters_a_history_searches_its_logs_where_they_have_the_keyboard(
    settings: Settings,
) -> None:
    async with driven(settings) as driver:
        await driver.open_model("sleeper")
        driver.run_screen.form.set_value("log_lines", "12")
        driver.run_screen.form.set_value("seconds", "0.3")
        await driver.run_to_its_end()
        await driver.to_runs()
        await driver.press("2")
        await driver.shows("newest first", "local/sleeper")
        await driver.press("right", "z")
        await driver.shows("line 12 of 12")
        await driver.press("slash", "1", "enter")
        await driver.shows("“1”", "12 lines")
