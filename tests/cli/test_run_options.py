"""What `run` takes beside inputs: options of the API, files of inputs, examples, rehearsals."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.conftest import Server

pytestmark = pytest.mark.usefixtures("remote")


def test_a_rehearsal_prints_the_request_and_sends_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "photo.png").write_bytes(b"not sent")
    before = json.loads(run("prediction", "list").stdout)["results"]
    done = run(
        *("run", "local/upscaler", "image=@photo.png", "scale=2", "--dry-run", "--block", "5", "--lifetime", "1m"),
        *("--webhook", "https://hooks.example/r", "--webhook-events", "start,completed"),
    )
    request = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert (request["method"], request["url"].rpartition("/v1")[2]) == ("POST", "/predictions")
    assert request["headers"]["Authorization"] == "Bearer $REPLICATE_API_TOKEN"
    assert (request["headers"]["Prefer"], request["headers"]["Cancel-After"]) == ("wait=5", "1m")
    assert request["body"]["input"] == {"image": "@photo.png", "scale": 2} or request["body"]["input"][
        "image"
    ].endswith("photo.png")
    assert request["body"]["webhook"] == "https://hooks.example/r"
    assert request["body"]["webhook_events_filter"] == ["start", "completed"]
    assert json.loads(run("prediction", "list").stdout)["results"] == before
    assert json.loads(run("history", "search", "upscaler", "--json").stdout or "[]") in ([], {"results": []})


def test_a_blocking_run_is_answered_with_its_end(run: Run) -> None:
    done = run("run", "local/hello-world", "text=held", "--block", "30")
    assert json.loads(done.stdout)["status"] == "succeeded"


def test_inputs_come_from_a_file_and_what_is_typed_goes_first(run: Run, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "in.json").write_text('{"seconds": 0.2, "log_lines": 3}')
    done = run("run", "local/sleeper", "--input", "in.json", "log_lines=2")
    assert json.loads(done.stdout)["input"] == {"seconds": 0.2, "log_lines": 2}


def test_inputs_come_from_standard_input(run: Run) -> None:
    done = run("run", "local/hello-world", "--input", "-", stdin='{"text": "piped"}')
    assert "piped" in json.loads(done.stdout)["output"]


def test_a_path_in_a_file_of_inputs_is_a_text(run: Run, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "in.json").write_text('{"text": "@in.json"}')
    done = run("run", "local/hello-world", "--input", "in.json")
    assert "@in.json" in json.loads(done.stdout)["output"]


def test_an_example_is_where_a_run_starts_from(run: Run) -> None:
    example = json.loads(run("model", "show", "local/painter").stdout)["default_example"]["input"]
    done = run("run", "local/painter", "--example", "seed=7", "--dry-run")
    assert json.loads(done.stdout)["body"]["input"] == {**example, "seed": 7}


def test_log_lines_are_told_on_standard_error(run: Run) -> None:
    done = run("run", "local/sleeper", "seconds=0.3", "log_lines=3")
    logs = json.loads(done.stdout)["logs"].splitlines()
    assert logs
    assert [line for line in done.stderr.splitlines() if line in logs] == logs


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--block", "61"), "--block"),
        (("--block", "x"), "--block"),
        (("--lifetime", "soon"), "--lifetime"),
        (("--webhook", "ftp://x"), "--webhook"),
        (("--webhook-events", "start"), "--webhook"),
        (("--webhook", "https://h.example", "--webhook-events", "begin"), "--webhook-events"),
        (("--deployment", "no name"), "--deployment"),
        (("--input", "missing.json"), "missing.json"),
        (("--input", "-"), "standard input is not JSON|not JSON"),
        (("--save", "--no-wait"), "--no-wait"),
        (("--output-directory", "file.txt"), "file.txt"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_an_option_that_cannot_be_is_named_and_nothing_is_sent(
    run: Run, remote: Server, tmp_path: Path, arguments: tuple[str, ...], named: str
) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "file.txt").touch()
    before = json.loads(run("prediction", "list").stdout)["results"]
    done = run("run", "local/hello-world", "text=a", *arguments, stdin="nonsense")
    assert done.returncode == 2, done.stderr
    assert any(name in done.stderr for name in named.split("|"))
    assert done.stdout == ""
    assert json.loads(run("prediction", "list").stdout)["results"] == before


def test_a_deployment_is_run_by_its_flag_or_by_its_name(run: Run, deployed: str) -> None:
    for arguments in ((deployed,), ("--deployment", deployed), ("--deployment", deployed.partition("/")[2])):
        done = run("run", *arguments, "text=there")
        assert done.returncode == 0, done.stderr
        prediction = json.loads(done.stdout)
        assert prediction["status"] == "succeeded"
        assert prediction["deployment"].endswith("greeter")


def test_a_deployment_of_another_model_is_refused(run: Run, deployed: str) -> None:
    done = run("run", "local/painter", "prompt=x", "--deployment", deployed)
    assert done.returncode == 2
    assert "local/hello-world" in done.stderr


@pytest.fixture
def deployed(remote: Server) -> str:
    """A deployment of the greeting model."""
    import httpx

    headers = {"Authorization": "Bearer x"}
    with httpx.Client(base_url=f"{remote.url}/v1", headers=headers, trust_env=False) as client:
        version = client.get("/models/local/hello-world").json()["latest_version"]["id"]
        body = {
            "name": "greeter",
            "model": "local/hello-world",
            "version": version,
            "hardware": "cpu",
            "min_instances": 0,
            "max_instances": 1,
        }
        client.post("/deployments", json=body)
    return "local/greeter"
