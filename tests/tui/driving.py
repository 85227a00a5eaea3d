"""Driving the app without a terminal: the real screen, the real local server."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from unittest.mock import patch

from textual._context import visible_screen_stack
from textual.pilot import Pilot

from replicate_tui.core.history.runs import Run
from replicate_tui.core.settings import Settings
from replicate_tui.tui.app import ReplicateApp
from replicate_tui.tui.screens.run import RunScreen
from tests.waiting import eventually

WIDE = (160, 48)
SMALL = (80, 24)

PICTURE_TIME = 1 / 15
"""Seconds between two pictures of the screen, a quarter of Textual's: a test waits for what is shown in the end."""


class Driver:
    """The app and its keyboard."""

    def __init__(self, app: ReplicateApp, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def text(self) -> str:
        """What the screen shows."""
        # A dialog that is drawn without them keeps what is behind it blank.
        visible_screen_stack.set(self.app._background_screens)
        return "\n".join(strip.text.rstrip() for strip in self.app.screen._compositor.render_strips())

    @property
    def run_screen(self) -> RunScreen:
        """Run mode's screen; it must be the one that is shown."""
        screen = self.app.screen
        assert isinstance(screen, RunScreen)
        return screen

    async def press(self, *keys: str) -> None:
        """Press keys.

        Not by the pilot: it also waits for each widget that there is, and for ever where one is just going away.
        """
        await self.app._press_keys(keys)

    async def write(self, words: str) -> None:
        """Type words."""
        await self.press(*("space" if letter == " " else letter for letter in words))

    async def until(self, look: Callable[[], object], what: str = "") -> None:
        """Let the app work until `look` is true; what made it crash meanwhile is raised."""

        def seen() -> object:
            if self.app._exception is not None:
                raise self.app._exception
            return look()

        try:
            await eventually(seen, what)
        except AssertionError as error:
            raise AssertionError(f"{error} on\n{self.text}") from None

    async def shows(self, *texts: str) -> None:
        """Let the app work until the screen shows every text."""

        def shown() -> bool:
            seen = self.text
            return all(text in seen for text in texts)

        await self.until(shown, f"{texts}")

    async def to_runs(self) -> None:
        """Go to the runs; the next key must find them."""
        await self.press("f4")
        await self.until(lambda: self.run_screen.runs_table.has_focus, "the runs")

    async def sent(self) -> None:
        """Wait until what was ordered is with the API, or was refused."""
        await self.until(lambda: not any(each.group == "send" and each.is_running for each in self.app.workers), "sent")

    async def count_runs(self) -> int:
        """How many runs the API knows of."""
        client, number, cursor = self.run_screen.session.client, 0, None
        while True:
            page = await client.predictions.list(cursor)
            number, cursor = number + len(page.results), page.next
            if cursor is None:
                return number

    async def run_to_its_end(self) -> Run:
        """Press F5 and wait until the new run is over, and kept if it succeeded."""
        before = set(self.run_screen.session.store.ids())

        def ended() -> Run | None:
            run = self.run_screen.current_run()
            done = run is not None and run.id not in before and run.over
            return run if done and run is not None and (run.folder or run.status != "succeeded") else None

        await self.press("f5")
        await self.until(ended, "the run's end")
        run = ended()
        assert run is not None
        return run

    async def open_model(self, name: str) -> None:
        """Search a model and go to its form, by the keyboard."""
        if self.run_screen.form.has_focus_within:
            await self.press("escape")
            await self.until(lambda: self.run_screen.models.list.has_focus, "the models")
        await self.press("slash")
        await self.until(lambda: self.run_screen.models.search.has_focus, "the search line")
        self.run_screen.models.search.value = ""
        await self.write(name)
        await self.until(lambda: len(self.run_screen.models.list.keys) == 1, name)
        await self.press("enter")
        await self.until(lambda: self.run_screen.form.has_focus_within, "the form")


@asynccontextmanager
async def driven(settings: Settings, size: tuple[int, int] = WIDE) -> AsyncIterator[Driver]:
    """The app, open and connected."""
    app = ReplicateApp(settings)
    fewer_pictures = patch("textual.screen.UPDATE_PERIOD", PICTURE_TIME)
    with fewer_pictures:
        async with app.run_test(size=size, notifications=True) as pilot:
            driver = Driver(app, pilot)
            if settings.token is not None:
                await driver.until(lambda: app.standing.connection == "online", "the connection")
                await driver.shows("local/painter")
            yield driver
