"""Every place of the screen, visited in a world whose every text is hostile: all that is seen of it is text."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual._wait import wait_for_idle
from textual.app import App

from replicate_tui.core.settings import Flags, load
from replicate_tui.core.text import cell_width
from replicate_tui.tui.app import ReplicateApp
from replicate_tui.tui.screens.resolve import Resolve
from replicate_tui.tui.widgets.resource_table import ResourceTable
from replicate_tui.tui.widgets.run_detail import RunDetail
from tests.core.scripted import scripted
from tests.tui.driving import Driver
from tests.tui.hostile import BROKEN, EVIL, STRANGE_COLOURS, World, predictions

SIZE = (100, 30)
"""Run mode shows all its panes."""
LEAVING = frozenset({"leave", "quit", "suspend_process", "show_mode"})
MOVES = frozenset(
    {"move", "page", "first", "last", "by", "scroll", "rows", "start", "end", "go", "shift", "step", "tab", "turn"}
)
"""Actions that open nothing, by their names without what they take."""
THEME = "[@click=app.quit]\x1b]0;owned\x07x"
"""A name in config.toml that there is no theme of: a warning tells it."""
EVERYWHERE = frozenset({"help", "command_palette"})
"""Actions that show something else in each place."""
PLACES = {
    "RunScreen",
    "PredictionsScreen",
    "TrainingsScreen",
    "DeploymentsScreen",
    "HardwareScreen",
    "SettingsScreen",
    "HelpScreen",
    "Palette",
    "Confirm",
    "Chooser",
    "OneLine",
    "PresetsScreen",
    "QueueScreen",
    "CompareScreen",
    "Resolve",
    "TrainForm",
    "DeploymentForm",
    "Scale",
    "TypeName",
    "SaveAs",
    "ChooseModel",
}
OSC = re.compile(r"\x1b\](?:22;[a-z-]*|52;[a-z]*;[A-Za-z0-9+/=]*|(?:2|9);[^\x00-\x1f\x7f-\x9f\u202a-\u202e]*)\x07")
"""What may be written beside the screen: the clipboard in base64, a title or notice without controls."""


class Visitor:
    """Presses keys, and looks at every picture that follows."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.app = driver.app
        self.places = set[str]()
        self._done = set[tuple[str, str]]()

    async def press(self, *keys: str) -> None:
        """Press keys, each when the one before was answered."""
        for key in keys:
            await self.driver.press(key)
            await self.look(key)

    async def look(self, after: str) -> None:
        """Judge what is shown once nothing changes any more."""
        await wait_for_idle(0)
        await self.driver.until(lambda: len(self.app.screen._compositor.render_strips()) == self.app.size.height)
        if self.app._exception is not None:
            raise self.app._exception
        assert self.app.is_running, f"it ended after {after}"
        self.places.add(type(self.app.screen).__name__)
        problem = next(faults(self.app), None)
        assert problem is None, f"after {after} in {self._where()}: {problem}"

    async def to(self, mode: str) -> None:
        """Show a mode, with nothing above it."""
        for _ in range(8):
            if len(self.app.screen_stack) == 1:
                break
            await self.press("escape")
        while len(self.app.screen_stack) > 1:
            self.app.pop_screen()
        if self.app.current_mode != mode:
            self.app.switch_mode(mode)
            await self.look(mode)

    async def everything(self, mode: str) -> None:
        """Press each key that does something here and was not pressed before, and so in what it opens."""
        place = self.app.focused
        while (key := self._next()) is not None:
            await self.press(key)
            while len(self.app.screen_stack) > 1 and (inner := self._next()) is not None:
                await self.press(inner)
            await self.to(mode)
            if place is not None and place.is_attached and self.app.focused is not place:
                place.focus()
                await wait_for_idle(0)

    def show_run(self, run_id: str) -> None:
        """Bring the cursor of the list to a run."""
        table = self.app.screen.query_one("#runs", ResourceTable)
        assert table.move_to(run_id)
        table.focus()
        self.app.screen.query_one(RunDetail).tab = "output"

    def mark_two(self) -> None:
        """Have the first two runs of the list be marked, whichever were before."""
        table = self.app.screen.query_one("#runs", ResourceTable)
        table.marked = frozenset(table.keys[:2])

    def _next(self) -> str | None:
        """A key of what opens something or does something, and was not tried before."""
        for key, active in self.app.screen.active_bindings.items():
            binding = active.binding
            name = binding.action.partition("(")[0].rpartition(".")[2]
            place = type(self.app.screen).__name__
            mark = (place, name) if name in EVERYWHERE else ("", binding.id or binding.action)
            if active.enabled and name not in LEAVING | MOVES and not binding.system and mark not in self._done:
                self._done.add(mark)
                return key
        return None

    def _where(self) -> str:
        return f"{type(self.app.screen).__name__}, {type(self.app.focused).__name__}"


