"""The queue on the screen: what waits is told, can be put in another order, taken out, held back."""

import pytest

from replicate_tui.core.history import runs
from replicate_tui.core.settings import Settings
from replicate_tui.tui.screens.confirm import Confirm
from replicate_tui.tui.screens.queue import QueueScreen
from tests.tui.driving import Driver, driven


def waiting(driver: Driver) -> list[str]:
    """What the runs that wait are about, the next one first."""
    session = driver.app.session
    assert session is not None
    rows = [session.store.row(run_id) for run_id in session.queue.waiting]
    return [row.what for row in rows if row is not None]


async def order(driver: Driver, *texts: str) -> None:
    """Fill the form and press F5, once for each text."""
    for text in texts:
        driver.run_screen.form.set_value("text", text)
        await driver.press("f5")
        await driver.until(lambda text=text: text in waiting(driver), text)


async def held(driver: Driver) -> None:
    """Pause the queue, by its keys."""
    await driver.press("escape", "u")
    await driver.until(lambda: isinstance(driver.app.screen, QueueScreen), "the queue")
    await driver.shows("Nothing waits")
    await driver.press("p", "escape")


@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
async def test_what_waits_is_put_in_order_taken_out_and_sent(settings: Settings, size: tuple[int, int]) -> None:
    async with driven(settings, size) as driver:
        before = await driver.count_runs()
        await held(driver)
        await driver.open_model("hello-world")
        await order(driver, "ann", "bob", "cid")
        await driver.shows("3 waiting, paused")
        await driver.press("escape", "u")
        await driver.until(lambda: isinstance(driver.app.screen, QueueScreen), "the queue")
        await driver.press("J")
        assert waiting(driver) == ["bob", "ann", "cid"]
        await driver.press("j", "d")
        assert waiting(driver) == ["bob", "ann"]
        await driver.press("p", "escape")
        await driver.sent()
        assert await driver.count_runs() == before + 2
        store = driver.run_screen.session.store
        rows = [row for run_id in store.ids() if (row := store.row(run_id)) is not None]
        assert {row.what for row in rows if row.status == runs.NOT_SUBMITTED} == {"cid"}
        assert driver.app.standing.queue == ""


async def test_taking_all_out_asks_first(settings: Settings) -> None:
    async with driven(settings) as driver:
        before = await driver.count_runs()
        await held(driver)
        await driver.open_model("hello-world")
        await order(driver, "ann", "bob")
        await driver.press("escape", "u")
        await driver.until(lambda: isinstance(driver.app.screen, QueueScreen), "the queue")
        await driver.press("y", "D")
        await driver.shows("Send none of these 2 runs?")
        await driver.press("escape")
        assert waiting(driver) == ["ann", "bob"]
        await driver.press("D", "y")
        await driver.sent()
        assert waiting(driver) == []
        await driver.press("escape")
        assert await driver.count_runs() == before


async def test_leaving_with_runs_that_wait_asks_and_sends_none_of_them(settings: Settings) -> None:
    async with driven(settings) as driver:
        before = await driver.count_runs()
        await held(driver)
        await driver.open_model("hello-world")
        await order(driver, "ann")
        await driver.press("escape", "q")
        await driver.until(lambda: isinstance(driver.app.screen, Confirm), "the question")
        await driver.shows("1 waiting would not be sent")
        await driver.press("escape")
        assert waiting(driver) == ["ann"]
        assert await driver.count_runs() == before


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same again is not what these tests are about."""
    monkeypatch.setattr("replicate_tui.tui.screens.sendings.TWICE", 0.0)
