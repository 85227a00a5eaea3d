"""Which runs are kept and when: those that end, those that ended, and those that cannot be had at once."""

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.resources import Prediction
from replicate_tui.core.history import runs
from replicate_tui.core.history.store import Store
from replicate_tui.core.keeping import archive, arriving
from replicate_tui.core.keeping.unfinished import Unfinished
from tests.core.kept_runs import (
    Replies,
    archiving,
    content,
    ended,
    files,
    files_up_to,
    finished,
    folder_of,
    in_server,
    parts,
    put,
    ranged,
    saved_runs,
)
from tests.core.scripted import HANG_UP, Reply, Said, Scripted, problem, run_object
from tests.waiting import eventually


async def test_a_run_that_succeeds_is_saved_with_its_last_logs_and_its_folder_is_remembered(
    server: Scripted, client: Client, store: Store, tmp_path: Path
) -> None:
    whole = run_object("r1", "succeeded", output=f"{server.url}/f/out.png", logs="all\n", completed_at=ended(1))
    server.script = Replies(whole)
    async with archiving(client, store, tmp_path / "runs") as kept:
        await put(store, run_object("r1"))
        await put(store, {key: value for key, value in whole.items() if key != "logs"})
        await eventually(lambda: folder_of(store, "r1"), "the saving")
    assert folder_of(Store(store.database, store.scope), "r1") == tmp_path / "runs" / "r1"
    assert content(tmp_path / "runs" / "r1")["logs.txt"] == b"all\n"
    run = store.run("r1")
    assert run is not None
    assert run.files == {"output": tmp_path / "runs" / "r1" / "out.png"}
    assert files(server) == ["/f/out.png"]
    assert kept.failures == {}


async def test_runs_that_ended_shortly_before_the_start_are_saved_and_older_ones_are_not_tried(
    server: Scripted, client: Client, store: Store, tmp_path: Path
) -> None:
    def old(run_id: str, status: str = "succeeded", **values: Any) -> dict[str, Any]:
        return run_object(
            run_id,
            status,
            output=f"{server.url}/f/{run_id}",
            **{"created_at": ended(4000), "completed_at": ended(600), **values},
        )

    documents = [
        old("recent"),
        old("older", completed_at=ended(3700)),
        old("removed", data_removed=True),
        old("kept"),
    ]
    for document in documents:
        await put(store, document)
    await store.set_folder("kept", tmp_path / "elsewhere")
    server.script = Replies(*documents)
    async with archiving(client, store, tmp_path / "runs"):
        await eventually(lambda: folder_of(store, "recent"), "the saving")
        await put(store, old("last"))
        await eventually(lambda: folder_of(store, "last"), "the one after")
    assert files(server) == ["/f/recent", "/f/last"]
    assert saved_runs(tmp_path / "runs") == {"recent", "last"}


async def test_a_wrong_clock_does_not_keep_a_run_from_being_saved_that_ended_under_our_eyes(
    server: Scripted, client: Client, store: Store, tmp_path: Path
) -> None:
    whole = run_object("r1", "succeeded", output=f"{server.url}/f/out.png", completed_at=ended(5 * 3600))
    server.script = Replies(whole)
    async with archiving(client, store, tmp_path / "runs"):
        await put(store, run_object("r1"))
        await put(store, whole)
        await eventually(lambda: folder_of(store, "r1"), "the saving")


