"""`serve` with flags: what it prints is what clients need, and what cannot be is said."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import Run, command
from tests.waiting import TIME_LIMIT, until

MODEL = {"owner": "acme", "name": "painter", "latest_version": {"id": "a" * 64}, "default_example": None}

Serve = Callable[..., "Served"]


class Served:
    """A `serve` that runs, and what it has printed."""

    def __init__(self, process: subprocess.Popen[str], notes: Path) -> None:
        self.process = process
        self._notes = notes

    @property
    def notes(self) -> str:
        return self._notes.read_text("utf-8")

    @property
    def variables(self) -> dict[str, str]:
        """The environment that it tells other clients to have."""
        line = next(line for line in self.notes.splitlines() if line.startswith("For other clients: "))
        return dict(part.split("=", 1) for part in line.removeprefix("For other clients: ").split())


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts `serve` with flags, and ends it with the test."""
    processes = []

    def start(*flags: str, **environment: str) -> Served:
        notes = tmp_path / "notes"
        with notes.open("w") as file:
            process = subprocess.Popen(
                command("serve", *flags), stderr=file, cwd=tmp_path, text=True, env={**os.environ, **environment}
            )
        processes.append(process)
        served = Served(process, notes)
        until(lambda: "For other clients" in served.notes or process.poll() is not None, "the server")
        assert process.poll() is None, served.notes
        return served

    yield start
    for process in processes:
        process.terminate()
        assert process.wait(TIME_LIMIT) == 0


@contextmanager
def asking(served: Served, token: str) -> Iterator[httpx.Client]:
    trust = ssl.create_default_context(cafile=served.variables.get("SSL_CERT_FILE"))
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(
        base_url=served.variables["REPLICATE_BASE_URL"], headers=headers, verify=trust, trust_env=False
    ) as client:
        yield client


def test_https_with_files_inside_the_predictions(serve: Serve, run: Run) -> None:
    served = serve("--tls", "--outputs", "data")
    assert served.variables["NODE_EXTRA_CA_CERTS"] == served.variables["SSL_CERT_FILE"]
    with asking(served, served.variables["REPLICATE_API_TOKEN"]) as client:
        body = {"version": "local/painter", "input": {"prompt": "a heron", "width": 64, "height": 64}}
        painted = client.post("/v1/predictions", json=body, headers={"Prefer": "wait"}).json()
    assert painted["output"][0].startswith("data:image/png;base64,")
    assert run("serve", "--status").returncode == 0
    refused = run("--local", "model", "list")
    assert refused.returncode == 2
    assert "over HTTPS" in refused.stderr
    assert run("serve", "--stop").returncode == 0
    assert served.process.wait(TIME_LIMIT) == 0


def test_a_token_from_the_environment_is_the_only_one(serve: Serve, run: Run) -> None:
    served = serve(REPLICATE_TUI_SERVER_TOKEN="s3cret")
    assert "s3cret" not in served.notes
    assert "REPLICATE_API_TOKEN" not in served.variables
    with asking(served, "s3cret") as client:
        assert client.get("/v1/account").status_code == 200
    with asking(served, "another") as client:
        assert client.get("/v1/account").status_code == 401
    refused = run("--local", "model", "list")
    assert refused.returncode == 2
    assert "with a token of its own" in refused.stderr


def test_models_from_a_file_and_from_a_folder(serve: Serve, tmp_path: Path) -> None:
    catalog, folder = tmp_path / "models.json", tmp_path / "greeter"
    catalog.write_text(json.dumps([MODEL]))
    folder.mkdir()
    (folder / "predict.py").write_text(
        "from cog import BasePredictor\n\n\nclass Predictor(BasePredictor):\n"
        "    def predict(self, name: str) -> str:\n        return f'hello {name}'\n"
    )
    pytest.importorskip("cog", reason="cog is not installed")
    served = serve("--catalog", "models.json", "--cog", "greeter")
    with asking(served, "any") as client:
        assert client.get("/v1/models/acme/painter").json()["latest_version"]["id"] == "a" * 64
        body = {"version": "local/greeter", "input": {"name": "you"}}
        greeted = client.post("/v1/predictions", json=body, headers={"Prefer": "wait"}, timeout=60).json()
        assert greeted["output"] == "hello you"


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--host", "0.0.0.0"), "needs a --token"),
        (("--rate-limit", "much"), "standard, low-credit, or"),
        (("--cog", "nowhere"), "there is no folder"),
        (("--catalog", "nowhere.json"), "--catalog: there is no file nowhere.json"),
        (("--outputs", "files"), "files"),
    ],
)
def test_what_cannot_be_served_is_said(run: Run, flags: tuple[str, ...], said: str) -> None:
    done = run("serve", *flags)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_what_lies_in_the_current_folder_is_never_imported(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "models.json").write_text(json.dumps([MODEL]))
    trap = "import pathlib\npathlib.Path(__file__).with_name('sprung').touch()\nraise SystemExit(3)\n"
    for module in ("replicate_tui/__init__.py", "replicate_tui/local/__main__.py", "PIL/__init__.py", "uvicorn.py"):
        file = tmp_path / module
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(trap)
    served = serve("--catalog", "models.json")
    with asking(served, "any") as client:
        body = {"version": "local/painter", "input": {"prompt": "a heron", "width": 64, "height": 64}}
        painted = client.post("/v1/predictions", json=body, headers={"Prefer": "wait"}).json()
    assert painted["status"] == "succeeded"
    assert not list(tmp_path.rglob("sprung"))
