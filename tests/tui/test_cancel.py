"""Canceling on the screen what the API does not know yet: what waits, and all at once."""

from replicate_tui.core.history import runs
from replicate_tui.core.settings import Settings
from replicate_tui.tui.screens.confirm import Confirm
from tests.tui.driving import Driver, driven
from tests.tui.test_queue import held, order, waiting


def unsent(driver: Driver) -> list[str]:
    """What the runs are about that were not submitted."""
    store = driver.run_screen.session.store
    rows = [row for run_id in store.ids() if (row := store.row(run_id)) is not None]
    return sorted(row.what for row in rows if row.status == runs.NOT_SUBMITTED)


async def test_a_run_that_waits_is_canceled_before_it_is_sent(settings: Settings) -> None:
    async with driven(settings) as driver:
        await held(driver)
        await driver.open_model("hello-world")
        await order(driver, "ann")
        await driver.to_runs()
        await driver.press("c")
        await driver.shows("nothing was sent")
        assert waiting(driver) == []
        await driver.until(lambda: unsent(driver) == ["ann"], "its row")


async def test_all_at_once_are_what_runs_and_what_waits(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("sleeper")
        driver.run_screen.form.set_value("seconds", "60")
        await driver.press("f5")
        await driver.shows("sleeper", "processing")
        await driver.press("escape")
        await held(driver)
        await driver.open_model("hello-world")
        await order(driver, "ann", "bob")
        await driver.to_runs()
        await driver.press("C")
        await driver.until(lambda: isinstance(driver.app.screen, Confirm), "the question")
        await driver.shows("Stop all 3 runs that run or wait?")
        await driver.press("y")
        await driver.shows("3 stopped")
        await driver.until(lambda: unsent(driver) == ["ann", "bob"], "their rows")
        assert not driver.run_screen.session.store.active
