"""`prediction save`: the files of runs, now and after Replicate has deleted them."""

import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from replicate_tui import __version__
from tests.cli.conftest import Run, command
from tests.conftest import Server
from tests.pictures import picture_size
from tests.waiting import until

TOKEN = {"Authorization": "Bearer r8_of_the_tests"}
PAINTING = ("run", "local/painter", "prompt=a lighthouse", "width=96", "height=64", "num_outputs=2")


@dataclass(frozen=True)
class Forgetful:
    """A server that forgets."""

    url: str
    process: "subprocess.Popen[bytes]"


@pytest.fixture
def forgetful(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator["Forgetful"]:
    """A server that keeps outputs for some seconds; the environment points at it."""
    state = tmp_path / "server" / "state.json"
    arguments = ["--port", "0", "--retention", "6", "--data", str(state.parent), "--state", str(state)]
    process = subprocess.Popen(
        [sys.executable, "-m", "replicate_tui.local", *arguments, "--version-label", __version__],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = until(lambda: state.exists() and json.loads(state.read_text())["url"], "the server")
        monkeypatch.setenv("REPLICATE_BASE_URL", url)
        monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_of_the_tests")
        yield Forgetful(url, process)
    finally:
        process.terminate()
        process.wait()


def ran(run: Run, *arguments: str) -> str:
    """The id of a run that ended."""
    done = run(*arguments)
    assert done.returncode in (0, 1), done.stderr
    return str(json.loads(done.stdout)["id"])


def wait_for_deletion(url: str, run_id: str) -> None:
    address = f"{url}/v1/predictions/{run_id}"
    until(lambda: httpx.get(address, headers=TOKEN, trust_env=False).json().get("data_removed"), "the deletion")


def test_runs_are_saved_each_in_a_folder_of_its_own(run: Run, remote: Server, tmp_path: Path) -> None:
    painting, text = ran(run, *PAINTING), ran(run, "run", "local/hello-world", "text=you")
    done = run("prediction", "save", painting, f"{remote.url}/p/{text}", painting, "--output-directory", "kept/here")
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["id"] for each in told] == [painting, text]
    folder = tmp_path / "work" / "kept" / "here"
    assert [picture_size(folder / painting / f"out-{n}.png") for n in range(2)] == [(96, 64)] * 2
    assert {Path(path).name for path in told[0]["files"]} == {path.name for path in (folder / painting).iterdir()}
    assert "you" in (folder / text / "output.txt").read_text()
    assert (told[1]["failures"], told[1]["lost"]) == ([], False)


def test_without_a_directory_runs_are_kept_with_the_saved_ones_of_the_archive(
    run: Run, remote: Server, home: Path, tmp_path: Path
) -> None:
    config = home / "config" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f"[archive]\nfolder = '{tmp_path / 'archive'}'\n")
    run_id = ran(run, *PAINTING)
    done = run("prediction", "save", run_id, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["folder"] == str(tmp_path / "archive" / run_id)
    assert (tmp_path / "archive" / run_id / "out-1.png").is_file()


def test_a_failed_runs_logs_are_saved_and_a_working_run_is_not_saved_yet(
    run: Run, remote: Server, tmp_path: Path
) -> None:
    failed = ran(run, "run", "local/sleeper", "seconds=0.1", "log_lines=3", "fail=true")
    working = ran(run, "run", "local/sleeper", "seconds=60", "--no-wait")
    done = run("prediction", "save", working, failed, "--output-directory", ".")
    run("prediction", "cancel", working)
    assert done.returncode == 1
    assert f"{working} is " in done.stderr
    assert "nothing to save before it ends" in done.stderr
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [failed]
    assert "line 1" in (tmp_path / "work" / failed / "logs.txt").read_text()


def test_what_nobody_knows_is_told_and_the_others_are_saved(run: Run, remote: Server, tmp_path: Path) -> None:
    text = ran(run, "run", "local/hello-world", "text=you")
    done = run("prediction", "save", "nosuchrunatall000000000000", text, "--output-directory", ".")
    assert done.returncode == 1
    assert "nosuchrunatall000000000000 is not saved" in done.stderr
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [text]


def test_what_was_saved_in_time_is_there_for_ever_and_what_was_not_is_said_to_be_deleted(
    run: Run, forgetful: Forgetful, tmp_path: Path
) -> None:
    kept = ran(run, *PAINTING)
    assert run("prediction", "save", kept).returncode == 0
    lost = ran(run, *PAINTING)
    for run_id in (kept, lost):
        wait_for_deletion(forgetful.url, run_id)
    again = run("prediction", "save", kept)
    assert again.returncode == 0, again.stderr
    copied = run("prediction", "save", kept, "--output-directory", "copies")
    assert copied.returncode == 0, copied.stderr
    assert picture_size(tmp_path / "work" / "copies" / kept / "out-1.png") == (96, 64)
    gone = run("prediction", "save", lost, "--output-directory", "copies")
    assert gone.returncode == 1
    assert gone.stderr == f"{lost} is not saved: Replicate has deleted its files\n"
    told = json.loads(gone.stdout)
    assert told["lost"]
    assert len(told["failures"]) == 2
    forgetful.process.terminate()
    forgetful.process.wait()
    alone = run("prediction", "save", kept, "nosuchrunatall000000000000")
    assert alone.returncode == 1
    assert [json.loads(line)["id"] for line in alone.stdout.splitlines()] == [kept], "history knows it without the API"
    assert alone.stderr.startswith("nosuchrunatall000000000000 is not saved: Could not ")


def test_what_was_never_seen_before_it_was_deleted_is_said_to_be_deleted(
    run: Run, forgetful: Forgetful, home: Path
) -> None:
    run_id = ran(run, *PAINTING)
    wait_for_deletion(forgetful.url, run_id)
    shutil.rmtree(home)
    done = run("prediction", "save", run_id)
    assert done.returncode == 1
    assert done.stderr == f"{run_id} is not saved: Replicate has deleted its files\n"


@pytest.mark.skipif(os.name == "nt", reason="no such terminals there")
def test_a_person_reads_one_line_for_each_run(run: Run, remote: Server) -> None:
    run_id = ran(run, *PAINTING)
    parent, child = pty.openpty()
    try:
        arguments = command("prediction", "save", run_id)
        assert subprocess.run(arguments, stdout=child, stderr=subprocess.PIPE, timeout=60, check=False).returncode == 0
        os.close(child)
        seen = os.read(parent, 4096).decode()
    finally:
        os.close(parent)
    assert seen.startswith(f"{run_id}  ")
    assert " files in " in seen
    assert "{" not in seen


@pytest.mark.parametrize(
    ("arguments", "named"), [((), "ID"), (("not an id",), "not an id"), (("acme/painter",), "acme/painter")]
)
def test_what_names_no_run_is_wrong_use(run: Run, remote: Server, arguments: tuple[str, ...], named: str) -> None:
    done = run("prediction", "save", *arguments)
    assert done.returncode == 2
    assert named in done.stderr
    assert done.stdout == ""


def test_a_folder_that_cannot_be_used_is_told(run: Run, remote: Server, tmp_path: Path) -> None:
    run_id = ran(run, "run", "local/hello-world", "text=you")
    (tmp_path / "work" / "file").write_bytes(b"")
    done = run("prediction", "save", run_id, "--output-directory", "file")
    assert done.returncode == 2
    assert "cannot save there: file is not a folder" in done.stderr
    assert "Traceback" not in done.stderr
