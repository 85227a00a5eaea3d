"""Completion: what the program answers a shell, and what comes of it in real shells."""

import asyncio
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.core import credentials
from replicate_tui.core.costs.hardware_seen import HardwareSeen
from replicate_tui.core.history.accounts import adopt
from replicate_tui.core.history.database import Database, ModelRow, Scope
from tests.cli.conftest import Run
from tests.cli.shells import SHELLS, shell
from tests.core.rows import made_at

HOST = "api.unreachable.test"
TOKEN = "r8_of_the_tests"
SCHEMA: dict[str, Any] = {
    "components": {
        "schemas": {
            "Input": {
                "type": "object",
                "required": ["image"],
                "properties": {
                    "prompt": {"type": "string", "x-order": 0, "description": "What to\npaint"},
                    "style": {"allOf": [{"$ref": "#/components/schemas/style"}], "x-order": 1},
                    "tiled": {"type": "boolean", "x-order": 2},
                    "image": {"type": "string", "format": "uri", "x-order": 3},
                    "photos": {"type": "array", "items": {"type": "string", "format": "uri"}, "x-order": 4},
                },
            },
            "style": {"enum": ["Oil", "Photographic", "Water colour"], "type": "string"},
            "TrainingInput": {"type": "object", "properties": {"steps": {"type": "integer"}}},
        }
    }
}
NAMES = ("acme/painter", "acme/upscaler", "zeta/one", "ev\nil/model", "evil/a b")


