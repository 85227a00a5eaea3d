"""`prediction watch`: one run or several, to their end; ctrl+c once and twice."""

import json
import os
import pty
import signal
import subprocess

import pytest

from tests.cli.conftest import Run, command
from tests.conftest import Server
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("remote")


def _started(run: Run, *inputs: str) -> str:
    return str(json.loads(run("run", "local/sleeper", *inputs, "--no-wait").stdout)["id"])


def test_several_runs_are_told_a_line_each(run: Run) -> None:
    slow, quick = _started(run, "seconds=1"), _started(run, "seconds=0.1", "log_lines=2")
    done = run("prediction", "watch", slow, quick, "--json")
    ended = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert {each["id"] for each in ended} == {quick, slow}
    assert {each["status"] for each in ended} == {"succeeded"}
    assert f"{quick}  " in done.stderr


def test_one_that_failed_makes_the_exit_code(run: Run) -> None:
    good, bad = _started(run, "seconds=0"), _started(run, "seconds=0", "fail=true")
    done = run("prediction", "watch", good, bad)
    assert done.returncode == 1
    assert "asked to fail" in done.stderr
    assert len(done.stdout.splitlines()) == 2


def test_an_id_that_is_none_keeps_no_other_from_being_watched(run: Run) -> None:
    good = _started(run, "seconds=0.1")
    done = run("prediction", "watch", "k7x2m9qd5rrm80cn4wf9t0a6zc", good)
    assert done.returncode == 3
    assert json.loads(done.stdout)["id"] == good
    assert "k7x2m9qd5rrm80cn4wf9t0a6zc" in done.stderr


def test_an_interrupt_without_a_terminal_leaves_the_runs_going(run: Run) -> None:
    run_id = _started(run, "seconds=60", "log_lines=600")
    with subprocess.Popen(
        command("prediction", "watch", run_id), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        process.stderr.readline()
        process.send_signal(signal.SIGINT)
        told = process.stderr.read()
    assert process.returncode == 130
    assert f"prediction cancel {run_id}" in told
    assert json.loads(run("prediction", "show", run_id).stdout)["status"] in ("starting", "processing")
    run("prediction", "cancel", run_id)


def test_a_second_ctrl_c_cancels_the_run(run: Run, remote: Server) -> None:
    run_id = _started(run, "seconds=60", "log_lines=600")
    parent, child = pty.openpty()
    seen = b""

    def shows(words: bytes) -> bool:
        nonlocal seen
        seen += os.read(parent, 4096)
        return words in seen

    arguments = command("prediction", "watch", run_id)
    with subprocess.Popen(arguments, stdin=child, stdout=child, stderr=child, start_new_session=True) as process:
        try:
            os.close(child)
            until(lambda: shows(b"%"), "the progress")
            process.send_signal(signal.SIGINT)
            until(lambda: shows(b"ctrl+c again"), "the way to cancel")
            process.send_signal(signal.SIGINT)
            until(lambda: shows(b" canceled"), "the run canceled")
        finally:
            if b" canceled" not in seen:
                process.kill()
    os.close(parent)
    assert process.returncode == 130
    assert json.loads(run("prediction", "show", run_id).stdout)["status"] == "canceled"
