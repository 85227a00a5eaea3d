"""`run`: the exit code, what is data, what is narration."""

import contextlib
import json
import os
import pty
import signal
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import httpx
import pytest

from tests.cli import canned
from tests.cli.conftest import Run, command
from tests.conftest import Server
from tests.pictures import picture_size
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("remote")


def test_a_pipe_gets_the_prediction_and_nothing_else(run: Run) -> None:
    done = run("run", "local/hello-world", "text=pipe")
    assert done.returncode == 0, done.stderr
    prediction = json.loads(done.stdout)
    assert prediction["status"] == "succeeded"
    assert "pipe" in prediction["output"]
    assert prediction["id"] in done.stderr


def test_saving_leaves_the_pictures_in_a_folder_named_by_the_run(run: Run, tmp_path: Path) -> None:
    done = run("run", "local/painter", "prompt=a lighthouse at dusk", "width=128", "height=96", "--save")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "work" / json.loads(done.stdout)["id"]
    (picture,) = folder.glob("*.png")
    assert picture_size(picture) == (128, 96)
    assert str(picture.name) in done.stderr


def test_an_output_directory_is_taken_as_given(run: Run, tmp_path: Path) -> None:
    done = run("run", "local/hello-world", "text=x", "--output-directory", "there/it is")
    assert done.returncode == 0, done.stderr
    assert "x" in (tmp_path / "work" / "there" / "it is" / "output.txt").read_text("utf-8")


def test_an_explicit_stream_writes_the_text_alone(run: Run) -> None:
    done = run("run", "local/storyteller", "prompt=Once", "max_tokens=20", "seed=3", "--stream")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split()) > 5
    assert "{" not in done.stdout


def test_tokens_are_printed_as_they_come(remote: Server) -> None:
    arguments = ("run", "local/storyteller", "prompt=Once", "max_tokens=200", "--stream")
    with subprocess.Popen(command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        first = process.stdout.read1(1)  # type: ignore[attr-defined]
        (newest, *_) = httpx.get(
            f"{remote.url}/v1/predictions", headers={"Authorization": "Bearer x"}, trust_env=False
        ).json()["results"]
        assert newest["status"] == "processing"
        rest = process.stdout.read()
    assert process.returncode == 0
    assert len(first + rest) > 200


def test_a_run_that_fails_ends_with_1_and_its_reason(run: Run) -> None:
    done = run("run", "local/sleeper", "seconds=0.1", "fail=true")
    assert done.returncode == 1
    assert "asked to fail" in done.stderr
    assert json.loads(done.stdout)["status"] == "failed"


def test_input_out_of_bounds_ends_with_2_names_the_field_and_sends_nothing(run: Run, remote: Server) -> None:
    def runs() -> int:
        answer = httpx.get(f"{remote.url}/v1/predictions", headers={"Authorization": "Bearer x"}, trust_env=False)
        return len(answer.json()["results"])

    before = runs()
    done = run("run", "local/painter", "width=99999", "prompt=x")
    assert done.returncode == 2
    assert "width" in done.stderr
    assert "2048" in done.stderr
    assert done.stdout == ""
    assert runs() == before


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (("run",), 2, "OWNER/MODEL"),
        (("run", "not a model", "text=x"), 2, "not a model"),
        (("run", "local/hello-world"), 2, "text"),
        (("run", "local/hello-world", "text"), 2, "'text'"),
        (("run", "local/hello-world", "text=a", "text=b"), 2, "twice"),
        (("run", "local/hello-world", "txet=a"), 2, "'text'"),
        (("run", "local/hello-world", "text=a", "--json", "--web"), 2, "--web"),
        (("run", "local/hello-world", "text=a", "--stream", "--no-wait"), 2, "--no-wait"),
        (("run", "local/hello-world", "text=a", "--separator", ""), 2, "--separator"),
        (("run", "local/painter", "prompt=x", "style=cubist-ish"), 2, "style"),
        (("run", "local/upscaler", "image=@nowhere.png"), 2, "nowhere.png"),
        (("run", "local/upscaler", "image=photo.png"), 2, "@"),
        (("run", "local/upscaler", "image={{.output[0]}}"), 2, "standard input"),
        (("run", "local/nothing", "text=a"), 3, "local/nothing"),
        (("run", f"local/hello-world:{'0' * 64}", "text=a"), 3, "404"),
    ],
)
def test_what_cannot_run_says_why_and_prints_no_data(
    run: Run, arguments: tuple[str, ...], code: int, named: str
) -> None:
    done = run(*arguments)
    assert done.returncode == code, done.stderr
    assert named in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_a_host_that_is_not_there_ends_with_4(run: Run) -> None:
    done = run("run", "local/hello-world", "text=a", REPLICATE_BASE_URL="http://127.0.0.1:9")
    assert done.returncode == 4
    assert "127.0.0.1:9" in done.stderr


