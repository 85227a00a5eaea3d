"""The keys at the bottom of the screen: whole ones, the most needed first."""

import pytest

from replicate_tui.core.settings import Settings
from replicate_tui.tui.widgets.key_line import KeyLine, KeyWord, fitting
from tests.tui.driving import SMALL, WIDE, Driver, driven


def word(name: str, key: str, means: str, *, refused: bool = False) -> KeyWord:
    return KeyWord(name, ((key, key),), means, refused=refused)


RUNS = (
    word("table.open", "⏎", "open"),
    word("run.cancel", "c", "cancel", refused=True),
    word("run.save", "w", "save"),
    word("app.help", "?", "help"),
    word("app.quit", "q", "quit"),
)


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (80, "⏎ open c (cancel) w save ? help q quit"),
        (38, "⏎ open c (cancel) w save ? help q quit"),
        (37, "⏎ open w save ? help q quit"),
        (26, "⏎ open ? help q quit"),
        (13, "⏎ open ? help"),
        (5, ""),
    ],
)
def test_only_whole_keys_are_told_and_what_is_refused_goes_first(width: int, shown: str) -> None:
    assert " ".join(each.text for each in fitting(RUNS, width)) == shown


def test_what_can_wait_goes_before_what_cannot() -> None:
    shown = fitting(RUNS, 26, later={"run.save"})
    assert [each.name for each in fitting((*RUNS, word("run.zoom", "z", "zoom")), 33, later={"run.save"})] == [
        "table.open",
        "app.help",
        "app.quit",
        "run.zoom",
    ]
    assert "run.save" not in {each.name for each in shown}


async def test_only_keys_that_do_something_are_told(settings: Settings) -> None:
    async with driven(settings, WIDE) as driver:
        run_verbs = {"m remix", "c cancel", "w save", "y copy", "o web", "z zoom"}
        await driver.until(lambda: "⏎ open" in bottom(driver) and "F5 run" in bottom(driver), "the models")
        assert not [verb for verb in run_verbs if verb in bottom(driver)], "nothing ran"
        await driver.press("2")
        await driver.until(lambda: "s sort" in bottom(driver), "the list of runs")
        told = bottom(driver)
        of_a_run = {*run_verbs, "⏎ open", "space mark", "x compare", "t tags", "d delete"}
        assert not [verb for verb in of_a_run if verb in told], told
        await driver.press("1")
        await driver.open_model("hello-world")
        await driver.press("f2")
        await driver.until(lambda: "b favourite" in bottom(driver), "the list of models")
        assert "t train" not in bottom(driver), "it cannot be trained"
        await driver.press("f3")
        await driver.write("you")
        await driver.run_to_its_end()
        await driver.press("f4")
        await driver.until(lambda: "w save" in bottom(driver), "the verbs on the run that ended")
        assert "c cancel" not in bottom(driver)
        await driver.open_model("storyteller")
        await driver.press("f2")
        await driver.until(lambda: "t train" in bottom(driver), "it can be trained")


async def test_each_place_tells_the_way_out_of_it(settings: Settings) -> None:
    async with driven(settings, SMALL) as driver:
        await driver.open_model("hello-world")
        await driver.write("you")
        await driver.run_to_its_end()
        await driver.press("z")
        await driver.until(lambda: " esc back " in f"{bottom(driver)} ", "the way out of the zoomed run")
        await driver.press("escape")
        await driver.until(lambda: "esc back" not in bottom(driver), "the list")
        await driver.press("2")
        await driver.until(lambda: "space mark" in bottom(driver), "the list of runs")
        await driver.press("slash")
        await driver.until(lambda: bottom(driver).startswith(" ⏎ list esc clear F1 help"), "the filter")
        await driver.press("n", "o", "escape")
        await driver.until(lambda: " x compare t tags " in bottom(driver), "the list again")
        assert "/ words, or" in driver.text, "the filter is over"


def test_a_click_on_one_of_several_keys_before_a_word_means_that_key() -> None:
    panes = KeyWord("pane.models", (("f2", "F2·"), ("f3", "F3·"), ("f4", "F4")), "pane")
    assert [panes.key_at(x) for x in (0, 2, 3, 6, 7, 9, 12)] == ["f2", "f2", "f3", "f4", "f4", "f4", "f4"]


async def test_a_small_screen_tells_how_to_go_on_get_help_and_leave_in_each_pane(settings: Settings) -> None:
    async with driven(settings, SMALL) as driver:
        await driver.until(lambda: bottom(driver).startswith(" ⏎ open / search F5 run F2·F3·F4 pane"))
        assert bottom(driver).endswith("? help q quit")
        await driver.to_runs()
        await driver.until(lambda: "m remix" in bottom(driver))
        assert bottom(driver).endswith("? help q quit")
        await driver.open_model("painter")
        await driver.until(lambda: bottom(driver).startswith(" esc leave F1 help"))
        await driver.until(lambda: bottom(driver).endswith("F5 run F2·F3·F4 pane"))


async def test_a_click_presses_the_key(settings: Settings) -> None:
    async with driven(settings, SMALL) as driver:
        await driver.until(lambda: "F4 pane" in bottom(driver))
        await driver.pilot.click(KeyLine, offset=(bottom(driver).index("F4"), 0))
        await driver.until(lambda: driver.run_screen.runs_table.has_focus, "the runs")


def bottom(driver: Driver) -> str:
    return driver.text.splitlines()[-1]
