"""The terminal lent to a pager, in a real terminal."""

import stat
from pathlib import Path

import pytest

from tests.tui.terminal import Terminal


class Paging(Terminal):
    """An app with a text for the pager."""

    PROGRAM = ("-m", "tests.tui.pager_app")


@pytest.fixture
def pager(tmp_path: Path) -> Path:
    """A pager that shows the text, notes who may read its file, and ends with a key."""
    path = tmp_path / "pager"
    path.write_text(
        f'#!/bin/sh\ncat "$1"\n(stat -c %a "$1" || stat -f %Lp "$1") > {tmp_path}/mode\n'
        f'echo "$1" > {tmp_path}/file\nread key\n'
    )
    path.chmod(stat.S_IRWXU)
    return path


def test_a_text_is_read_in_the_persons_pager_and_the_screen_comes_back(pager: Path, tmp_path: Path) -> None:
    with Paging(columns=60, lines=10, environ={"PAGER": str(pager)}) as terminal:
        terminal.wait_for("ready")
        terminal.press("P")
        terminal.wait_for("first line", "last line")
        terminal.press("enter")
        terminal.wait_for("back again", without="last line")
        assert (tmp_path / "mode").read_text().strip() == "600"
        assert not Path((tmp_path / "file").read_text().strip()).exists()
        terminal.press("q")
        assert terminal.wait_for_end() == 0


@pytest.mark.parametrize(
    ("command", "told"), [("no-such-pager", "no-such-pager cannot be started"), ("false", "false ended with code 1")]
)
def test_a_pager_that_does_not_work_is_told_of(command: str, told: str) -> None:
    with Paging(columns=90, lines=10, environ={"PAGER": command}) as terminal:
        terminal.wait_for("ready")
        terminal.press("P")
        terminal.wait_for(told)
        terminal.press("q")
        assert terminal.wait_for_end() == 0
