"""`doctor`: what is looked at, and what it says to do."""

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.cli.conftest import Run


def _found(run: Run, **environ: str) -> dict[str, dict[str, str]]:
    return {each["name"]: each for each in json.loads(run("doctor", **environ).stdout)}


@pytest.mark.usefixtures("remote")
def test_where_all_is_well_nothing_is_advised(run: Run) -> None:
    done = run("doctor")
    assert done.returncode == 0, done.stdout
    found = {each["name"]: each for each in json.loads(done.stdout)}
    assert found["token"]["what"] == "from REPLICATE_API_TOKEN"
    assert found["account"]["what"] == "local"
    assert {found[name]["state"] for name in ("host", "clock", "history", "saved runs", "versions")} == {"good"}
    assert "r8_of_the_tests" not in done.stdout + done.stderr


def test_without_a_token_the_ways_in_are_told(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("REPLICATE_API_TOKEN", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    done = run("doctor")
    assert done.returncode == 1
    assert "auth login" in done.stdout


def test_a_host_that_is_not_there_is_told(run: Run) -> None:
    account = _found(run, REPLICATE_BASE_URL="http://127.0.0.1:9", REPLICATE_API_TOKEN="r8_x")["account"]
    assert account["state"] == "bad"
    assert "127.0.0.1" in account["what"]
    assert "network" in account["advice"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="whoever may do everything can write everywhere")
@pytest.mark.usefixtures("remote")
def test_a_folder_that_cannot_be_written_is_told(run: Run) -> None:
    data = Path(os.environ["REPLICATE_TUI_HOME"], "data")
    data.mkdir(parents=True)
    data.chmod(0o500)
    assert _found(run)["history"]["state"] == "bad"


@pytest.mark.usefixtures("remote")
def test_a_history_file_that_cannot_be_used_is_told_as_each_command_tells_it(run: Run) -> None:
    profile = Path(os.environ["REPLICATE_TUI_HOME"], "data", "profiles", "default")
    (profile / "history.db").mkdir(parents=True)
    history = _found(run)["history"]
    assert history["state"] == "bad"
    assert history["what"].startswith(f"{profile / 'history.db'} cannot be used: ")
    assert history["advice"].startswith("it is a folder: move it away")
    for arguments in (("history", "search", "x"), ("run", "local/hello-world", "text=x")):
        done = run(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"{profile / 'history.db'} cannot be used: ")
        assert done.stderr.endswith(f"; {history['advice']}\n")
    (profile / "history.db").rmdir()
    (profile / "history.db").write_bytes(b"no database" * 100)
    damaged = _found(run)["history"]
    assert damaged["state"] == "doubtful"
    assert "set aside" in damaged["advice"]


@pytest.mark.usefixtures("remote")
def test_a_history_of_an_older_version_is_looked_at_and_left_as_it_is(run: Run) -> None:
    profile = Path(os.environ["REPLICATE_TUI_HOME"], "data", "profiles", "default")
    profile.mkdir(parents=True)
    with contextlib.closing(sqlite3.connect(profile / "history.db")) as connection:
        connection.execute("PRAGMA user_version = 0")
        connection.execute("VACUUM")
    before = (profile / "history.db").read_bytes()
    assert _found(run)["history"]["state"] == "good"
    assert (profile / "history.db").read_bytes() == before
    assert [each.name for each in profile.iterdir()] == ["history.db"]


@pytest.mark.usefixtures("remote")
def test_a_file_where_a_folder_should_be_is_told(run: Run) -> None:
    Path(os.environ["REPLICATE_TUI_HOME"]).mkdir(parents=True, exist_ok=True)
    Path(os.environ["REPLICATE_TUI_HOME"], "data").write_text("in the way")
    history = _found(run)["history"]
    assert history["state"] == "bad"
    assert "cannot be written" in history["advice"]


class _Yesterday(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"type": "user", "username": "me"}'
        self.send_response_only(200)
        self.send_header("Date", "Tue, 01 Jan 2019 00:00:00 GMT")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def late_server() -> Iterator[str]:
    """A server whose clock is years behind."""
    with HTTPServer(("127.0.0.1", 0), _Yesterday) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_clocks_that_differ_are_told(run: Run, late_server: str) -> None:
    clock = _found(run, REPLICATE_BASE_URL=late_server, REPLICATE_API_TOKEN="r8_x")["clock"]
    assert clock["state"] == "doubtful"
    assert "ahead of the server's" in clock["what"]
