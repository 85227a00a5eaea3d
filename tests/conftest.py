"""What every test stands on: folders of its own, an environment without the user's, a real local server."""

import gc
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from replicate_tui import __version__
from replicate_tui.core.session import Session, open_session
from replicate_tui.core.settings import Flags, Settings, load
from tests.local.contract_report import COMMAND, assert_contract_kept, environment
from tests.waiting import until

sys.dont_write_bytecode = False
"""Whatever the environment says: the tests start hundreds of processes, and each would compile the program anew."""
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_collection_finish() -> None:
    """Look seldom for garbage, and never in what was imported and collected: that stays until the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@dataclass(frozen=True)
class Server:
    """A local server's process."""

    url: str
    secret: str
    folder: Path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders of the test's own; nothing of the user's environment."""
    for name in [name for name in os.environ if name.startswith("REPLICATE_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "home"
    monkeypatch.setenv("REPLICATE_TUI_HOME", str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    for name in ("NO_COLOR", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    return folder


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """A real local server in a process of its own; at its end it must have kept to the API's contract."""
    state = folder / "state.json"
    command = [*COMMAND, "--port", "0", "--data", str(folder), "--state", str(state), "--version-label", __version__]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment())
    try:
        until(lambda: state.exists() or process.poll() is not None, "the local server")
        told = json.loads(state.read_text())
        yield Server(told["url"], told["secret"], folder)
        httpx.post(f"{told['url']}/shutdown", headers={"Authorization": f"Bearer {told['secret']}"}, trust_env=False)
        process.wait(10)
    finally:
        process.kill()
        process.wait()
    assert_contract_kept(state)


@pytest.fixture(scope="session")
def local_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A local server shared by the tests of one worker."""
    with serving(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def settings(home: Path, local_server: Server) -> Settings:
    """Settings of a profile whose API is the local server."""
    environ = {
        "REPLICATE_TUI_HOME": str(home),
        "REPLICATE_BASE_URL": local_server.url,
        "REPLICATE_API_TOKEN": "r8_of_the_tests",
    }
    return load(Flags(), environ)


@pytest.fixture
async def session(settings: Settings) -> AsyncIterator[Session]:
    """An open session, connected, as a command has it."""
    async with open_session(settings) as opened:
        await opened.connect()
        opened.start()
        yield opened
