"""`webhook …` as a person has it: a real server signs, real processes listen."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from replicate_tui.api.webhooks import sign
from tests.cli.conftest import TIME_LIMIT, Run, command
from tests.cli.terminals import on_a_terminal
from tests.clients.hooks import Receiver
from tests.conftest import Server
from tests.waiting import until

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = '{"id": "p1", "model": "acme/painter", "status": "succeeded", "logs": "ü\\u001b[31m"}'


@dataclass
class Listener:
    """A `webhook listen` that runs."""

    process: "subprocess.Popen[bytes]"
    folder: Path

    @property
    def notes(self) -> str:
        return (self.folder / "notes").read_text("utf-8")

    @property
    def url(self) -> str:
        return self.notes.partition("Listening at ")[2].partition(";")[0]

    @property
    def events(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in (self.folder / "events").read_text("utf-8").splitlines()]

    def got(self, count: int) -> list[dict[str, object]]:
        """So many events, waited for."""
        until(lambda: len(self.events) >= count, f"{count} events, not {self.events}; {self.notes}")
        return self.events

    def post(self, headers: dict[str, str], body: str = BODY) -> int:
        """What it answers to a webhook."""
        return httpx.post(self.url, content=body.encode(), headers=headers, trust_env=False).status_code

    def end(self, number: int = signal.SIGINT) -> int:
        """Its exit code."""
        self.process.send_signal(number)
        return self.process.wait(TIME_LIMIT)


Listen = Callable[..., Listener]


@pytest.fixture
def listen(tmp_path: Path) -> Iterator[Listen]:
    """Starts `webhook listen` on a free port; it has ended after the test."""
    started: list[Listener] = []

    def start(*flags: str, **environ: str) -> Listener:
        folder = tmp_path / f"listener-{len(started)}"
        folder.mkdir()
        with (folder / "events").open("wb") as events, (folder / "notes").open("wb") as notes:
            process = subprocess.Popen(
                command("webhook", "listen", "--port", "0", *flags),
                stdin=subprocess.DEVNULL,
                stdout=events,
                stderr=notes,
                cwd=folder,
                env={**os.environ, **environ},
            )
        listener = Listener(process, folder)
        started.append(listener)
        until(lambda: "Listening at" in listener.notes or process.poll() is not None, "the listener")
        assert process.poll() is None, listener.notes
        return listener

    yield start
    for listener in started:
        listener.process.kill()
        listener.process.wait()


def signed(body: str = BODY, secret: str = SECRET, age: int = 0, message: str = "msg_1") -> dict[str, str]:
    return sign(body.encode(), SecretStr(secret), id=message, timestamp=int(time.time()) - age)


def request_file(folder: Path, **given: object) -> str:
    """A file of headers and body."""
    path = folder / "request.txt"
    head = "".join(f"{name}: {value}\n" for name, value in signed(**given).items())  # type: ignore[arg-type]
    path.write_bytes(f"{head}\n{BODY}".encode())
    return str(path)


def leaks(folder: Path, text: str) -> list[Path]:
    """The files that hold a text."""
    return [path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


# -- from a run to a webhook that is sent on ------


def test_a_runs_webhooks_are_verified_shown_kept_forwarded_and_saved(
    run: Run, remote: Server, listen: Listen, home: Path
) -> None:
    with Receiver() as receiver:
        listener = listen("--forward", f"{receiver.url}/hook", "--save", "--output-directory", "results")
        asked = ["--webhook", f"{listener.url}/in?job=7", "--webhook-events", "start,completed"]
        done = run("run", "local/painter", "prompt=x", "width=64", "height=64", "--json", *asked)
        assert done.returncode == 0, done.stderr
        prediction = json.loads(done.stdout)
        first, last = listener.got(2)
        taken = receiver.take(2)
        until(lambda: list((listener.folder / "results").rglob("*.png")), "the saved picture")
        assert listener.post(signed(secret="whsec_Zm9yZ2Vk")) == 401
        refused = listener.got(3)[2]
        assert listener.end() == 0
    assert (first["event"], first["status"], first["verified"]) == ("start", "processing", True)
    assert (last["event"], last["status"], last["model"]) == ("completed", "succeeded", "local/painter")
    assert last["run"] == prediction["id"]
    assert (refused["verified"], refused["reason"]) == (False, "forged")
    assert [each["path"] for each in taken] == ["/hook?job=7"] * 2
    assert [each["headers"]["webhook-id"] for each in taken] == [first["id"], last["id"]]
    listed = json.loads(run("webhook", "list").stdout)
    assert [event["id"] for event in listed["results"]] == [last["id"], first["id"]]
    secret = run("webhook", "secret").stdout.strip()
    assert secret.startswith("whsec_")
    assert leaks(home, secret) == leaks(listener.folder, secret) == []


def test_a_webhook_that_was_kept_is_verified_and_replayed(run: Run, remote: Server, listen: Listen, home: Path) -> None:
    with Receiver() as receiver:
        listener = listen("--forward", receiver.url, REPLICATE_WEBHOOK_SECRET=SECRET)
        for number in (1, 2):
            assert listener.post(signed(message=f"msg_{number}")) == 200
        listener.got(2)
        receiver.take(2)
        kept = sorted((home / "data" / "profiles" / "default" / "webhooks").glob("*.json"))
        verified = run("webhook", "verify", str(kept[0]), REPLICATE_WEBHOOK_SECRET=SECRET)
        assert (verified.returncode, json.loads(verified.stdout)["id"]) == (0, "msg_1")
        for named in (["--last"], ["msg_1"], ["p1", "--to", f"{receiver.url}/other"]):
            done = run("webhook", "replay", *named)
            assert (done.returncode, json.loads(done.stdout)["status"]) == (0, 200), done.stderr
        last, first, other = receiver.take(3)
    assert [each["headers"]["webhook-id"] for each in (last, first, other)] == ["msg_2", "msg_1", "msg_2"]
    assert (other["path"], other["body"]) == ("/other", BODY)


def test_a_replay_is_signed_anew_when_asked(run: Run, listen: Listen) -> None:
    listener = listen(REPLICATE_WEBHOOK_SECRET=SECRET)
    assert listener.post(signed(age=290)) == 200
    before = listener.got(1)
    done = run("webhook", "replay", "--last", "--sign", "--to", listener.url, REPLICATE_WEBHOOK_SECRET=SECRET)
    assert done.returncode == 0, done.stderr
    assert [event["verified"] for event in listener.got(2)] == [True, True]
    assert before[0]["id"] == listener.events[1]["id"]
    refused = run(
        "webhook", "replay", "--last", "--sign", "--to", listener.url, REPLICATE_WEBHOOK_SECRET="whsec_Zm9yZ2Vk"
    )
    assert refused.returncode == 3
    assert "answered 401" in refused.stderr


def test_two_listeners_that_forward_to_each_other_do_so_once(listen: Listen) -> None:
    second = listen(REPLICATE_WEBHOOK_SECRET=SECRET)
    first = listen("--forward", second.url, REPLICATE_WEBHOOK_SECRET=SECRET)
    third = listen("--forward", first.url, REPLICATE_WEBHOOK_SECRET=SECRET)
    assert third.post(signed()) == 200
    assert first.got(1)[0]["verified"] is True
    until(lambda: "is not forwarded" in first.notes, "the note")
    assert first.end() == 0
    assert second.events == []


def test_a_forward_that_fails_is_told_and_the_listening_goes_on(listen: Listen) -> None:
    with Receiver() as receiver:
        nowhere = receiver.url
    listener = listen("--forward", f"{nowhere}/?key=hidden", REPLICATE_WEBHOOK_SECRET=SECRET)
    for number in (1, 2):
        assert listener.post(signed(message=f"msg_{number}")) == 200
    until(lambda: listener.notes.count("not forwarded") == 2, "the notes")
    assert len(listener.got(2)) == 2
    assert "hidden" not in listener.notes


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_when_it_is_interrupted(listen: Listen, number: int) -> None:
    listener = listen(REPLICATE_WEBHOOK_SECRET=SECRET)
    assert listener.end(number) == 0
    assert "Traceback" not in listener.notes


def test_it_needs_no_token_where_the_secret_is_in_the_environment(listen: Listen) -> None:
    listener = listen("--secret-env", "HOOKS", HOOKS=SECRET)
    assert listener.post(signed()) == 200
    assert listener.got(1)[0]["verified"] is True


def test_a_person_sees_a_line_for_each(listen: Listen, run: Run, tmp_path: Path) -> None:
    listener = listen(REPLICATE_WEBHOOK_SECRET=SECRET)
    assert listener.post(signed()) == 200
    listener.got(1)
    long = json.dumps({**json.loads(BODY), "status": "processing", "model": "a-long-name/of-a-model"})
    assert listener.post(signed(long, message="msg_2b8R4xQhG0kLm3nPz5sTvWyA1cD"), long) == 200
    listener.got(2)
    seen = on_a_terminal("webhook", "list", columns=80)
    assert seen.code == 0
    assert seen.lines[0].split() == ["id", "event", "status", "model", "age"]
    assert seen.lines[1].split()[:3] == ["msg_2b8R4xQhG0kLm3nPz5sTvWyA1cD", "progress", "processing"]
    assert seen.lines[2].split()[:4] == ["msg_1", "completed", "succeeded", "acme/painter"]
    assert all(len(line) <= 80 for line in seen.lines)
    ended = on_a_terminal(
        "webhook", "listen", "--port", "0", asked="ctrl+c ends it", interrupted=True, REPLICATE_WEBHOOK_SECRET=SECRET
    )
    assert ended.code == 0


# -- one webhook in a file ------


def test_a_file_of_headers_and_body_is_verified(run: Run, tmp_path: Path) -> None:
    file = request_file(tmp_path, age=10_000)
    done = run("webhook", "verify", file, REPLICATE_WEBHOOK_SECRET=SECRET)
    assert (done.returncode, json.loads(done.stdout)["verified"]) == (0, True)
    piped = run("webhook", "verify", "-", stdin=Path(file).read_text("utf-8"), REPLICATE_WEBHOOK_SECRET=SECRET)
    assert (piped.returncode, piped.stdout) == (0, done.stdout)


@pytest.mark.parametrize(
    ("given", "flags", "reason"),
    [({"secret": "whsec_Zm9yZ2Vk"}, [], "forged"), ({"age": 100}, ["--max-age", "50"], "late")],
)
def test_what_is_not_verified_says_why(
    run: Run, tmp_path: Path, given: dict[str, object], flags: list[str], reason: str
) -> None:
    done = run("webhook", "verify", request_file(tmp_path, **given), *flags, REPLICATE_WEBHOOK_SECRET=SECRET)
    assert done.returncode == 1
    assert json.loads(done.stdout)["reason"] == reason
    assert done.stderr.startswith("not verified: ")
    assert SECRET not in done.stdout + done.stderr


# -- what is no use ------


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["listen", "--forward", "localhost:3000"], "--forward: it must be"),
        (["listen", "--port", "65536"], "--port"),
        (["listen", "--host", "256.0.0.1"], "cannot listen at"),
        (["listen", "--output-directory", "x"], "--save"),
        (["listen", "--secret-env", "NOT_SET"], "NOT_SET is not set"),
        (["replay"], "--last"),
        (["replay", "msg_1", "--last"], "--last"),
        (["replay", "msg_1"], "no webhook msg_1 is kept"),
        (["replay", "--last", "--to", "nowhere"], "--to: it must be"),
        (["verify", "missing.txt"], "cannot read missing.txt"),
        (["verify", "-"], "standard input is no webhook"),
        (["verify", "x", "--max-age", "-1"], "--max-age"),
        (["verify", "x", "--max-age", "nan"], "--max-age"),
    ],
)
def test_bad_use_is_told_at_once(run: Run, arguments: list[str], sentence: str) -> None:
    done = run("webhook", *arguments, REPLICATE_WEBHOOK_SECRET=SECRET)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr


def test_a_secret_that_is_none_is_told_without_itself(run: Run, tmp_path: Path) -> None:
    for arguments in (["listen", "--port", "0"], ["verify", request_file(tmp_path)]):
        done = run("webhook", *arguments, REPLICATE_WEBHOOK_SECRET="whsec_hidde")
        assert done.returncode == 2
        assert "hidde" not in done.stdout + done.stderr


def test_a_port_that_is_taken_is_told(run: Run, listen: Listen) -> None:
    port = listen(REPLICATE_WEBHOOK_SECRET=SECRET).url.rpartition(":")[2]
    done = run("webhook", "listen", "--port", port, REPLICATE_WEBHOOK_SECRET=SECRET)
    assert done.returncode == 2
    assert f"cannot listen at 127.0.0.1:{port}" in done.stderr


def test_the_secret_is_printed_with_a_warning_for_a_person_only(run: Run, remote: Server) -> None:
    piped = run("webhook", "secret")
    assert (piped.returncode, piped.stderr) == (0, "")
    assert piped.stdout.startswith("whsec_")
    assert json.loads(run("webhook", "secret", "--json").stdout) == {"key": piped.stdout.strip()}
    seen = on_a_terminal("webhook", "secret")
    assert piped.stdout.strip() in seen.text
    assert "share it with nobody" in seen.text


def test_what_was_never_forwarded_needs_an_address(run: Run, listen: Listen) -> None:
    listener = listen("--forward", "http://127.0.0.1:9/?key=hidden", REPLICATE_WEBHOOK_SECRET=SECRET)
    listener.post(signed(message="msg_hidden"))
    listener.got(1)
    hidden = run("webhook", "replay", "--last")
    assert hidden.returncode == 2
    assert "--to" in hidden.stderr
    assert "key=hidden" not in hidden.stderr
    gone = run("webhook", "replay", "--last", "--to", "http://127.0.0.1:9/")
    assert gone.returncode == 4
    assert gone.stderr.startswith("not delivered: http://127.0.0.1:9/")