def faults(app: App[int]) -> Iterator[str]:
    """What of the hostile texts acts on the screen that is shown."""
    columns = app.size.width
    for strip in app.screen._compositor.render_strips():
        if cell_width(strip.text) != columns:
            yield f"{cell_width(strip.text)} cells instead of {columns}: {strip.text!r}"
        if not strip.text.isprintable() and (odd := UNPRINTABLE.findall(strip.text)):
            yield f"{odd} in {strip.text!r}"
        for text, style, _ in strip:
            if style is None:
                continue
            colours = {colour.triplet.hex for colour in (style.color, style.bgcolor) if colour and colour.triplet}
            if style.link or style.blink or colours.intersection(STRANGE_COLOURS) or "@click" in style.meta:
                yield f"{style} {style.meta} for {text!r}"


UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)


@pytest.fixture(autouse=True)
def lonely(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder of its own, with programs that show nothing."""
    home.mkdir()
    config = home / "config" / "config.toml"
    config.parent.mkdir()
    config.write_text(f"theme = {json.dumps(THEME)}\n", "utf-8")
    monkeypatch.chdir(home)
    monkeypatch.setenv("PAGER", "true")
    monkeypatch.setenv("EDITOR", "true")


async def test_hostile_texts_are_only_texts_wherever_they_are_shown(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    written: list[str] = []
    async with scripted() as server:
        server.script = World(lambda: server.url)
        environ = {"REPLICATE_TUI_HOME": str(home), "REPLICATE_BASE_URL": server.url, "REPLICATE_API_TOKEN": "r8_x"}
        app = ReplicateApp(load(Flags(), environ))
        async with app.run_test(size=SIZE, notifications=True) as pilot:
            assert app._driver is not None
            monkeypatch.setattr(app._driver, "write", written.append)
            driver = Driver(app, pilot)
            await driver.until(lambda: app.standing.connection == "online", "the connection")
            await driver.shows("evil/model")
            visitor = Visitor(driver)
            assert app.settings.theme == THEME
            await keep_hostile_things(driver)
            await visit(visitor)
            assert visitor.places >= PLACES, PLACES - visitor.places
            assert any(asked.method == "POST" for asked in server.asked)
    assert all(OSC.fullmatch(text) for text in written if text.startswith("\x1b]")), written
    assert_kept_inside(tmp_path, home)


def assert_kept_inside(folder: Path, home: Path) -> None:
    """What was downloaded is where it is meant to be, under names that can be read."""
    names = [str(path.relative_to(home)) for path in home.rglob("*")]
    assert any("owned" in name for name in names), "the files were downloaded"
    assert all(name.isprintable() for name in names)
    assert not [path for path in folder.rglob("*") if path != home and home not in path.parents]


async def keep_hostile_things(driver: Driver) -> None:
    """Tags, notes, filters and presets of a person who is not their own friend."""
    session = driver.run_screen.session
    await driver.until(lambda: session.store.row("a" * 26), "the runs")
    await session.store.note("a" * 26, tags=[BROKEN], note=BROKEN)
    await session.saved_filters.keep(BROKEN[:40], f"model:{EVIL}")
    target = await session.target("evil/model")
    await session.presets.keep(target, EVIL[:40], {"prompt": EVIL})


async def visit(visitor: Visitor) -> None:
    """Every mode, pane, tab, run, and whatever a key opens."""
    await visitor.press("f2")
    await visitor.everything("run")
    await visitor.press("enter", "f5", "f5", "y", "f5", "y")
    for _ in range(6):
        await visitor.press("f3")
        await visitor.everything("run")
        await visitor.press("f7")
    await visitor.press("f8", "f4")
    await visitor.everything("run")
    for mode in ("predictions", "trainings"):
        await visitor.to(mode)
        for _ in predictions("") if mode == "predictions" else range(3):
            await visitor.press("right", "right", "right", "right", "down")
        await visitor.everything(mode)
        await visitor.press("home", "z")
        await visitor.everything(mode)
    await visitor.to("predictions")
    visitor.show_run("d" * 26)
    await visitor.look("the files")
    await visitor.everything("predictions")
    visitor.mark_two()
    await visitor.press("home", "x")
    await visitor.everything("predictions")
    for mode in ("deployments", "hardware"):
        await visitor.to(mode)
        await visitor.everything(mode)
    await visitor.to("run")
    await visitor.press("colon", "e", "v", "i", "l", "enter")
    await visitor.to("settings")
    await visitor.press(*["down"] * 8, "right", "down", "question_mark", "escape")
    await visitor.to("run")
    visitor.app.push_screen(Resolve(BROKEN, [EVIL, BROKEN]))
    await visitor.look("resolve")
