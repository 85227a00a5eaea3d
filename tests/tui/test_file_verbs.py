"""One file of an output: saved where a person says, opened, its place copied, given to another model."""

from pathlib import Path

import pytest

from replicate_tui.core.forms.inputs import Upload
from replicate_tui.core.settings import Settings
from replicate_tui.tui.screens.choose_model import ChooseModel
from replicate_tui.tui.screens.save_as import SaveAs
from tests.tui.driving import SMALL, WIDE, Driver, driven
from tests.tui.test_screens import toasts


async def painted(driver: Driver) -> Path:
    """A picture was made, and the keyboard is in the runs."""
    await driver.open_model("painter")
    await driver.write("a boat")
    driver.run_screen.form.set_value("width", "64")
    driver.run_screen.form.set_value("height", "64")
    run = await driver.run_to_its_end()
    await driver.to_runs()
    await driver.until(lambda: driver.run_screen.output and driver.run_screen.output.chosen_path, "the kept file")
    return run.files["output[0]"]


async def asked_for_a_path(driver: Driver, path: Path) -> None:
    await driver.press("S")
    await driver.until(lambda: isinstance(driver.app.screen, SaveAs), "the question for a path")
    await driver.press("end", "ctrl+u")
    await driver.write(str(path))
    await driver.press("enter")


async def test_a_file_is_saved_where_it_is_said_and_replaces_nothing_unasked(
    settings: Settings, tmp_path: Path
) -> None:
    async with driven(settings, SMALL) as driver:
        kept = await painted(driver)
        await asked_for_a_path(driver, tmp_path / "nowhere" / "boat.png")
        await driver.shows("There is no folder")
        await driver.press("escape")
        await asked_for_a_path(driver, tmp_path / "boat.png")
        await driver.until(lambda: "Saved as" in toasts(driver.app), "the file")
        assert (tmp_path / "boat.png").read_bytes() == kept.read_bytes()
        (tmp_path / "boat.png").write_text("mine")
        await asked_for_a_path(driver, tmp_path / "boat.png")
        await driver.shows("boat.png is there already. Replace it?")
        assert (tmp_path / "boat.png").read_text() == "mine"
        await driver.press("enter")
        await driver.until(lambda: (tmp_path / "boat.png").read_bytes() == kept.read_bytes(), "the file once more")
        await driver.until(lambda: not list(tmp_path.glob(".replicate-tui*")), "a tidy folder")


async def test_the_path_of_a_kept_file_is_copied(settings: Settings) -> None:
    async with driven(settings) as driver:
        kept = await painted(driver)
        await driver.press("Y")
        await driver.until(lambda: driver.app.clipboard == str(kept), "the path")


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_a_file_becomes_the_input_of_the_model_that_is_chosen(settings: Settings, size: tuple[int, int]) -> None:
    async with driven(settings, size) as driver:
        kept = await painted(driver)
        await driver.press("i")
        await driver.until(lambda: isinstance(driver.app.screen, ChooseModel), "the models")
        await driver.write("upscal")
        await driver.press("enter")
        await driver.shows("local/upscaler", "out-0.png", "Run  F5")
        await driver.until(lambda: driver.run_screen.form.raw.get("image") == Upload(kept), "the picture in the form")
        await driver.until(lambda: driver.run_screen.form.has_focus_within, "the form")


async def test_a_model_that_takes_no_file_says_so(settings: Settings) -> None:
    async with driven(settings, SMALL) as driver:
        await painted(driver)
        await driver.press("i")
        await driver.until(lambda: isinstance(driver.app.screen, ChooseModel), "the models")
        await driver.write("sleeper")
        await driver.press("enter")
        await driver.until(lambda: "takes no file" in toasts(driver.app), "the answer")


async def test_where_there_is_no_file_its_keys_do_nothing(settings: Settings) -> None:
    async with driven(settings, SMALL) as driver:
        await driver.open_model("sleeper")
        driver.run_screen.form.set_value("seconds", "0.1")
        await driver.run_to_its_end()
        await driver.to_runs()
        await driver.press("i", "S", "Y", "O")
        assert driver.app.screen is driver.run_screen
        assert driver.app.clipboard == ""
