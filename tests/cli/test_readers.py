"""Whoever reads what is printed may leave early, and may want no colour."""

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import command
from tests.conftest import Server
from tests.core.forms.quirks import QUIRKS


@pytest.mark.parametrize(
    "arguments",
    [
        ("model", "list"),
        ("model", "search", "paint"),
        ("model", "schema", "local/painter", "--json"),
        ("prediction", "list"),
        ("history", "search", "x"),
        ("history", "cost"),
        ("stream", "local/storyteller", "prompt=Once", "max_tokens=300"),
        ("--help",),
    ],
)
@pytest.mark.usefixtures("remote")
def test_a_reader_that_leaves_early_ends_the_program_quietly(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = _piped(tmp_path, *arguments, reader="head -c 1")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout) == 1
    assert "Traceback" not in done.stderr
    assert "Broken" not in done.stderr


def test_a_report_that_is_cut_off_ends_quietly(tmp_path: Path) -> None:
    models = tmp_path / "models.json"
    models.write_text(json.dumps([QUIRKS[name] for name in QUIRKS] * 20), "utf-8")
    done = _piped(tmp_path, "model", "check", str(models), reader="true")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_pipe_has_no_colour_and_no_cursor_moves(remote: Server, tmp_path: Path) -> None:
    done = _piped(tmp_path, "run", "local/sleeper", "seconds=0.1", reader="cat")
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert "\r" not in done.stderr


def _piped(folder: Path, *arguments: str, reader: str) -> "subprocess.CompletedProcess[str]":
    """The command's exit code, with its standard output read by another program."""
    script = f"set -o pipefail; {shlex.join(command(*arguments))} | {reader}"
    return subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
