"""The ways in and the settings, visited with a hostile API, a hostile config.toml, odd tokens and odd sizes."""

import asyncio
import json
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from textual.events import Paste
from textual.screen import ModalScreen

from replicate_tui.core.forms.inputs import Upload
from replicate_tui.core.settings import Flags, load
from replicate_tui.tui.app import ReplicateApp
from replicate_tui.tui.screens.confirm import Confirm
from replicate_tui.tui.screens.one_moment import OneMoment
from replicate_tui.tui.screens.run import RunScreen
from replicate_tui.tui.screens.settings import SECTIONS, SettingsScreen
from replicate_tui.tui.screens.settings_keys import PressKey
from replicate_tui.tui.screens.welcome import WelcomeScreen
from replicate_tui.tui.theme import THEMES
from tests.core.scripted import Scripted, scripted
from tests.tui.driving import Driver
from tests.tui.hostile import BROKEN, ESCAPES, EVIL, MARKUP, World
from tests.tui.visiting import OSC, SECRET, Visitor, as_at_a_terminal, paint_nothing

PLACES = {"LogIn", "TypeSetting", "ChooseTheme", "PressKey", "OneMoment", "WelcomeScreen", "Opening"}
SIZE = (100, 30)
FILES = "/v1/files"
FILE = "[b]up[link=x].txt"
BIDI = "\u202e\u2066\u200b"
MOST_LINES = 4
"""Lines of a section that are changed: there are very many keys."""
MODES = ("run", "predictions", "trainings", "deployments", "hardware", "settings")
ODD = (
    "",
    " \n ",
    "r8_one\nr8_two",
    f"Bearer {SECRET}",
    "r8_ünïcode",
    "r8_\x1b[31mred",
    "r8_\x00\x07",
    MARKUP,
    BROKEN,
    "r8_" + "x" * 10_000,
)
"""What is no token, or nobody's."""


def written_config(url: str) -> str:
    """Lines whose every name is hostile, as far as the file may hold it."""

    def quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

    name = quoted(EVIL)
    return f"""
base_url = "{url}"
{name} = 1
[keys]
{name} = {name}
"app.log_in" = {quoted("[/b]" + ESCAPES)}
"app.help" = {quoted("[/b]" + ESCAPES)}
"app.quit" = {quoted(BIDI)}
[profiles.lab]
base_url = "{url}/other"
[profiles.{name}]
base_url = {name}
[profiles.odd]
base_url = {quoted("http://a" + ESCAPES + ".test/[/x]")}
[profiles."../../up"]
[prices]
{quoted("evil/[b][@click=app.quit]x" + chr(27) + "[2J" + chr(0x202E))} = 0.5
"""


