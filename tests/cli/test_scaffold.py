"""`scaffold` as a person has it."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.terminals import on_a_terminal
from tests.conftest import Server


@pytest.fixture
def prediction(run: Run, remote: Server) -> str:
    """A prediction that ended."""
    done = run("run", "local/hello-world", "text=Ada", "--json")
    return str(json.loads(done.stdout)["id"])


@pytest.mark.parametrize(("template", "main"), [("python", "main.py"), ("node", "index.js")])
def test_the_project_is_in_a_folder_with_the_models_name(
    run: Run, prediction: str, tmp_path: Path, template: str, main: str
) -> None:
    done = run("scaffold", prediction, f"--template={template}")
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert (told["directory"], told["model"], told["missing"]) == ("hello-world", "local/hello-world", [])
    assert {main, "README.md", ".gitignore"} < set(told["files"])
    assert '"Ada"' in (tmp_path / "work" / "hello-world" / main).read_text("utf-8")
    assert not any(b"r8_of" in path.read_bytes() for path in (tmp_path / "work" / "hello-world").iterdir())


def test_a_page_of_a_prediction_names_it_too(run: Run, prediction: str, remote: Server) -> None:
    done = run("scaffold", f"{remote.url}/p/{prediction}", "app", "-t", "python")
    assert json.loads(done.stdout)["directory"] == "app"


def test_what_is_there_is_not_overwritten(run: Run, prediction: str, tmp_path: Path) -> None:
    mine = tmp_path / "work" / "hello-world" / "mine"
    mine.parent.mkdir()
    mine.write_text("mine")
    for folder in ([], ["hello-world"], ["hello-world/mine"]):
        done = run("scaffold", prediction, *folder, "--template", "python")
        assert (done.returncode, done.stdout) == (2, "")
        assert "nothing was written" in done.stderr
    assert [path.name for path in mine.parent.iterdir()] == ["mine"]


def test_a_folder_that_cannot_be_made_is_told(run: Run, prediction: str, tmp_path: Path) -> None:
    (tmp_path / "work" / "file").write_text("")
    done = run("scaffold", prediction, "file/app", "--template", "python")
    assert done.returncode == 2
    assert done.stderr.startswith("cannot write the project: ")


def test_what_names_no_prediction_is_refused_before_anything_is_written(
    run: Run, remote: Server, tmp_path: Path
) -> None:
    for named, code in (("local/hello-world", 2), ("x y", 2), ("aaaaaaaaaaaaaaaaaaaaaaaaaa", 3)):
        done = run("scaffold", named, "--template", "node")
        assert done.returncode == code, done.stderr
        assert done.stderr.count("\n") == 1
    assert list((tmp_path / "work").iterdir()) == []


def test_a_template_is_one_of_two(run: Run, prediction: str) -> None:
    assert run("scaffold", prediction).returncode == 2
    done = run("scaffold", prediction, "--template", "rust")
    assert done.returncode == 2
    assert "node" in done.stderr


def test_a_person_is_told_what_to_do_next(run: Run, prediction: str, tmp_path: Path) -> None:
    seen = on_a_terminal("scaffold", prediction, str(tmp_path / "app"), "--template", "python", columns=200)
    assert seen.code == 0
    assert "set in the environment: REPLICATE_API_TOKEN" in seen.text
    assert "main.py" in seen.text
