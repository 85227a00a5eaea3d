"""Copying: what is sent to the terminal, which program takes it besides, and what is said of it."""

import base64
import os
import stat
import sys
from pathlib import Path

import pytest

from replicate_tui.core.settings import Settings
from replicate_tui.tui.copying import LONGEST_SEQUENCE, Program, program, storable, takes, told

if sys.platform != "win32":
    from tests.tui.terminal import Terminal

COPIES = '#!/bin/sh\ncat > "$(dirname "$0")/copied"\n'
F7 = "\x1b[18~"


def install(folder: Path, name: str, script: str = COPIES) -> Path:
    """Put a program on a PATH of the test's own."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(script)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.mark.skipif(os.name == "nt", reason="programs are found by their suffix there")
def test_the_program_is_the_one_of_the_clipboard_that_is_seen(tmp_path: Path) -> None:
    for name in ("wl-copy", "xclip", "pbcopy", "clip.exe"):
        install(tmp_path, name)
    path = {"PATH": str(tmp_path)}
    found = {
        "wl-copy": program({**path, "WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "linux"),
        "xclip": program({**path, "DISPLAY": ":0"}, "linux"),
        "pbcopy": program(path, "darwin"),
        "clip.exe": program({**path, "WSL_DISTRO_NAME": "Ubuntu"}, "linux"),
    }
    assert {name: each.name for name, each in found.items() if each} == {name: name for name in found}
    assert program(path, "linux") is None
    assert program({"PATH": "", "DISPLAY": ":0"}, "linux") is None
    # over SSH it would be the clipboard of a machine that nobody sits before
    assert program({**path, "DISPLAY": ":10", "SSH_CONNECTION": "1 2 3 4"}, "linux") is None


@pytest.mark.skipif(os.name == "nt", reason="scripts are no programs there")
async def test_only_what_a_program_took_is_said_to_be_taken(tmp_path: Path) -> None:
    good = Program((str(install(tmp_path, "good")),))
    bad = Program((str(install(tmp_path, "bad", "#!/bin/sh\ncat >/dev/null; exit 1\n")),))
    assert await takes(good, "a heron\n🦩")
    assert (tmp_path / "copied").read_text(encoding="utf-8") == "a heron\n🦩"
    assert not await takes(bad, "a heron")
    assert not await takes(Program((str(tmp_path / "gone"),)), "a heron")


def test_what_is_said_claims_no_more_than_is_known() -> None:
    assert told("heron", Program(("xclip", "-in"))) == "Copied 5 characters with xclip: heron"
    assert told("x", None) == "Copied 1 character through the terminal, if it takes that: x"
    assert told("a\nb\n", None).startswith("Copied 2 lines through the terminal, if it takes that")
    assert "may not take so much" in told("x" * (LONGEST_SEQUENCE + 1), None)
    assert "\x1b" not in told("\x1b]52;c;AAAA\x07[/x]", None)
    assert len(told("word " * 9999, None)) < 200
    assert storable("half \ud800") == "half ?"


@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals")
def test_in_a_terminal_both_it_and_the_program_are_given_what_is_copied_and_its_title_comes_back(
    tmp_path: Path, settings: Settings, home: Path
) -> None:
    copied = install(tmp_path / "bin", "wl-copy").with_name("copied")
    environ = {
        "PATH": f"{copied.parent}{os.pathsep}{os.environ['PATH']}",
        "WAYLAND_DISPLAY": "wayland-0",
        "REPLICATE_BASE_URL": settings.base_url,
        "REPLICATE_API_TOKEN": "r8_of_the_tests",
    }
    with Terminal(columns=120, lines=36, environ=environ) as terminal:
        terminal.wait_for("local/painter", "online")
        terminal.press("/")
        terminal.wait_for("F5 run", without="palette")
        terminal.press("paint")
        terminal.wait_for("local/painter", without="local/sleeper")
        terminal.press("enter")
        terminal.wait_for("esc leave", "prompt")
        terminal.press(F7, F7)
        terminal.wait_for("y copy")
        terminal.press("y")
        terminal.wait_for("with wl-copy")
        code = copied.read_text(encoding="utf-8")
        assert "local/painter" in code
        assert b"\x1b]52;c;" + base64.b64encode(code.encode()) + b"\x07" in terminal.written
        assert terminal.screen.title == "replicate-tui · local"
        terminal.press("\x11")  # ctrl+q
        assert terminal.wait_for_end() == 0
        assert 0 <= terminal.written.index(b"\x1b[22;2t") < terminal.written.index(b"\x1b[23;2t")
