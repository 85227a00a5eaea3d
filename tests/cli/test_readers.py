"""Whoever reads what is printed may leave early, and may want no colour."""

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import command
from tests.cli.terminals import on_a_terminal
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
        ("run", "--help"),
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


@pytest.mark.usefixtures("remote")
@pytest.mark.parametrize(
    "arguments",
    [("model", "list"), ("model", "schema", "local/painter"), ("run", "local/sleeper", "seconds=0.1"), ("doctor",)],
    ids=" ".join,
)
def test_a_terminal_that_only_prints_gets_neither_colour_nor_cursor_moves(arguments: tuple[str, ...]) -> None:
    seen = on_a_terminal(*arguments, TERM="dumb")
    assert len(seen.lines) > 1
    assert "\x1b" not in seen.raw
    assert "\r" not in seen.raw.replace("\r\n", "\n")


@pytest.mark.usefixtures("remote")
def test_a_batch_on_a_terminal_that_only_prints_tells_its_rows_alone(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("text\na\nb\n", "utf-8")
    arguments = ("batch", "local/hello-world", str(table), "--output-directory", str(tmp_path / "results"), "--yes")
    seen = on_a_terminal(*arguments, TERM="dumb")
    assert seen.code == 0, seen.text
    assert "\x1b" not in seen.raw
    assert "2 of 2 rows succeeded" in seen.text


@pytest.mark.parametrize("streams", ["2>&-", ">&- 2>&-", "2>/dev/full"])
def test_wrong_use_ends_with_2_where_nobody_can_be_told(tmp_path: Path, streams: str) -> None:
    done = _shell(tmp_path, f"{shlex.join(command('model', 'lst'))} {streams}")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "")


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("run", "--help"), ("model", "show", "-h"), ("help", "run")],
    ids=" ".join,
)
def test_a_help_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    for stream, why in ((">/dev/full", "No space left on device"), (">&-", "it is closed")):
        done = _shell(tmp_path, f"{shlex.join(command(*arguments))} {stream}")
        assert (done.returncode, done.stderr) == (2, f"cannot write to standard output: {why}\n")


def _piped(folder: Path, *arguments: str, reader: str) -> "subprocess.CompletedProcess[str]":
    """The command's exit code, with its standard output read by another program."""
    return _shell(folder, f"set -o pipefail; {shlex.join(command(*arguments))} | {reader}")


def _shell(folder: Path, script: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