async def test_what_is_missing_is_told_and_tried_again_and_nothing_is_fetched_twice(
    server: Scripted, client: Client, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "FIRST_RETRY", 0.02)
    monkeypatch.setattr(archive, "SLOWEST_RETRY", 0.02)
    names = [f"{server.url}/f/good.png", f"{server.url}/f/bad.png"]
    whole = run_object("r1", "succeeded", output=names, completed_at=ended(1))
    server.script = replies = Replies(whole)
    replies.bad["/f/bad.png"] = HANG_UP
    async with archiving(client, store, tmp_path / "runs") as kept:
        await put(store, whole)
        await eventually(lambda: "bad.png" in kept.failures.get("r1", ""), "the failure")
        assert folder_of(store, "r1") is None, "it is not saved while something is missing"
        tries = len(files(server))
        await eventually(lambda: len(files(server)) > tries, "another try")
        replies.bad.clear()
        await eventually(lambda: not kept.failures, "the rest")
        assert folder_of(store, "r1") == tmp_path / "runs" / "r1"
    assert files(server).count("/f/good.png") == 1
    assert content(tmp_path / "runs" / "r1").keys() == {"good.png", "bad.png", "output.json"}


async def test_it_is_tried_no_more_once_replicate_has_deleted_it(
    server: Scripted, client: Client, store: Store, tmp_path: Path
) -> None:
    whole = run_object("r1", "succeeded", output=f"{server.url}/f/bad.png", completed_at=ended(1))
    server.script = replies = Replies({**whole, "output": None, "data_removed": True})
    replies.bad["/f/bad.png"] = problem(404)
    async with archiving(client, store, tmp_path / "runs") as kept:
        await put(store, whole)
        await eventually(lambda: kept.failures, "the failure")
        assert kept.failures == {"r1": "Replicate has deleted its files"}
        assert folder_of(store, "r1") is None
        await eventually(lambda: not Unfinished(tmp_path / "runs").ids(), "the end of its note")
    assert files(server) == ["/f/bad.png"]


async def test_what_was_not_there_in_time_is_given_up_with_what_was_kept(
    server: Scripted, client: Client, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "LAST_RETRIES", 0.01)
    monkeypatch.setattr(archive, "RETENTION", 0.5)
    output = [f"{server.url}/f/good.png", f"{server.url}/f/cut.png"]
    server.script = replies = Replies(run_object("r1", "succeeded", output=output, completed_at=None))
    replies.bad["/f/cut.png"] = Said(b"half", headers={"ETag": '"1"'}, length=4000)
    async with archiving(client, store, tmp_path / "runs") as kept:
        await put(store, replies.runs["r1"])
        await eventually(lambda: parts(tmp_path), "the half of it")
        assert Unfinished(tmp_path / "runs").ids() == ["r1"]
        await eventually(lambda: folder_of(store, "r1"), "the end of the trying")
        await eventually(lambda: not Unfinished(tmp_path / "runs").ids(), "the end of the clearing away")
    assert "cut.png" in kept.failures["r1"]
    assert content(tmp_path / "runs" / "r1").keys() == {"good.png", "output.json"}


NOWHERE = ["http://xn--/", "javascript:1", "http://127.0.0.1:99999/"]


@pytest.mark.parametrize("address", ["https://xn--/bad.png", "http://127.0.0.1:99999/bad.png", "@/f/bad.png"])
@pytest.mark.parametrize("place", NOWHERE)
async def test_a_file_at_an_address_at_which_nothing_can_be_is_told_and_ends_nothing(
    server: Scripted, client: Client, store: Store, tmp_path: Path, address: str, place: str
) -> None:
    output = in_server([address, "@/f/good.png"], server)
    whole = run_object("r1", "succeeded", output=output, completed_at=ended(1))
    server.script = replies = Replies(whole)
    replies.bad["/f/bad.png"] = Said(status=302, headers={"Location": place})
    async with archiving(client, store, tmp_path / "runs") as kept:
        await put(store, whole)
        await eventually(lambda: "an address that" in kept.failures.get("r1", ""), "the failure")
    assert content(tmp_path / "runs" / "r1")["good.png"] == b"/f/good.png"


