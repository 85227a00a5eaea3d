"""Lists and single things, as JSON and as tables; what the global flags do; what starts without what."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from replicate_tui.cli.main import hoisted, screen_flags
from replicate_tui.core.settings import Flags
from tests.cli.conftest import Run, command
from tests.conftest import Server
from tests.connections import WatchedConnections


@pytest.mark.usefixtures("remote")
@pytest.mark.parametrize(
    "arguments", [("model", "list"), ("m", "search", "paint"), ("prediction", "list"), ("p", "list")]
)
def test_lists_are_page_objects(run: Run, arguments: tuple[str, ...]) -> None:
    run("run", "local/hello-world", "text=for the list")
    page = json.loads(run(*arguments).stdout)
    assert {"previous", "next", "results"} <= set(page)
    assert page["results"]


@pytest.mark.usefixtures("remote")
def test_a_search_finds_the_painter(run: Run) -> None:
    names = [model["name"] for model in json.loads(run("model", "search", "paint").stdout)["results"]]
    assert "painter" in names


@pytest.mark.usefixtures("remote")
def test_single_things_are_raw_objects(run: Run) -> None:
    assert json.loads(run("model", "show", "local/painter").stdout)["owner"] == "local"
    assert "Input" in json.loads(run("model", "schema", "local/painter").stdout)["components"]["schemas"]
    assert json.loads(run("account", "current").stdout)["username"] == "local"
    assert "cpu" in [hardware["sku"] for hardware in json.loads(run("hw", "list", "--json").stdout)]


@pytest.mark.usefixtures("remote")
def test_a_terminal_gets_a_table(tmp_path: Path) -> None:
    parent, child = pty.openpty()
    with subprocess.Popen(command("model", "schema", "local/painter"), stdout=child, stderr=child) as process:
        os.close(child)
        lines = _lines(parent)
    assert process.returncode == 0
    assert lines[0].split()[:2] == ["input", "kind"]
    assert any(line.startswith("prompt") and "required" in line for line in lines)


def _lines(terminal: int) -> list[str]:
    from tests.cli.test_run import _read_all

    plain = _read_all(terminal)
    for colour in ("\x1b[0m", *(f"\x1b[{number}m" for number in range(40))):
        plain = plain.replace(colour, "")
    return [line.rstrip() for line in plain.splitlines()]


def test_without_a_token_one_line_says_what_to_do(run: Run) -> None:
    done = run("run", "acme/painter", "prompt=x")
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert "REPLICATE_API_TOKEN" in line
    assert "--local" in line


def test_without_a_terminal_the_screen_says_so(run: Run) -> None:
    done = run()
    assert done.returncode == 2
    assert "terminal" in done.stderr


@pytest.mark.usefixtures("remote")
def test_read_only_refuses_to_run(run: Run) -> None:
    done = run("run", "local/hello-world", "text=x", "--read-only")
    assert done.returncode == 2
    assert "--read-only" in done.stderr


def test_the_program_talks_to_its_host_and_to_nothing_else(run: Run, remote: Server, tmp_path: Path) -> None:
    watched = WatchedConnections(tmp_path)
    done = run("run", "local/painter", "prompt=x", "width=64", "height=64", "--save", **watched.environ)
    assert done.returncode == 0, done.stderr
    assert watched.places() == {remote.url.rpartition("/")[2]}


def test_global_flags_work_before_and_after_the_command() -> None:
    assert hoisted(["run", "a/b", "--local", "x=1"]) == ["--local", "run", "a/b", "x=1"]
    assert hoisted(["run", "--base-url", "http://h", "a/b"]) == ["--base-url", "http://h", "run", "a/b"]
    assert hoisted(["p", "list", "--profile=work"]) == ["--profile=work", "p", "list"]
    assert hoisted(["run", "a/b", "--", "--local"]) == ["run", "a/b", "--", "--local"]


@pytest.mark.parametrize(
    ("arguments", "flags"),
    [
        ([], Flags()),
        (["--local"], Flags(local=True)),
        (["--read-only", "--profile", "work"], Flags(profile="work", read_only=True)),
        (["--base-url=http://127.0.0.1:1", "--images=none"], Flags(base_url="http://127.0.0.1:1", images="none")),
        (["--profile", "a", "--profile", "b"], Flags(profile="b")),
    ],
)
def test_the_screen_is_asked_for_by_flags_alone(arguments: list[str], flags: Flags) -> None:
    assert screen_flags(arguments) == flags


@pytest.mark.parametrize(
    "arguments",
    [
        *(["run"], ["--local", "run"], ["--help"], ["-h"], ["--version"], ["--nonsense"], ["--"], [""]),
        *(["--profile"], ["--profile", "--local"], ["--profile="], ["--local=yes"], ["--local", "--complete"]),
    ],
)
def test_anything_else_is_left_to_the_commands(arguments: list[str]) -> None:
    assert screen_flags(arguments) is None


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"], ["prediction", "list", "--help"]])
def test_help_starts_without_the_screen_and_without_the_client(arguments: list[str]) -> None:
    look = (
        "import sys\n"
        "from replicate_tui.cli.main import execute\n"
        f"code = execute({arguments!r})\n"
        "heavy = {'textual', 'httpx', 'PIL', 'rich', 'yaml'} & set(sys.modules)\n"
        "print(code, sorted(heavy), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "0 []"
    assert done.stdout


@pytest.mark.usefixtures("embedded")
def test_addresses_of_the_local_servers_pages_are_taken_like_replicates(run: Run) -> None:
    painter = json.loads(run("--local", "model", "show", "local/hello-world").stdout)
    page = painter["url"]
    assert page.startswith("http://127.0.0.1:")
    assert json.loads(run("--local", "model", "show", page).stdout)["name"] == "hello-world"
    assert "Input" in json.loads(run("--local", "model", "schema", page).stdout)["components"]["schemas"]
    version = f"{page}/versions/{painter['latest_version']['id']}"
    prediction = json.loads(run("--local", "run", version, "text=from a page").stdout)
    web = prediction["urls"]["web"]
    assert json.loads(run("--local", "prediction", "show", web).stdout)["id"] == prediction["id"]
    elsewhere = run("--local", "run", "http://127.0.0.1:9/local/hello-world", "text=x")
    assert (elsewhere.returncode, elsewhere.stdout) == (2, "")
    assert "names nothing" in elsewhere.stderr
