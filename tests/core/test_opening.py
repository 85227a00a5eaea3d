"""Files in the program that this machine has for them: which, by what, and which never."""

import sys
from pathlib import Path

import pytest

from replicate_tui.core.opening import may_open, open_file, opener


@pytest.mark.parametrize("name", ["out.png", "OUT.MP4", "a.b.json", "model.glb", "trained.tar.gz"])
def test_what_is_looked_at_may_be_opened(name: str) -> None:
    assert may_open(Path(name))


@pytest.mark.parametrize(
    "name", ["run.exe", "run.bat", "run.js", "page.html", "run.desktop", "run", "run.sh", "x.png.lnk"]
)
def test_what_may_be_a_program_is_not_opened(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(b"")
    assert not may_open(path)
    assert not open_file(path)


def program(folder: Path, name: str, code: int, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program of that name on the path, which notes what it was given."""
    told = folder / "told"
    path = folder / name
    path.write_text(f'#!/bin/sh\necho "$@" > "{told}"\nexit {code}\n')
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return told


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="other systems have other programs")
def test_a_file_is_given_to_the_desktops_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    told = program(tmp_path, "xdg-open", 0, monkeypatch)
    picture = tmp_path / "a picture.png"
    assert not open_file(picture)
    picture.write_bytes(b"")
    assert open_file(picture)
    assert told.read_text().strip() == str(picture)
    program(tmp_path, "xdg-open", 3, monkeypatch)
    assert not open_file(picture)


def test_without_a_desktop_nothing_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "xdg-open", 0, monkeypatch)
    program(tmp_path, "open", 0, monkeypatch)
    assert opener({}, "linux") is None
    if sys.platform != "win32":
        assert opener({"WAYLAND_DISPLAY": "wayland-0"}, "linux") == str(tmp_path / "xdg-open")
        assert opener({}, "darwin") == str(tmp_path / "open")
