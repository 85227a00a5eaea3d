"""The process: its state file, who may talk to it, how long it lives, what it finds when it comes back."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from replicate_tui.local.runner import STOPPED
from tests.local.serving import Server, serving
from tests.waiting import TIME_LIMIT, until


def test_the_state_file_tells_where_the_server_is_to_its_owner_only(server: Server) -> None:
    path = server.folder / "state.json"
    assert server.state.keys() == {"pid", "host", "port", "url", "version", "secret", "started_at", "ca"}
    assert server.state["pid"] == server.process.pid
    assert server.state["url"] == f"http://127.0.0.1:{server.state['port']}"
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE((server.folder / "data" / "server.db").stat().st_mode) == 0o600


def test_health_needs_no_token(server: Server) -> None:
    health = httpx.get(f"{server.url}/health", trust_env=False).json()
    assert health.keys() == {"version", "pid", "active", "screens", "guarded"}
    assert health["pid"] == server.process.pid


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "a@localhost"])
def test_a_foreign_host_is_refused(server: Server, host: str) -> None:
    response = server.client.get("/v1/account", headers={"host": host})
    assert response.status_code == 403
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.1.2.3:99", "[::1]:8", "127.0.0.1"])
def test_every_loopback_host_is_answered(server: Server, host: str) -> None:
    assert server.client.get("/v1/account", headers={"host": host}).status_code == 200


def test_pages_of_other_sites_are_refused_and_local_ones_are_not(server: Server) -> None:
    for origin in ("https://evil.example", "null", "http://localhost.evil.example", "file://"):
        assert server.client.get("/v1/account", headers={"origin": origin}).status_code == 403
    for origin in ("http://localhost:3000", "http://127.0.0.1", "http://[::1]:5173"):
        assert server.client.get("/v1/account", headers={"origin": origin}).status_code == 200


def test_every_open_lease_is_a_screen_until_its_client_hangs_up(server: Server) -> None:
    with httpx.Client(base_url=server.url, trust_env=False) as other:
        with other.stream("GET", "/lease") as first, other.stream("GET", "/lease") as second:
            bodies = (first.iter_raw(), second.iter_raw())
            assert [next(body) for body in bodies] == [b"open\n", b"open\n"]
            assert server.health()["screens"] == 2
        until(lambda: server.health()["screens"] == 0, "the leases' end")


def test_an_idle_server_ends_by_itself(tmp_path: Path) -> None:
    with serving(tmp_path, "--idle-exit", "0.2") as server:
        assert server.process.wait(TIME_LIMIT) == 0
        assert not (tmp_path / "state.json").exists()


def test_a_lease_and_a_run_keep_an_idle_server_alive(tmp_path: Path) -> None:
    with serving(tmp_path, "--idle-exit", "0.3") as server:
        with server.client.stream("GET", "/lease") as lease:
            body = lease.iter_raw()
            assert next(body) == b"open\n"
            server.run("local/sleeper", seconds=0.7)
            assert server.process.poll() is None
            server.create("local/sleeper", seconds=0.7)
        began = time.monotonic()
        assert server.process.wait(TIME_LIMIT) == 0
        assert time.monotonic() - began > 0.8


def test_shutdown_is_for_those_who_know_the_secret(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        for headers in ({}, {"authorization": "Bearer wrong"}):
            assert httpx.post(f"{server.url}/shutdown", headers=headers, trust_env=False).status_code == 401
        with server.client.stream("GET", "/lease"):
            allowed = {"authorization": f"Bearer {server.state['secret']}"}
            assert httpx.post(f"{server.url}/shutdown", headers=allowed, trust_env=False).status_code == 202
            assert server.process.wait(TIME_LIMIT) == 0
        assert not (tmp_path / "state.json").exists()


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGTERM that a process could answer")
def test_a_signal_ends_it_quickly_and_fails_what_runs(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        created = server.create("local/storyteller", prompt="", max_tokens=2000)
        until(lambda: server.get(created)["output"], "the first token")
        with server.client.stream("GET", created["urls"]["stream"]) as stream:
            lines = stream.iter_lines()
            assert next(lines) == ": hi"
            began = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            told = list(lines)
        assert server.process.wait(TIME_LIMIT) == 0
        assert time.monotonic() - began < 3
        assert 'data: {"detail": "interrupted"}' in told
        assert told[-2] == 'data: {"reason": "error"}'
    with serving(tmp_path) as server:
        found = server.client.get(f"/v1/predictions/{created['id']}").json()
        assert (found["status"], found["error"]) == ("failed", "interrupted")
        assert found["output"]


def test_what_a_killed_server_left_active_is_failed_by_the_next_one(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        running = server.create("local/storyteller", prompt="", max_tokens=2000)
        until(lambda: len(server.get(running)["output"] or []) > 20, "some tokens")
        server.process.kill()
        server.process.wait(TIME_LIMIT)
    (tmp_path / "state.json").unlink()
    with serving(tmp_path) as server:
        found = server.client.get(f"/v1/predictions/{running['id']}").json()
        assert (found["status"], found["error"]) == ("failed", STOPPED)
        assert len(found["output"]) > 5
        assert "Using seed" in found["logs"]
        stream = found["urls"]["stream"]
        assert httpx.get(stream, trust_env=False).text.endswith('data: {"reason": "error"}\n\n')
        assert server.health()["active"] == 0


def test_finished_predictions_outlive_the_server_under_its_new_address(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        done = server.run("local/painter", prompt="x", width=64, height=64, seed=1)
    with serving(tmp_path) as server:
        found = server.client.get(f"/v1/predictions/{done['id']}").json()
        assert found["output"][0].startswith(f"{server.url}/outputs/")
        assert server.client.get(found["output"][0]).status_code == 200
        assert server.client.get("/v1/models/local/painter").json()["run_count"] == 1


def test_data_are_removed_when_their_time_is_over_and_the_record_stays(tmp_path: Path) -> None:
    with serving(tmp_path, "--retention", "0.8") as server:
        painted = server.run("local/painter", prompt="x", width=64, height=64)
        told = server.run("local/storyteller", prompt="x", max_tokens=2)
        assert server.client.get(painted["output"][0]).status_code == 200
        until(lambda: server.get(told)["data_removed"], "the removal")
        until(lambda: server.get(painted)["data_removed"], "the removal")
        found = server.get(painted)
        assert (found["status"], found["output"], found["input"], found["logs"]) == ("succeeded", None, {}, "")
        assert found["metrics"] == painted["metrics"]
        assert server.client.get(painted["output"][0]).status_code == 404
        assert server.client.get(told["urls"]["stream"]).status_code == 404
        assert list((tmp_path / "data" / "outputs").iterdir()) == []


def test_a_second_server_on_the_same_data_gives_up_with_a_reason(server: Server, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "replicate_tui.local", "--data", str(server.folder / "data")]
    command += ["--state", str(tmp_path / "state.json")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT, check=False)
    assert ended.returncode == 1
    assert "another server is using" in ended.stderr
    assert not (tmp_path / "state.json").exists()


def test_a_taken_port_is_told(server: Server, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "replicate_tui.local", "--data", str(tmp_path / "data")]
    command += ["--state", str(tmp_path / "state.json"), "--port", str(server.state["port"])]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT, check=False)
    assert ended.returncode == 1
    assert ended.stderr.count("cannot serve") >= 1
    assert "Traceback" not in ended.stderr


def test_a_state_file_of_another_server_is_left_alone(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        other = json.dumps({**server.state, "secret": "another one's"})
        (tmp_path / "state.json").write_text(other)
    assert (tmp_path / "state.json").read_text() == other


def test_the_version_can_be_told_from_outside(tmp_path: Path) -> None:
    with serving(tmp_path, "--version-label", "9.9.9") as server:
        assert server.health()["version"] == server.state["version"] == "9.9.9"


def test_only_this_machine_can_be_served(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "replicate_tui.local", "--data", str(tmp_path / "data")]
    command += ["--state", str(tmp_path / "state.json"), "--host", "0.0.0.0"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT, check=False)
    assert ended.returncode == 2
    assert "needs a --token" in ended.stderr