@pytest.mark.parametrize("reply", [HANG_UP, Said(b"<html>log in</html>"), problem(500), problem(401)])
async def test_an_api_that_does_not_answer_does_not_end_the_archive(
    server: Scripted, client: Client, store: Store, tmp_path: Path, reply: Reply
) -> None:
    first = run_object("r1", "succeeded", output=f"{server.url}/f/1.png", completed_at=ended(1))
    server.script = replies = Replies(first)
    replies.bad["/v1/predictions/r1"] = reply
    async with archiving(client, store, tmp_path / "runs"):
        await put(store, first)
        await eventually(lambda: folder_of(store, "r1"), "what is known of it")
        await put(store, run_object("r2", "succeeded", output="text", completed_at=ended(1)))
        await eventually(lambda: folder_of(store, "r2"), "the one after")
    assert content(tmp_path / "runs" / "r1")["1.png"] == b"/f/1.png"


async def test_a_folder_that_cannot_be_written_is_told_and_the_archive_goes_on(
    server: Scripted, client: Client, store: Store, tmp_path: Path
) -> None:
    (tmp_path / "runs").write_bytes(b"a file is in the way")
    async with archiving(client, store, tmp_path / "runs") as kept:
        await put(store, run_object("r1", "succeeded", output="a", completed_at=ended(1)))
        await put(store, run_object("r2", "succeeded", output="b", completed_at=ended(1)))
        await eventually(lambda: kept.failures.keys() == {"r1", "r2"}, "both failures")
    assert kept.failures["r1"] == (
        f"cannot save r1: {tmp_path / 'runs'} is a file where a folder belongs: "
        "move it away, or save in another folder; it is tried again"
    )
    assert folder_of(store, "r1") is None


async def test_an_id_that_is_a_path_stays_in_the_folder(
    server: Scripted, client: Client, store: Store, tmp_path: Path
) -> None:
    await put(store, run_object("../../evil", "succeeded", output="a", created_at=ended(9), completed_at=ended(1)))
    async with archiving(client, store, tmp_path / "deep" / "runs"):
        folder = await eventually(lambda: folder_of(store, "../../evil"), "the saving")
    assert folder.parent == tmp_path / "deep" / "runs"
    assert (folder / "output.txt").read_bytes() == b"a"


async def test_two_ids_that_are_alike_once_they_are_legal_are_kept_apart(
    server: Scripted, client: Client, store: Store, tmp_path: Path
) -> None:
    for run_id in ("a/b", "a_b", "A_B"):
        await put(store, run_object(run_id, "succeeded", output=run_id, created_at=ended(9), completed_at=ended(1)))
    async with archiving(client, store, tmp_path / "runs"):
        await eventually(lambda: all(folder_of(store, run_id) for run_id in ("a/b", "a_b", "A_B")), "the savings")
    for run_id in ("a/b", "a_b", "A_B"):
        folder = folder_of(store, run_id)
        assert folder is not None
        assert (folder / "output.txt").read_text() == run_id
    assert len({name.lower() for name in saved_runs(tmp_path / "runs")}) == 3


async def test_a_run_that_was_saved_stays_where_it_is(
    server: Scripted, client: Client, store: Store, tmp_path: Path
) -> None:
    await put(store, run_object("a/b", "succeeded", output="x", created_at=ended(9), completed_at=ended(2)))
    await store.set_folder("a/b", tmp_path / "runs" / "a_b")
    await put(store, run_object("r2", "succeeded", output="x", created_at=ended(9), completed_at=ended(1)))
    async with archiving(client, store, tmp_path / "runs"):
        await eventually(lambda: folder_of(store, "r2"), "the saving of another")
    assert folder_of(store, "a/b") == tmp_path / "runs" / "a_b"


