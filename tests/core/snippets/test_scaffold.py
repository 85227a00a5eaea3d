"""A project of an earlier prediction: what is in it, and that the official clients run it as it is."""

import ast
import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.api.resources import Prediction
from replicate_tui.core.forms import inputs
from replicate_tui.core.forms.inputs import Field
from replicate_tui.core.forms.options import RunOptions
from replicate_tui.core.history.runs import Run
from replicate_tui.core.models.finding import Remixed
from replicate_tui.core.models.target import Target
from replicate_tui.core.session import Session
from replicate_tui.core.snippets.scaffold import TEMPLATES, Project, Template, project
from replicate_tui.core.snippets.scaffold_folder import Occupied, write_project
from tests.clients.driving import CLIENTS, PROGRAMS
from tests.conftest import Server

REPLICATE = "https://api.replicate.com"
VERSION = "ab" * 32
TEXT = Field("prompt", "prose", required=True)
FILE = Field("image", "file")
SECRET = Field("api_key", "secret", required=True)
HOSTILE = 'it\'s "quoted" \'\'\' """ \\ ${x} `id` {y} \u2028 \u202e \n*/ </script> %s'
TIME_LIMIT = 60


def earlier(*fields: Field, options: RunOptions | None = None, model: str = "acme/painter", **given: object) -> Remixed:
    """A run of a community model that was given these inputs."""
    asked = options or RunOptions()
    raw = {"id": "p1", "model": model, "version": VERSION, "status": "succeeded", "input": given}
    run = Run(Prediction.of({**raw, "urls": {}, "created_at": "2025-01-01T00:00:00Z"}), folder=None, seen_at=0.0)
    target = Target(model, VERSION, VERSION, fields, {}, deployment=asked.deployment)
    recalled = inputs.recall(fields, given)
    return Remixed(run, target, recalled.raw, recalled.notes, (), asked)


def program(made: Project) -> str:
    """The text of its main file."""
    return next(made.files[name] for name in ("main.py", "index.js") if name in made.files).decode()


def sent_by(made: Project) -> Any:
    """What the Python program gives the model, its files left out of it."""
    function = next(each for each in ast.parse(program(made)).body if getattr(each, "name", "") == "inputs")
    assert isinstance(function, ast.FunctionDef)
    returned = function.body[-1]
    assert isinstance(returned, ast.Return)
    assert returned.value is not None
    return ast.literal_eval(returned.value)


def test_the_python_project_gives_the_model_exactly_what_it_was_given() -> None:
    given = {"prompt": HOSTILE, "size": 2**60, "flags": [True, None, 1.5], "deep": {"a": [{"b": ""}]}}
    fields = [TEXT, Field("size", "integer"), Field("flags", "json"), Field("deep", "json")]
    made = project("python", earlier(*fields, **given), REPLICATE)
    assert sent_by(made) == given
    assert f'version="{VERSION}",  # of acme/painter' in program(made)
    assert set(made.files) == {"main.py", "requirements.txt", "README.md", ".gitignore"}
    assert made.variables == ("REPLICATE_API_TOKEN",)
    assert made.files["requirements.txt"] == b"replicate>=1.0.7,<2\n"


@pytest.mark.parametrize("template", TEMPLATES)
def test_secrets_are_in_no_file_but_read_from_the_environment(template: Template) -> None:
    made = project(template, earlier(TEXT, SECRET, prompt="x", api_key="[REDACTED]"), REPLICATE)
    assert made.variables == ("REPLICATE_API_TOKEN", "API_KEY")
    read = 'os.environ["API_KEY"]' if template == "python" else "process.env.API_KEY"
    assert read in program(made)
    assert not any(b"REDACTED" in content for content in made.files.values())
    assert b"export API_KEY=" in made.files["README.md"]


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize(
    "url",
    [
        "https://api.replicate.com/v1/files/abc123/photo.png?signature=hidden",
        "https://replicate.delivery/pbxt/abc/photo.png",
        "https://tmp.replicate.delivery/photo.png#x",
        "data:image/png;base64,iVBORw0KGgo...",
    ],
)
def test_files_that_are_deleted_in_time_have_a_place_of_their_own(template: Template, url: str) -> None:
    made = project(template, earlier(TEXT, FILE, prompt="x", image=url), REPLICATE)
    assert [missing.input for missing in made.missing] == ["image"]
    path = made.missing[0].path
    assert path == ("inputs/image" if url.startswith("data:") else "inputs/image.png")
    assert f'"{path}"' in program(made)
    assert path in made.files["README.md"].decode()
    assert path in made.files["inputs/README.md"].decode()
    assert not any(b"hidden" in content for content in made.files.values())


