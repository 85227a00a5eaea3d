"""Inside tmux, where many people live."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Server
from tests.waiting import until

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


class Tmux:
    """A tmux server of the test's own."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    def __call__(self, *arguments: str) -> str:
        done = subprocess.run(["tmux", "-S", str(self._socket), *arguments], capture_output=True, text=True)
        return done.stdout

    def wait_for(self, *texts: str) -> None:
        until(lambda: all(text in self("capture-pane", "-p") for text in texts), f"{texts}")


@pytest.fixture
def tmux(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tmux]:
    """The program's screen in tmux at 90x30."""
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
