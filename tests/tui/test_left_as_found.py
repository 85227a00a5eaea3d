"""However the program ends or pauses, the terminal is a shell's again."""

import os
import re
import signal
import subprocess
import sys

import pytest

from tests.conftest import Server
from tests.tui.shell_terminal import PROMPT, ShellTerminal
from tests.tui.terminal import Terminal

SCREEN = ("-m", "replicate_tui")
CTRL_Q = "\x11"
CTRL_Z = "\x1a"


@pytest.fixture(autouse=True)
def connected(local_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLICATE_BASE_URL", local_server.url)
    monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_of_the_tests")


def test_a_shell_gets_its_terminal_back_however_the_screen_ends() -> None:
    with ShellTerminal(columns=100, lines=30) as shell:
        begin = shell.run(*SCREEN)
        shell.wait_for("local/painter", "online")
        shell.press(CTRL_Q)
        assert shell.assert_as_found(shell.wait_for_prompt(begin)) == PROMPT
        for number in (signal.SIGTERM, signal.SIGHUP):
            begin = shell.run(*SCREEN)
            shell.wait_for("local/painter", "online")
            shell.signal(number)
            assert shell.assert_as_found(shell.wait_for_prompt(begin)).endswith(PROMPT)
        begin = shell.run("-m", "tests.tui.crashing_app")
        shell.wait_for("local/painter", "online")
        shell.press("?")
        said = shell.assert_as_found(shell.wait_for_prompt(begin))
        assert "RuntimeError: injected" in said, "a crash tells what it was"
        assert "r8_xxxxxxxx" not in said, "and no values"


def test_a_suspended_screen_gives_the_terminal_back_and_returns_as_it_was() -> None:
    with ShellTerminal(columns=100, lines=30) as shell:
        begin = shell.run(*SCREEN)
        shell.wait_for("local/painter", "online")
        for key, shown in (("1", "local/painter"), ("5", "per hour")):
            shell.press(key)
            shell.wait_for(shown)
            shell.press(CTRL_Z)
            shell.assert_as_found(shell.wait_for_prompt(begin))
            shell.screen.reset()
            shell.press("fg\n")
            shell.wait_for(shown, "q quit")
        shell.press("q")
        assert shell.assert_as_found(shell.wait_for_prompt(begin)).endswith(PROMPT)


def test_the_screen_is_whole_after_every_change_of_the_terminals_size() -> None:
    sizes = ((140, 40), (200, 50), (20, 5), (80, 24))
    with Terminal(columns=100, lines=30) as terminal:
        terminal.wait_for("local/painter", "online")
        for key, title in zip("12345", ("Models", "Predictions", "Trainings", "Deployments", "Hardware"), strict=True):
            terminal.press(key)
            terminal.wait_for(f"─ {title}")
            for columns, lines in sizes:
                terminal.screen.reset()
                terminal.resize(columns, lines)
                terminal.wait_for("╯" if lines > 5 else "replicate")
            terminal.wait_for(f"─ {title}", "? help")
            edges = {terminal.screen.buffer[line][79].data for line in range(2, 23)}
            assert edges <= set("╮│╯▁▂▃▄▅▆▇█ "), edges
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_terminals_of_few_words_show_the_screen_all_the_same() -> None:
    plain = {"TERM": "screen-256color", "LC_ALL": "C", "COLORTERM": "", "NO_COLOR": "1"}
    with Terminal(columns=80, lines=24, environ=plain) as terminal:
        terminal.wait_for("local/painter", "online", "━ Models ━")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    colours = re.findall(rb"\x1b\[[0-9;]*\b(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])\b[0-9;]*m", terminal.written)
    assert not colours, "NO_COLOR means none"
    old = {"PYTHONIOENCODING": "latin-1", "TERM": ""}
    with Terminal(columns=80, lines=24, environ=old) as terminal:
        terminal.wait_for("local/painter", "online")
        assert {len(line) for line in terminal.screen.display} == {80}
        assert "\\u" not in terminal.text, "what the terminal has no letter for takes one cell"
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_what_is_no_terminal_is_refused_with_a_sentence() -> None:
    with Terminal(columns=80, lines=24, environ={"TERM": "dumb"}) as terminal:
        assert terminal.wait_for_end() == 2
        assert "TERM=dumb" in terminal.text
        assert b"\x1b" not in terminal.written
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "replicate_tui"]
    for streams in ({"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}, {"stderr": subprocess.PIPE}):
        ended = subprocess.run(command, **{"stdin": theirs, "stdout": theirs, **streams}, text=True)
        assert ended.returncode == 2
        assert "needs a terminal" in ended.stderr
        assert "--help" in ended.stderr
    os.close(ours)
    os.close(theirs)
