"""Textual's application as this program wants it."""

import pytest
from textual.css.query import NoMatches, WrongType
from textual.worker import WorkerFailed

from replicate_tui.tui.terminal_app import TerminalApp


class Failing(TerminalApp):
    """Has a worker that fails with this error, once it has asked to leave if it `leaves`."""

    def __init__(self, error: Exception, *, leaves: bool) -> None:
        super().__init__()
        self._error, self._leaves = error, leaves

    def on_mount(self) -> None:
        self.run_worker(self._fail())

    async def _fail(self) -> None:
        if self._leaves:
            self.exit(0)
        raise self._error


async def to_its_end(app: Failing) -> None:
    async with app.run_test() as pilot:
        await pilot.pause()


@pytest.mark.parametrize("error", [NoMatches("#gone"), ExceptionGroup("watching", [NoMatches("#gone")])])
async def test_what_is_missed_while_the_screens_go_away_is_no_crash(error: Exception) -> None:
    app = Failing(error, leaves=True)
    await to_its_end(app)
    assert (app.return_value, app.return_code) == (0, 0)


@pytest.mark.parametrize(("error", "leaves"), [(WrongType("it is a Static"), True), (NoMatches("#gone"), False)])
async def test_anything_else_is_one_whenever_it_comes(error: Exception, leaves: bool) -> None:
    app = Failing(error, leaves=leaves)
    with pytest.raises(WorkerFailed):
        await to_its_end(app)
    assert app.return_code == 1