@pytest.fixture(autouse=True)
def lonely(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder of its own."""
    (home / "config").mkdir(parents=True)
    monkeypatch.chdir(home)


async def test_odd_tokens_hostile_settings_and_odd_sizes_leave_all_as_it_should_be(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint_nothing(monkeypatch)
    async with scripted() as server:
        world = server.script = World(lambda: server.url, knows=SECRET)
        (home / "config" / "config.toml").write_text(written_config(server.url), "utf-8")
        app = ReplicateApp(load(Flags()))
        async with app.run_test(size=SIZE, notifications=True) as pilot:
            written = as_at_a_terminal(app, monkeypatch)
            visitor = Visitor(Driver(app, pilot))
            await log_in(visitor, world)
            await change_settings(visitor)
            await wear_everything(visitor)
            await shrink(visitor)
            await switch_while_sending(visitor, server, home / FILE)
            places = visitor.places
            await leave_while_sending(visitor, server, home / FILE)
        world.taking.set()
        places |= await begin_again(monkeypatch)
        assert {asked.headers["authorization"] for asked in server.asked} == {f"Bearer {SECRET}", f"Bearer {ODD[-1]}"}
    assert places >= PLACES, PLACES - places
    told = told_of(app.settings.database_file)
    assert len(told) == 2
    assert all("interrupted before it was sent" in each for each in told), told
    assert not [text for text in written if text.startswith("\x1b]") and not OSC.fullmatch(text)]


async def begin_again(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Another start: the first picture lists the models that were seen before. The screens that were seen."""
    read = threading.Event()
    monkeypatch.setattr("replicate_tui.tui.screens.opening.read_run_mode", read.wait)
    monkeypatch.setattr("replicate_tui.tui.opening_app.is_read", lambda: False)
    app = ReplicateApp(load(Flags()))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        visitor = Visitor(Driver(app, pilot))
        await visitor.driver.shows("evil/model")
        await visitor.look("the start")
        read.set()
        await visitor.driver.until(lambda: isinstance(app.screen, RunScreen), "the Run mode")
        await visitor.look("the start")
    return visitor.places


async def log_in(visitor: Visitor, world: World) -> None:
    """By the way in: with what is no token, while the API refuses, and then."""
    driver = visitor.driver
    await driver.until(lambda: isinstance(visitor.app.screen, WelcomeScreen), "the way in")
    await visitor.look("the start")
    await visitor.press("enter")
    for token in ODD:
        await paste(visitor, token)
        await visitor.press("enter")
        await driver.shows("✗")
        await visitor.look("a refusal")
        assert not any(part in driver.text for part in ("r8_o", "r8_x", "xxx", "r8_ü", "Bearer")), driver.text
    world.refuses = 403
    await paste(visitor, SECRET)
    await visitor.press("enter")
    await driver.shows("not logged in", "evil[/x]")
    await visitor.look("a refusal")
    world.refuses = 0
    await visitor.press("enter")
    await driver.until(lambda: isinstance(visitor.app.screen, RunScreen), "the Run mode")
    await driver.shows("online")
    await visitor.look("the way in")


async def paste(visitor: Visitor, text: str) -> None:
    """Paste where the keyboard is."""
    visitor.app.post_message(Paste(text))
    await visitor.look("a paste")


async def change_settings(visitor: Visitor) -> None:
    """Each line of each section, with what is typed there; another profile and back."""
    await visitor.to("settings")
    screen = visitor.app.screen
    assert isinstance(screen, SettingsScreen)
    for section in SECTIONS:
        for number in range(len(await lines_of(visitor, screen, section))):
            lines = await lines_of(visitor, screen, section)
            if number < len(lines):
                screen.lines.move_to(lines[number])
                await visitor.press("enter")
                await answer(visitor)
        if section in ("keys", "prices"):
            screen.lines.action_first()
            await visitor.press("r")
        if section in ("profiles", "prices"):
            await visitor.press("n")
            await answer(visitor)
    await enter(visitor, "default")
    visitor.app.push_screen(OneMoment(EVIL))
    await visitor.look("a moment")
    visitor.app.pop_screen()


async def lines_of(visitor: Visitor, screen: SettingsScreen, section: str) -> tuple[str, ...]:
    """The lines of a section, the first of very many, with the keyboard among them."""
    await visitor.driver.until(lambda: visitor.app.screen is screen, "the settings")
    screen.sections.move_to(section)
    await visitor.driver.until(lambda: screen.section == section, section)
    screen.show_lines()
    screen.lines.focus()
    await visitor.look(section)
    return tuple(screen.lines.keys[:MOST_LINES])


async def answer(visitor: Visitor) -> None:
    """Answer what is asked, badly, until nothing is asked any more."""
    for _ in range(3):
        screen = visitor.app.screen
        if isinstance(screen, OneMoment):
            await visitor.driver.until(lambda: not isinstance(visitor.app.screen, OneMoment), "the session")
        elif isinstance(screen, PressKey):
            await visitor.press("ctrl+z", "left_square_bracket", "escape")
        elif isinstance(screen, ModalScreen):
            await visitor.press("ctrl+z", "down")
            await paste(visitor, BROKEN)
            if not isinstance(screen, Confirm):
                await visitor.press("enter")
    for _ in range(3):
        if isinstance(visitor.app.screen, ModalScreen):
            await visitor.press("escape")


async def enter(visitor: Visitor, profile: str) -> None:
    """Go over to a profile, agreeing to whatever is asked."""
    screen = visitor.app.screen
    assert isinstance(screen, SettingsScreen)
    await lines_of(visitor, screen, "profiles")
    screen.lines.move_to(profile)
    await visitor.press("enter")
    if isinstance(visitor.app.screen, Confirm):
        await visitor.press("escape")
        assert visitor.app.settings.profile != profile
        await visitor.press("enter", "y")
    await visitor.driver.until(lambda: visitor.app.settings.profile == profile and visitor.app.session, profile)
    await visitor.driver.until(lambda: isinstance(visitor.app.screen, SettingsScreen), "the settings")


async def wear_everything(visitor: Visitor) -> None:
    """Each theme of ours, on another mode than the one before."""
    for number, theme in enumerate(theme.name for theme in THEMES):
        await visitor.to(MODES[number % len(MODES)])
        visitor.app.theme = theme
        await visitor.look(theme)


async def shrink(visitor: Visitor) -> None:
    """Every mode in a terminal of one cell, and as it was again."""
    for mode in MODES:
        await visitor.to(mode)
        before = visitor.driver.text
        await visitor.resize(1, 1)
        await visitor.resize(*SIZE)
        assert visitor.driver.text.splitlines()[:3] == before.splitlines()[:3]


async def switch_while_sending(visitor: Visitor, server: Scripted, file: Path) -> None:
    """Another profile while a file is on its way up: it is asked, and the history says that nothing was sent."""
    await begin_upload(visitor, server, file)
    await visitor.to("settings")
    await enter(visitor, "lab")
    await enter(visitor, "default")
    await visitor.to("run")
    await visitor.driver.shows("online", "interrupted before it was sent")
    await visitor.look("the way back")


async def leave_while_sending(visitor: Visitor, server: Scripted, file: Path) -> None:
    """The end while a file is on its way up: it is asked."""
    await begin_upload(visitor, server, file)
    await visitor.to("hardware")
    visitor.app.action_leave()  # its key is none
    await visitor.reach(Confirm)
    await visitor.driver.press("enter")
    await visitor.driver.until(lambda: not visitor.app.is_running, "the end")


async def begin_upload(visitor: Visitor, server: Scripted, file: Path) -> None:
    """Run the model with a file that the server does not take."""
    await visitor.to("run")
    driver, screen = visitor.driver, visitor.driver.run_screen
    screen.app.form_wanted.publish("evil/model")
    await driver.until(lambda: screen.form.has_focus_within and screen.form_pane.target, "the form")
    await asyncio.to_thread(file.write_bytes, b"data")
    screen.form.set_value("file", Upload(file))
    before = len(server.paths(FILES))
    await visitor.press("f5")
    await driver.until(lambda: isinstance(visitor.app.screen, Confirm) or len(server.paths(FILES)) > before, "a run")
    if isinstance(visitor.app.screen, Confirm):  # the same input was sent a moment ago
        await visitor.press("y")
    await driver.until(lambda: len(server.paths(FILES)) > before, "the upload")


def told_of(database: Path) -> list[str]:
    """What the history says became of the runs that were sent from here."""
    with closing(sqlite3.connect(database)) as db:
        return [str(error) for (error,) in db.execute("SELECT error FROM runs WHERE status = 'not submitted'")]
