"""`--local` and `serve`: one server for this user, found or started, in a process of its own."""

import json
import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Run, command
from tests.pictures import picture_size
from tests.waiting import until


@pytest.mark.usefixtures("embedded")
def test_two_fresh_commands_in_a_pipe_share_one_server(tmp_path: Path) -> None:
    paint = " ".join(command("--local", "run", "local/painter", "prompt='a corgi'", "width=96", "height=64"))
    upscale = " ".join(command("--local", "run", "local/upscaler", "image={{.output[0]}}", "--save"))
    done = subprocess.run(["bash", "-c", f"{paint} | {upscale}"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / json.loads(done.stdout)["id"]
    (picture,) = [path for path in folder.iterdir() if path.suffix in (".png", ".jpg", ".webp")]
    assert picture_size(picture) == (192, 128)


@pytest.mark.usefixtures("embedded")
def test_a_substitution_returns_when_the_command_does(tmp_path: Path) -> None:
    inner = " ".join(command("--local", "run", "local/hello-world", "text=inside"))
    done = subprocess.run(
        ["bash", "-c", f'echo "got $({inner})"'], cwd=tmp_path, capture_output=True, text=True, timeout=30
    )
    assert "inside" in done.stdout


@pytest.mark.usefixtures("embedded")
def test_the_servers_state_is_told_and_it_ends_when_told_to(run: Run) -> None:
    assert run("--local", "run", "local/hello-world", "text=x").returncode == 0
    status = run("serve", "--status")
    assert status.returncode == 0
    url = next(line.split()[1] for line in status.stdout.splitlines() if line.startswith("url"))
    assert url.startswith("http://127.0.0.1:")
    again = run("serve", "--port", "0")
    assert again.returncode == 2
    assert url in again.stderr
    assert run("serve", "--stop").returncode == 0
    assert run("serve", "--status").returncode == 1


@pytest.mark.usefixtures("embedded")
def test_a_killed_server_is_replaced(run: Run) -> None:
    run("--local", "run", "local/hello-world", "text=x")
    pid = next(line.split()[1] for line in run("serve", "--status").stdout.splitlines() if line.startswith("process"))
    os.kill(int(pid), signal.SIGKILL)
    until(lambda: run("serve", "--status").returncode == 1, "the server's end")
    assert run("--local", "run", "local/hello-world", "text=y").returncode == 0


def test_a_port_that_is_taken_is_named(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("serve", "--port", str(port))
    assert done.returncode == 2
    assert f"port {port}" in done.stderr
    assert run("serve", "--status").returncode == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serving_in_the_foreground_ends_with_a_signal(run: Run, number: signal.Signals) -> None:
    with subprocess.Popen(command("serve"), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert "Serving at http://127.0.0.1:" in line
        assert run("--local", "account", "current").returncode == 0
        process.send_signal(number)
        process.wait(20)
    assert process.returncode == 0
    assert run("serve", "--status").returncode == 1


@pytest.mark.usefixtures("embedded")
def test_local_beats_the_environment(run: Run) -> None:
    done = run("account", "current", "--local", REPLICATE_API_TOKEN="r8_real", REPLICATE_BASE_URL="http://127.0.0.1:9")
    assert json.loads(done.stdout)["username"] == "local"
