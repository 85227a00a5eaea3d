"""The way in: a token that is typed hidden, judged by the API at its field, and kept in the hosts file alone."""

import os
import stat
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from textual.events import Key
from textual.worker import WorkerFailed

from replicate_tui.core.settings import Flags, Settings, load
from replicate_tui.tui.app import ReplicateApp
from replicate_tui.tui.screens.log_in import LogIn
from replicate_tui.tui.screens.run import RunScreen
from replicate_tui.tui.screens.settings import SettingsScreen
from replicate_tui.tui.screens.welcome import WelcomeScreen
from tests.core.scripted import Asked, Reply, Scripted, problem, says, scripted
from tests.tui.driving import SMALL, WIDE, Driver

GOOD, BAD = "r8_this_one_is_known", "r8_nobody_knows_this"


def answers(asked: Asked) -> Reply:
    """An API that knows one token, and has nothing but an account."""
    if asked.headers.get("authorization") != f"Bearer {GOOD}":
        return problem(401, "You did not pass an authentication token")
    if asked.path == "/v1/account":
        return says({"type": "user", "username": "acme", "name": "Acme"})
    return says({"previous": None, "next": None, "results": []})


@pytest.fixture
async def api() -> AsyncIterator[Scripted]:
    async with scripted(answers) as server:
        yield server


@pytest.fixture
def hosts() -> Path:
    return Path(os.environ["XDG_CONFIG_HOME"]) / "replicate" / "hosts"


def settings_at(api: Scripted, home: Path, *, read_only: bool = False) -> Settings:
    """The settings of a start whose only profile leads to this API."""
    write(home / "config" / "config.toml", f'base_url = "{api.url}"\n')
    return load(Flags(read_only=read_only))


def write(path: Path, words: str) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(words)


def text(path: Path) -> str:
    return path.read_text("utf-8")


def is_there(path: Path) -> bool:
    return path.exists()


def kept_where(token: str, *roots: Path) -> list[Path]:
    """The files in which a token stands."""
    files = (path for root in roots for path in root.rglob("*") if path.is_file())
    return [path for path in files if token.encode() in path.read_bytes()]


def seen(app: ReplicateApp) -> str:
    """All that a person, or somebody beside, can see of the app: its picture and its toasts."""
    return app.export_screenshot() + "".join(each.message + each.title for each in app._notifications)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("size", [SMALL, WIDE], ids=["80x24", "160x48"])