def test_not_waiting_prints_the_prediction_as_it_was_created(run: Run) -> None:
    done = run("run", "local/sleeper", "seconds=30", "--no-wait", "--json")
    prediction = json.loads(done.stdout)
    assert done.returncode == 0
    assert prediction["status"] in ("starting", "processing")
    canceled = run("prediction", "cancel", prediction["id"])
    assert json.loads(canceled.stdout)["status"] == "canceled"


def test_another_separator_may_stand_between_name_and_value(run: Run) -> None:
    done = run("run", "local/hello-world", "text:=a=b", "--separator", ":=")
    assert "a=b" in json.loads(done.stdout)["output"]


def test_at_signs_from_the_data_of_an_earlier_run_are_never_files(run: Run) -> None:
    done = run("run", "local/hello-world", "text={{.output}}", stdin=json.dumps({"output": "@/etc/hostname"}))
    assert done.returncode == 0, done.stderr
    assert "@/etc/hostname" in json.loads(done.stdout)["output"]


def test_a_streamed_text_chains_as_text(run: Run) -> None:
    told = run("run", "local/storyteller", "prompt=Once", "max_tokens=5")
    done = run("run", "local/hello-world", "text={{.output}}", stdin=told.stdout)
    assert done.returncode == 0, done.stderr
    assert "".join(json.loads(told.stdout)["output"]) in json.loads(done.stdout)["output"]


def test_a_failed_run_cannot_be_chained_from(run: Run) -> None:
    failed = run("run", "local/sleeper", "seconds=0", "fail=true")
    done = run("run", "local/hello-world", "text={{.output}}", stdin=failed.stdout)
    assert done.returncode == 2
    assert "failed" in done.stderr


