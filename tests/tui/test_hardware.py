"""Hardware mode by the keyboard: prices, what uses what, and a deployment on the hardware that was picked."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from replicate_tui.core.settings import Settings
from replicate_tui.tui.screens.deployment_form import DeploymentForm
from replicate_tui.tui.screens.deployments import DeploymentsScreen
from replicate_tui.tui.screens.hardware import HardwarePicker, HardwareScreen
from tests.conftest import Server
from tests.tui.deployed import Deployments
from tests.tui.driving import SMALL, WIDE, Driver, driven
from tests.tui.looks import comes_to_look_as_before

SIZES = pytest.mark.parametrize("size", [SMALL, WIDE], ids=["80x24", "160x48"])


@pytest.fixture
def api(local_server: Server) -> Iterator[Deployments]:
    """The deployments of the server: none to begin with, none left behind."""
    deployments = Deployments(local_server)
    deployments.clear()
    yield deployments
    deployments.clear()


async def shown(driver: Driver) -> HardwareScreen:
    """Go to the hardware, with the cursor on the T4."""
    await driver.press("5")
    await driver.until(lambda: isinstance(driver.app.screen, HardwareScreen), "the mode")
    screen = driver.app.screen
    assert isinstance(screen, HardwareScreen)
    await driver.until(lambda: "gpu-t4" in screen.table.keys, "the hardware")
    await driver.press("down")
    await driver.until(lambda: screen.table.cursor_key == "gpu-t4", "the T4")
    return screen


@SIZES
async def test_prices_guidance_and_users_are_told(settings: Settings, api: Deployments, size: tuple[int, int]) -> None:
    api.make("prod")
    async with driven(settings, size) as driver:
        await shown(driver)
        await driver.shows("$0.000225 a second, ≈ $0.81 an hour", "16 GB: small models", "price list of mid 2025")
        await driver.shows("deployments  prod", "none that this machine made or saw made")
        await comes_to_look_as_before(f"hardware-{size[0]}x{size[1]}", lambda: driver.text.split("\n")[2:])
        await driver.press("up")
        await driver.shows("none of yours run on it")


@pytest.mark.parametrize("chosen", [{"table.open": "x"}, {"hardware.open": "x"}, {"hardware.open": "f6"}])
async def test_hardware_is_opened_by_the_keys_that_were_chosen_for_it(
    settings: Settings, api: Deployments, chosen: dict[str, str]
) -> None:
    async with driven(replace(settings, keys=chosen)) as driver:
        await shown(driver)
        await driver.shows("new deployment")
        await driver.press(*chosen.values())
        await driver.until(lambda: isinstance(driver.app.screen, DeploymentForm), "the form")


@pytest.mark.parametrize("key", ["enter", "n"])
async def test_a_deployment_is_made_on_the_hardware_with_the_cursor(
    settings: Settings, api: Deployments, key: str
) -> None:
    async with driven(settings) as driver:
        await shown(driver)
        await driver.press(key)
        await driver.until(lambda: isinstance(driver.app.screen, DeploymentForm), "the form")
        screen = driver.app.screen
        assert isinstance(screen, DeploymentForm)
        await driver.until(lambda: screen.form.has_focus_within, "the first field")
        assert screen.form.raw["hardware"] == "gpu-t4"
        await driver.write("prod")
        await driver.press("tab")
        await driver.write("local/hello-world")
        await driver.press("f5")
        await driver.until(lambda: isinstance(driver.app.screen, DeploymentsScreen), "the deployments")
        await driver.shows("local/prod", "local/hello-world")
        assert api.configuration("prod") == ("gpu-t4", 0, 1)


async def test_the_picker_begins_at_the_choice_and_may_be_left_without_one(
    settings: Settings, api: Deployments
) -> None:
    async with driven(settings) as driver:
        await shown(driver)
        await driver.press("n")
        await driver.until(lambda: isinstance(driver.app.screen, DeploymentForm), "the form")
        screen = driver.app.screen
        assert isinstance(screen, DeploymentForm)
        await driver.until(lambda: screen.form.has_focus_within, "the first field")
        await driver.press("f9")
        await driver.until(lambda: isinstance(driver.app.screen, HardwarePicker), "the picker")
        await driver.press("down", "escape")
        await driver.until(lambda: driver.app.screen is screen, "the form")
        assert screen.form.raw["hardware"] == "gpu-t4"
        await driver.press("f9")
        await driver.until(lambda: isinstance(driver.app.screen, HardwarePicker), "the picker")
        await driver.press("down", "enter")
        await driver.until(lambda: screen.form.raw.get("hardware") == "gpu-l40s", "the choice")
        await driver.shows("≈ $3.51 an hour while it runs")


async def test_read_only_opens_no_form(settings: Settings, api: Deployments) -> None:
    async with driven(replace(settings, read_only=True)) as driver:
        screen = await shown(driver)
        await driver.press("n")
        await driver.shows("read-only")
        assert driver.app.screen is screen
