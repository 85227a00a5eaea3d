"""`batch`: real processes against a real server, killed and resumed."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.conftest import Run, command
from tests.cli.terminals import on_a_terminal
from tests.conftest import Server
from tests.pictures import picture_size
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("remote")

RESUMING = 150
"""Seconds: what a killed program was just sending is looked for until the list would have to show it."""


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """The folder in which the commands run."""
    folder = tmp_path / "work"
    folder.mkdir(exist_ok=True)
    return folder


def listed(server: Server) -> Iterator[dict[str, Any]]:
    """Every prediction at the server."""
    with httpx.Client(headers={"Authorization": "Bearer x"}, trust_env=False) as client:
        url: str | None = f"{server.url}/v1/predictions"
        while url:
            page = client.get(url).json()
            yield from page["results"]
            url = page["next"]


def sent_with(server: Server, name: str, value: object) -> list[str]:
    """Ids of the predictions with this input."""
    return [each["id"] for each in listed(server) if each["input"].get(name) == value]


def objects(text: str) -> dict[int, dict[str, Any]]:
    """Results by row, and no row twice."""
    found = [json.loads(line) for line in text.splitlines()]
    by_row = {each["row"]: each for each in found}
    assert len(by_row) == len(found)
    return by_row


def counted(file: Path) -> int:
    """How many lines there are."""
    return file.read_bytes().count(b"\n") if file.exists() else 0


def test_each_row_is_a_run_whose_result_is_told_and_kept(run: Run, work: Path) -> None:
    (work / "prompts.csv").write_text('text\n"Ada, and Grace"\nAlan\n', "utf-8")
    done = run("batch", "local/hello-world", "prompts.csv")
    assert done.returncode == 0, done.stderr
    told = objects(done.stdout)
    assert told == objects((work / "batch-prompts" / "results.jsonl").read_text("utf-8"))
    assert {row: each["input"] for row, each in told.items()} == {1: {"text": "Ada, and Grace"}, 2: {"text": "Alan"}}
    assert "Ada, and Grace" in told[1]["output"]
    assert "Alan" in (work / "batch-prompts" / "2" / "output.txt").read_text("utf-8")
    assert "2 of 2 rows succeeded" in done.stderr


def test_pictures_are_saved_in_the_folder_of_their_row(run: Run, work: Path) -> None:
    rows = [{"prompt": "a heron", "width": 128, "height": 96}, {"prompt": "a lighthouse", "width": 64, "height": 64}]
    stdin = "".join(json.dumps(row) + "\n" for row in rows)
    done = run("batch", "local/painter", "-", "--output-directory", "painted", stdin=stdin)
    assert done.returncode == 0, done.stderr
    for row, each in objects(done.stdout).items():
        (picture,) = [work / "painted" / file for file in each["files"] if file.endswith(".png")]
        assert picture.parent.name == str(row)
        assert picture_size(picture) == (rows[row - 1]["width"], rows[row - 1]["height"])


def test_files_of_a_file_input_lie_beside_the_table(run: Run, work: Path) -> None:
    painted = run("run", "local/painter", "prompt=x", "width=64", "height=64", "--output-directory", "tables")
    assert painted.returncode == 0, painted.stderr
    (picture,) = (work / "tables").glob("*.png")
    (work / "tables" / "photos.csv").write_text(f"image\n@{picture.name}\n", "utf-8")
    done = run("batch", "local/upscaler", "tables/photos.csv")
    assert done.returncode == 0, done.stderr
    assert objects(done.stdout)[1]["status"] == "succeeded"


def test_a_row_that_fails_ends_with_1_and_the_others_go_on(run: Run, work: Path) -> None:
    (work / "t.csv").write_text("seconds;fail\n0.1;true\n0.2;no\n", "utf-8")
    done = run("batch", "local/sleeper", "t.csv", "--concurrency", "1")
    assert done.returncode == 1
    told = objects(done.stdout)
    assert [told[1]["status"], told[2]["status"]] == ["failed", "succeeded"]
    assert "asked to fail" in told[1]["error"]
    again = run("batch", "local/sleeper", "t.csv", "--resume")
    assert (again.returncode, again.stdout) == (1, "")


def test_all_that_is_wrong_is_told_by_row_before_anything_is_sent(run: Run, work: Path, remote: Server) -> None:
    before = len(list(listed(remote)))
    (work / "t.csv").write_text("prompt,width,stile\nok,64,x\nbad,99999,x\nworse,wide,x\n", "utf-8")
    done = run("batch", "local/painter", "t.csv")
    assert (done.returncode, done.stdout) == (2, "")
    assert "row 2 (line 3): width" in done.stderr
    assert "row 3 (line 4): width" in done.stderr
    assert done.stderr.count("'stile'") == 1
    assert len(list(listed(remote))) == before
    assert not (work / "batch-t").exists()


@pytest.mark.parametrize(
    ("table", "arguments", "named"),
    [
        ("text\nx\n", ("--concurrency", "0"), "--concurrency"),
        ("text\nx\n", ("--concurrency", "many"), "--concurrency"),
        ("text\nx\n", ("--lifetime", "soon"), "--lifetime"),
        ("text\nx\n", ("--deployment", "no such name!"), "--deployment"),
        ("text\nx\n", ("--resume",), "--resume"),
        ("text\nx\n", ("--output-directory", "t.csv"), "t.csv"),
        ("text\nx\n", ("--read-only",), "read-only"),
        ("text\n", (), "no rows"),
        ("", (), "no rows"),
        ("text,text\nx,y\n", (), "twice"),
        ('text\n"x\n', (), "line"),
    ],
)
def test_bad_values_are_named_and_nothing_is_left_behind(
    run: Run, work: Path, remote: Server, table: str, arguments: tuple[str, ...], named: str
) -> None:
    before = len(list(listed(remote)))
    (work / "t.csv").write_text(table, "utf-8")
    done = run("batch", "local/hello-world", "t.csv", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert len(list(listed(remote))) == before
    assert [each.name for each in work.iterdir()] == ["t.csv"]


def test_a_table_that_is_not_there_is_named(run: Run) -> None:
    done = run("batch", "local/hello-world", "nowhere.csv")
    assert done.returncode == 2
    assert "nowhere.csv" in done.stderr


def test_a_rehearsal_tells_the_first_request_and_sends_nothing(run: Run, work: Path, remote: Server) -> None:
    (work / "t.csv").write_text("text\nrehearsed\nx\n", "utf-8")
    done = run("batch", "local/hello-world", "t.csv", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["body"]["input"] == {"text": "rehearsed"}
    assert not sent_with(remote, "text", "rehearsed")
    assert not (work / "batch-t").exists()


def test_a_folder_in_use_and_a_table_that_changed_are_refused(run: Run, work: Path) -> None:
    table = work / "t.csv"
    table.write_text("text\nx\n", "utf-8")
    assert run("batch", "local/hello-world", "t.csv").returncode == 0
    again = run("batch", "local/hello-world", "t.csv")
    assert again.returncode == 2
    assert "--resume" in again.stderr
    other = run("batch", "local/sleeper", "t.csv", "--resume")
    assert other.returncode == 2
    table.write_text("text\nx\ny\n", "utf-8")
    changed = run("batch", "local/hello-world", "t.csv", "--resume")
    assert changed.returncode == 2
    assert "changed" in changed.stderr


def test_a_batch_is_not_resumed_without_the_history_that_knows_it(
    run: Run, work: Path, remote: Server, tmp_path: Path
) -> None:
    (work / "t.csv").write_text("text\nforgotten\n", "utf-8")
    assert run("batch", "local/hello-world", "t.csv").returncode == 0
    (work / "batch-t" / "results.jsonl").write_bytes(b"")
    done = run("batch", "local/hello-world", "t.csv", "--resume", REPLICATE_TUI_HOME=str(tmp_path / "elsewhere"))
    assert done.returncode == 2
    assert "history" in done.stderr
    assert len(sent_with(remote, "text", "forgotten")) == 1
    found = run("batch", "local/hello-world", "t.csv", "--resume")
    assert found.returncode == 0, found.stderr
    assert objects(found.stdout)[1]["status"] == "succeeded"
    assert len(sent_with(remote, "text", "forgotten")) == 1


def test_a_person_sees_a_line_for_each_row_and_a_bar_that_goes_away(work: Path) -> None:
    (work / "t.csv").write_text("seconds,fail\n0.1,\n0.2,true\n", "utf-8")
    seen = on_a_terminal(
        "batch", "local/sleeper", str(work / "t.csv"), "--output-directory", str(work / "out"), "--concurrency", "1"
    )
    assert seen.code == 1
    shown = [line.rpartition("\x1b[K")[2] for line in seen.lines]
    assert "1  ✓ succeeded   slept 0.1 s" in shown
    assert "2  ✗ failed      asked to fail after 0.2 s" in shown
    assert any("1 of 2 done" in line and "1 active" in line for line in seen.lines)
    assert shown[-1].startswith("1 of 2 rows succeeded, 1 failed")


def test_the_daily_budget_is_asked_for_once_for_all_rows(run: Run, work: Path, home: Path, remote: Server) -> None:
    (home / "config").mkdir(parents=True, exist_ok=True)
    config = '[budget]\ndaily = 0.05\n[prices]\n"local/hello-world" = 0.02\n'
    (home / "config" / "config.toml").write_text(config, "utf-8")
    (work / "t.csv").write_text("text\n" + "budgeted\n" * 3, "utf-8")
    done = run("batch", "local/hello-world", "t.csv")
    assert done.returncode == 2
    assert "$0.06" in done.stderr
    assert "--yes" in done.stderr
    assert not sent_with(remote, "text", "budgeted")
    arguments = ("batch", "local/hello-world", str(work / "t.csv"), "--output-directory", str(work / "out"))
    assert on_a_terminal(*arguments, asked="Run it?", typed="n").code == 2
    assert not (work / "out").exists()
    assert run("batch", "local/hello-world", "t.csv", "--yes").returncode == 0
    assert len(sent_with(remote, "text", "budgeted")) == 3


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM], ids=lambda stop: stop.name)
def test_what_was_stopped_goes_on_and_pays_for_no_row_twice(work: Path, remote: Server, stop: signal.Signals) -> None:
    lines = 100 + stop
    (work / "t.csv").write_text("seconds,log_lines\n" + f"0.6,{lines}\n" * 12, "utf-8")
    results, sent = (work / "batch-t" / name for name in ("results.jsonl", "sent.jsonl"))
    arguments = ("batch", "local/sleeper", "t.csv", "--concurrency", "3")
    pipe = subprocess.PIPE
    with subprocess.Popen(command(*arguments), cwd=work, stdout=pipe, stderr=pipe, text=True) as process:
        until(lambda: counted(results) >= 3 and counted(sent) == counted(results) + 3, "three of each")
        process.send_signal(stop)
        _, said = process.communicate(timeout=20)
    finished = objects(results.read_text("utf-8"))
    assert process.returncode == (-stop if stop == signal.SIGKILL else 130)
    assert ("--resume" in said) == (stop != signal.SIGKILL)
    assert 3 <= len(finished) < 12
    resumed = subprocess.run(
        command(*arguments, "--resume"), cwd=work, capture_output=True, text=True, timeout=RESUMING, check=False
    )
    assert resumed.returncode == 0, resumed.stderr
    assert objects(resumed.stdout).keys() == set(range(1, 13)) - finished.keys()
    told = objects(results.read_text("utf-8"))
    assert sorted(told) == list(range(1, 13))
    ids = sent_with(remote, "log_lines", lines)
    assert len(ids) == 12
    assert {each["id"] for each in told.values()} == set(ids)
