"""Textual's application as this program wants it."""

import pytest
from textual.css.query import NoMatches, WrongType
from textual.widgets._toast import Toast
from textual.worker import WorkerFailed

from replicate_tui.tui.terminal_app import TerminalApp
from tests.waiting import eventually


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


@pytest.mark.parametrize(("height", "seen"), [(24, [4]), (48, [2, 3, 4])])
async def test_the_latest_toast_is_seen_however_many_there_are(height: int, seen: list[int]) -> None:
    app = TerminalApp()
    async with app.run_test(size=(80, height), notifications=True) as pilot:
        for number in range(5):
            app.notify(f"{number} " + "word " * 60)
            await pilot.pause()
        assert [int(each.message[0]) for each in app._notifications] == seen
        await eventually(lambda: _is_drawn(app), "the last toast, to its end")


def _is_drawn(app: TerminalApp) -> bool:
    toast = list(app.screen.query(Toast))[-1]
    return bool(toast.size) and app.screen.region.contains_region(toast.region)
