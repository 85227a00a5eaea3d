"""`train` and `training …`: real trainings on the local server."""

import json
import secrets
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli import canned
from tests.cli.conftest import Run, command
from tests.conftest import Server

pytestmark = pytest.mark.usefixtures("remote")

BOOK = "The fox went out. The owl came in. The fox came back, and the owl went out again.\n" * 40


@pytest.fixture
def book(tmp_path: Path) -> str:
    """A text to train on, in the folder the commands run in."""
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "book.txt").write_text(BOOK)
    return "text=@book.txt"


@pytest.fixture
def destination() -> str:
    """A model that nobody has made yet."""
    return f"local/teller-{secrets.token_hex(4)}"


def test_a_training_returns_at_once_is_watched_and_its_version_runs(run: Run, book: str, destination: str) -> None:
    begun = run("train", "local/storyteller", "--destination", destination, "--create", book)
    assert begun.returncode == 0, begun.stderr
    training = json.loads(begun.stdout)
    assert training["model"] == "local/storyteller"
    assert not {"run_kind", "destination"} & training.keys()
    assert "training watch" in begun.stderr

    watched = run("training", "watch", training["id"], "--json")
    assert watched.returncode == 0, watched.stderr
    ended = json.loads(watched.stdout)
    assert ended["status"] == "succeeded"
    assert ended["output"]["version"].startswith(f"{destination}:")

    told = run("run", ended["output"]["version"], "prompt=The fox")
    assert told.returncode == 0, told.stderr
    shown = json.loads(run("t", "show", training["id"]).stdout)
    assert (shown["id"], shown["status"]) == (training["id"], "succeeded")
    listed = json.loads(run("training", "list").stdout)
    assert training["id"] in [each["id"] for each in listed["results"]]


def test_waiting_follows_it_to_its_end(run: Run, book: str, destination: str) -> None:
    done = run("train", "local/storyteller", "-d", destination, "--create", "--wait", book)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "succeeded"
    assert "loss" in done.stderr


def test_a_destination_that_is_missing_is_made_only_when_asked_for(run: Run, book: str, destination: str) -> None:
    done = run("train", "local/storyteller", "--destination", destination, book)
    assert done.returncode == 2
    assert "--create" in done.stderr
    assert done.stdout == ""
    assert run("model", "show", destination).returncode == 3


TRAINED = {"TrainingInput": {"type": "object", "properties": {"text": {"type": "string", "format": "uri"}}}}


@pytest.mark.parametrize(
    ("hardware", "code", "said"), [("gpu-t4", 3, "the server says no"), ("abacus", 2, "there is no hardware 'abacus'")]
)
def test_no_empty_model_is_left_where_its_training_cannot_be_sent(
    run: Run, book: str, hardware: str, code: int, said: str
) -> None:
    answers = canned.account()
    schemas = {**canned.SCHEMA["components"]["schemas"], **TRAINED}
    version = {"id": canned.VERSION, "openapi_schema": {"components": {"schemas": schemas}}}
    answers["/models/acme/painter"] = {**answers["/models/acme/painter"], "latest_version": version}
    answers["POST /files"] = 413
    with canned.serving(answers) as url:
        arguments = ("-d", "acme/mine", "--create", "--hardware", hardware, book)
        done = run("train", "acme/painter", *arguments, REPLICATE_BASE_URL=url)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "made the model" not in done.stderr


def test_a_bare_destination_is_the_accounts_own(run: Run, book: str, destination: str) -> None:
    name = destination.partition("/")[2]
    done = run("train", "local/storyteller", "--destination", name, "--create", book)
    assert done.returncode == 0, done.stderr
    assert json.loads(run("model", "show", destination).stdout)["visibility"] == "private"
    run("training", "cancel", json.loads(done.stdout)["id"])


def test_a_rehearsal_of_a_training_sends_nothing(run: Run, book: str) -> None:
    done = run("train", "local/storyteller", "--destination", "local/storyteller", book, "--dry-run")
    assert done.returncode == 0, done.stderr
    request = json.loads(done.stdout)
    assert request["url"].endswith("/trainings")
    assert request["body"]["destination"] == "local/storyteller"


def test_a_training_is_canceled(run: Run, book: str, destination: str) -> None:
    begun = json.loads(run("train", "local/storyteller", "-d", destination, "--create", book).stdout)
    canceled = run("training", "cancel", begun["id"])
    assert canceled.returncode == 0, canceled.stderr
    assert json.loads(canceled.stdout)["status"] in ("canceled", "succeeded")


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (("train", "local/storyteller", "text=@book.txt"), 2, "--destination"),
        (("train", "local/hello-world", "-d", "local/x", "text=a"), 2, "cannot be trained"),
        (("train", "local/storyteller", "-d", "a b/c", "text=@book.txt"), 2, "a b/c"),
        (("train", "local/storyteller", "-d", "local/x", "txet=@book.txt"), 2, "text"),
        (("train", "local/storyteller", "-d", "local/x", "text=@missing.txt"), 2, "missing.txt"),
        (("train", "local/storyteller", "-d", "local/x", "text=@book.txt", "--webhook", "ftp://x"), 2, "--webhook"),
        (("train", "local/nothing", "-d", "local/x", "text=a"), 3, "local/nothing"),
        (("training", "show", "k7x2m9qd5rrm80cn4wf9t0a6zc"), 3, "k7x2m9qd5rrm80cn4wf9t0a6zc"),
        (("training", "watch", "k7x2m9qd5rrm80cn4wf9t0a6zc"), 3, "k7x2m9qd5rrm80cn4wf9t0a6zc"),
        (("--read-only", "train", "local/storyteller", "-d", "local/x", "text=a"), 2, "--read-only"),
    ],
)
def test_what_cannot_be_trained_says_why(
    run: Run, book: str, arguments: tuple[str, ...], code: int, named: str
) -> None:
    done = run(*arguments)
    assert done.returncode == code, done.stderr
    assert named in done.stderr
    assert done.stdout == ""


def test_an_interrupt_leaves_the_training_going(run: Run, book: str, destination: str, tmp_path: Path) -> None:
    arguments = command("train", "local/storyteller", "-d", destination, "--create", "--wait", book)
    with subprocess.Popen(
        arguments, cwd=tmp_path / "work", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        created = next(line for line in process.stderr if line.startswith("Training created"))
        process.send_signal(signal.SIGINT)
        told = process.stderr.read()
    run_id = created.rstrip().rpartition("/")[2]
    assert process.returncode in (0, 130)  # a short training may have ended before the signal came
    if process.returncode == 130:
        assert f"training cancel {run_id}" in told


def test_what_was_trained_is_known_as_a_training(run: Run, remote: Server, book: str, destination: str) -> None:
    begun = json.loads(run("train", "local/storyteller", "-d", destination, "--create", "--wait", book).stdout)
    found = json.loads(run("history", "search", "storyteller", "--json").stdout)
    rows = found if isinstance(found, list) else found["results"]
    assert begun["id"] in [each["id"] for each in rows]
