"""Logging in and out, as the official command line would find it."""

import os
import pty
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import Run, command
from tests.conftest import Server
from tests.waiting import until

TOKEN = "r8_typed_by_hand"


@pytest.fixture
def hosts(local_server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The hosts file of someone who never logged in to that server."""
    monkeypatch.setenv("REPLICATE_BASE_URL", local_server.url)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("REPLICATE_API_TOKEN", raising=False)
    return tmp_path / "xdg" / "replicate" / "hosts"


def test_a_piped_token_is_kept_for_its_user_alone_and_used_from_then_on(run: Run, hosts: Path) -> None:
    assert run("account", "current").returncode == 2
    done = run("auth", "login", "--token-stdin", stdin=f'"{TOKEN}"\n')
    assert done.returncode == 0, done.stderr
    assert "local" in done.stderr
    assert yaml.safe_load(hosts.read_text()) == {"127.0.0.1": {"token": TOKEN}}
    assert stat.S_IMODE(hosts.stat().st_mode) == 0o600
    status = run("auth", "status")
    assert str(hosts) in status.stdout
    assert TOKEN not in done.stdout + done.stderr + status.stdout + status.stderr


def test_other_hosts_and_what_else_stands_there_stay(run: Run, hosts: Path) -> None:
    hosts.parent.mkdir(parents=True)
    hosts.write_text("api.replicate.com: {token: r8_other}\n127.0.0.1: {token: old, note: mine}\n")
    run("auth", "login", "--token-stdin", stdin=TOKEN)
    assert yaml.safe_load(hosts.read_text()) == {
        "api.replicate.com": {"token": "r8_other"},
        "127.0.0.1": {"token": TOKEN, "note": "mine"},
    }
    assert run("auth", "logout").returncode == 0
    assert yaml.safe_load(hosts.read_text()) == {"api.replicate.com": {"token": "r8_other"}}
    assert "no token" in run("auth", "logout").stderr
    assert [each.name for each in hosts.parent.iterdir()] == ["hosts"]


def test_logging_out_does_what_the_screen_does_and_needs_nothing_to_ask_the_api(hosts: Path) -> None:
    hosts.parent.mkdir(parents=True)
    hosts.write_text(f"127.0.0.1: {{token: {TOKEN}}}")
    look = (
        "import sys\n"
        "from replicate_tui.cli.main import execute\n"
        "codes = [execute([*flags, '--base-url', 'http://127.0.0.1:9', 'auth', 'logout'])"
        " for flags in (['--read-only'], [])]\n"
        "print(codes, sorted({'httpx', 'replicate_tui.core.logins'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[2, 0] ['replicate_tui.core.logins']", done.stderr
    assert "refused to forget a token" in done.stderr
    assert TOKEN not in hosts.read_text()


@pytest.mark.parametrize("typed", ["", "   ", "two words", "r8_ü", "r8_\x1b[31m"])
def test_what_is_no_token_is_not_kept(run: Run, hosts: Path, typed: str) -> None:
    done = run("auth", "login", "--token-stdin", stdin=typed)
    assert done.returncode == 2
    assert "no token" in done.stderr
    assert not hosts.exists()


def test_a_token_that_nobody_can_judge_is_not_kept(run: Run, hosts: Path) -> None:
    done = run("auth", "login", "--token-stdin", stdin=TOKEN, REPLICATE_BASE_URL="http://127.0.0.1:9")
    assert done.returncode == 4
    assert TOKEN not in done.stderr
    assert not hosts.exists()


def test_a_hosts_file_that_cannot_be_read_stays_as_it_is(run: Run, hosts: Path) -> None:
    hosts.parent.mkdir(parents=True)
    hosts.write_text("{ not: [yaml")
    done = run("auth", "login", "--token-stdin", stdin=TOKEN, REPLICATE_API_TOKEN="r8_so_that_it_starts")
    assert done.returncode == 2
    assert str(hosts) in done.stderr
    assert hosts.read_text() == "{ not: [yaml"


def test_a_typed_token_is_not_shown(run: Run, hosts: Path) -> None:
    parent, child = pty.openpty()
    seen = b""

    def shows(words: bytes) -> bool:
        nonlocal seen
        seen += os.read(parent, 4096)
        return words in seen

    # The prompt is read from the controlling terminal, so the program gets one of its own.
    with subprocess.Popen(
        ["setsid", "--ctty", *command("auth", "login")], stdin=child, stdout=child, stderr=child
    ) as process:
        os.close(child)
        until(lambda: shows(b"not shown): "), "the prompt")
        os.write(parent, TOKEN.encode() + b"\n")
        until(lambda: shows(b"logged in"), "the login")
    os.close(parent)
    assert process.returncode == 0
    assert TOKEN.encode() not in seen
    assert TOKEN in hosts.read_text()


def test_without_a_terminal_the_way_to_pipe_a_token_is_told(run: Run, hosts: Path) -> None:
    done = run("auth", "login", stdin=TOKEN)
    assert done.returncode == 2
    assert "--token-stdin" in done.stderr
    assert not hosts.exists()
    assert "--local" in run("--local", "auth", "login").stderr


def test_nothing_is_kept_when_writes_are_forbidden(run: Run, hosts: Path) -> None:
    done = run("--read-only", "auth", "login", "--token-stdin", stdin=TOKEN)
    assert done.returncode == 2
    assert not hosts.exists()
