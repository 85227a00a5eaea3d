"""What people and pipes get, letter by letter. `UPDATE_GOLDEN=1` writes the files anew: look at what changed."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli import canned
from tests.cli.conftest import Run
from tests.cli.terminals import on_a_terminal

FOLDER = Path(__file__).with_name("golden")

SHOWN = {
    "model-list": ("model", "list"),
    "model-search": ("model", "search", "paint"),
    "model-show": ("model", "show", "acme/painter"),
    "model-schema": ("model", "schema", "acme/painter"),
    "model-versions": ("model", "versions", "acme/painter"),
    "prediction-list": ("prediction", "list"),
    "prediction-show": ("prediction", "show", canned.RUN),
    "training-list": ("training", "list"),
    "training-show": ("training", "show", canned.TRAINING),
    "deployment-list": ("deployment", "list"),
    "deployment-show": ("deployment", "show", "painter-prod"),
    "hardware-list": ("hardware", "list"),
    "collection-list": ("collection", "list"),
    "collection-show": ("collection", "show", "super-resolution"),
    "file-list": ("file", "list"),
    "account-current": ("account", "current"),
}

PIPED = {
    ("model", "list"): "/models",
    ("model", "show", "acme/painter"): "/models/acme/painter",
    ("model", "schema", "acme/painter"): None,
    ("prediction", "list"): "/predictions",
    ("prediction", "show", canned.RUN): f"/predictions/{canned.RUN}",
    ("training", "list"): "/trainings",
    ("training", "show", canned.TRAINING): f"/trainings/{canned.TRAINING}",
    ("deployment", "list"): "/deployments",
    ("deployment", "show", "painter-prod"): "/deployments/acme/painter-prod",
    ("hardware", "list"): "/hardware",
    ("collection", "list"): "/collections",
    ("collection", "show", "super-resolution"): "/collections/super-resolution",
    ("file", "list"): "/files",
    ("account", "current"): "/account",
}


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, object]]:
    """The account that never changes, and the environment of its owner."""
    answers = canned.account()
    with canned.serving(answers) as url:
        monkeypatch.setenv("REPLICATE_BASE_URL", url)
        monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_of_the_tests")
        monkeypatch.setenv("TZ", "UTC")
        yield answers


@pytest.mark.parametrize("columns", [80, 140])
@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.usefixtures("api")
def test_a_person_sees(name: str, columns: int) -> None:
    seen = on_a_terminal(*SHOWN[name], columns=columns, NO_COLOR="1")
    assert seen.code == 0, seen.text
    # Facts are told whole, a line each, to be copied; tables keep to the terminal.
    assert "list" not in name or all(len(line) <= columns for line in seen.lines)
    assert "\x1b" not in seen.raw
    _compare(f"{name}-{columns}.txt", _steady(seen.text))


@pytest.mark.parametrize("arguments", PIPED, ids=" ".join)
def test_a_pipe_gets_the_apis_own_object(run: Run, api: dict[str, object], arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    path = PIPED[arguments]
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    assert json.loads(done.stdout) == (canned.SCHEMA if path is None else api[path])
    assert done.stderr == ""


def _steady(text: str) -> str:
    """Without the moments, which are another each day."""
    import re

    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "YYYY-MM-DD HH:MM", text)


def _compare(name: str, text: str) -> None:
    path = FOLDER / name
    if os.environ.get("UPDATE_GOLDEN"):
        FOLDER.mkdir(exist_ok=True)
        path.write_text(text + "\n", "utf-8")
    assert text + "\n" == path.read_text("utf-8")
