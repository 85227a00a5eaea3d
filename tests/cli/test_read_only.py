"""`--read-only`: every command that there is, and nothing that changes anything leaves for the API."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.cli import tree
from tests.cli import canned
from tests.cli.conftest import Run

MODEL = "acme/painter"
DEPLOYMENT = "acme/painter-prod"
HARDWARE = ("--hardware", "gpu-t4")

WRITING: dict[str, tuple[str, ...]] = {
    "run": (MODEL, "prompt=x"),
    "stream": (MODEL, "prompt=x"),
    "prediction create": (MODEL, "prompt=x"),
    "model run": (MODEL, "prompt=x"),
    "deployment run": (DEPLOYMENT, "prompt=x"),
    "batch": (MODEL, "table.csv", "--yes"),
    "train": (MODEL, "-d", MODEL, "data=https://a.example/b"),
    "training create": (MODEL, "-d", MODEL, "data=https://a.example/b"),
    "prediction cancel": ("q9m3t7xkz1rmc0cv5b2n8w4jfe",),
    "training cancel": (canned.TRAINING,),
    "model create": ("acme/mine", *HARDWARE),
    "model update": (MODEL, "--description", "x"),
    "model delete": (MODEL, "--yes"),
    "deployment create": ("mine", "--model", MODEL, *HARDWARE),
    "deployment update": (DEPLOYMENT, "--max-instances", "5"),
    "deployment delete": (DEPLOYMENT, "--yes"),
    "file upload": ("table.csv",),
    "file delete": ("f1", "--yes"),
}
"""Commands that change something at the API, with what makes them do it."""

READING = {
    *("prediction watch", "prediction resolve", "prediction list", "prediction show", "prediction save", "scaffold"),
    *("training list", "training show", "training watch", "history search", "history cost", "model list"),
    *("model search", "model show", "model schema", "model versions", "model readme", "model examples", "model check"),
    *("collection list", "collection show", "deployment list", "deployment show", "deployment schema"),
    *("hardware list", "file list", "file show", "file download", "webhook listen", "webhook list", "webhook verify"),
    *("webhook secret", "account current", "auth status", "doctor", "serve", "completion", "help"),
}
"""Commands that ask, or do something on this machine alone."""

ELSEWHERE = {
    "auth login": ("--token-stdin",),
    "auth logout": (),
    "webhook replay": ("--last",),
}
"""Commands that change something, and not at the API."""


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    """An account with what the commands name."""
    answers = canned.account()
    schemas = {**canned.SCHEMA["components"]["schemas"], "TrainingInput": {"properties": {"data": {"type": "string"}}}}
    painter = answers[f"/models/{MODEL}"]
    painter["latest_version"] = {**painter["latest_version"], "openapi_schema": {"components": {"schemas": schemas}}}
    answers[f"/models/{MODEL}/versions/{canned.VERSION}"] = painter["latest_version"]
    running: dict[str, Any] = {**answers[f"/predictions/{canned.RUN}"], "status": "processing", "completed_at": None}
    answers["/predictions/q9m3t7xkz1rmc0cv5b2n8w4jfe"] = {**running, "id": "q9m3t7xkz1rmc0cv5b2n8w4jfe"}
    answers["/files/f1"] = answers["/files"]["results"][0]
    with canned.serving(answers) as url:
        yield url


@pytest.fixture(autouse=True)
def environment(api: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An account's owner in a folder with a table."""
    monkeypatch.setenv("REPLICATE_BASE_URL", api)
    monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_of_the_tests")
    monkeypatch.setenv("XDG_CONFIG_HOME", os.fspath(tmp_path))
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "table.csv").write_text("prompt\nx\n", "utf-8")


def test_of_each_command_it_is_known_whether_it_writes() -> None:
    commands = {node.name: node for node in tree.every(tree.root()) if not node.is_group}
    rehearsed = {
        name for name, node in commands.items() if "dry_run" in {each.key for each in tree.parameters(node.command)}
    }
    assert rehearsed == WRITING.keys()
    assert commands.keys() == WRITING.keys() | READING | ELSEWHERE.keys()


@pytest.mark.parametrize("name", WRITING)
def test_what_writes_is_refused_and_would_have_been_sent_otherwise(run: Run, name: str) -> None:
    words = (*name.split(), *WRITING[name])
    rehearsed = run(*words, "--dry-run")
    assert rehearsed.returncode == 0, rehearsed.stderr
    assert json.loads(rehearsed.stdout)["method"] in ("POST", "PATCH", "DELETE")
    refused = run(*words, "--read-only")
    assert (refused.returncode, refused.stdout) == (2, ""), refused.stderr
    assert "--read-only: refused to" in refused.stderr


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_is_changed_elsewhere_is_refused_too(run: Run, name: str) -> None:
    refused = run(*name.split(), *ELSEWHERE[name], "--read-only", stdin="r8_x")
    assert (refused.returncode, refused.stdout) == (2, ""), refused.stderr
    assert "--read-only: refused to" in refused.stderr