async def test_the_first_screen_logs_in_and_the_token_is_in_the_hosts_file_alone(
    api: Scripted, home: Path, hosts: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    app = ReplicateApp(settings_at(api, home))
    async with app.run_test(size=size, notifications=True) as pilot:
        driver = Driver(app, pilot)
        await driver.shows("You are not logged in to", "api-tokens", "run small real models", "settings")
        await driver.press("enter")
        await driver.until(lambda: app.focused is not None, "the field")
        await driver.write(BAD)
        await driver.until(lambda: "run small real models" not in driver.text, "no keys that are the token's")
        assert BAD not in seen(app)
        await driver.press("enter")
        await driver.shows("✗", "does not know this token")
        assert not is_there(hosts)
        assert BAD not in seen(app)
        await driver.write(GOOD)  # what was typed before is selected
        await driver.press("enter")
        await driver.until(lambda: isinstance(app.screen, RunScreen), "the Run mode")
        await driver.shows("acme", "online")
        assert GOOD not in seen(app)
        assert not any(token in driver.text for token in (GOOD, BAD, "l" * 3))
        await driver.press("comma")
        await driver.until(lambda: isinstance(app.screen, SettingsScreen), "the settings")
        await driver.shows("acme", "another token")
        assert GOOD not in seen(app)
    assert kept_where(GOOD, tmp_path) == [hosts]
    assert kept_where(BAD, tmp_path) == []
    assert os.name == "nt" or mode(hosts) == 0o600


async def test_what_is_pasted_is_the_token_and_escape_forgets_it(api: Scripted, home: Path, hosts: Path) -> None:
    from textual.events import Paste

    app = ReplicateApp(settings_at(api, home))
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        driver = Driver(app, pilot)
        await driver.shows("You are not logged in to")
        for keys in (["escape"], ["enter"]):
            app.post_message(Paste(f' "{GOOD}"\n'))
            await driver.shows("•" * len(GOOD))
            await driver.press(*keys)
            if keys == ["escape"]:
                await driver.shows("paste or type the token")
                assert not is_there(hosts)
        await driver.shows("acme", "online")


async def test_a_token_that_is_typed_at_once_is_taken_whole_and_means_no_keys(
    api: Scripted, home: Path, hosts: Path
) -> None:
    app = ReplicateApp(settings_at(api, home))
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        driver = Driver(app, pilot)
        await driver.shows("You are not logged in to")
        await driver.press("1", "0", "2")
        await driver.shows("•••")
        await driver.press("escape")
        await driver.shows("paste or type the token")
        for key in (*GOOD, "enter"):  # as on a terminal that hangs: all of it stands in the queue
            app.post_message(Key(key, None if key == "enter" else key))
        await driver.shows("acme", "online")
    assert f"token: {GOOD}" in text(hosts)


async def test_read_only_keeps_no_token_and_says_so_at_the_field(api: Scripted, home: Path, hosts: Path) -> None:
    app = ReplicateApp(settings_at(api, home, read_only=True))
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        driver = Driver(app, pilot)
        await driver.shows("You are not logged in to")
        await driver.write(GOOD)
        await driver.press("enter")
        await driver.shows("--read-only: refused to keep a token")
        assert isinstance(app.screen, WelcomeScreen)
        assert not is_there(hosts)
        assert api.asked == []


async def test_a_token_that_is_refused_later_is_told_with_the_chosen_key_that_logs_in(
    api: Scripted, home: Path, hosts: Path
) -> None:
    write(hosts, f"127.0.0.1:\n  token: {BAD}\nother.example.com:\n  token: r8_of_another\n")
    app = ReplicateApp(replace(settings_at(api, home), keys={"app.log_in": "f9,0"}))
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        driver = Driver(app, pilot)
        await driver.shows("unauthorized, F9 logs in", "does not take this token: F9 logs in")
        await driver.press("f9")
        await driver.until(lambda: isinstance(app.screen, LogIn), "the question")
        await driver.write(BAD)
        await driver.press("enter")
        await driver.shows("does not know this token")
        await driver.write(GOOD)
        await driver.press("enter")
        await driver.until(lambda: isinstance(app.screen, RunScreen), "the Run mode")
        await driver.shows("acme", "online")
        await driver.until(lambda: "0 log in" not in driver.text, "no more need of it")
        assert BAD not in seen(app)
    kept = kept_where(GOOD, hosts.parent)
    assert kept == [hosts]
    assert "r8_of_another" in text(hosts)


class Bug(Exception):
    """What nobody foresaw."""


async def crash_while_typing(app: ReplicateApp) -> None:
    async with app.run_test(size=SMALL) as pilot:
        driver = Driver(app, pilot)
        await driver.shows("You are not logged in to")
        await driver.press("enter")
        await driver.write(GOOD)
        await driver.until(lambda: "•••" in driver.text, "what is typed")
        await driver.press("enter")
        await driver.until(lambda: app._exception, "the crash")


async def test_a_crash_while_a_token_is_judged_does_not_tell_it(
    api: Scripted, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fails(settings: Settings, token: str) -> None:
        raise Bug

    monkeypatch.setattr("replicate_tui.tui.screens.welcome.try_login", fails)
    app = ReplicateApp(settings_at(api, home))
    with pytest.raises(WorkerFailed):
        await crash_while_typing(app)
    told = capsys.readouterr().err
    assert "Bug" in told
    assert GOOD not in told