@pytest.fixture(autouse=True)
def history(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A history at an API that nobody reaches."""
    monkeypatch.setenv("REPLICATE_BASE_URL", f"https://{HOST}")
    monkeypatch.setenv("REPLICATE_API_TOKEN", TOKEN)
    path = home / "data" / "profiles" / "default" / "history.db"
    asyncio.run(_fill(path))
    return path


async def _fill(path: Path) -> None:
    now = time.time()
    database = Database.open(path)
    try:
        await adopt(database, Scope(HOST, credentials.fingerprint(TOKEN)), "acme")
        await HardwareSeen(database, HOST).remember_model("acme/painter", "gpu-t4")
        models = [(ModelRow(name, f"About {name}", count, False), _model(name)) for count, name in enumerate(NAMES)]
        await database.save_models(HOST, models, now)
        await database.save_version(HOST, "acme/painter", "older", {"id": "older", "openapi_schema": {}})
        rows = [
            made_at(now - 3, id="done3", completed_at=now),
            made_at(now - 2, id="going2", completed_at=None, status="processing"),
            made_at(now - 1, id="done1", completed_at=now, deployment="acme/text-to-image", version="newest"),
            made_at(now, id="trained", kind="training", completed_at=now),
        ]
        for row in rows:
            await database.save_run(Scope(HOST, "acme"), row, {"id": row.id}, "")
    finally:
        await database.close()


def _model(name: str) -> dict[str, Any]:
    return {"name": name, "latest_version": {"id": "newest", "openapi_schema": SCHEMA}}


def answers(run: Run, line: str, shell: str = "fish") -> list[str]:
    """What the last word of a line may become, without the notes."""
    answered = run("--complete", shell, f"replicate-tui {line}")
    assert (answered.returncode, answered.stderr) == (0, "")
    return [each.partition("\t")[0] for each in answered.stdout.splitlines()]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("model s", ["search", "show", "schema"]),
        ("m sho", ["show"]),
        ("deployments", ["deployments"]),
        ("prediction ne", ["new"]),
        ("run --output", ["--output-directory"]),
        ("run acme/painter --no-", ["--no-stream", "--no-wait"]),
        ("run --json --js", []),
        ("--local run --sav", ["--save"]),
        ("run --read-o", ["--read-only"]),
        ("run -- --sa", []),
        ("run --spe", []),
        ("serve --outputs ", ["url", "data"]),
        ("serve --outputs=d", ["--outputs=data"]),
        ("history cost --by m", ["model"]),
        ("run acme/", ["acme/upscaler", "acme/painter"]),
        ("model show z", ["zeta/one"]),
        ("run acme/painter:", ["acme/painter:newest", "acme/painter:older"]),
        ("run evil", ["evil/a b"]),
        ("run acme/painter ", ["image=", "prompt=", "style=", "tiled=", "photos="]),
        ("run acme/painter image=@a p", ["prompt=", "photos="]),
        ("run acme/painter --save style=", ["style=Oil", "style=Photographic", "style=Water colour"]),
        ('run acme/painter style="W', ["style=Water colour"]),
        ("run acme/painter tiled=t", ["tiled=true"]),
        ("run acme/painter image=", ["image=@"]),
        ("run acme/painter --separator : style:P", ["style:Photographic"]),
        ("run acme/painter:older ", []),
        ("run nobody/knows ", []),
        ("run --deployment text-to-image st", ["style="]),
        ("deployment run acme/text-to-image st", ["style="]),
        ("train acme/painter ", ["steps="]),
        ("deployment show ", ["acme/text-to-image"]),
        ("d show text", ["text-to-image"]),
        ("deployment update x --hardware ", ["gpu-t4"]),
        ("prediction show ", ["done1", "going2", "done3"]),
        ("p save done1 d", ["done3"]),
        ("prediction cancel ", ["going2"]),
        ("training show ", ["trained"]),
        ("run acme/painter --webhook-events start,", ["start,output", "start,logs", "start,completed"]),
        ("help mod", ["model"]),
        ("help prediction wa", ["watch"]),
        ("help exit", ["exit-codes"]),
        ("completion ", ["bash", "zsh", "fish"]),
        ("nonsense ", []),
        ("--base-url https://elsewhere.test run ", []),
        ("--base-url nonsense run ", []),
        ("--profile lab run ", []),
        ("A=1; true | replicate-tui model sho", ["show"]),
    ],
)
def test_a_word_is_completed(run: Run, line: str, expected: list[str]) -> None:
    assert answers(run, line) == expected


def test_the_first_words_are_the_commands(run: Run) -> None:
    found = answers(run, "")
    assert found[:2] == ["run", "stream"]
    assert "completion" in found
    assert "predictions" not in found


def test_files_are_completed_after_an_at_sign_and_where_a_path_is_taken(run: Run, tmp_path: Path) -> None:
    work = tmp_path / "work"
    (work / "photos").mkdir(parents=True)
    for name in ("photo.jpg", ".hidden", "photos/a b.png", "bad\nname"):
        (work / name).touch()
    assert answers(run, "run acme/painter image=@p") == ["image=@photo.jpg", "image=@photos/"]
    assert answers(run, "run acme/painter photos=@photos/") == ["photos=@photos/a b.png"]
    assert answers(run, "run acme/painter image=@") == ["image=@photo.jpg", "image=@photos/"]
    assert answers(run, "run acme/painter image=@.h") == ["image=@.hidden"]
    assert answers(run, "run x --output-directory ") == ["photos/"]
    assert answers(run, "batch acme/painter ph") == ["photo.jpg", "photos/"]
    assert answers(run, "run x > ph") == ["photo.jpg", "photos/"]
    assert answers(run, "run acme/painter image=@nowhere/") == []


def test_bash_gets_what_it_puts_in_the_place_of_the_word(run: Run, tmp_path: Path) -> None:
    def reply(line: str) -> list[str]:
        answered = run("--complete", "bash", f"replicate-tui {line}", " \t\n\"'@><=;|&(:")
        return answered.stdout.splitlines()

    assert reply("model sho") == ["show "]
    assert reply("run acme/painter pr") == ["prompt="]
    assert reply("run acme/painter style=Ph") == ["Photographic "]
    assert reply("run acme/painter style=Wat") == ["Water\\ colour "]
    assert reply('run acme/painter style="Wat') == ["style=Water colour"[6:]]
    assert reply("run acme/painter 'style=Wat") == ["style=Water colour"]
    assert reply("run acme/painter:n") == ["newest "]
    assert reply("serve --outputs=d") == ["data "]
    work = tmp_path / "work"
    work.mkdir(exist_ok=True)
    (work / "it's $5.png").touch()
    assert reply("run acme/painter image=@it") == ["@it\\'s\\ \\$5.png "]


def test_notes_stand_beside_the_words(run: Run) -> None:
    told = run("--complete", "zsh", "replicate-tui prediction show d").stdout
    assert told.splitlines()[0] == "done1\tsucceeded acme/painter"
    told = run("--complete", "fish", "replicate-tui run acme/painter pr").stdout
    assert told == "prompt=\tWhat to paint\n"


def test_owners_come_first_where_there_are_many_models(run: Run, history: Path) -> None:
    async def fill() -> None:
        database = Database.open(history)
        try:
            names = [f"many/m{number}" for number in range(101)]
            await database.save_models(HOST, [(ModelRow(name, "", 1, False), {}) for name in names], time.time())
        finally:
            await database.close()

    asyncio.run(fill())
    assert answers(run, "run ") == ["acme/", "evil/", "many/", "zeta/"]
    assert len(answers(run, "run many/")) == 101
    assert answers(run, "run a") == ["acme/upscaler", "acme/painter"]


def test_it_answers_while_another_program_writes(run: Run, history: Path) -> None:
    writer = sqlite3.connect(history, isolation_level=None)
    try:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE models SET run_count = 7")
        assert answers(run, "run zeta") == ["zeta/one"]
        writer.execute("ROLLBACK")
    finally:
        writer.close()


def test_it_leaves_the_history_as_it_was(run: Run, history: Path) -> None:
    before = {path.name: path.read_bytes() for path in history.parent.iterdir()}
    assert answers(run, "run zeta") == ["zeta/one"]
    assert {path.name: path.read_bytes() for path in history.parent.iterdir()} == before


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100, None])
def test_without_a_history_nothing_is_said(run: Run, history: Path, content: bytes | None) -> None:
    history.unlink()
    if content is not None:
        history.write_bytes(content)
    assert answers(run, "run ") == []
    assert history.exists() == (content is not None)


def test_a_configuration_that_cannot_be_read_says_nothing(run: Run, home: Path) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").write_text("theme = [")
    assert answers(run, "run ") == []
    assert answers(run, "--profile ") == []
    (home / "config" / "config.toml").write_text("[profiles.lab]\n")
    assert answers(run, "--profile ") == ["default", "lab"]


@pytest.mark.parametrize("line", ["run acme/painter style=", "prediction show ", "deployment update x --hardware "])
def test_nothing_heavy_is_imported_for_an_answer(line: str, tmp_path: Path) -> None:
    program = (
        "import sys; from replicate_tui.cli.main import execute; "
        f"code = execute(['--complete', 'fish', 'replicate-tui {line}']); "
        "print([name for name in ('httpx', 'textual', 'pydantic', 'rich', 'jsonpath') if name in sys.modules], code)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[] 0"
    assert len(done.stdout.splitlines()) > 1


def test_no_request_is_made_of_nobody_asking_right(run: Run) -> None:
    refused = run("--complete", "bash")
    assert refused.returncode == 2
    assert "completion" in refused.stderr


@pytest.mark.parametrize("name", SHELLS)
def test_the_script_goes_to_a_pipe_without_a_word_beside_it(run: Run, name: str) -> None:
    printed = run("completion", name)
    assert (printed.returncode, printed.stderr) == (0, "")
    assert f"--complete {name}" in printed.stdout


def test_an_unknown_shell_is_refused(run: Run) -> None:
    refused = run("completion", "cmd")
    assert refused.returncode == 2
    assert "'bash', 'zsh', 'fish'" in refused.stderr


def test_a_person_is_told_how_to_keep_it() -> None:
    from tests.cli.terminals import on_a_terminal

    seen = on_a_terminal("completion", "bash")
    assert seen.code == 0
    assert "source <(replicate-tui completion bash)" in seen.text


@pytest.mark.parametrize("name", SHELLS)
def test_a_shell_completes_what_is_typed(name: str, tmp_path: Path) -> None:
    with shell(name, tmp_path) as opened:
        for file in ("photo one.jpg", "sea.png"):
            (opened.folder / file).touch()
        assert opened.typed("show mod\tsho\tacme/pa\t") == "{model}{show}{acme/painter}"
        assert opened.typed("show run acme/pain\t") == "{run}{acme/painter}"
        assert opened.typed("show run acme/painter --sav\t pro\ta") == "{run}{acme/painter}{--save}{prompt=a}"
        assert opened.typed("show run acme/painter style=Ph\t") == "{run}{acme/painter}{style=Photographic}"
        assert opened.typed("show run acme/painter style=Wat\t") == "{run}{acme/painter}{style=Water colour}"
        assert opened.typed("show run acme/painter image=@ph\t") == "{run}{acme/painter}{image=@photo one.jpg}"
        assert opened.typed("show run acme/painter 'style=Wat\t") == "{run}{acme/painter}{style=Water colour}"
        assert opened.typed("show run acme/painter:n\t") == "{run}{acme/painter:newest}"
        assert opened.typed("true | show prediction cancel \t") == "{prediction}{cancel}{going2}"
        assert opened.typed("show serve --outputs d\t") == "{serve}{--outputs}{data}"


def test_bash_is_answered_by_its_variables_alone(tmp_path: Path) -> None:
    from tests.cli.shells import on_the_path

    script = (
        "source <(replicate-tui completion bash); COMP_WORDS=(replicate-tui model sh); COMP_CWORD=2; "
        'unset COMP_LINE; _replicate_tui; echo "${COMPREPLY[@]}"'
    )
    environ = {**os.environ, "PATH": on_the_path(tmp_path)}
    done = subprocess.run(["bash", "-c", script], env=environ, capture_output=True, text=True, check=True)
    assert (done.stdout.split(), done.stderr) == (["show"], "")
