"""The exit codes, which are an API: one test for each way to end."""

import json
import signal
import subprocess
from collections.abc import Iterator

import pytest

from tests.cli import canned
from tests.cli.conftest import Run, command
from tests.conftest import Server


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, object]]:
    """An account whose answers a test may change."""
    answers: dict[str, object] = dict(canned.account())
    with canned.serving(answers) as url:
        monkeypatch.setenv("REPLICATE_BASE_URL", url)
        monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_of_the_tests")
        yield answers


@pytest.mark.parametrize("status", ["failed", "canceled", "aborted"])
def test_a_run_that_gave_nothing_ends_with_1_and_says_why(run: Run, api: dict[str, object], status: str) -> None:
    ended = {**canned.account()[f"/predictions/{canned.FAILED}"], "status": status}
    api["POST /predictions"] = ended
    api[f"/predictions/{canned.FAILED}"] = ended
    done = run("run", "acme/painter", "prompt=x")
    assert done.returncode == 1
    assert json.loads(done.stdout)["status"] == status
    assert f"{status}: CUDA out of memory" in done.stderr


@pytest.mark.parametrize(
    ("refusal", "words"),
    [(401, "401"), (402, "402"), (404, "404"), (422, "422"), (500, "500")],
)
def test_what_the_api_refuses_ends_with_3(run: Run, api: dict[str, object], refusal: int, words: str) -> None:
    api["POST /predictions"] = refusal
    done = run("run", "acme/painter", "prompt=x")
    assert done.returncode == 3, done.stderr
    assert words in done.stderr
    assert "the server says no" in done.stderr
    assert done.stdout == ""
    assert "r8_of_the_tests" not in done.stderr


def test_being_throttled_past_the_limit_ends_with_3(run: Run, api: dict[str, object]) -> None:
    api["/hardware"] = 429
    done = run("hardware", "list")
    assert done.returncode == 3
    assert "429" in done.stderr


@pytest.mark.usefixtures("api")
@pytest.mark.parametrize(
    "arguments",
    [
        ("run",),
        ("run", "acme/painter", "width=big", "prompt=x"),
        ("run", "acme/painter", "prompt=x", "image=@missing.png"),
        ("run", "not a model"),
        ("prediction", "cancel"),
        ("model", "show"),
        ("nothing",),
        ("--profile", "a/b", "account", "current"),
        ("--base-url", "ftp://x", "account", "current"),
        ("--read-only", "run", "acme/painter", "prompt=x"),
    ],
    ids=" ".join,
)
def test_what_we_judge_ourselves_ends_with_2(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2, done.stderr
    assert done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("api")
def test_an_unknown_model_ends_with_3_and_names_what_is_near(run: Run) -> None:
    run("model", "list")
    done = run("model", "show", "acme/paintr")
    assert done.returncode == 3
    assert "acme/painter" in done.stderr


@pytest.mark.parametrize("arguments", [("account", "current"), ("run", "a/b", "x=1"), ("model", "list")], ids=" ".join)
def test_nobody_there_ends_with_4(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments, REPLICATE_BASE_URL="http://127.0.0.1:9", REPLICATE_API_TOKEN="r8_x")
    assert done.returncode == 4
    assert "127.0.0.1:9" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_with_130_and_the_run_goes_on(run: Run, remote: Server, number: signal.Signals) -> None:
    with subprocess.Popen(
        command("run", "local/sleeper", "seconds=60"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        run_id = process.stderr.readline().rstrip().rpartition("/")[2]
        process.send_signal(number)
        told = process.stderr.read()
    assert process.returncode == 130
    assert f"prediction cancel {run_id}" in told
    run("prediction", "cancel", run_id)
