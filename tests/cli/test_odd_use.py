"""Odd uses of `run` that must neither lose what was paid for nor end in a traceback."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Run, command
from tests.cli.terminals import on_a_terminal

pytestmark = pytest.mark.usefixtures("remote")


@pytest.mark.parametrize("reader", ["| true", "> /dev/full", ">&-"])
def test_files_are_saved_whoever_reads_the_output(tmp_path: Path, reader: str) -> None:
    program = " ".join(
        command("run", "local/painter", "prompt=x", "width=64", "height=64", "--output-directory", "kept")
    )
    subprocess.run(["bash", "-c", f"{program} {reader}"], cwd=tmp_path, capture_output=True, timeout=60, check=False)
    assert list((tmp_path / "kept").glob("*.png"))


@pytest.mark.parametrize("arguments", [("stream",), ("run", "--stream")], ids=" ".join)
def test_what_gives_no_text_is_printed_when_it_is_there(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(arguments[0], "local/painter", "prompt=x", "width=64", "height=64", *arguments[1:])
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("http")


def test_logs_do_not_cut_a_text_that_streams_to_the_same_terminal() -> None:
    seen = on_a_terminal("run", "local/storyteller", "prompt=Once", "max_tokens=20")
    assert seen.code == 0
    assert not any("tokens" in line and "Prediction created" not in line for line in seen.lines[1:])


def test_a_closed_standard_output_is_told(tmp_path: Path) -> None:
    program = " ".join(command("model", "list"))
    done = subprocess.run(["bash", "-c", f"{program} >&-"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "standard output" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "stdin", "named"),
    [
        (("--deployment", ""), "", "--deployment"),
        (("--lifetime", ""), "", "--lifetime"),
        (("--webhook", ""), "", "--webhook"),
        (("--block", ""), "", "--block"),
        (("--base-url", ""), "", "base URL"),
        (("--profile", ""), "", "profile"),
        (("--web", "--save"), "", "--web"),
        (("more={{.a}}",), "[" * 100_000, "not JSON"),
        (("--input", "/dev/zero"), "", "MB"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(len(value)),
)
def test_what_cannot_be_meant_is_refused_before_anything_is_sent(
    run: Run, arguments: tuple[str, ...], stdin: str, named: str
) -> None:
    before = json.loads(run("prediction", "list").stdout)["results"]
    done = run("run", "local/hello-world", "text=a", *arguments, stdin=stdin)
    assert done.returncode == 2, done.stderr
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert [each["id"] for each in json.loads(run("prediction", "list").stdout)["results"]][-1:] == [
        each["id"] for each in before
    ][-1:]


@pytest.mark.parametrize("arguments", [("run", "", "text=x"), ("history", "search", "x", "--limit", "9" * 23)], ids=str)
def test_an_empty_name_and_an_endless_limit_are_wrong_use(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


LONG = "a" * 100_000


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "local/hello-world", f"{LONG}=x"),
        ("run", "local/sleeper", f"seconds={LONG}"),
        ("run", LONG, "text=a"),
        ("run", "local/hello-world", f"text=@{LONG}"),
        ("prediction", "show", LONG),
        ("prediction", "cancel", LONG),
        ("prediction", "save", LONG, "--output-directory", "x"),
        ("model", LONG),
        ("model", "a " * 40_000),
        (f"--{LONG}",),
        ("model", "list", "--profile", LONG),
        ("deployment", "create", "mine", "--model", "local/painter", "--hardware", LONG),
    ],
    ids=lambda arguments: " ".join(word[:20] for word in arguments),
)
def test_what_is_long_is_cut_where_it_is_told(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode in (2, 3), done.stderr[:1000]
    assert "…" in done.stderr
    assert len(done.stderr) < 5000
    assert "Traceback" not in done.stderr


def test_bytes_that_are_no_text_are_not_sent() -> None:
    program = command("run", "local/hello-world", "text=-")
    done = subprocess.run(program, input=b"\xff\xfe", capture_output=True, check=False)
    assert done.returncode == 2
    assert b"UTF-8" in done.stderr


def test_a_rehearsal_of_a_training_shows_it_even_if_its_destination_is_to_be_made(run: Run) -> None:
    done = run(
        "train", "local/storyteller", "-d", "local/none-yet", "--create", "text=https://a.example/b", "--dry-run"
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["url"].endswith("/trainings")
    assert "would make" in done.stderr
    assert run("model", "show", "local/none-yet").returncode == 3


def test_words_of_the_local_server_are_told_as_they_are(run: Run) -> None:
    done = run("--local", "model", "create", "other/thing", "--hardware", "cpu")
    run("serve", "--stop")
    assert done.returncode == 3
    assert "[token]" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("batch", "local/hello-world", "/dev/zero"),
        ("webhook", "verify", "/dev/zero"),
        ("model", "update", "local/mine", "--readme", "/dev/zero"),
        ("train", "local/storyteller", "-d", "local/x", "--input", "/dev/zero"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_file_without_an_end_is_refused(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2, done.stderr
    assert "MB" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("prediction", "save", "k7x2m9qd5rrm80cn4wf9t0a6zc"),
        ("webhook", "listen", "--save"),
        ("run", "local/hello-world", "text=a", "--save"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_folder_that_cannot_be_is_refused_at_once(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments, "--output-directory", "/proc/nowhere")
    assert done.returncode == 2, done.stderr
    assert "cannot save there" in done.stderr
