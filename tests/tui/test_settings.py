"""The settings by the keyboard: each change is judged, written to config.toml with its comments, and counts at once."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from replicate_tui.core.settings import Flags, Settings, for_profile, load
from replicate_tui.tui.app import ReplicateApp
from replicate_tui.tui.bindings import bindings
from replicate_tui.tui.screens.chooser import Chooser
from replicate_tui.tui.screens.confirm import Confirm
from replicate_tui.tui.screens.run import RunScreen
from replicate_tui.tui.screens.settings import SettingsScreen
from replicate_tui.tui.screens.settings_entry import ChooseTheme, TypeSetting
from replicate_tui.tui.screens.settings_keys import PressKey
from replicate_tui.tui.screens.welcome import WelcomeScreen
from tests.conftest import Server
from tests.tui.driving import SMALL, WIDE, Driver, driven
from tests.tui.looks import comes_to_look_as_before

TOKEN = "r8_kept_in_the_hosts_file"
SECTIONS = ("account", "profiles", "look", "keys", "folders", "notices", "runs", "prices")
WRITTEN = """\
base_url = "{url}"   # of the tests
theme = "replicate-light"

# what is mine
[keys]
"""

Begin = Callable[..., Settings]


@pytest.fixture
def config_file(home: Path) -> Path:
    return home / "config" / "config.toml"


@pytest.fixture
def begin(home: Path, config_file: Path, local_server: Server) -> Begin:
    """Settings as a start finds them: a file with comments, a login of the official command line."""
    hosts = Path(os.environ["XDG_CONFIG_HOME"]) / "replicate" / "hosts"
    hosts.parent.mkdir(parents=True)
    hosts.write_text(f"127.0.0.1:\n  token: {TOKEN}\n")
    config_file.parent.mkdir(parents=True)

    def made(more: str = "", **flags: object) -> Settings:
        config_file.write_text(WRITTEN.format(url=local_server.url) + more)
        return load(Flags(**flags))  # type: ignore[arg-type]

    return made


def text(path: Path) -> str:
    return path.read_text("utf-8")


def break_it(path: Path) -> None:
    path.write_text("theme = ")


def toasts(app: ReplicateApp) -> str:
    return "\n".join(notification.message for notification in app._notifications)


async def to(driver: Driver, section: str, line: str = "") -> SettingsScreen:
    """Go to a section of the settings, and to a line in it, by the keyboard."""
    if not isinstance(driver.app.screen, SettingsScreen):
        await driver.press("comma")
        await driver.until(lambda: isinstance(driver.app.screen, SettingsScreen), "the settings")
    screen = driver.app.screen
    assert isinstance(screen, SettingsScreen)
    if not screen.sections.has_focus:
        await driver.press("left")
        await driver.until(lambda: screen.sections.has_focus, "the sections")
    await driver.press("home", *["down"] * SECTIONS.index(section))
    await driver.until(lambda: screen.section == section, section)
    if line:
        await driver.until(lambda: line in screen.lines.keys, line)
        await driver.press("right")
        await driver.until(lambda: screen.lines.has_focus, "the lines")
        await driver.press("home", *["down"] * list(screen.lines.keys).index(line))
        await driver.until(lambda: screen.lines.cursor_key == line, line)
    return screen


async def opened(driver: Driver, kind: type, *keys: str) -> None:
    """Press keys until a dialog of this kind is there."""
    await driver.press(*keys)
    await driver.until(lambda: isinstance(driver.app.screen, kind), kind.__name__)


async def closed(driver: Driver, *keys: str) -> None:
    """Press keys until the settings are back."""
    await driver.press(*keys)
    await driver.until(lambda: isinstance(driver.app.screen, SettingsScreen), "the settings")


@pytest.mark.parametrize("size", [SMALL, WIDE], ids=["80x24", "160x48"])
async def test_a_section_looks_as_it_should_and_escape_leads_back(begin: Begin, size: tuple[int, int]) -> None:
    async with driven(begin('\n[notices]\nhow = "bell"\n'), size) as driver:
        await driver.press("2", "comma")
        await to(driver, "notices", "notices.how")
        await driver.shows("its title and its bell")
        await comes_to_look_as_before(f"settings-{size[0]}x{size[1]}", lambda: driver.text.split("\n")[1:])
        for section in SECTIONS:
            screen = await to(driver, section)
            assert screen.lines.keys or section == "prices"
        assert TOKEN not in driver.app.export_screenshot()
        await driver.press("escape")
        await driver.until(lambda: driver.app.current_mode == "predictions", "the mode from before")


async def test_themes_are_worn_while_they_are_chosen_and_escape_undoes_it(begin: Begin, config_file: Path) -> None:
    async with driven(begin()) as driver:
        before = text(config_file)
        await to(driver, "look", "theme")
        await opened(driver, ChooseTheme, "enter")
        await driver.press("home")
        await driver.until(lambda: driver.app.theme != "replicate-light", "another theme")
        await closed(driver, "escape")
        await driver.until(lambda: driver.app.theme == "replicate-light", "the theme from before")
        assert text(config_file) == before
        await opened(driver, ChooseTheme, "enter")
        await closed(driver, "home", "enter")
        chosen = driver.app.theme
        await driver.until(lambda: text(config_file) == before.replace("replicate-light", chosen), "the file")
        assert chosen != "replicate-light"
        await driver.press("r")
        await driver.until(lambda: driver.app.theme == "replicate-dark", "the default")
        assert "theme" not in text(config_file)
        assert "# of the tests" in text(config_file)


async def test_a_key_is_chosen_by_pressing_it_and_a_conflict_is_told_before(begin: Begin, config_file: Path) -> None:
    async with driven(begin(), SMALL) as driver:
        before = text(config_file)
        screen = await to(driver, "keys")
        await driver.press("slash")
        await driver.write("form.run")
        await driver.until(lambda: screen.lines.keys == ("form.run",), "the action")
        await driver.press("enter")
        await driver.until(lambda: screen.lines.has_focus, "the lines")
        await opened(driver, PressKey, "enter")
        await driver.press("q")
        await driver.shows("the key of app.quit, too", "keep it all the same")
        assert text(config_file) == before
        await driver.press("ctrl+b")
        await driver.shows("^b instead of F5")
        await closed(driver, "enter")
        await driver.until(lambda: '"form.run" = "ctrl+b"' in text(config_file), "the file")
        await driver.press("escape", "escape", "escape")
        await driver.until(lambda: driver.app.current_mode == "run", "the Run mode")
        await driver.open_model("hello-world")
        await driver.shows(" Run  ^b ")
        await driver.write("keys")
        runs = await driver.count_runs()
        await driver.press("ctrl+b")
        await driver.until(lambda: driver.run_screen.runs_table.keys, "the run by its new key")
        await driver.sent()
        assert await driver.count_runs() == runs + 1
        await driver.press("escape")
        await to(driver, "keys", "form.run")
        await driver.press("r")
        await driver.until(lambda: text(config_file) == before, "the default")
        assert driver.app.settings.keys == {}


async def test_what_cannot_be_used_is_said_at_the_line_and_nothing_is_written(begin: Begin, config_file: Path) -> None:
    async with driven(begin(), SMALL) as driver:
        before = text(config_file)
        await to(driver, "runs", "lifetime")
        await opened(driver, TypeSetting, "enter")
        await driver.write("soon")
        await driver.press("enter")
        await driver.shows("✗", "give a duration")
        assert text(config_file) == before
        await closed(driver, *["backspace"] * 4, "9", "m", "enter")
        session = driver.app.session
        assert session is not None
        assert session.settings.lifetime == "9m"
        await to(driver, "runs", "budget.daily")
        await opened(driver, TypeSetting, "enter")
        await driver.write("2.50")
        await closed(driver, "enter")
        assert session.settings.daily_budget == 2.5
        await to(driver, "folders", "archive.enabled")
        await driver.press("enter")
        await driver.until(lambda: "from the next start on" in toasts(driver.app), "when it counts")
        await to(driver, "notices", "notices.how")
        await opened(driver, Chooser, "enter")
        await closed(driver, "home", "down", "enter")
        await driver.until(lambda: driver.app.settings.notices.how == "bell", "the bell")
        await to(driver, "prices")
        await driver.press("n")
        await driver.shows("Price of which")
        await driver.write("acme/x")
        await opened(driver, TypeSetting, "enter")
        await driver.write("0.002 a second")
        await closed(driver, "enter")
        await driver.shows("$0.002 a second")
        written = text(config_file)
        assert written.startswith(before.partition("\n#")[0])
        assert "# what is mine" in written
        for line in (
            'lifetime = "9m"',
            "daily = 2.5",
            "enabled = false",
            'how = "bell"',
            '"acme/x" = {per_second = 0.002}',
        ):
            assert line in written
        assert load(Flags()).warnings == ()


async def test_a_file_that_was_broken_meanwhile_is_told_and_left_alone(begin: Begin, config_file: Path) -> None:
    async with driven(begin(), SMALL) as driver:
        await to(driver, "runs", "lifetime")
        break_it(config_file)
        await opened(driver, TypeSetting, "enter")
        await driver.write("5m")
        await driver.press("enter")
        await driver.shows("mend it by hand")
        assert text(config_file) == "theme = "
        await closed(driver, "escape")
        await driver.press("comma")
        await to(driver, "look")
        await driver.shows("cannot be used", "mend it by hand")


async def test_a_profile_is_added_and_switched_to_without_losing_what_was_typed(
    begin: Begin, config_file: Path, local_server: Server
) -> None:
    async with driven(begin(read_only=True), SMALL) as driver:
        await driver.open_model("hello-world")
        await driver.write("kept words")
        await driver.press("escape")
        first = driver.app.session
        await to(driver, "profiles")
        await opened(driver, TypeSetting, "n")
        await driver.write("lab")
        await driver.press("enter")
        await driver.shows("Address of lab")
        await driver.write("nowhere")
        await driver.press("enter")
        await driver.shows("give an http:// or https:// address")
        await driver.press(*["backspace"] * len("nowhere"))
        await driver.write(local_server.url)
        await closed(driver, "enter")
        await driver.until(lambda: "[profiles.lab]" in text(config_file), "the profile")
        await to(driver, "profiles", "lab")
        await driver.press("enter")
        await driver.until(lambda: driver.app.settings.profile == "lab", "the profile")
        await driver.until(lambda: driver.app.session not in (None, first), "its session")
        await closed(driver)
        await driver.until(lambda: driver.app.standing.connection == "online", "the connection")
        await driver.shows("read-only")
        assert driver.app.settings.database_file.exists()
        await to(driver, "profiles", "default")
        await driver.press("enter")
        await driver.until(lambda: driver.app.settings.profile == "default" and driver.app.session, "the way back")
        await closed(driver)
        await driver.press("1")
        await driver.until(lambda: isinstance(driver.app.screen, RunScreen), "the Run mode")
        assert driver.run_screen.form.raw["text"] == "kept words"
        draft = driver.run_screen.session.drafts.of("local/hello-world")
        assert draft is not None
        assert draft.raw == {"text": "kept words"}


async def test_a_profile_whose_history_cannot_be_used_is_not_gone_over_to(begin: Begin, local_server: Server) -> None:
    async with driven(begin(f'[profiles.lab]\nbase_url = "{local_server.url}"\n'), SMALL) as driver:
        first = driver.app.session
        lab = for_profile(driver.app.settings, "lab").database_file
        lab.mkdir(parents=True)
        await to(driver, "profiles", "lab")
        await driver.press("enter")
        await driver.until(lambda: toasts(driver.app), "a toast")
        said = toasts(driver.app)
        assert said.startswith(f"Not switched: {lab} cannot be used")
        assert "move it away" in said
        assert (driver.app.settings.profile, driver.app.session) == ("default", first)
        await driver.shows("⏎ switch to it")
        lab.rmdir()
        await driver.press("enter")
        await driver.until(lambda: driver.app.session not in (None, first), "its session")
        await closed(driver)


async def test_escape_leads_back_from_a_profile_that_nobody_is_logged_in_to(begin: Begin) -> None:
    async with driven(begin('[profiles.far]\nbase_url = "https://far.example.com"\n'), SMALL) as driver:
        await to(driver, "profiles", "far")
        await driver.press("enter")
        await driver.shows("You are not logged in to far.example.com", "back to the profile default")
        await driver.press("escape")
        await driver.until(lambda: driver.app.settings.profile == "default" and driver.app.session, "the way back")
        await driver.until(lambda: isinstance(driver.app.screen, RunScreen), "the Run mode")


@pytest.mark.parametrize("size", [SMALL, WIDE], ids=["80x24", "160x48"])
async def test_what_a_key_does_can_be_read_to_its_end(begin: Begin, size: tuple[int, int]) -> None:
    async with driven(begin('"form.run" = "f6"\n'), size) as driver:
        await to(driver, "keys", "form.run")
        await driver.shows("• F6            Run the model with this input")
        screen = await to(driver, "keys", "app.settings")
        does = next(each.tooltip for each in bindings() if each.id == "app.settings")
        assert screen.line is not None
        told = driver.text if size == WIDE else " ".join(driver.text.replace("│", " ").split())
        assert does in told


async def test_a_profile_is_deleted_once_that_is_agreed_and_the_one_in_use_is_left(
    begin: Begin, config_file: Path, local_server: Server
) -> None:
    written = f'# mine\n[profiles.lab]\nbase_url = "{local_server.url}"\n# not of the lab\n[profiles.far]\n'
    async with driven(begin(written), SMALL) as driver:
        before = text(config_file)
        screen = await to(driver, "profiles", "default")
        await driver.press("d")
        assert isinstance(driver.app.screen, SettingsScreen), "there is always the default one"
        await to(driver, "profiles", "lab")
        await driver.press("enter")
        await driver.until(lambda: driver.app.settings.profile == "lab" and driver.app.session, "the profile")
        await closed(driver)
        await to(driver, "profiles", "far")
        await opened(driver, Confirm, "d")
        await driver.shows("Delete the profile far?")
        assert "goes over to" not in driver.text
        await closed(driver, "escape")
        assert text(config_file) == before
        await to(driver, "profiles", "lab")
        await opened(driver, Confirm, "d")
        await driver.shows("Delete the profile lab?", "the screen goes over to default")
        await driver.press("enter")
        await driver.until(lambda: driver.app.settings.profile == "default" and driver.app.session, "the way back")
        await closed(driver)
        await driver.until(lambda: "lab" not in screen.lines.keys, "its line")
        assert text(config_file) == before.replace(f'[profiles.lab]\nbase_url = "{local_server.url}"\n', "")


async def test_a_deleted_profile_is_gone_whatever_fails_after_it(
    begin: Begin, config_file: Path, local_server: Server
) -> None:
    far = f'[profiles.far]\nbase_url = "{local_server.url.replace("127.0.0.1", "localhost")}"\n'
    settings = begin(far)
    hosts = Path(os.environ["XDG_CONFIG_HOME"]) / "replicate" / "hosts"
    hosts.write_text(hosts.read_text() + f"localhost:\n  token: {TOKEN}\n")
    async with driven(for_profile(settings, "far"), WIDE) as driver:
        screen = await to(driver, "profiles", "far")
        await opened(driver, Confirm, "d")
        await driver.shows("The token of localhost", "the screen goes over to default")
        hosts.write_text("- no hosts")
        await driver.press("enter")
        await driver.until(lambda: "Not switched: " in toasts(driver.app), "what failed")
        said = toasts(driver.app)
        assert "Profile far is deleted" in said
        assert "The token stays: " in said
        assert "Not deleted" not in said
        await driver.until(lambda: "far" not in screen.lines.keys, "its line")
        assert far not in text(config_file)
        assert driver.app.session is not None


async def test_logging_out_asks_and_leads_to_the_way_in(begin: Begin) -> None:
    async with driven(begin()) as driver:
        hosts = Path(os.environ["XDG_CONFIG_HOME"]) / "replicate" / "hosts"
        await to(driver, "account", "log_out")
        await driver.shows(f"from {hosts}"[:30])
        await opened(driver, Confirm, "enter")
        await driver.shows("The official command line is logged out,")
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, WelcomeScreen), "the way in")
        await driver.until(lambda: driver.app.session is None, "the end of the session")
        assert TOKEN not in hosts.read_text()
        await driver.press("comma")
        await driver.until(lambda: isinstance(driver.app.screen, SettingsScreen), "the settings, without a session")
        await driver.shows("there is none")
        await driver.press("escape", "escape")
        await driver.until(lambda: isinstance(driver.app.screen, WelcomeScreen), "the way in, again")


async def test_what_the_environment_and_flags_decide_is_said(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_of_the_environment")
    async with driven(begin(images="none"), SMALL) as driver:
        await to(driver, "account", "token")
        await driver.shows("from the variable REPLICATE_API_TOKEN")
        await to(driver, "account", "log_in")
        await driver.shows("REPLICATE_API_TOKEN is set: what is kept")
        assert "r8_of_the_environment" not in driver.app.export_screenshot()
        await to(driver, "look", "images")
        await driver.shows("--images")
        monkeypatch.setenv("REPLICATE_BASE_URL", "https://elsewhere.example.com")
        await to(driver, "profiles", "default")
        await driver.shows("REPLICATE_BASE_URL is set")


async def test_the_main_things_are_done_by_mouse(begin: Begin, config_file: Path) -> None:
    async with driven(begin()) as driver:
        await driver.press("comma")
        await driver.until(lambda: isinstance(driver.app.screen, SettingsScreen), "the settings")
        screen = driver.app.screen
        assert isinstance(screen, SettingsScreen)
        await driver.pilot.click("#sections", offset=(4, SECTIONS.index("folders")))
        await driver.until(lambda: screen.section == "folders", "the section")
        await driver.until(lambda: "archive.enabled" in screen.lines.keys, "its lines")
        await driver.pilot.click("#lines", offset=(4, 0))
        await driver.until(lambda: "enabled = false" in text(config_file), "the switch")
        await driver.pilot.click("#modes", offset=(4, 0))
        await driver.until(lambda: driver.app.current_mode == "run", "the Run mode")