def test_a_loop_keeps_its_standard_input(run: Run, tmp_path: Path) -> None:
    program = " ".join(command("run", "local/hello-world", "text=$line"))
    script = f'while read -r line; do {program} >/dev/null 2>&1; echo "$line"; done'
    done = subprocess.run(["sh", "-c", script], input="one\ntwo\n", capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["one", "two"]


def test_a_closed_pipe_ends_quietly(run: Run) -> None:
    with subprocess.Popen(
        command("model", "list"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        told = process.stderr.read()
    assert process.returncode == 0
    assert told == ""


def test_an_interrupt_leaves_the_run_going_and_says_how_to_go_on(run: Run, remote: Server) -> None:
    with subprocess.Popen(
        command("run", "local/sleeper", "seconds=60"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        created = process.stderr.readline()
        run_id = created.rstrip().rpartition("/")[2]
        process.send_signal(signal.SIGINT)
        told = process.stderr.read()
    assert process.returncode == 130
    assert f"prediction cancel {run_id}" in told
    shown = json.loads(run("prediction", "show", run_id).stdout)
    assert shown["status"] in ("starting", "processing")
    run("prediction", "cancel", run_id)


def test_a_terminal_gets_words_instead_of_json(remote: Server) -> None:
    parent, child = pty.openpty()
    with subprocess.Popen(command("run", "local/hello-world", "text=\x1b]0;title\x07"), stdout=child, stderr=child):
        os.close(child)
        seen = _read_all(parent)
    assert "hello" in seen
    assert '"id"' not in seen
    assert "\x1b]" not in seen


def test_progress_is_drawn_on_a_terminal_and_taken_away(remote: Server) -> None:
    parent, child = pty.openpty()
    with subprocess.Popen(
        command("run", "local/sleeper", "seconds=1"), stdout=subprocess.PIPE, stderr=child
    ) as process:
        os.close(child)
        seen = _read_all(parent)
        assert process.stdout is not None
        assert json.loads(process.stdout.read())["status"] == "succeeded"
    assert "▰" in seen
    assert "%" in seen
    assert seen.endswith("\r\x1b[K")


@pytest.fixture
def budget(remote: Server) -> Server:
    """A day's budget that a single run crosses."""
    config = Path(os.environ["REPLICATE_TUI_HOME"], "config", "config.toml")
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text('[prices]\n"local/hello-world" = 2.0\n[budget]\ndaily = 1.0\n')
    return remote


def test_a_run_beyond_the_days_budget_is_not_sent_without_a_word(run: Run, budget: Server) -> None:
    done = run("run", "local/hello-world", "text=dear")
    assert done.returncode == 2
    assert "nothing was sent" in done.stderr
    assert "$1.00" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(("answer", "code"), [(b"y\n", 0), (b"n\n", 2)])
def test_on_a_terminal_the_days_budget_is_asked_about(budget: Server, answer: bytes, code: int) -> None:
    parent, child = pty.openpty()
    arguments = command("run", "local/hello-world", "text=dear")
    with subprocess.Popen(arguments, stdin=child, stdout=subprocess.PIPE, stderr=child) as process:
        os.close(child)
        os.write(parent, answer)
        assert "$1.00" in _read_all(parent)
        assert process.stdout is not None
        assert (b"succeeded" in process.stdout.read()) is (code == 0)
    assert process.returncode == code


def _read_all(terminal: int) -> str:
    content = b""

    def ended() -> bool:
        nonlocal content
        try:
            content += os.read(terminal, 4096)
        except OSError:
            return True
        return False

    until(ended, "the end of the program")
    os.close(terminal)
    return content.decode()


class _Holding(BaseHTTPRequestHandler):
    """Answers like an account with one model; the answer to a run waits until it is let go."""

    answers: ClassVar[dict[str, object]]
    asked: ClassVar[threading.Event]
    let_go: ClassVar[threading.Event]

    def do_GET(self) -> None:
        self._say(self.answers.get(self.path.partition("?")[0].removeprefix("/v1")))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.set()
        self.let_go.wait(30)
        self._say({**canned.account()[f"/predictions/{canned.RUN}"], "status": "starting", "completed_at": None})

    def _say(self, value: object) -> None:
        body = json.dumps(value or {"detail": "no"}).encode()
        with contextlib.suppress(OSError):
            self.send_response(200 if value else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_while_it_is_being_sent_waits_for_the_answer_and_a_second_one_does_not(
    monkeypatch: pytest.MonkeyPatch, presses: int
) -> None:
    class Holding(_Holding):
        answers: ClassVar[dict[str, object]] = canned.account()
        asked = threading.Event()
        let_go = threading.Event()

    monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_of_the_tests")
    with ThreadingHTTPServer(("127.0.0.1", 0), Holding) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        monkeypatch.setenv("REPLICATE_BASE_URL", f"http://127.0.0.1:{server.server_port}")
        with subprocess.Popen(
            command("run", "acme/painter", "prompt=x"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                assert process.stderr is not None
                assert Holding.asked.wait(30)
                process.send_signal(signal.SIGINT)
                told = process.stderr.readline()
                if presses == 2:
                    process.send_signal(signal.SIGINT)
                else:
                    Holding.let_go.set()
                told += process.stderr.read()
            finally:
                Holding.let_go.set()
                process.terminate()
        server.shutdown()
        thread.join()
    assert process.returncode == 130
    assert "just being sent" in told
    assert (f"prediction watch {canned.RUN}" in told) is (presses == 1)
    assert ("prediction resolve" in told) is (presses == 2)
