"""A command of the user's about a saved run: real processes, what they are given and how they end."""

import asyncio
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from replicate_tui.api.resources import Prediction
from replicate_tui.core.history.runs import Run
from replicate_tui.core.keeping import commands
from replicate_tui.core.keeping.commands import Unfit, filled, run_command
from tests.core.kept_runs import finished
from tests.core.scripted import run_object
from tests.waiting import eventually

POSIX = pytest.mark.skipif(os.name == "nt", reason="groups of processes are ended as a whole on POSIX only")


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


async def test_a_command_gets_its_words_as_they_are_and_no_shell_reads_them(tmp_path: Path) -> None:
    tell = "import json, sys; open(sys.argv[1], 'w').write(json.dumps(sys.argv[2:]))"
    words = ["{folder}", "to:{model}/{id}", "$HOME; `id` *", "{other} {", "{{id}}"]
    folder = tmp_path / "a folder; with 'signs'"
    assert await run_command(python(tell, str(tmp_path / "told"), *words), finished("x"), folder) == ""
    assert json.loads((tmp_path / "told").read_text()) == [
        str(folder),
        "to:acme/painter/r1",
        "$HOME; `id` *",
        "{other} {",
        "{r1}",
    ]


def told(run_id: str = "r1", model: str | None = "acme/painter") -> Run:
    return replace(finished("x"), prediction=Prediction.of(run_object(run_id, model=model, output=None)))


NO_NAMES = [
    "../up",
    "..",
    ".hidden",
    "-rf",
    "a/b",
    "a\\b",
    "a b",
    "a;b",
    "$(a)",
    "a\nb",
    "a\x1b[31m",
    "end.",
    "con",
    "é",
]


@pytest.mark.parametrize("run_id", NO_NAMES)
async def test_an_id_that_is_no_plain_name_stands_in_no_command(tmp_path: Path, run_id: str) -> None:
    code = "import sys; open(sys.argv[1], 'w')"
    refused = await run_command(python(code, str(tmp_path / "ran"), "{id}"), told(run_id), tmp_path)
    assert refused.startswith(f"cannot run {sys.executable}: the run's id is no plain name: ")
    assert refused.isprintable()
    assert not (tmp_path / "ran").exists()
    assert filled(["{folder}", "{model}"], told(run_id), tmp_path) == [str(tmp_path), "acme/painter"]


@pytest.mark.parametrize(
    "model", ["../up", "acme/..", "-rf/x", "a/b/c", "/etc", "acme/", "{folder}\n\x1b[31m-\0", "a/b;c"]
)
def test_a_model_that_is_no_plain_name_stands_in_no_command(tmp_path: Path, model: str) -> None:
    with pytest.raises(Unfit, match="its model is no plain owner/name"):
        filled(["to:{model}"], told(model=model), tmp_path)
    assert filled(["{id}"], told(model=model), tmp_path) == ["r1"]


@pytest.mark.parametrize(
    ("model", "word"), [("black-forest-labs/flux-1.1-pro", "black-forest-labs/flux-1.1-pro"), (None, "unknown")]
)
def test_names_as_they_are_stand_in_a_command(tmp_path: Path, model: str | None, word: str) -> None:
    assert filled(["a/{model}/{id}"], told("gm3qorzdhgbfurvjtvhg6dckhu", model), tmp_path) == [
        f"a/{word}/gm3qorzdhgbfurvjtvhg6dckhu"
    ]


async def test_a_command_does_not_get_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_secret")
    monkeypatch.setenv("RCLONE_CONFIG", "kept")
    code = "import os, sys; open(sys.argv[1], 'w').write(str(os.environ))"
    assert await run_command(python(code, str(tmp_path / "told")), finished("x"), tmp_path) == ""
    told = (tmp_path / "told").read_text()
    assert "r8_secret" not in told
    assert "kept" in told


@pytest.mark.parametrize(
    ("code", "trouble"),
    [
        ("import sys; sys.exit(3)", " ended with 3"),
        (
            "import sys; print('out'); sys.exit('a\\nthe \\x1b[31mlast\\x1b[0m line\\n\\n')",
            " ended with 1: the last line",
        ),
        ("import sys; sys.stderr.buffer.write(b'\\xff' * 1_000_000); sys.exit(1)", " ended with 1: \ufffd"),
        ("import sys; sys.exit('x' * 1000)", f" ended with 1: {'x' * 199}…"),
        ("import sys; sys.stderr.write('only a warning')", ""),
    ],
)
async def test_why_a_command_failed_is_told_in_one_clean_line(tmp_path: Path, code: str, trouble: str) -> None:
    told = await run_command(python(code), finished("x"), tmp_path)
    assert told.startswith(f"{sys.executable}{trouble}" if trouble else "")
    assert bool(told) == bool(trouble)
    assert len(told) < len(sys.executable) + 230


@pytest.mark.parametrize("program", ["no-such-program-anywhere", "", "/"])
async def test_a_program_that_cannot_be_run_is_named(tmp_path: Path, program: str) -> None:
    assert (await run_command([program], finished("x"), tmp_path)).startswith(f"cannot run {program}: ")


async def test_a_command_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "LONGEST", 0.2)
    told = await run_command(python("import time; time.sleep(60)"), finished("x"), tmp_path)
    assert "took longer than" in told


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not Path(f"/proc/{pid}/stat").exists() or ") Z " not in Path(f"/proc/{pid}/stat").read_text()


STARTS_ANOTHER = (
    "import subprocess, sys; "
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "
    "open(sys.argv[1], 'w').write(str(child.pid)); "
)


@POSIX
async def test_what_a_command_leaves_behind_is_ended_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "LINGERING", 0.1)
    pid = tmp_path / "pid"
    assert await run_command(python(STARTS_ANOTHER, str(pid)), finished("x"), tmp_path) == ""
    await eventually(lambda: not alive(int(pid.read_text())), "the end of the child")


@POSIX
async def test_a_command_ends_when_the_program_does(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    words = python(STARTS_ANOTHER + "child.wait()", str(pid))
    running = asyncio.create_task(run_command(words, finished("x"), tmp_path))
    await eventually(lambda: pid.exists() and pid.read_text(), "the child")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert running.cancelled()
    await eventually(lambda: not alive(int(pid.read_text())), "the end of the child")
