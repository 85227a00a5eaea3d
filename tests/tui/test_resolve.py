"""A run whose answer was lost: a person says on the screen what became of it."""

import time

import pytest

from replicate_tui.core.history import runs
from replicate_tui.core.sending import reconcile
from replicate_tui.core.settings import Settings
from replicate_tui.tui.screens.resolve import Resolve
from tests.tui.driving import Driver, driven

HELLO = "local/hello-world"


async def doubtful(driver: Driver) -> str:
    """A run that somebody asked for, and beside it a row of ours that may be it; the id of the run."""
    await driver.until(lambda: driver.run_screen.app.session, "the session")
    session = driver.run_screen.session
    await driver.until(lambda: session.account_name, "the account")
    run = await session.client.predictions.create(HELLO, {"text": "x"}, wait=5)
    sent = runs.ordered("new-1", HELLO, "", {"text": "x"}, now=time.time())
    lost = reconcile.lost(sent, "the answer was lost", since=time.time())
    await session.store.save(reconcile.in_doubt(lost, [run.id], f"it may be {run.id}"))
    await driver.to_runs()
    await driver.until(lambda: driver.run_screen.runs_table.move_to("new-1"), "the row")
    return run.id


async def asked(driver: Driver) -> None:
    await driver.press("e")
    await driver.until(lambda: isinstance(driver.app.screen, Resolve), "the question")


@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
async def test_it_is_one_of_the_candidates(settings: Settings, size: tuple[int, int]) -> None:
    async with driven(settings, size) as driver:
        run_id = await doubtful(driver)
        await asked(driver)
        await driver.shows(f"It is {run_id}", "It was never submitted")
        await driver.press("enter")
        store = driver.run_screen.session.store
        await driver.until(lambda: "new-1" not in store.ids(), "the row to go")
        assert run_id in store.ids()


async def test_it_was_never_submitted(settings: Settings) -> None:
    async with driven(settings) as driver:
        await doubtful(driver)
        await asked(driver)
        await driver.press("down", "enter")
        store = driver.run_screen.session.store
        await driver.until(lambda: (run := store.run("new-1")) and run.status == runs.NOT_SUBMITTED, "the word")
        await driver.shows("run it again")


async def test_no_answer_leaves_it_unknown(settings: Settings) -> None:
    async with driven(settings) as driver:
        run_id = await doubtful(driver)
        await asked(driver)
        await driver.press("escape")
        await driver.until(lambda: driver.app.screen is driver.run_screen or None, "the way back")
        run = driver.run_screen.session.store.run("new-1")
        assert run is not None
        assert run.status == runs.UNKNOWN
        await driver.until(lambda: driver.run_screen.runs_table.move_to(run_id), "the other run")
        await driver.press("e")
        assert not isinstance(driver.app.screen, Resolve), "there is nothing to say of a run that is known"
