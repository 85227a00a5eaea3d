"""`prediction cancel`: runs that are named, and everything that is active."""

import asyncio
import json
import os
import pty
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from replicate_tui.core.history.database import Asked
from replicate_tui.core.history.runs import Run, ordered
from replicate_tui.core.sending.launch import Canceled
from replicate_tui.core.sending.reconcile import lost
from replicate_tui.core.session import Session
from tests.cli.conftest import Run as Command
from tests.cli.conftest import command
from tests.cli.test_run import _read_all
from tests.local.serving import Server, serving
from tests.waiting import eventually

NOBODYS = "nosuchrunatall000000000000"


@pytest.fixture
def own_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server of the test's own, where nothing runs that others started."""
    (tmp_path / "server").mkdir()
    with serving(tmp_path / "server") as server:
        monkeypatch.setenv("REPLICATE_BASE_URL", server.url)
        monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_of_the_tests")
        yield server


def sleepers(server: Server, number: int) -> list[str]:
    return [str(server.create("local/sleeper", seconds=60)["id"]) for _ in range(number)]


def status(server: Server, run_id: str) -> str:
    return str(server.client.get(f"/v1/predictions/{run_id}").json()["status"])


def on_a_terminal(*arguments: str, typed: bytes = b"") -> tuple[int, str]:
    """The exit code, and all that a terminal got."""
    parent, child = pty.openpty()
    with subprocess.Popen(command(*arguments), stdin=child, stdout=child, stderr=child) as process:
        os.close(child)
        os.write(parent, typed)
        seen = _read_all(parent)
    return process.returncode, seen


def test_several_runs_are_stopped_each_with_its_object(run: Command, own_server: Server) -> None:
    first, second, other = sleepers(own_server, 3)
    done = run("prediction", "cancel", first, f"{own_server.url}/p/{second}", first)
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [first, second]
    assert {status(own_server, each) for each in (first, second)} == {"canceled"}
    assert status(own_server, other) in ("starting", "processing")


def test_one_that_is_refused_is_told_and_keeps_none_of_the_others(run: Command, own_server: Server) -> None:
    (going,) = sleepers(own_server, 1)
    done = run("prediction", "cancel", NOBODYS, going, "--json")
    assert done.returncode == 3
    assert f"{NOBODYS} is not stopped: " in done.stderr
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [going]
    assert status(own_server, going) == "canceled"


def test_a_host_that_is_not_there_ends_with_4(run: Command, own_server: Server) -> None:
    done = run("prediction", "cancel", NOBODYS, REPLICATE_BASE_URL="http://127.0.0.1:9")
    assert (done.returncode, done.stdout) == (4, "")
    assert f"{NOBODYS} may go on: " in done.stderr


def test_everything_that_is_active_is_stopped_with_yes(run: Command, own_server: Server) -> None:
    ended = own_server.run("local/hello-world", text="over")["id"]
    going = sleepers(own_server, 3)
    asked = run("prediction", "cancel", "--all")
    assert (asked.returncode, asked.stdout) == (2, "")
    assert asked.stderr == "nothing was stopped: --yes would stop 3 runs\n"
    done = run("prediction", "cancel", "--all", "--yes")
    assert done.returncode == 0, done.stderr
    assert {json.loads(line)["id"] for line in done.stdout.splitlines()} == set(going)
    assert [status(own_server, each) for each in going] == ["canceled"] * 3
    assert status(own_server, ended) == "succeeded"
    again = run("prediction", "cancel", "--all")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "nothing is active\n")


def test_a_terminal_is_asked_with_the_number(own_server: Server) -> None:
    going = sleepers(own_server, 2)
    code, seen = on_a_terminal("prediction", "cancel", "--all", typed=b"n\n")
    assert code == 2
    assert "Stop 2 runs?" in seen
    assert "canceled" not in {status(own_server, each) for each in going}
    code, seen = on_a_terminal("prediction", "cancel", "--all", typed=b"y\n")
    assert code == 0
    assert all(f"{each} canceled\r\n" in seen for each in going)


def test_read_only_stops_nothing(run: Command, own_server: Server) -> None:
    (going,) = sleepers(own_server, 1)
    for what in (("--all", "--yes"), (going,)):
        done = run("--read-only", "prediction", "cancel", *what)
        assert (done.returncode, done.stdout) == (2, "")
        assert "--read-only" in done.stderr
    assert status(own_server, going) in ("starting", "processing")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [((), "--all"), (("--all", NOBODYS), "--all"), (("acme/painter",), "acme/painter"), (("new-0a1b",), "new-0a1b")],
)
def test_what_names_no_run_is_wrong_use(
    run: Command, own_server: Server, arguments: tuple[str, ...], named: str
) -> None:
    done = run("prediction", "cancel", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert named in done.stderr


@pytest.fixture
async def waiting(session: Session, remote: Server) -> AsyncIterator[tuple[str, asyncio.Task[Run]]]:
    """A run that waits in the queue of this program, whose account and history the commands share."""
    target = await session.target("local/hello-world")
    session.queue.paused = True
    sending = asyncio.create_task(session.run(target, {"text": "waits"}))
    await eventually(lambda: session.queue.waiting and session.store.row(session.queue.waiting[0]), "the row")
    yield session.queue.waiting[0], sending
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)


@pytest.mark.parametrize("named", [True, False])
async def test_a_run_that_waits_in_another_program_is_not_sent(
    run: Command, session: Session, waiting: tuple[str, asyncio.Task[Run]], named: bool
) -> None:
    key, sending = waiting
    done = await asyncio.to_thread(run, "prediction", "cancel", *([key] if named else ["--all", "--yes"]))
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["status"] for each in told if each["id"] == key] == ["not submitted"]
    with pytest.raises(Canceled):
        await sending
    kept = session.store.run(key)
    assert kept is not None
    assert "canceled before it was sent" in (kept.prediction.error or "")


async def test_a_run_whose_answer_was_lost_is_stopped_if_it_is_found(
    run: Command, session: Session, remote: Server
) -> None:
    target = await session.target("local/sleeper")
    created = await session.client.predictions.create(target.identifier, {"seconds": 60})
    row = ordered("new-a", target.model, target.version, {"seconds": 60}, now=time.time())
    await session.store.save(lost(row, "no answer", since=time.time()), asked=Asked("", "another program"))
    done = await asyncio.to_thread(run, "prediction", "cancel", "new-a")
    assert done.returncode == 0, done.stderr
    assert "new-a unknown: it is stopped if it is found on Replicate" in done.stderr
    await session.journal.resolve("new-a", created.id)
    kept = session.store.run(created.id)
    assert kept is not None
    assert kept.status == "canceled"
