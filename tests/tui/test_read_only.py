"""A screen that is read-only changes nothing at Replicate, says so at once, and shows it in the keys."""

from dataclasses import replace

from replicate_tui.core.settings import Settings
from replicate_tui.tui.app import ReplicateApp
from replicate_tui.tui.bindings import bindings
from replicate_tui.tui.widgets.writing import REFUSED, WRITES
from tests.core.scripted import Asked, Reply, run_object, says, scripted
from tests.tui.driving import WIDE, Driver, driven

DEPLOYMENT = {
    "owner": "acme",
    "name": "prod",
    "current_release": {
        "number": 1,
        "model": "acme/painter",
        "version": "a" * 64,
        "configuration": {"hardware": "cpu", "min_instances": 0, "max_instances": 1},
    },
}


def api(asked: Asked) -> Reply:
    """An account with a run that goes on, a model and a deployment."""
    page = {"next": None, "previous": None}
    if asked.path.endswith("/account"):
        return says({"type": "user", "username": "acme"})
    if asked.path.endswith("/hardware"):
        return says([{"sku": "cpu", "name": "CPU"}])
    if asked.path.endswith("/deployments"):
        return says({**page, "results": [DEPLOYMENT]})
    if "/predictions/" in asked.path:
        return says(run_object("busy"))
    return says({**page, "results": [run_object("busy")] if asked.path.endswith("/predictions") else []})


async def refuses(driver: Driver, key: str) -> None:
    """The key brings a toast that says why nothing is done."""
    driver.app.clear_notifications()
    await driver.press(key)
    await driver.until(lambda: [each for each in driver.app._notifications if "read-only" in each.message], key)


def test_the_actions_that_write_are_actions() -> None:
    assert {binding.id for binding in bindings()} >= WRITES


async def test_every_verb_that_writes_is_refused_with_a_toast_and_shown_as_such(settings: Settings) -> None:
    async with scripted(api) as server:
        app = ReplicateApp(replace(settings, base_url=server.url, read_only=True))
        async with app.run_test(size=WIDE, notifications=True) as pilot:
            driver = Driver(app, pilot)
            await driver.shows("● online", "read-only")
            await driver.press("2")
            await driver.shows("busy", "1 · newest first")
            await driver.until(lambda: " c (cancel) " in driver.text.splitlines()[-1], "how it is told what is refused")
            await refuses(driver, "c")
            await refuses(driver, "C")
            await driver.press("4")
            await driver.shows("acme/prod", "Its runs")
            for key in ("n", "e", "plus", "minus", "greater_than_sign", "less_than_sign", "d"):
                await refuses(driver, key)
            app.clear_notifications()
            await driver.press("question_mark")
            await driver.shows(f"Delete it, once its name is typed ({REFUSED})")
            await driver.press("escape")
            await driver.shows("Its runs")
            await driver.press("5")
            await driver.shows("new deployment", "per hour")
            await refuses(driver, "n")
        assert {asked.method for asked in server.asked} <= {"GET", "QUERY"}


async def test_a_form_can_be_filled_but_not_run_or_trained(settings: Settings) -> None:
    async with driven(replace(settings, read_only=True)) as driver:
        before = await driver.count_runs()
        await driver.open_model("hello-world")
        await refuses(driver, "f5")  # before the form is judged, or anything is asked
        assert not driver.run_screen.form.errors
        await driver.open_model("storyteller")
        await driver.write("once")
        await refuses(driver, "f5")
        await refuses(driver, "ctrl+t")
        assert await driver.count_runs() == before