def test_files_on_the_web_stay_addresses_and_files_inside_of_an_address_become_files() -> None:
    fields = [FILE, Field("more", "list", item=Field("", "file"))]
    given = {"image": "https://example.com/a.png", "more": ["data:text/plain;base64,aGVsbG8=", "data:,a%20b"]}
    made = project("node", earlier(*fields, **given), REPLICATE)
    assert made.missing == ()
    assert 'image: "https://example.com/a.png"' in program(made)
    assert made.files["inputs/more.txt"] == b"hello"
    assert made.files["inputs/more"] == b"a b"


def test_a_text_that_looks_like_a_file_stays_a_text() -> None:
    text = "data:text/plain,hello"
    assert sent_by(project("python", earlier(TEXT, prompt=text), REPLICATE)) == {"prompt": text}


def test_a_deployment_runs_it_and_the_lifetime_stays() -> None:
    asked = RunOptions(deployment="acme/app", lifetime="5m", webhook="https://example.com/?key=1")
    texts = [program(project(each, earlier(TEXT, prompt="x", options=asked), REPLICATE)) for each in TEMPLATES]
    assert 'deployments.predictions.create("acme", "app"' in texts[0]
    assert 'deployment="acme/app"' in texts[1]
    assert all('"Cancel-After": "5m"' in text and "example.com" not in text for text in texts)


def test_inputs_that_the_model_no_longer_has_are_told_and_left_out() -> None:
    made = project("python", earlier(TEXT, prompt="x", old=1), REPLICATE)
    assert sent_by(made) == {"prompt": "x"}
    assert made.notes == ("old is no input of this model and was left out",)


def test_names_from_the_network_stay_inside_of_their_comment() -> None:
    hostile = earlier(TEXT, prompt="x", model="acme/x\nimport os\u2028alert()`<b>")
    for template in TEMPLATES:
        made = project(template, hostile, REPLICATE)
        assert not any(line.startswith(("import os\u2028", "alert")) for line in program(made).splitlines())
        assert len(made.files["README.md"].decode().split("\n")[0]) > 10
    ast.parse(program(project("python", hostile, REPLICATE)))
    assert json.loads(project("node", hostile, REPLICATE).files["package.json"])["private"] is True


def test_a_model_whose_inputs_nobody_tells_is_given_all_it_was() -> None:
    found = earlier(prompt="x", token="[REDACTED]")
    bare = replace(found, target=replace(found.target, schema=None, model=""))
    made = project("python", bare, REPLICATE)
    assert made.variables == ("REPLICATE_API_TOKEN", "TOKEN")
    assert made.name == "prediction-p1"


# -- on disk ------


