"""Many runs at once, and several programs on one history: which is kept first, and by whom."""

import time
from pathlib import Path

import pytest

from replicate_tui.api.client import Client
from replicate_tui.core.history.leases import Leases
from replicate_tui.core.history.store import Store
from replicate_tui.core.keeping import archive
from replicate_tui.core.keeping.saving import AT_ONCE
from tests.core.kept_runs import (
    Replies,
    archiving,
    ended,
    files,
    folder_of,
    parts,
    put,
    saved_runs,
)
from tests.core.scripted import SCOPE, Scripted, opened, problem, run_object
from tests.waiting import eventually

# -- order and bounds ------


async def test_what_expires_soonest_is_fetched_first_and_no_more_at_once_than_is_bearable(
    server: Scripted, client: Client, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "RUNS_AT_ONCE", 1)
    ages = {"young": 10, "old": 3000, "middle": 1500}
    documents = [
        run_object(
            run_id, "succeeded", output=f"{server.url}/f/{run_id}", created_at=ended(4000), completed_at=ended(age)
        )
        for run_id, age in ages.items()
    ]
    for document in documents:
        await put(store, document)
    server.script = Replies(*documents)
    async with archiving(client, store, tmp_path / "runs"):
        await eventually(lambda: all(folder_of(store, run_id) for run_id in ages), "all of them")
    assert files(server) == ["/f/old", "/f/middle", "/f/young"]


async def test_fifty_runs_that_end_at_once_are_all_saved_before_their_files_are_deleted(
    server: Scripted, client: Client, store: Store, tmp_path: Path
) -> None:
    documents = {
        f"r{n}": run_object(
            f"r{n}", "succeeded", output=[f"{server.url}/f/{n}-{k}.png" for k in range(4)], completed_at=ended(0)
        )
        for n in range(50)
    }
    deleted_at = time.monotonic() + 5.0
    replies = Replies(*documents.values())
    server.script = lambda asked: problem(404) if asked.at > deleted_at else replies(asked)
    async with archiving(client, store, tmp_path / "runs") as kept:
        for document in documents.values():
            await put(store, document)
        await eventually(lambda: all(folder_of(store, run_id) for run_id in documents), "all of them")
        assert kept.failures == {}
    assert sorted(files(server)) == sorted(f"/f/{n}-{k}.png" for n in range(50) for k in range(4))
    assert server.most_open <= archive.RUNS_AT_ONCE + AT_ONCE
    assert parts(tmp_path) == []


async def test_all_runs_that_ended_within_the_hour_are_looked_for_at_the_start(
    server: Scripted, client: Client, store: Store, tmp_path: Path
) -> None:
    ids = [f"r{n}" for n in range(230)]
    documents = [
        run_object(run_id, "succeeded", output="text", created_at=ended(3000 - n), completed_at=ended(2000))
        for n, run_id in enumerate(ids)
    ]
    server.script = Replies(*documents)
    for document in documents:
        await put(store, document)
    async with archiving(client, store, tmp_path / "runs"):
        await eventually(lambda: len(saved_runs(tmp_path / "runs")) == 230 if tmp_path.joinpath("runs").is_dir() else 0)
        await eventually(lambda: all(folder_of(store, run_id) for run_id in ids), "the folders")


async def test_a_run_that_ended_while_the_program_was_closed_is_saved_when_its_end_is_heard_of(
    server: Scripted, client: Client, store: Store, tmp_path: Path
) -> None:
    await put(store, run_object("r1", created_at=ended(90_000)))
    server.script = Replies(
        run_object("r1", "succeeded", output="late", created_at=ended(90_000), completed_at=ended(80_000))
    )
    async with archiving(client, store, tmp_path / "runs"):
        await put(store, server.script.runs["r1"])
        await eventually(lambda: folder_of(store, "r1"), "the saving")


# -- several programs ------


async def test_a_run_is_fetched_by_one_of_two_programs_on_one_history(
    server: Scripted, client: Client, store: Store, path: Path, tmp_path: Path
) -> None:
    documents = [
        run_object(f"r{n}", "succeeded", output=f"{server.url}/f/{n}.png", created_at=ended(9), completed_at=ended(1))
        for n in range(20)
    ]
    server.script = Replies(*documents)
    for document in documents:
        await put(store, document)
    folder = tmp_path / "runs"
    async with opened(path) as other, archiving(client, store, folder), archiving(client, other, folder):
        await eventually(
            lambda: all(folder_of(store, each["id"]) or folder_of(other, each["id"]) for each in documents)
        )
        store.notice_others()
        other.notice_others()
        assert all(folder_of(store, each["id"]) and folder_of(other, each["id"]) for each in documents)
    assert sorted(files(server)) == sorted(f"/f/{n}.png" for n in range(20))


async def test_a_run_that_another_program_claimed_is_left_to_it_and_taken_up_when_it_gives_up(
    server: Scripted, client: Client, store: Store, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "CLAIMED_RETRY", 0.02)
    claimed, free = (
        run_object(run_id, "succeeded", output=f"{server.url}/f/{run_id}", completed_at=ended(1))
        for run_id in ("claimed", "free")
    )
    server.script = Replies(claimed, free)
    async with opened(path) as other:
        theirs = Leases(other.database)
        name = f"archive:{SCOPE.host}:claimed"
        async with theirs.holding(name) as ours:
            assert ours
            async with archiving(client, store, tmp_path / "runs"):
                await put(store, claimed)
                await put(store, free)
                await eventually(lambda: folder_of(store, "free"), "the free one")
                assert files(server) == ["/f/free"]
                await theirs.give_back(name)
                await eventually(lambda: folder_of(store, "claimed"), "the other one")


async def test_what_another_program_saved_meanwhile_is_not_fetched_again(
    server: Scripted, client: Client, store: Store, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "CLAIMED_RETRY", 0.02)
    document = run_object("r1", "succeeded", output=f"{server.url}/f/1.png", completed_at=ended(1))
    server.script = Replies(document)
    async with opened(path) as other:
        theirs = Leases(other.database).holding(f"archive:{SCOPE.host}:r1")
        async with theirs, archiving(client, store, tmp_path / "runs"):
            await put(store, document)
            await other.set_folder("r1", tmp_path / "theirs")
            await eventually(lambda: folder_of(store, "r1") == tmp_path / "theirs", "their result")
    async with archiving(client, store, tmp_path / "runs"):
        await put(store, run_object("r2", "succeeded", output="a", completed_at=ended(1)))
        await eventually(lambda: folder_of(store, "r2"), "another")
    assert files(server) == []
