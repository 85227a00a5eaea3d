"""Inside tmux and GNU screen, where many people live."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Server
from tests.tui.terminal import Terminal
from tests.waiting import until


class Attached(Terminal):
    """A terminal with another program than Python in it."""

    PROGRAM = ("-S", "-c", "import os, sys; os.login_tty(0); os.execvp(sys.argv[1], sys.argv[1:])")


class Tmux:
    """A tmux server of the test's own."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    def command(self, *arguments: str) -> list[str]:
        """What asks this server."""
        return ["tmux", "-S", str(self._socket), *arguments]

    def __call__(self, *arguments: str) -> str:
        environ = dict(os.environ)  # not the process's own, in which readline may have put a size
        return subprocess.run(self.command(*arguments), capture_output=True, text=True, env=environ).stdout

    def wait_for(self, *texts: str) -> None:
        shown = ""

        def seen() -> bool:
            nonlocal shown
            shown = self("capture-pane", "-p")
            return all(text in shown for text in texts)

        try:
            until(seen, f"{texts}")
        except AssertionError as error:
            raise AssertionError(f"{error} on\n{shown}") from None


@pytest.fixture
def tmux(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tmux]:
    """The program's screen in tmux at 90x30."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    tmux = Tmux(tmp_path_factory.mktemp("t") / "s")
    program = f"{sys.executable} -m replicate_tui; echo ended with $?; cat"
    tmux("-f", os.devnull, "new-session", "-d", "-x", "90", "-y", "30", program)
    yield tmux
    tmux("kill-server")


def test_it_runs_in_tmux_and_follows_its_size(
    local_server: Server, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setenv("REPLICATE_BASE_URL", local_server.url)
    monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_of_the_tests")
    tmux: Tmux = request.getfixturevalue("tmux")
    tmux.wait_for("local/painter", "online", "Models")
    tmux("resize-window", "-x", "150", "-y", "40")
    tmux.wait_for("Models", "Runs", "Run  F5")
    tmux("send-keys", "2")
    tmux.wait_for("Predictions", "files")
    tmux("send-keys", "q")
    tmux.wait_for("ended with 0")
    assert "Traceback" not in tmux("capture-pane", "-p", "-S", "-100")


def test_it_goes_on_while_nobody_is_attached(
    local_server: Server, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setenv("REPLICATE_BASE_URL", local_server.url)
    monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_of_the_tests")
    tmux: Tmux = request.getfixturevalue("tmux")
    tmux.wait_for("local/painter", "online")
    for columns, lines, key, shown in ((120, 36, "5", "Hardware"), (80, 24, "1", "Models")):
        with Attached(*tmux.command("attach-session"), columns=columns, lines=lines) as terminal:
            terminal.wait_for("local @", "online", "q quit")
            terminal.press(key)
            terminal.wait_for(f"─ {shown} ─")
            tmux("detach-client")
            assert terminal.wait_for_end() == 0
    tmux("send-keys", "q")
    tmux.wait_for("ended with 0")


@pytest.mark.skipif(shutil.which("screen") is None, reason="screen is not installed")
def test_it_runs_in_gnu_screen(local_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLICATE_BASE_URL", local_server.url)
    monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_of_the_tests")
    folder = tmp_path / "screens"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("SCREENDIR", str(folder))
    command = ("screen", "-U", "-c", os.devnull, sys.executable, "-m", "replicate_tui")
    with Attached(*command, columns=90, lines=30) as terminal:
        terminal.wait_for("local/painter", "online", "─ Models")
        terminal.resize(150, 40)
        terminal.wait_for("─ Models", "─ Runs")
        terminal.press("2")
        terminal.wait_for("─ Predictions")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
