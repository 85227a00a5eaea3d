"""The main job in a real terminal, as a person does it."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from replicate_tui import __version__
from tests.connections import WatchedConnections
from tests.tui.terminal import Terminal
from tests.waiting import TIME_LIMIT, until

TOKEN = {"Authorization": "Bearer r8_of_the_tests"}


@pytest.fixture
def forgetful_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server that keeps outputs for a moment only; the environment points at it."""
    state = tmp_path / "server" / "state.json"
    command = [sys.executable, "-m", "replicate_tui.local", "--port", "0", "--retention", "3"]
    command += ["--data", str(state.parent), "--state", str(state), "--version-label", __version__]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        url = until(lambda: state.exists() and json.loads(state.read_text())["url"], "the server")
        monkeypatch.setenv("REPLICATE_BASE_URL", url)
        monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_of_the_tests")
        yield url
    finally:
        process.terminate()
        process.wait()


def newest_is_removed(url: str) -> bool:
    (newest, *_) = httpx.get(f"{url}/v1/predictions", headers=TOKEN, trust_env=False).json()["results"]
    return bool(httpx.get(newest["urls"]["get"], headers=TOKEN, trust_env=False).json()["data_removed"])


@pytest.mark.parametrize(("columns", "lines"), [(160, 48), (80, 24)])
def test_the_main_job_and_the_run_is_still_there_after_its_expiry(
    forgetful_server: str, tmp_path: Path, columns: int, lines: int
) -> None:
    with Terminal(columns=columns, lines=lines) as terminal:
        terminal.wait_for("local/painter", "online")
        terminal.press("/")
        terminal.wait_for("F5 run", without="palette")
        terminal.press("paint")
        terminal.wait_for("local/painter", without="local/sleeper")
        terminal.press("enter")
        terminal.wait_for("prompt", "style", "Run  F5", "esc leave")
        terminal.press("a lighthouse at dusk", "f5")
        terminal.wait_for("painter", "succeeded", "saved", "out-0.png", "▀")
        if columns >= 140:
            terminal.wait_for("Models", "a lighthouse at dusk")
        terminal.press("escape")
        terminal.wait_for("Models", "⏎ open")
        terminal.press("q")
        assert terminal.wait_for_end() == 0

    until(lambda: newest_is_removed(forgetful_server), "the expiry")

    watched = WatchedConnections(tmp_path)
    with Terminal(columns=columns, lines=lines, environ=watched.environ) as terminal:
        terminal.wait_for("local/painter", "online")
        terminal.press("2")
        terminal.wait_for("Predictions", "a lighthouse at dusk", "out-0.png", "▀")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    assert b"r8_of_the_tests" not in terminal.written
    assert watched.places() == {forgetful_server.rpartition("/")[2]}, "it talks to its host and to nothing else"


def test_without_a_token_the_screen_offers_this_machine(tmp_path: Path) -> None:
    with Terminal(columns=100, lines=30) as terminal:
        terminal.wait_for("REPLICATE_API_TOKEN", "models on this machine")
        terminal.press("l")
        terminal.wait_for("LOCAL", "local/painter", "online")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    subprocess.run([sys.executable, "-m", "replicate_tui", "serve", "--stop"], check=True, capture_output=True)


@pytest.mark.usefixtures("forgetful_server")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_leaves_the_terminal_as_it_was(number: signal.Signals) -> None:
    with Terminal(columns=100, lines=30) as terminal:
        terminal.wait_for("local/painter", "online")
        terminal.process.send_signal(number)
        assert terminal.wait_for_end() == 128 + number
    assert_left_as_found(terminal.written)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_at_the_first_moment_leaves_the_terminal_as_it_was_too(number: signal.Signals) -> None:
    with Terminal("--local", columns=100, lines=30) as terminal:
        terminal.wait_for_bytes(b"\x1b[?1049h")
        terminal.process.send_signal(number)
        assert terminal.wait_for_end() == 128 + number
    assert_left_as_found(terminal.written)
    assert b"Traceback" not in terminal.written


@pytest.mark.usefixtures("forgetful_server")
def test_the_terminal_is_left_as_it_was_found() -> None:
    with Terminal(columns=100, lines=30) as terminal:
        terminal.wait_for("local/painter", "online")
        terminal.resize(60, 20)
        terminal.wait_for("local/painter")
        terminal.resize(170, 50)
        terminal.wait_for("local/painter", "Runs", "Models")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    assert_left_as_found(terminal.written)


@pytest.mark.usefixtures("forgetful_server")
def test_it_ends_with_its_terminal_while_much_is_drawn() -> None:
    with Terminal(columns=160, lines=48) as terminal:
        terminal.wait_for("local/painter", "online")
        terminal.press(*["down", "up"] * 100)
        terminal.close()
        assert terminal.process.wait(TIME_LIMIT) == 128 + signal.SIGHUP


def assert_left_as_found(written: bytes) -> None:
    """Every mode of the terminal that was switched on is off again."""
    modes = dict(re.findall(rb"\x1b\[\?(\d+)([hl])", written))
    assert modes[b"1049"] == b"l", "the alternate screen is left"
    assert modes[b"25"] == b"h", "the cursor is seen"
    assert {modes[number] for number in (b"1000", b"1003", b"1004", b"1006")} == {b"l"}, "the mouse is free"
