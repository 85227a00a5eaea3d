"""How pictures are drawn: which terminals are asked, what they answer, and what is drawn then."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from textual.app import App, ComposeResult

from replicate_tui.core.settings import Flags, SettingsError, load
from replicate_tui.tui.images import Drawing, drawing_of, found, may_answer
from replicate_tui.tui.widgets.picture import Picture
from tests.tui.terminal import Terminal
from tests.waiting import eventually

KITTY = {"TERM": "xterm-kitty"}


@pytest.mark.skipif(os.name == "nt", reason="no terminal is asked there")
@pytest.mark.parametrize(
    "environ",
    [KITTY, {"TERM": "foot"}, {"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, {"KONSOLE_VERSION": "23"}],
)
def test_terminals_that_are_known_to_have_graphics_are_asked(environ: dict[str, str]) -> None:
    assert may_answer(environ)


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"TERM": "xterm-256color"},
        {"TERM": "xterm-256color", "TERM_PROGRAM": "vscode"},
        {"TERM": "linux"},
        KITTY | {"TMUX": "/tmp/tmux-0/default,1,0"},
        KITTY | {"STY": "1.pts"},
        {"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1"},
        KITTY | {"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"},
    ],
)
def test_nothing_is_asked_where_no_answer_can_be_trusted(environ: dict[str, str]) -> None:
    assert not may_answer(environ)
    assert found("auto", environ) == Drawing("blocks")


def test_what_needs_no_answer_is_not_asked_for() -> None:
    assert found("blocks", KITTY) == Drawing("blocks")
    assert found("none", KITTY) == Drawing("none")
    code = "import sys; import replicate_tui.tui.app; sys.exit('textual_image' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_the_library_pictures_are_half_blocks_and_only_a_wish_is_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("replicate_tui.tui.images._LIBRARY", "no_such_library")
    assert found("auto", KITTY) == Drawing("blocks")
    forced = found("sixel", {})
    assert forced.how == "blocks"
    assert forced.trouble.startswith("Pictures are drawn in half blocks: the terminal's graphics cannot be used")


@pytest.mark.parametrize(("size", "cells"), [((400, 400), (20, 10)), ((800, 100), (40, 2)), ((1, 4000), (1, 10))])
def test_a_picture_keeps_its_proportions_in_the_terminals_own_cells(
    size: tuple[int, int], cells: tuple[int, int]
) -> None:
    assert Drawing("kitty", (10, 20)).cells(size, 40, 10) == cells


def test_the_flag_beats_the_file_and_both_are_judged(tmp_path: Path) -> None:
    home = {"REPLICATE_TUI_HOME": str(tmp_path)}
    assert load(Flags(local=True), home).images == "auto"
    config = tmp_path / "config" / "config.toml"
    config.parent.mkdir()
    config.write_text('images = "none"\n')
    assert load(Flags(local=True), home).images == "none"
    assert load(Flags(local=True, images="sixel"), home).images == "sixel"
    with pytest.raises(SettingsError, match="--images is 'ascii': give auto, kitty, sixel, blocks or none"):
        load(Flags(local=True, images="ascii"), home)
    config.write_text("images = 3\n")
    with pytest.raises(SettingsError, match="images is 3: give auto"):
        load(Flags(local=True), home)


def test_an_app_that_does_not_say_draws_half_blocks() -> None:
    assert drawing_of(App()) == Drawing("blocks")


class Answering(Terminal):
    """A terminal that answers what it is asked: a picture alone in an app, drawn as was found."""

    def __init__(self, picture: Path, answers: dict[bytes, bytes]) -> None:
        self._answers = dict(answers)
        self._asked = b""
        self.PROGRAM = ("-m", "tests.tui.picture_app")
        super().__init__(str(picture), columns=60, lines=20, environ=KITTY)

    def _drain(self, wait: float) -> None:
        before = len(self.written)
        super()._drain(wait)
        self._asked += self.written[before:]
        for question in [question for question in self._answers if question in self._asked]:
            os.write(self._ours, self._answers.pop(question))

    def read_until(self, written: bytes) -> None:
        """Read until the program has written this."""
        self._read_until(lambda: written in self.written, repr(written), 30)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.png"
    Image.new("RGB", (200, 100), (200, 80, 40)).save(path)
    return path


@pytest.mark.skipif(os.name == "nt", reason="there are no ptys")
@pytest.mark.parametrize(
    ("answers", "drawn"),
    [
        (
            {b"\x1b[c": b"\x1b[?62c", b"a=q": b"\x1b_Gi=1;OK\x1b\\", b"\x1b[16t": b"\x1b[6;20;10t"},
            "\U0010eeee".encode(),
        ),
        ({b"\x1b[c": b"\x1b[?62;4c", b"\x1b[16t": b"\x1b[6;20;10t"}, b"\x1bP"),
        ({}, "▀".encode()),
        ({b"\x1b[c": b"\x1b[?\xff\xfe", b"a=q": b"\x1b_Gnonsense\x1b\\"}, "▀".encode()),
    ],
    ids=["kitty", "sixel", "a silent terminal", "an odd terminal"],
)
def test_what_the_terminal_answers_decides_how_a_picture_is_drawn(
    picture: Path, answers: dict[bytes, bytes], drawn: bytes
) -> None:
    with Answering(picture, answers) as terminal:
        terminal.read_until(drawn)
        terminal.press("q")
        assert terminal.wait_for_end() == 0


class Frame(App[None]):
    """A picture in a terminal with graphics."""

    drawing = Drawing("kitty", (10, 20))

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.picture = Picture(path)

    def compose(self) -> ComposeResult:
        yield self.picture


async def test_a_graphic_goes_with_its_picture_and_fits_a_new_place(
    picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from textual.widgets import Static

    monkeypatch.setattr(Drawing, "widget", lambda self, image: Static(f"{image.size}"))
    app = Frame(picture)
    async with app.run_test(size=(40, 20)) as pilot:
        await eventually(lambda: [child.size for child in app.picture.children] == [(40, 10)])
        assert app.picture.lines_for(40, 20) == 10
        await pilot.resize_terminal(20, 20)
        await eventually(lambda: [child.size for child in app.picture.children] == [(20, 5)])
        app.picture.path = None
        await eventually(lambda: not app.picture.children)
