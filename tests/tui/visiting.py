"""Visiting the screen: keys are pressed, and every picture that follows is judged for what texts do to it."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from textual._compositor import Compositor
from textual._wait import wait_for_idle
from textual.app import App
from textual.drivers.headless_driver import HeadlessDriver
from textual.events import Resize
from textual.geometry import Size
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

import replicate_tui.tui
from replicate_tui.core.text import cell_width
from replicate_tui.tui.widgets.key_line import KeyLine
from replicate_tui.tui.widgets.resource_table import ResourceTable
from replicate_tui.tui.widgets.run_detail import RunDetail
from replicate_tui.tui.widgets.status_bar import StatusBar
from tests.tui.driving import Driver
from tests.tui.hostile import STRANGE_COLOURS

LEAVING = frozenset({"leave", "quit", "suspend_process", "show_mode"})
MOVES = frozenset(
    {"move", "page", "first", "last", "by", "scroll", "rows", "start", "end", "go", "shift", "step", "tab", "turn"}
)
"""Actions that open nothing, by their names without what they take."""
EVERYWHERE = frozenset({"help", "command_palette"})
"""Actions that show something else in each mode; they are tried there, and in one of the dialogs."""
OSC = re.compile(
    r"\x1b\](?:22;[a-z-]*|52;[a-z]*;[A-Za-z0-9+/=]*|(?:2|9);[^\x00-\x1f\x7f-\x9f\u202a-\u202e]*)\x07(?:\x1b\[23;2t)?"
)
"""What may be written beside the screen: the clipboard in base64, a title or notice without controls."""
UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
SECRET = "r8_of_the_visitor"
"""The token; it is seen nowhere."""


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

    async def reach(self, place: type[Screen[object]], *keys: str) -> None:
        """Press keys, and look once a screen of this kind is there."""
        await self.driver.press(*keys)
        await self.driver.until(lambda: isinstance(self.app.screen, place), place.__name__)
        await self.look(f"{keys}")

    async def resize(self, columns: int, lines: int) -> None:
        """Give the terminal another size."""
        size = Size(columns, lines)
        assert isinstance(self.app._driver, HeadlessDriver)
        self.app._driver._size = size
        self.app.post_message(Resize(size, size))
        await self.driver.until(lambda: self.app.screen.size == size, f"{size}")
        await self.look(f"{size}")

    async def look(self, after: str) -> None:
        """Judge what is shown once nothing changes any more."""
        await wait_for_idle(0)
        strips: list[Strip] = []

        def drawn() -> bool:
            strips[:] = self.app.screen._compositor.render_strips()
            return len(strips) == self.app.size.height

        await self.driver.until(drawn, "a picture")
        if self.app._exception is not None:
            raise self.app._exception
        assert self.app.is_running, f"it ended after {after}"
        self.places.add(type(self.app.screen).__name__)
        problem = next(faults(self.app, strips), None)
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
            place = "a dialog" if self.app.screen.is_modal else type(self.app.screen).__name__
            mark = (place, name) if name in EVERYWHERE else ("", binding.id or binding.action)
            if active.enabled and name not in LEAVING | MOVES and not binding.system and mark not in self._done:
                self._done.add(mark)
                return key
        return None

    def _where(self) -> str:
        return f"{type(self.app.screen).__name__}, {type(self.app.focused).__name__}"


def faults(app: App[int], strips: Sequence[Strip]) -> Iterator[str]:
    """What of the hostile texts acts on the screen that is shown, what of ours they push away, and any token."""
    columns = app.size.width
    for strip in strips:
        if cell_width(strip.text) != columns:
            yield f"{cell_width(strip.text)} cells instead of {columns}: {strip.text!r}"
        if not strip.text.isprintable() and (odd := UNPRINTABLE.findall(strip.text)):
            yield f"{odd} in {strip.text!r}"
        if SECRET in strip.text:
            yield f"the token in {strip.text!r}"
        for text, style, _ in strip:
            if style is None:
                continue
            colours = {colour.triplet.hex for colour in (style.color, style.bgcolor) if colour and colour.triplet}
            if style.link or style.blink or colours.intersection(STRANGE_COLOURS) or "@click" in style.meta:
                yield f"{style} {style.meta} for {text!r}"
    yield from _missing(app.screen, [strip.text for strip in strips])


def _missing(screen: Screen[object], lines: list[str]) -> Iterator[str]:
    """What is always there and is not: what a screen says of itself and its keys, and the corners of its boxes."""
    for kind in (StatusBar, KeyLine):
        for line in screen.query(kind).results(Widget):
            seen = line.region.height == 1 and lines[line.region.y].strip()
            if line.display and not seen and screen.size.width >= 40:
                yield f"{kind.__name__} is not seen"
    for box in screen.query("*").results(Widget):
        if {edge for edge, _ in box.styles.border} == {"round"} and box.is_on_screen and box.region in screen.region:
            yield from _cut_corners(screen, box, lines)


def _cut_corners(screen: Screen[object], box: Widget, lines: list[str]) -> Iterator[str]:
    region = box.region
    for x, corners in ((region.x, "╭╰"), (region.right - 1, "╮╯")):
        for y, corner in zip((region.y, region.bottom - 1), corners, strict=True):
            if region.width > 1 < region.height and screen.get_widget_at(x, y)[0] is box:
                drawn = _cell(lines[y], x)
                if drawn != corner:
                    yield f"{drawn!r} instead of the corner {corner} of {box!r} in {lines[y]!r}"


def _cell(line: str, x: int) -> str:
    """The character in a cell of a line."""
    at = 0
    for character in line:
        if at == x and cell_width(character):
            return character
        at += cell_width(character)
    return ""


def paint_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no picture be made that nobody looks at: the visitor has its own made."""

    def unseen(compositor: Compositor, *_: object, **__: object) -> None:
        compositor._dirty_regions.clear()

    monkeypatch.setattr(Compositor, "render_update", unseen)


def as_at_a_terminal(app: App[int], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have the app write titles, notices and copies as it does before a person; what it writes is in the list."""
    written: list[str] = []
    assert app._driver is not None
    monkeypatch.setenv("SSH_TTY", "/dev/null")  # there a copy goes to the terminal alone
    monkeypatch.setattr(type(app._driver), "is_headless", False)
    monkeypatch.setattr(app._driver, "write", written.append)
    return written


def screens_made() -> set[str]:
    """The names of all screens that are ever made: those whose class is called somewhere in the program."""
    for module in pkgutil.walk_packages(replicate_tui.tui.__path__, "replicate_tui.tui."):
        importlib.import_module(module.name)
    sources = Path(replicate_tui.tui.__path__[0]).rglob("*.py")
    nodes = (node for source in sources for node in ast.walk(ast.parse(source.read_text("utf-8"))))
    called = {ast.unparse(node.func).partition("[")[0] for node in nodes if isinstance(node, ast.Call)}
    return {kind.__name__ for kind in _kinds(Screen) if kind.__module__.startswith("replicate_tui.")} & called


def _kinds(kind: type) -> Iterator[type]:
    for below in kind.__subclasses__():
        yield below
        yield from _kinds(below)