def test_a_project_is_written_into_a_new_or_an_empty_folder(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for folder in (tmp_path / "new" / "deep", empty):
        write_project(folder, {"a.txt": b"a", "inputs/b.txt": b"b"})
        assert (folder / "a.txt").read_bytes() + (folder / "inputs" / "b.txt").read_bytes() == b"ab"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["empty", "new"]


@pytest.mark.parametrize("taken", ["full", "file", "link"])
def test_nothing_is_overwritten(tmp_path: Path, taken: str) -> None:
    place = tmp_path / "place"
    if taken == "full":
        place.mkdir()
        (place / "mine").write_text("mine")
    elif taken == "file":
        place.write_text("mine")
    else:
        place.symlink_to(tmp_path / "nowhere")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(Occupied, match="place"):
        write_project(place, {"main.py": b""})
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("exists", [True, False])
def test_what_fails_leaves_nothing_half_written(tmp_path: Path, exists: bool) -> None:
    place = tmp_path / "place"
    if exists:
        place.mkdir()
    with pytest.raises(OSError, match=r"name|File|dir"):
        write_project(place, {"a.txt": b"a", "x" * 300: b"b"})
    assert sorted(tmp_path.rglob("*")) == ([place] if exists else [])


# -- with the official clients ------


async def _made(session: Session, template: Template, model: str, values: dict[str, Any], folder: Path) -> Project:
    sent = await session.run(await session.target(model), values)
    async for _ in session.follow(sent.id):
        pass
    made = project(template, await session.remix(sent.id), session.client.base_url)
    write_project(folder, made.files)
    return made


def _start(template: Template, folder: Path) -> "subprocess.CompletedProcess[str]":
    inherited = {name: text for name, text in os.environ.items() if not name.lower().endswith("_proxy")}
    environ = {**inherited, "REPLICATE_API_TOKEN": "r8_of_the_tests", "REPLICATE_POLL_INTERVAL": "0.05"}
    return subprocess.run(
        _command(template, folder), env=environ, capture_output=True, text=True, timeout=TIME_LIMIT, check=False
    )


def _command(template: Template, folder: Path) -> list[str]:
    if template == "python":
        if not list((CLIENTS / "python-1").rglob("replicate-*.dist-info")):
            pytest.skip("the official Python 1.x client is not installed: tests/clients/install makes it")
        return [str(CLIENTS / "python-1" / PROGRAMS / "python"), "-B", str(folder / "main.py")]
    node = shutil.which("node")
    if node is None or not (CLIENTS / "node" / "node_modules" / "replicate").is_dir():
        pytest.skip("the official JavaScript client is not installed: tests/clients/install makes it")
    packages = folder / "node_modules"
    if not packages.exists():
        packages.symlink_to(CLIENTS / "node" / "node_modules", target_is_directory=True)
    return [node, str(folder / "index.js")]


@pytest.mark.parametrize("template", TEMPLATES)
async def test_a_project_runs_and_saves_what_comes_of_it(
    session: Session, template: Template, tmp_path: Path, local_server: Server
) -> None:
    folder = tmp_path / "app"
    values: dict[str, Any] = {"prompt": 'a "red" fox\n', "num_outputs": 2, "width": 64, "height": 64}
    await _made(session, template, "local/painter", values, folder)
    done = _start(template, folder)
    assert done.returncode == 0, done.stderr
    saved = sorted((folder / "output").rglob("*.png"))
    assert [path.name for path in saved] == ["output-1.png", "output-2.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in saved)
    again = (await session.prediction(saved[0].parent.name)).prediction
    assert {name: again.input[name] for name in values} == values


@pytest.mark.parametrize("template", TEMPLATES)
async def test_a_project_waits_for_its_files_and_then_sends_them(
    session: Session, template: Template, tmp_path: Path
) -> None:
    folder = tmp_path / "app"
    source = tmp_path / "notes.txt"
    source.write_text("some words")
    made = await _made(session, template, "local/inspector", {"file": inputs.Upload(source)}, folder)
    waiting = _start(template, folder)
    assert waiting.returncode == 1
    assert f"put in place first: {made.missing[0].path}" in waiting.stderr
    shutil.copy(source, folder / made.missing[0].path)
    done = _start(template, folder)
    assert done.returncode == 0, done.stderr
    told = json.loads(next((folder / "output").rglob("output.json")).read_text("utf-8"))
    assert isinstance(told, dict)


@pytest.mark.parametrize("template", TEMPLATES)
async def test_a_project_says_when_its_run_failed(session: Session, template: Template, tmp_path: Path) -> None:
    folder = tmp_path / "app"
    await _made(session, template, "local/sleeper", {"seconds": 0, "fail": True}, folder)
    done = _start(template, folder)
    assert done.returncode == 1
    assert "failed:" in done.stderr
    assert not (folder / "output").exists()
