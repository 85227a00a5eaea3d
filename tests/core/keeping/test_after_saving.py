"""The command for each saved run: when it runs, how often, and by which of several programs."""

import sys
from pathlib import Path

import pytest

from replicate_tui.api.client import Client
from replicate_tui.core.history.leases import Leases
from replicate_tui.core.history.store import Store
from replicate_tui.core.keeping import after_saving
from replicate_tui.core.keeping.unfinished import Unfinished
from tests.core.kept_runs import Replies, archiving, content, ended, folder_of, put
from tests.core.scripted import HANG_UP, SCOPE, Scripted, opened, run_object
from tests.waiting import eventually

NOTE = """
import os, sys
log, folder, run_id, good = sys.argv[1:]
names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
with open(log, "a") as file:
    file.write(f"{run_id} {' '.join(names)}\\n")
sys.exit(0 if open(log).read().count(run_id) >= int(good) else "not yet")
"""


def noting(log: Path, good: int = 1) -> list[str]:
    """A command that writes down what it was run for, and succeeds at the given try."""
    return [sys.executable, "-c", NOTE, str(log), "{folder}", "{id}", str(good)]


def lines(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


def document(server: Scripted, run_id: str = "r1") -> dict[str, object]:
    return run_object(run_id, "succeeded", output=f"{server.url}/f/a.png", created_at=ended(9), completed_at=ended(1))


async def test_the_command_runs_once_for_each_run_that_is_whole(
    server: Scripted, client: Client, store: Store, tmp_path: Path
) -> None:
    documents = [document(server, f"r{n}") for n in range(3)]
    server.script = Replies(*documents)
    for each in documents:
        await put(store, each)
    log, folder = tmp_path / "log", tmp_path / "runs"
    async with archiving(client, store, folder, noting(log)) as kept:
        await eventually(lambda: len(lines(log)) == 3 and not Unfinished(folder).ids(), "the commands")
        assert kept.failures == {}
    assert sorted(lines(log)) == [f"r{n} a.png output.json prediction.json" for n in range(3)]


async def test_a_run_that_is_not_whole_has_no_command(
    server: Scripted, client: Client, store: Store, tmp_path: Path
) -> None:
    server.script = replies = Replies(document(server, "bad"), document(server, "good"))
    replies.runs["bad"]["output"] = f"{server.url}/f/bad.png"
    replies.bad["/f/bad.png"] = HANG_UP
    log = tmp_path / "log"
    async with archiving(client, store, tmp_path / "runs", noting(log)) as kept:
        await put(store, replies.runs["bad"])
        await eventually(lambda: kept.failures, "the failure")
        await put(store, replies.runs["good"])
        await eventually(lambda: lines(log), "the command for the other")
    assert [line.split()[0] for line in lines(log)] == ["good"]


@pytest.mark.parametrize(("good", "tries", "ends_well"), [(2, 2, True), (3, 3, True), (9, 3, False)])
async def test_a_command_that_fails_is_told_and_tried_twice_more_at_most(
    server: Scripted,
    client: Client,
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    good: int,
    tries: int,
    ends_well: bool,
) -> None:
    monkeypatch.setattr(after_saving, "RETRY", 0.0)
    server.script = Replies(document(server))
    log, folder, told = tmp_path / "log", tmp_path / "runs", []
    async with archiving(client, store, folder, noting(log, good)) as kept:
        kept.tell = lambda run_id, reason: told.append((run_id, reason))
        await put(store, document(server))
        await eventually(lambda: lines(log) and not Unfinished(folder).ids(), "the end of it")
        failure = f"{sys.executable} ended with 1: not yet"
        assert told == [("r1", failure)]
        assert kept.failures == ({} if ends_well else {"r1": failure})
    assert len(lines(log)) == tries
    assert folder_of(store, "r1") == folder / "r1", "the run is saved all the same"


async def test_a_command_that_a_quit_or_a_kill_prevented_runs_at_the_next_start(
    server: Scripted, client: Client, store: Store, tmp_path: Path
) -> None:
    server.script = Replies(document(server))
    log, folder = tmp_path / "log", tmp_path / "runs"
    waits = [sys.executable, "-c", "import sys, time; open(sys.argv[1], 'w'); time.sleep(60)", str(tmp_path / "began")]
    async with archiving(client, store, folder, waits):
        await put(store, document(server))
        await eventually((tmp_path / "began").exists, "the command")
    assert Unfinished(folder).ids() == ["r1"]
    for _ in range(2):
        async with archiving(client, store, folder, noting(log)):
            await eventually(lambda: lines(log) and not Unfinished(folder).ids(), "the command after all")
    assert len(lines(log)) == 1


async def test_without_a_command_by_now_the_note_of_it_goes(
    server: Scripted, client: Client, store: Store, tmp_path: Path
) -> None:
    await put(store, document(server))
    await store.set_folder("r1", tmp_path / "runs" / "r1")
    Unfinished(tmp_path / "runs").begin("r1")
    async with archiving(client, store, tmp_path / "runs"):
        await eventually(lambda: not Unfinished(tmp_path / "runs").ids(), "the end of the note")
    assert content(tmp_path / "runs") == {}


async def test_of_two_programs_that_start_one_runs_the_command(
    client: Client, store: Store, path: Path, server: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(after_saving, "RETRY", 0.02)
    log, folder = tmp_path / "log", tmp_path / "runs"
    (folder / "r1").mkdir(parents=True)
    await put(store, document(server))
    await store.set_folder("r1", folder / "r1")
    Unfinished(folder).begin("r1")
    async with opened(path) as other:
        theirs = Leases(other.database)
        async with theirs.holding(f"archive:{SCOPE.host}:r1") as held:
            assert held
            async with (
                archiving(client, store, folder, noting(log)),
                archiving(client, other, folder, noting(log)),
            ):
                await theirs.give_back(f"archive:{SCOPE.host}:r1")
                await eventually(lambda: not Unfinished(folder).ids(), "the command")
    assert len(lines(log)) == 1
