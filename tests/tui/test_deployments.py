"""Deployments mode by the keyboard: made, scaled, changed, run and deleted; what is wrong is told, what costs asks."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import NoReturn

import pytest

from replicate_tui.api.deployments import Deployments as Listed
from replicate_tui.api.errors import NetworkError, Unauthorized
from replicate_tui.core.settings import Settings
from replicate_tui.tui.screens.confirm import Confirm
from replicate_tui.tui.screens.deployment_form import DeploymentForm
from replicate_tui.tui.screens.deployments import DeploymentsScreen
from replicate_tui.tui.screens.hardware import HardwarePicker
from replicate_tui.tui.screens.run import RunScreen
from replicate_tui.tui.screens.scale import Scale
from replicate_tui.tui.screens.type_name import TypeName
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


async def shown(driver: Driver, *names: str) -> DeploymentsScreen:
    """Go to the deployments; the named ones are there."""
    await driver.press("4")
    await driver.until(lambda: isinstance(driver.app.screen, DeploymentsScreen), "the mode")
    screen = driver.app.screen
    assert isinstance(screen, DeploymentsScreen)
    await driver.until(lambda: set(screen.table.keys) == {f"local/{name}" for name in names}, f"{names}")
    return screen


async def form(driver: Driver, key: str) -> DeploymentForm:
    """Open the form by its key."""
    await driver.press(key)
    await driver.until(lambda: isinstance(driver.app.screen, DeploymentForm), "the form")
    screen = driver.app.screen
    assert isinstance(screen, DeploymentForm)
    await driver.until(lambda: screen.form.has_focus_within, "the first field")
    return screen


async def filled(driver: Driver, name: str = "painters", model: str = "local/painter") -> DeploymentForm:
    """Open the form of a new deployment and fill in what it cannot do without."""
    screen = await form(driver, "n")
    await driver.write(name)
    await driver.press("tab")
    await driver.write(model)
    await driver.press("tab", "f9")
    await driver.until(lambda: isinstance(driver.app.screen, HardwarePicker), "the hardware")
    await driver.shows("gpu-t4", "$0.81")
    await driver.press("down", "enter")
    await driver.until(
        lambda: driver.app.screen is screen and screen.form.raw.get("hardware") == "gpu-t4", "the choice"
    )
    return screen


async def back(driver: Driver) -> None:
    """The deployments are on top again."""
    await driver.until(lambda: isinstance(driver.app.screen, DeploymentsScreen), "the deployments")


# -- making ------


@SIZES
async def test_the_first_one_is_made_from_the_empty_list(
    settings: Settings, api: Deployments, size: tuple[int, int]
) -> None:
    async with driven(settings, size) as driver:
        screen = await shown(driver)
        await driver.shows("No deployments yet.", "n makes the first")
        await filled(driver)
        await driver.shows("at most 1", "≈ $0.81 an hour while it runs", "costs nothing while nothing runs", "mid 2025")
        await driver.press("f5")
        await driver.until(lambda: screen.table.keys == ("local/painters",), "the deployment")
        assert api.configuration("painters") == ("gpu-t4", 0, 1)
        assert screen.table.has_focus


async def test_bounds_are_told_at_their_fields_and_nothing_is_sent(settings: Settings, api: Deployments) -> None:
    async with driven(settings) as driver:
        await shown(driver)
        screen = await filled(driver)
        screen.form.set_value("min_instances", "6")
        screen.form.set_value("max_instances", "21")
        await driver.press("f5")
        await driver.shows("must be at most 5", "must be at most 20")
        screen.form.set_value("min_instances", "3")
        screen.form.set_value("max_instances", "2")
        await driver.press("f5")
        await driver.shows("is more than max_instances, 2")
        assert api.all() == {}


async def test_what_is_missing_or_no_name_is_told_at_its_field(settings: Settings, api: Deployments) -> None:
    async with driven(settings) as driver:
        await shown(driver)
        screen = await form(driver, "n")
        await driver.press("f5")
        await driver.until(lambda: set(screen.form.errors) == {"name", "model", "hardware"}, "the errors")
        screen.form.set_value("model", "painter")
        screen.form.set_value("version", "the newest")
        await driver.press("f5")
        await driver.shows("must be owner/name", "must be a version's id, or empty")
        assert api.all() == {}


async def test_the_models_that_were_seen_are_offered_as_one_is_typed(settings: Settings, api: Deployments) -> None:
    async with driven(settings) as driver:
        await shown(driver)
        screen = await form(driver, "n")
        await driver.shows("F9 pick hardware")
        await driver.press("tab", "f9")
        await driver.shows("F9 models seen", "local/hello-world", "local/painter", "tab take")
        await driver.write("paint")
        await driver.until(lambda: "local/hello-world" not in driver.text, "those that are meant")
        await driver.press("enter")
        await driver.until(lambda: screen.form.raw.get("model") == "local/painter", "the name")
        await driver.until(lambda: "tab take" not in driver.text, "nothing to take")


async def test_a_model_that_does_not_exist_is_told_at_its_field(settings: Settings, api: Deployments) -> None:
    async with driven(settings) as driver:
        await shown(driver)
        screen = await filled(driver, model="local/paintr")
        await driver.press("f5")
        await driver.until(lambda: "model" in screen.form.errors, "the error")
        await driver.shows("did you mean")
        assert api.all() == {}


async def test_what_stands_ready_is_asked_about_with_its_price(settings: Settings, api: Deployments) -> None:
    async with driven(settings) as driver:
        screen = await shown(driver)
        await filled(driver)
        await driver.press("tab", "right")
        await driver.shows("at least 1", "≈ $0.81 an hour, also while nothing runs")
        await driver.press("f5")
        await driver.until(lambda: isinstance(driver.app.screen, Confirm), "the question")
        await driver.shows("One instance stands ready for local/painters: ≈ $0.81 an hour")
        await driver.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, DeploymentForm), "the form")
        assert api.all() == {}
        await driver.press("f5")
        await driver.until(lambda: isinstance(driver.app.screen, Confirm), "the question")
        await driver.press("enter")
        await driver.until(lambda: screen.table.keys == ("local/painters",), "the deployment")
        assert api.configuration("painters") == ("gpu-t4", 1, 1)


async def test_what_the_api_refuses_is_told_and_the_form_keeps_what_was_typed(
    settings: Settings, api: Deployments
) -> None:
    api.make("painters")
    async with driven(settings) as driver:
        await shown(driver, "painters")
        screen = await filled(driver)
        await driver.press("f5")
        await driver.shows("Not created", "already exists")
        assert driver.app.screen is screen
        assert screen.form.raw["name"] == "painters"


async def test_leaving_the_form_asks_where_something_was_typed(settings: Settings, api: Deployments) -> None:
    async with driven(settings) as driver:
        await shown(driver)
        await form(driver, "n")
        await driver.press("escape")
        await back(driver)
        await form(driver, "n")
        await driver.shows("esc close")
        await driver.write("x")
        await driver.press("escape")
        await driver.shows("⏎ throw it away", "esc keep typing")
        await driver.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, DeploymentForm), "the form again")
        await driver.press("escape")
        await driver.shows("⏎ throw it away")
        await driver.press("enter")
        await back(driver)
        assert api.all() == {}


# -- scaling and changing ------


@SIZES
async def test_scaling_tells_the_price_before_and_after(
    settings: Settings, api: Deployments, size: tuple[int, int]
) -> None:
    api.make("prod")
    async with driven(settings, size) as driver:
        await shown(driver, "prod")
        await driver.press("plus")
        await driver.until(lambda: isinstance(driver.app.screen, Scale), "the question")
        await driver.shows("1 → 2", "≈ $0.81 an hour while it runs", "→ ≈ $1.62 an hour while all 2 run", "mid 2025")
        await driver.press("escape")
        await back(driver)
        assert api.configuration("prod") == ("gpu-t4", 0, 1)
        await driver.press("greater_than_sign")
        await driver.until(lambda: isinstance(driver.app.screen, Scale), "the question")
        await driver.press("plus", "plus")
        await driver.shows("0 → 1", "1 → 3", "≈ $0.81 an hour, also while nothing runs")
        await driver.press("less_than_sign")
        await driver.until(lambda: "0 → 1" not in driver.text, "none that stands ready")
        await driver.press("greater_than_sign", "enter")
        await driver.until(lambda: api.configuration("prod") == ("gpu-t4", 1, 3), "the change")
        await back(driver)
        await driver.shows("1–3")
        await driver.press("less_than_sign")
        await driver.until(lambda: isinstance(driver.app.screen, Scale), "the question")
        await driver.shows("1 → 0")


async def test_scaling_stays_within_the_bounds_of_the_api(settings: Settings, api: Deployments) -> None:
    api.make("prod", most=19)
    async with driven(settings) as driver:
        await shown(driver, "prod")
        await driver.press("plus")
        await driver.until(lambda: isinstance(driver.app.screen, Scale), "the question")
        await driver.press("plus", *["greater_than_sign"] * 6)
        await driver.shows("19 → 20", "0 → 5", "the API takes at most 0–20, at least 0–5")
        await driver.press(*["minus"] * 20)
        await driver.shows("19 → 0", "what runs on it now is canceled")
        assert "0 → 5" not in driver.text


async def test_an_edit_makes_a_release_and_the_one_before_is_still_told(settings: Settings, api: Deployments) -> None:
    api.make("prod", hardware="cpu")
    async with driven(settings) as driver:
        await shown(driver, "prod")
        screen = await form(driver, "e")
        await driver.shows("Edit local/prod, which runs local/hello-world")
        screen.form.set_value("hardware", "gpu-l40s")
        screen.form.set_value("max_instances", "4")
        await driver.press("f5")
        await driver.until(lambda: api.configuration("prod") == ("gpu-l40s", 0, 4), "the change")
        await back(driver)
        await driver.shows("2, the current one", "before", "1 · 0–1 · cpu")


async def test_an_edit_that_changes_nothing_sends_nothing(settings: Settings, api: Deployments) -> None:
    api.make("prod")
    async with driven(settings) as driver:
        await shown(driver, "prod")
        await form(driver, "e")
        await driver.press("f5")
        await driver.shows("is like that already; nothing was sent")
        assert api.all()["prod"]["current_release"]["number"] == 1


# -- running ------


async def test_it_is_run_from_its_form_and_its_runs_are_listed(settings: Settings, api: Deployments) -> None:
    api.make("prod")
    async with driven(settings) as driver:
        screen = await shown(driver, "prod")
        await driver.shows("None in the history. r opens its form.")
        await driver.press("r")
        await driver.until(lambda: isinstance(driver.app.screen, RunScreen), "run mode")
        await driver.until(
            lambda: (target := driver.run_screen.form_pane.target) is not None and target.deployment == "local/prod",
            "its form",
        )
        await driver.until(lambda: driver.run_screen.form.has_focus_within, "the form")
        await driver.shows("╭─ local/prod · local/hello-world ")
        driver.run_screen.form.set_value("text", "a heron")
        run = await driver.run_to_its_end()
        assert run.prediction.deployment in ("local/prod", "prod")
        await driver.press("escape")
        await driver.until(lambda: driver.run_screen.models.list.has_focus, "the models")
        await driver.press("4")
        await driver.until(lambda: screen.runs.keys == (run.id,), "its run")
        await driver.shows("a heron")
        await driver.press("tab", "tab", "enter")
        await driver.until(
            lambda: isinstance(driver.app.screen, RunScreen) and driver.run_screen.form.raw.get("text") == "a heron",
            "the run's inputs",
        )


# -- deleting ------


async def test_only_the_typed_name_deletes_and_a_refusal_is_told(settings: Settings, api: Deployments) -> None:
    api.make("prod", most=0)
    async with driven(settings) as driver:
        screen = await shown(driver, "prod")
        await driver.press("d")
        await driver.until(lambda: isinstance(driver.app.screen, TypeName), "the question")
        await driver.shows("Delete the deployment local/prod?", "off and unused for 15 minutes")
        api.scale("prod", 1)
        await driver.write("pro")
        await driver.press("enter")
        await driver.shows("that is not its name", "Type prod or local/prod here")
        await driver.write("d")
        await driver.press("enter")
        await driver.shows("Could not delete the", "deployment is on:")
        assert "prod" in api.all()
        api.scale("prod", 0)
        await back(driver)
        driver.app.settings = replace(driver.app.settings, local=True)
        await driver.press("d")
        await driver.until(lambda: isinstance(driver.app.screen, TypeName), "the question")
        await driver.shows("deleted at once when it is off")
        assert "15 minutes" not in driver.text
        await driver.write("local/prod")
        await driver.press("enter")
        await driver.until(lambda: not screen.table.keys, "no deployment")
        assert api.all() == {}


async def no_network(*_: object) -> NoReturn:
    """What asking for a deployment comes to without a network."""
    raise NetworkError("the network is away")


async def test_what_is_on_says_at_once_how_it_can_be_deleted(
    settings: Settings, api: Deployments, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.make("prod")
    async with driven(settings) as driver:
        screen = await shown(driver, "prod")
        await driver.press("d")
        await driver.shows("local/prod is on: scale it to 0 first, with -")
        assert driver.app.screen is screen
        driver.app.clear_notifications()
        with monkeypatch.context() as offline:
            offline.setattr(Listed, "get", no_network)
            await driver.press("d")
            await driver.shows("local/prod is on: scale it to 0 first, with -")
            assert driver.app.screen is screen
        api.scale("prod", 0)  # what is shown is older than that
        await driver.press("d")
        await driver.until(lambda: isinstance(driver.app.screen, TypeName), "the question")


# -- what else there is ------


async def test_a_key_that_is_chosen_later_is_told_where_no_run_is_listed(settings: Settings, api: Deployments) -> None:
    api.make("unused")
    async with driven(settings) as driver:
        screen = await shown(driver, "unused")
        await driver.shows("None in the history. r opens its form.")
        driver.app.set_keymap({"deployment.run": "f6"})
        screen.show()
        await driver.shows("None in the history. F6 opens its form.")


async def test_read_only_refuses_every_change(settings: Settings, api: Deployments) -> None:
    api.make("prod")
    async with driven(replace(settings, read_only=True)) as driver:
        screen = await shown(driver, "prod")
        for key in ("n", "e", "d", "plus", "minus"):
            await driver.press(key)
            await driver.shows("read-only")
            assert driver.app.screen is screen
            driver.app.clear_notifications()
        assert api.configuration("prod") == ("gpu-t4", 0, 1)


async def test_read_only_says_so_where_there_are_none(settings: Settings, api: Deployments) -> None:
    async with driven(replace(settings, read_only=True)) as driver:
        await shown(driver)
        await driver.shows("No deployments yet.", "without --read-only, n makes the first")


async def test_what_is_made_elsewhere_is_seen_and_a_refresh_asks_at_once(settings: Settings, api: Deployments) -> None:
    async with driven(settings) as driver:
        screen = await shown(driver)
        await driver.shows("No deployments yet.")
        api.make("prod")
        await driver.press("R")
        await driver.until(lambda: screen.table.keys == ("local/prod",), "the deployment")
        await driver.shows("local/hello-world", "gpu-t4 · 16 GB")


async def test_where_there_is_no_page_the_key_of_the_page_says_so(settings: Settings, api: Deployments) -> None:
    api.make("prod")
    async with driven(settings) as driver:
        await shown(driver, "prod")
        await driver.press("o")
        await driver.shows("This server has no web pages")


async def test_a_list_that_is_refused_says_why_and_which_key_asks_again(
    settings: Settings, api: Deployments, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.make("prod")

    async def refused(*_: object) -> NoReturn:
        raise Unauthorized(403, "deployments are not for this token")

    with monkeypatch.context() as patch:
        patch.setattr(Listed, "list", refused)
        async with driven(settings) as driver:
            await shown(driver)
            await driver.shows("deployments are not for this token", "R asks again.")
            patch.undo()
            await driver.press("R")
            await driver.shows("local/prod", "gpu-t4 · 16 GB")


@SIZES
async def test_it_looks_as_it_is_meant_to(
    settings: Settings, api: Deployments, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now)  # its releases stay as old as they are
    api.make("heron-prod", model="local/painter", most=5)
    api.make("greeter", hardware="cpu")
    async with driven(settings, size) as driver:
        screen = await shown(driver, "heron-prod", "greeter")
        await driver.press("down")
        await driver.until(lambda: screen.table.cursor_key == "local/heron-prod", "the other one")
        await comes_to_look_as_before(f"deployments-{size[0]}x{size[1]}", lambda: _lines(driver))
        await form(driver, "e")
        await comes_to_look_as_before(f"deployment-form-{size[0]}x{size[1]}", lambda: _lines(driver))


def _lines(driver: Driver) -> list[str]:
    """The screen without the chrome on top, which tells the port of the server, and without ids of versions."""
    lines = [line for line in driver.text.split("\n")[1:] if not line.startswith("  1 Run")]
    return [re.sub(r"\b[0-9a-f]{8,64}\b", lambda id_: "v" * len(id_[0]), line) for line in lines]
