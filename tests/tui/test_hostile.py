"""Every text from the network is hostile, and nothing of it acts on the terminal or the program."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui.hostile import predictions
from tests.tui.terminal import Terminal
from tests.waiting import until

OURS = re.compile(r"\x1b\](?:22;[a-z-]*|2;[^\x00-\x1f\x7f-\x9f]*)\x07")
"""The pointer's shape and the title, in which nothing acts."""
REPO = Path(__file__).parents[2]


@pytest.fixture
def hostile_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server whose every text is hostile; the environment points at it."""
    port = tmp_path / "port"
    process = subprocess.Popen([sys.executable, "-m", "tests.tui.hostile", str(port)], cwd=REPO)
    try:
        number = until(lambda: port.exists() and port.read_text(), "the hostile server")
        monkeypatch.setenv("REPLICATE_BASE_URL", f"http://127.0.0.1:{number}")
        monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_of_the_tests")
        yield
    finally:
        process.terminate()
        process.wait()


@pytest.mark.usefixtures("hostile_server")
def test_hostile_texts_are_only_texts() -> None:
    with Terminal(columns=80, lines=24) as terminal:
        terminal.wait_for("evil/model", "online")
        terminal.press("enter")
        terminal.wait_for("prompt", "number", "Run  F5", "esc leave")
        for _ in range(9):
            terminal.press("tab")
        terminal.press("f5")
        terminal.wait_for("Run: Could not")
        terminal.press("f2")
        terminal.wait_for("Models", "⏎ open")
        terminal.press("/")
        terminal.wait_for("F5 run", without="palette")
        terminal.press("[/x]")
        terminal.wait_for("Search:")
        terminal.press("f4")
        terminal.wait_for("Output", "Details", without="Run  F5")
        visit_runs(terminal, 4)
        terminal.press("2")
        terminal.wait_for("Predictions", "evil")
        visit_runs(terminal, len(predictions("")))
        terminal.press("m")
        terminal.wait_for("What did not fit")
        terminal.press("f4")
        terminal.wait_for("Output", "Details", without="What did not fit")
        terminal.press("o")
        terminal.wait_for("No browser here")
        terminal.press("?")
        terminal.wait_for("Help", "Take this run's inputs to the form")
        terminal.press("?")
        terminal.wait_for("Details", without="Take this run's inputs")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    assert_harmless(terminal.written)


@pytest.mark.usefixtures("hostile_server")
def test_hostile_deployments_and_hardware_are_only_texts() -> None:
    with Terminal(columns=80, lines=24) as terminal:
        terminal.wait_for("evil/model", "online")
        terminal.press("5")
        terminal.wait_for("evil-sku", "good for", "its price is not known")
        terminal.press("down")
        terminal.settle()
        assert_edges(terminal)
        terminal.press("n")
        terminal.wait_for("New deployment", "F9 pick hardware")
        terminal.press("f5")
        terminal.wait_for("is required")
        terminal.press("f9")
        terminal.wait_for("Pick hardware")
        terminal.press("escape")
        terminal.wait_for("F5 create it", without="Pick hardware")
        terminal.press("escape")
        terminal.wait_for("⏎ new deployment", without="F5 create it")
        terminal.press("4")
        terminal.wait_for("1–2", "Its runs")
        terminal.press("+")
        terminal.wait_for("Scale evil/evil", "2 → 3")
        terminal.press("enter")
        terminal.wait_for("Not scaled", without="Scale evil")
        terminal.press("down", "d")
        terminal.wait_for("Delete the deployment", "esc keep it")
        terminal.press("x", "enter")
        terminal.wait_for("that is not its name")
        terminal.press("escape")
        terminal.wait_for("r form", without="that is not its name")
        terminal.press("e")
        terminal.wait_for("Edit evil", "F5 change it")
        terminal.press("f5")
        terminal.wait_for("holds characters that are not")
        terminal.press("escape")
        terminal.wait_for("r form", without="F5 change it")
        terminal.press("r")
        terminal.wait_for("Model: ")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    assert_harmless(terminal.written)


def visit_runs(terminal: Terminal, number: int) -> None:
    """So many runs, each on another tab than the one before."""
    terminal.wait_for("Output")
    for _ in range(number):
        terminal.press("right")
        terminal.settle()
        assert_edges(terminal)
        terminal.press("down")
        terminal.settle()


def assert_edges(terminal: Terminal) -> None:
    """Whatever stands within a pane, its edge is in the last column."""
    lines = [line for line in terminal.screen.buffer.values() if line[0].data in "╭│╰"]
    edges = {line[79].data for line in lines}
    assert lines
    assert edges <= set("╮│╯▁▂▃▄▅▆▇█ "), edges


def assert_harmless(written: bytes) -> None:
    """No title but ours, no device string, no 8-bit control, no bell, and no cursor move that Textual does not make."""
    text = OURS.sub("", written.decode())
    acts = re.compile("\x1b\\]|\x1bP|\x07|\x1b\\[\\d*A|[\x80-\x9f\u202e\u200b\ufeff]")
    found = acts.search(text)
    assert found is None, f"{found[0]!r} in {text[max(0, found.start() - 300) : found.end() + 40]!r}"