async def test_a_picture_that_its_server_calls_empty_is_saved_so_in_the_end_and_that_stays_to_be_told(
    server: Scripted, client: Client, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "FIRST_RETRY", 0.02)
    whole = run_object("r1", "succeeded", output=f"{server.url}/f/out.png", completed_at=ended(1))
    server.script = replies = Replies(whole)
    replies.bad["/f/out.png"] = Said(b"")
    told: list[tuple[str, Path | None]] = []
    command = [sys.executable, "-c", "import sys; open(sys.argv[1], 'w')", str(tmp_path / "ran")]
    async with archiving(client, store, tmp_path / "runs", after=command) as kept:
        kept.tell = lambda run_id, reason: told.append((reason, folder_of(store, run_id)))
        await put(store, whole)
        await eventually(lambda: (tmp_path / "ran").exists(), "the command")
        await eventually(lambda: not Unfinished(tmp_path / "runs").ids(), "its end")
    assert told == [("out.png: an empty file came; it is tried again", None)]
    assert kept.failures == {"r1": "out.png is an empty file: its server has nothing else"}
    assert folder_of(store, "r1") == tmp_path / "runs" / "r1"
    assert content(tmp_path / "runs" / "r1")["out.png"] == b""


# -- what is worth keeping ------


@pytest.mark.parametrize("status", ["failed", "canceled", "succeeded"])
async def test_every_ended_run_with_output_or_logs_is_kept_and_one_with_neither_is_left(
    server: Scripted, client: Client, store: Store, tmp_path: Path, status: str
) -> None:
    documents = [
        run_object("logs", status, output=None, logs="Traceback\n", completed_at=ended(3)),
        run_object("partial", status, output=[f"{server.url}/f/1.png"], completed_at=ended(2)),
        run_object("neither", status, output=None, completed_at=ended(1)),
    ]
    server.script = Replies(*documents)
    async with archiving(client, store, tmp_path / "runs"):
        for document in documents:
            await put(store, {key: value for key, value in document.items() if key != "logs"})
        await eventually(lambda: folder_of(store, "logs") and folder_of(store, "partial"), "the savings")
        await eventually(lambda: len(server.paths("/v1/predictions/")) == 3, "a look at each")
        await put(store, run_object("last", "succeeded", output="a", completed_at=ended(1)))
        server.script.runs["last"] = run_object("last", "succeeded", output="a", completed_at=ended(1))
        await eventually(lambda: folder_of(store, "last"), "the one after")
    assert saved_runs(tmp_path / "runs") == {"logs", "partial", "last"}
    assert content(tmp_path / "runs" / "logs") == {"logs.txt": b"Traceback\n"}
    assert content(tmp_path / "runs" / "partial")["1.png"] == b"/f/1.png"


async def test_what_only_this_program_knows_of_is_not_asked_for(
    server: Scripted, client: Client, store: Store, tmp_path: Path
) -> None:
    for status in runs.OURS:
        await store.save(runs.with_status(finished("x"), status, None))
        await store.save(replace(finished("x"), prediction=Prediction.of(run_object(f"local-{status}", status))))
    async with archiving(client, store, tmp_path / "runs"):
        await put(store, run_object("r2", "succeeded", output="a", completed_at=ended(1)))
        await eventually(lambda: folder_of(store, "r2"), "the saving of another")
    assert server.paths() == ["/v1/predictions/r2"]


# -- disk trouble ------


async def test_a_full_disk_is_told_and_all_is_saved_once_there_is_room(
    server: Scripted, client: Client, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "FIRST_RETRY", 0.05)
    monkeypatch.setattr(archive, "SLOWEST_RETRY", 0.05)
    document = run_object("r1", "succeeded", output=f"{server.url}/f/big.bin", completed_at=ended(1))
    server.script = replies = Replies(document)
    replies.bad["/f/big.bin"] = Said(bytes(3_000_000), headers={"ETag": '"1"'})
    told: list[str] = []
    async with archiving(client, store, tmp_path / "runs") as kept:
        kept.tell = lambda run_id, reason: told.append(reason)
        with files_up_to(1_500_000):
            await put(store, document)
            await eventually(lambda: kept.failures, "the failure")
            await eventually(lambda: len(files(server)) > 2, "more tries")
            assert "too large" in kept.failures["r1"]
            assert "big.bin" in kept.failures["r1"]
            assert "save in another folder; it is tried again" in kept.failures["r1"]
        await eventually(lambda: folder_of(store, "r1") and not kept.failures, "the saving")
    assert len(told) == 1
    assert len(content(tmp_path / "runs" / "r1")["big.bin"]) == 3_000_000
    assert parts(tmp_path) == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="nothing is forbidden to the superuser")
