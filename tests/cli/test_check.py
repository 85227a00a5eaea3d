"""`model check`: a file of models, without a token and without a network."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.core.forms.quirks import QUIRKS, URI, model

BAD = model("bad", {"image": URI}, {"image": "cat.png", "gone": 1})


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "models.json"
    path.write_text(json.dumps(list(QUIRKS.values())), "utf-8")
    return path


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_a_file_whose_models_all_have_a_form_passes(run: Run, good: Path, flags: tuple[str, ...]) -> None:
    done = run("model", "check", str(good), *flags)
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert report["passed"] is True
    assert report["models"] == report["forms"] == len(QUIRKS)
    assert report["examples"]["refused"] == {}


def test_an_example_that_is_refused_ends_with_1_and_its_id(run: Run, tmp_path: Path) -> None:
    lines = tmp_path / "models.jsonl"
    lines.write_text("\n".join(json.dumps(one) for one in [*QUIRKS.values(), BAD]), "utf-8")
    done = run("model", "check", str(lines))
    assert done.returncode == 1
    assert list(json.loads(done.stdout)["examples"]["refused"]) == ["quirks/bad"]


def test_standard_input_is_checked_too(run: Run) -> None:
    done = run("m", "check", "-", stdin=json.dumps([BAD | {"latest_version": None}]))
    assert done.returncode == 0
    assert json.loads(done.stdout)["unpublished"] == 1


@pytest.mark.parametrize(
    "text", ["nope", "[1", "[{}] x", "", "[]", "7", '[,,,{"a":1},,]', '{"a": 1}', '{"results": []}']
)
def test_a_file_that_cannot_be_read_is_wrong_use(run: Run, tmp_path: Path, text: str) -> None:
    path = tmp_path / "models.json"
    path.write_text(text, "utf-8")
    done = run("model", "check", str(path))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{path}: ")


def test_a_file_that_is_not_there_is_wrong_use(run: Run, tmp_path: Path) -> None:
    done = run("model", "check", str(tmp_path / "none.json"))
    assert done.returncode == 2
    assert done.stderr == f"{tmp_path / 'none.json'}: there is no such file\n"
    folder = run("model", "check", str(tmp_path))
    assert folder.returncode == 2
    assert "cannot be read" in folder.stderr
    assert "Errno" not in folder.stderr


def test_a_person_reads_counts_and_what_failed(capsys: pytest.CaptureFixture[str]) -> None:
    from replicate_tui.cli.check import _print
    from replicate_tui.core.forms.check import check

    _print(check([*QUIRKS.values(), BAD]))
    told = capsys.readouterr().out
    assert f"{len(QUIRKS) + 1:,}, and 1 for trainings" in told
    assert "1  out of range: quirks/above-maximum" in told
    assert "should fit; 1 does not" in told
    (failed,) = [line for line in told.splitlines() if line.startswith("failed: ")]
    assert failed.startswith("failed: quirks/bad: image must be a file")
    assert failed.endswith("also found: no input of the model")
    _print(check(QUIRKS.values()))
    assert "should fit; all do" in capsys.readouterr().out
