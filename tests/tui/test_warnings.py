"""What a person must know of the history file, on the real screen."""

import sqlite3
from contextlib import closing

from replicate_tui.core.session import open_session
from replicate_tui.core.settings import Settings
from tests.tui.driving import driven


async def test_a_budget_that_cannot_be_shared_is_told(settings: Settings) -> None:
    async with open_session(settings):
        pass
    with closing(sqlite3.connect(settings.database_file)) as db:
        db.execute("DROP TABLE budgets")
    async with driven(settings) as driver:
        await driver.until(lambda: [each for each in driver.app._notifications if "cannot be written" in each.message])
        assert len([each for each in driver.app._notifications if "cannot be written" in each.message]) == 1