async def test_a_folder_without_permission_is_told_and_used_once_it_is_given(
    server: Scripted, client: Client, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "FIRST_RETRY", 0.02)
    folder = tmp_path / "runs"
    folder.mkdir(mode=0o500)
    server.script = Replies(document := run_object("r1", "succeeded", output="a", completed_at=ended(1)))
    async with archiving(client, store, folder) as kept:
        await put(store, document)
        await eventually(lambda: "Permission denied" in kept.failures.get("r1", ""), "the failure")
        folder.chmod(0o700)
        await eventually(lambda: folder_of(store, "r1"), "the saving")


async def test_a_folder_that_is_in_the_way_is_told_and_used_once_it_is_gone(
    server: Scripted, client: Client, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "FIRST_RETRY", 0.02)
    (tmp_path / "runs").write_bytes(b"a file is in the way")
    server.script = Replies(document := run_object("r1", "succeeded", output="a", completed_at=ended(1)))
    async with archiving(client, store, tmp_path / "runs") as kept:
        await put(store, document)
        await eventually(lambda: kept.failures, "the failure")
        (tmp_path / "runs").unlink()
        await eventually(lambda: folder_of(store, "r1") and not kept.failures, "the saving")


# -- after a kill ------


async def test_what_a_kill_left_half_is_completed_at_the_next_start_and_nothing_stays_of_it(
    server: Scripted, client: Client, store: Store, tmp_path: Path
) -> None:
    document = run_object(
        "r1", "succeeded", output=f"{server.url}/f/big.bin", created_at=ended(9), completed_at=ended(1)
    )
    await put(store, document)
    folder = tmp_path / "runs" / "r1"
    folder.mkdir(parents=True)
    whole = bytes(range(256)) * 4
    left = arriving.part(folder, arriving.key("big.bin", f"{server.url}/f/big.bin"), len(whole), '"1"')
    left.write(0, whole[:600])
    arriving.part(folder, arriving.key("prediction.json", ""), None, None).write(0, b"{")
    Unfinished(tmp_path / "runs").begin("r1")
    replies = Replies(document)
    server.script = lambda asked: ranged(asked, whole, '"1"') if asked.path == "/f/big.bin" else replies(asked)
    async with archiving(client, store, tmp_path / "runs"):
        await eventually(lambda: folder_of(store, "r1"), "the saving")
        await eventually(lambda: not Unfinished(tmp_path / "runs").ids(), "the end of it")
    (asked,) = [each for each in server.asked if each.path == "/f/big.bin"]
    assert (asked.headers["range"], asked.headers["if-range"]) == ("bytes=600-", '"1"')
    assert content(folder) == {"big.bin": whole, "output.json": content(folder)["output.json"]}


async def test_what_a_kill_left_of_a_run_that_is_gone_since_is_cleared_away_at_the_next_start(
    server: Scripted, client: Client, store: Store, tmp_path: Path
) -> None:
    await put(store, run_object("r1", "succeeded", output=f"{server.url}/f/big.bin", completed_at=ended(9000)))
    unfinished = Unfinished(tmp_path / "runs")
    for run_id in ("r1", "of-another-profile"):
        (tmp_path / "runs" / run_id).mkdir(parents=True)
        arriving.part(tmp_path / "runs" / run_id, arriving.key("big.bin", ""), 9, '"1"').write(0, b"half")
        unfinished.begin(run_id)
    async with archiving(client, store, tmp_path / "runs"):
        await eventually(lambda: unfinished.ids() == ["of-another-profile"], "the clearing away")
    assert [path.parent.name for path in parts(tmp_path)] == ["of-another-profile"]
    assert [asked.path for asked in server.asked] == ["/v1/predictions/r1", "/f/big.bin"], "the server decides"
