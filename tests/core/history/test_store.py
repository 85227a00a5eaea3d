"""The store: what it merges, whom it tells, what it keeps in memory and on disk, and what it survives."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from replicate_tui.api.resources import Prediction
from replicate_tui.core.forms.inputs import REDACTED
from replicate_tui.core.history import memory, runs
from replicate_tui.core.history.database import Asked, Scope
from replicate_tui.core.history.runs import Run
from replicate_tui.core.history.scopes import scope_of
from replicate_tui.core.history.store import Connection, Store
from tests.core.scripted import SCOPE, opened, run_object
from tests.waiting import eventually

NOW = 1_770_000_000.0
TOKEN_SCOPE = Scope(SCOPE.host, "fingerprint", "fingerprint")


@contextmanager
def other_program(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def no_writing(path: Path) -> Iterator[None]:
    """Another program is in the middle of a write, so ours wait."""
    with other_program(path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


async def put(store: Store, document: dict[str, Any], **options: Any) -> Run:
    return await store.put(Prediction.of(document), now=NOW, **options)


def whole(store: Store, run_id: str) -> Run:
    run = store.run(run_id)
    assert run is not None
    return run


def fresh(store: Store) -> Store:
    """What a program that opens the file now sees."""
    return Store(store.database, store.scope)


async def local_row(store: Store, key: str, **inputs: Any) -> Run:
    return await store.save(runs.ordered(key, "acme/painter", "v1", inputs, now=NOW))


# -- telling ------


async def test_what_waits_and_what_is_sent_is_known_without_the_disk(store: Store) -> None:
    row = runs.ordered("new-1", "acme/painter", "hidden", {}, now=NOW, status=runs.WAITING)
    await store.save(row)
    assert store.on_their_way == {"new-1"} == fresh(store).on_their_way
    assert await store.advance(runs.with_status(row, runs.SUBMITTING, None), runs.WAITING)
    with patch.object(store.database, "read", side_effect=AssertionError("the disk is asked")):
        assert store.on_their_way | store.active == {"new-1"}
    await put(store, run_object("r1", "starting"), instead_of="new-1")
    assert store.on_their_way | store.active == {"r1"} == store.active


async def test_an_equal_answer_tells_nobody_and_writes_nothing(store: Store, path: Path) -> None:
    document = run_object("r1", "succeeded", logs="all\n", output=["https://x/1.png"])
    await put(store, document)
    told: list[str] = []
    store.subscribe(told.append)
    with other_program(path) as connection:
        before = connection.execute("PRAGMA data_version").fetchone()
        await put(store, dict(document))
        await put(store, {key: value for key, value in document.items() if key != "logs"})
        assert connection.execute("PRAGMA data_version").fetchone() == before
        assert told == []
        await put(store, {**document, "logs": "all\nand more\n"})
        assert connection.execute("PRAGMA data_version").fetchone() != before
    assert told == ["r1"]


async def test_a_list_item_keeps_the_logs_that_are_known(store: Store) -> None:
    await put(store, run_object("r1", logs="half\n"))
    await put(store, run_object("r1", "succeeded", output="done"))
    for kept in (store, fresh(store)):
        run = whole(kept, "r1")
        assert (run.status, run.prediction.output, run.logs) == ("succeeded", "done", "half\n")


async def test_empty_logs_do_not_erase_known_ones_either(store: Store) -> None:
    await put(store, run_object("r1", "succeeded", logs="all\n"))
    await put(store, run_object("r1", "succeeded", logs="", output="late"))
    assert whole(store, "r1").logs == "all\n"
    assert whole(store, "r1").prediction.output == "late"


async def test_who_is_told_sees_the_change_in_memory_and_on_disk(store: Store) -> None:
    seen: list[tuple[str, str]] = []
    store.subscribe(lambda run_id: seen.append((whole(store, run_id).status, whole(fresh(store), run_id).status)))
    await put(store, run_object("r1", "starting"))
    await put(store, run_object("r1", "succeeded"))
    assert seen == [("starting", "starting"), ("succeeded", "succeeded")]


async def test_who_is_told_may_leave_or_send_others_away(store: Store) -> None:
    told: list[str] = []

    def once(run_id: str) -> None:
        told.append("once")
        leave()
        leave()
        send_away()

    leave = store.subscribe(once)
    send_away = store.subscribe(lambda run_id: told.append("sent away"))
    store.subscribe(lambda run_id: told.append("stays"))
    await put(store, run_object("r1"))
    await put(store, run_object("r2"))
    assert told == ["once", "stays", "stays"]


async def test_the_same_function_may_listen_twice_and_leave_once(store: Store) -> None:
    told: list[str] = []
    leave = store.subscribe(told.append)
    store.subscribe(told.append)
    leave()
    leave()
    await put(store, run_object("r1"))
    assert told == ["r1"]


def test_the_connection_is_told_when_it_changes(tmp_path: Path) -> None:
    async def main() -> list[Connection]:
        async with opened(tmp_path / "history.db") as store:
            seen: list[Connection] = []
            leave = store.subscribe_connection(seen.append)
            store.connection = Connection("online")
            store.connection = Connection("online")
            store.connection = Connection("offline", "why", 5.0)
            leave()
            store.connection = Connection("online")
            return seen

    assert asyncio.run(main()) == [Connection("online"), Connection("offline", "why", 5.0)]


# -- a local row and the run that takes its place ------


async def test_a_run_takes_the_place_of_its_local_row_in_one_go(store: Store) -> None:
    await local_row(store, "new-1", prompt="a heron")
    told: list[tuple[str, list[str], bool]] = []

    def note(run_id: str) -> None:
        told.append((run_id, store.ids(), store.row("new-1") is None and store.run("new-1") is None))

    store.subscribe(note)
    await put(store, run_object("r1", "starting"), instead_of="new-1")
    assert told == [("new-1", ["r1"], True), ("r1", ["r1"], True)]
    assert store.row("new-1") is None
    assert store.active == {"r1"}
    assert fresh(store).ids() == ["r1"]


async def test_while_the_exchange_is_written_both_are_known(store: Store, path: Path) -> None:
    await local_row(store, "new-1", prompt="a heron")
    with no_writing(path):
        exchange = asyncio.create_task(put(store, run_object("r1", "starting"), instead_of="new-1"))
        await eventually(lambda: store.active, "the run in memory")
        assert store.row("new-1") is not None
        assert store.row("r1") is not None
    await exchange
    assert store.row("new-1") is None


@pytest.mark.parametrize("answer", [run_object("r1", "starting"), run_object("r1")])
async def test_a_local_row_goes_although_a_page_told_of_the_run_first(store: Store, answer: dict[str, Any]) -> None:
    await local_row(store, "new-1", prompt="a heron")
    await put(store, run_object("r1"))
    await put(store, answer, instead_of="new-1")
    assert store.ids() == fresh(store).ids() == ["r1"]
    assert store.row("new-1") is None


async def test_a_page_that_tells_of_a_run_before_its_answer_came_tells_no_secret(store: Store, path: Path) -> None:
    secret = "sk-very-secret"
    await local_row(store, "new-1", prompt="x", api_key=REDACTED)
    await put(store, run_object("r1", input={"prompt": "x", "api_key": secret}))
    await put(store, run_object("r1", input={"prompt": "x", "api_key": secret}), instead_of="new-1")
    assert whole(store, "r1").prediction.input == {"prompt": "x", "api_key": REDACTED}
    await put(store, run_object("r2", input={"api_key": "of somebody else"}))
    assert whole(store, "r2").prediction.input == {"api_key": "of somebody else"}
    on_disk = b"".join(file.read_bytes() for file in path.parent.iterdir() if file.is_file())
    assert secret.encode() not in on_disk


async def test_the_first_sight_of_a_run_is_that_of_its_local_row(store: Store) -> None:
    await local_row(store, "new-1")
    run = await store.put(Prediction.of(run_object("r1")), now=NOW + 50, instead_of="new-1")
    assert run.seen_at == NOW


# -- interruptions ------


async def test_who_is_cancelled_while_keeping_a_run_leaves_it_kept_and_told(store: Store, path: Path) -> None:
    await local_row(store, "new-1")
    told: list[str] = []
    store.subscribe(told.append)
    with no_writing(path):
        busy = asyncio.create_task(put(store, run_object("r0")))
        keeping = asyncio.create_task(put(store, run_object("r1"), instead_of="new-1"))
        await eventually(lambda: store.active == {"r0", "r1"}, "the runs in memory")
        keeping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await keeping
    await busy
    await eventually(lambda: told == ["r0", "new-1", "r1"], "the news")
    assert sorted(fresh(store).ids()) == ["r0", "r1"]


# -- memory ------


async def test_few_runs_and_rows_are_kept_in_memory_and_the_others_come_back_whole(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(memory, "KEPT_RUNS", 5)
    monkeypatch.setattr(memory, "KEPT_ROWS", 5)
    made = [await put(store, run_object(f"r{n}", "succeeded", logs=f"log {n}\n", output=[n])) for n in range(12)]
    rows = [store.row(run.id) for run in made[-5:]]
    assert [store.row(run.id) is row for run, row in zip(made[-5:], rows, strict=True)] == [True] * 5
    await store.set_folder("r0", tmp_path)
    again = [whole(store, run.id) for run in made[1:]]
    kept_in_memory = [new is old for new, old in zip(again, made[1:], strict=True)]
    assert kept_in_memory.count(True) <= 5
    assert kept_in_memory[:5] == [False] * 5
    assert [(run.logs, run.prediction.output, run.seen_at) for run in again] == [
        (f"log {n}\n", [n], NOW) for n in range(1, 12)
    ]
    assert whole(store, "r0").folder == tmp_path


async def test_the_run_looked_at_lately_stays_in_memory(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "KEPT_RUNS", 3)
    first = await put(store, run_object("r0"))
    for n in range(1, 9):
        await put(store, run_object(f"r{n}"))
        assert store.run("r0") is first


async def test_what_is_not_on_disk_yet_stays_in_memory_however_many(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "KEPT_RUNS", 3)
    monkeypatch.setattr(memory, "KEPT_ROWS", 3)
    ids = [f"r{n}" for n in range(20)]
    with no_writing(path):
        writing = [asyncio.create_task(put(store, run_object(run_id, logs=f"of {run_id}\n"))) for run_id in ids]
        await eventually(lambda: len(store.active) == 20, "the runs in memory")
        late = [asyncio.create_task(put(store, run_object(run_id, "succeeded"))) for run_id in ids]
        await eventually(lambda: not store.active, "their ends")
        assert [store.row(run_id).status for run_id in ids] == ["succeeded"] * 20  # type: ignore[union-attr]
    await asyncio.gather(*writing, *late)
    for kept in (store, fresh(store)):
        assert [whole(kept, run_id).logs for run_id in ids] == [f"of {run_id}\n" for run_id in ids]
        assert [kept.row(run_id).status for run_id in ids] == ["succeeded"] * 20  # type: ignore[union-attr]


async def test_unknown_runs_are_none(store: Store) -> None:
    assert store.run("nobody") is None
    assert store.row("nobody") is None
    await store.set_folder("nobody", Path("x"))
    assert store.ids() == []


# -- opening the file again ------


async def test_the_active_runs_are_known_again_at_the_next_start(store: Store) -> None:
    for status in ("queued", "starting", "processing", "succeeded", "failed", "canceled", "aborted", "dreaming"):
        await put(store, run_object(status, status))
    await put(store, run_object("dreamt", "dreaming", completed_at="2026-01-02T03:04:08Z"))
    for number, status in enumerate(sorted(runs.OURS)):
        local = await local_row(store, f"new-{number}")
        await store.save(runs.with_status(local, status, None))
    assert store.active == {"queued", "starting", "processing", "dreaming"}
    assert fresh(store).active == store.active


async def test_a_run_that_ends_is_active_no_more_now_and_at_the_next_start(store: Store) -> None:
    await put(store, run_object("r1"))
    await put(store, run_object("r1", "failed"))
    assert store.active == fresh(store).active == frozenset()


async def test_where_the_files_are_is_known_at_the_next_start(store: Store, tmp_path: Path) -> None:
    await put(store, run_object("r1", "succeeded"))
    await store.set_folder("r1", tmp_path / "kept")
    await put(store, run_object("r1", "succeeded", data_removed=True, output=None))
    row = fresh(store).row("r1")
    assert row is not None
    assert (row.folder, row.removed) == (str(tmp_path / "kept"), True)


# -- whose runs they are ------


async def test_adopted_runs_are_the_accounts_from_then_on(path: Path) -> None:
    async with opened(path, TOKEN_SCOPE) as store:
        await put(store, run_object("r1", logs="mine\n"))
        told: list[str] = []
        store.subscribe(told.append)
        await store.adopt(SCOPE.account)
        assert store.scope == SCOPE
        assert told[-1] == ""
        assert store.ids() == ["r1"]
        assert store.active == {"r1"}
        await put(store, run_object("r1", "succeeded"))
        assert whole(fresh(store), "r1").logs == "mine\n"
        assert scope_of(store.database, SCOPE.host, TOKEN_SCOPE.account) == SCOPE
        assert Store(store.database, TOKEN_SCOPE).ids() == []
        told.clear()
        await store.adopt(SCOPE.account)
        assert told == []


async def test_the_accounts_own_runs_are_there_after_the_adoption(path: Path) -> None:
    async with opened(path) as earlier:
        await put(earlier, run_object("old"))
    async with opened(path, TOKEN_SCOPE) as store:
        assert store.active == frozenset()
        await store.adopt(SCOPE.account)
        assert store.ids() == ["old"]
        assert store.active == {"old"}


async def test_a_new_token_of_a_known_account_loses_no_logs_and_no_folder(path: Path, tmp_path: Path) -> None:
    async with opened(path) as earlier:
        await put(earlier, run_object("r1", "succeeded", logs="all\n"))
        await earlier.set_folder("r1", tmp_path / "kept")
    async with opened(path, TOKEN_SCOPE) as store:
        await store.put(Prediction.of(run_object("r1", "succeeded", source="web")), now=NOW + 99)
        await store.adopt(SCOPE.account)
        for kept in (store, fresh(store)):
            run = whole(kept, "r1")
            assert (run.logs, run.folder, run.seen_at) == ("all\n", tmp_path / "kept", NOW)
            assert run.prediction.raw["source"] == "web"


async def test_an_answer_amid_the_adoption_is_joined_with_what_is_known(path: Path, tmp_path: Path) -> None:
    async with opened(path, TOKEN_SCOPE) as first:
        await put(first, run_object("r1", logs="half\n"))
        await first.set_folder("r1", tmp_path / "kept")
    async with opened(path, TOKEN_SCOPE) as store:
        with no_writing(path):
            adopting = asyncio.create_task(store.adopt(SCOPE.account))
            putting = asyncio.create_task(put(store, run_object("r1", "succeeded")))
            new = asyncio.create_task(put(store, run_object("r2")))
            await eventually(lambda: store.active == {"r2"}, "the answers")
            assert store.scope == TOKEN_SCOPE
        await asyncio.gather(adopting, putting, new)
        for kept in (store, fresh(store)):
            run = whole(kept, "r1")
            assert (run.status, run.logs, run.folder) == ("succeeded", "half\n", tmp_path / "kept")
        assert sorted(store.ids()) == ["r1", "r2"]


async def test_an_answer_just_before_the_adoption_is_the_accounts_too(path: Path) -> None:
    async with opened(path, TOKEN_SCOPE) as store:
        puts = [asyncio.create_task(put(store, run_object(f"r{n}"))) for n in range(20)]
        adopting = asyncio.create_task(store.adopt(SCOPE.account))
        later = [asyncio.create_task(put(store, run_object(f"r{n}"))) for n in range(20, 40)]
        await asyncio.gather(*puts, adopting, *later)
        assert len(store.ids()) == 40
        assert Store(store.database, TOKEN_SCOPE).ids() == []


async def test_two_programs_keep_the_same_history(path: Path) -> None:
    async with opened(path) as one, opened(path) as two:
        await asyncio.gather(*(put(each, run_object(f"r{n}")) for n in range(10) for each in (one, two)))
        await put(one, run_object("r3", "succeeded", logs="all\n"))
        assert sorted(one.ids()) == sorted(two.ids()) == sorted(f"r{n}" for n in range(10))
        assert whole(fresh(two), "r3").logs == "all\n"


async def test_what_another_program_kept_under_the_token_is_joined_not_put_in_place(path: Path, tmp_path: Path) -> None:
    async with opened(path, TOKEN_SCOPE) as stray:
        await put(stray, run_object("r1", "processing", logs="half\n"))
    async with opened(path, replace(TOKEN_SCOPE, account=SCOPE.account)) as store:
        await put(store, run_object("r1", "succeeded", logs="half\nall\n"))
        await store.set_folder("r1", tmp_path / "kept")
        await store.adopt(SCOPE.account)
        for kept in (store, fresh(store)):
            run = whole(kept, "r1")
            assert (run.status, run.logs, run.folder) == ("succeeded", "half\nall\n", tmp_path / "kept")
        assert store.database.run_ids(TOKEN_SCOPE) == []


async def test_what_an_unknown_run_hides_stays_hidden_after_a_start(path: Path) -> None:
    async with opened(path) as store:
        await store.save(runs.ordered("new-1", "acme/painter", "v", {"key": REDACTED}, now=NOW))
    async with opened(path) as store:
        await put(store, run_object("r1", input={"key": "sk-never-on-disk"}))
        assert whole(store, "r1").prediction.input == {"key": REDACTED}
        assert store.database.read("SELECT count(*) FROM runs WHERE raw LIKE '%sk-never%'", ()) == [(0,)]


# -- secrets ------


async def sending(store: Store) -> str:
    """A run on its way, whose secret is known."""
    await local_row(store, "new-1", prompt="a heron", api_key=REDACTED)
    store.hidden.keep("new-1", ["sk-1234"])
    return "new-1"


async def test_a_secret_is_hidden_from_the_first_answer_on_and_under_whichever_id(store: Store) -> None:
    key = await sending(store)
    told = run_object("r1", logs="with sk-1234\n")
    await put(store, told)
    assert whole(fresh(store), "r1").logs == f"with {REDACTED}\n"
    await put(store, told, instead_of=key)
    await put(store, {**told, "status": "failed", "error": "no sk-1234"})
    run = whole(fresh(store), "r1")
    assert (run.prediction.error, run.logs) == (f"no {REDACTED}", f"with {REDACTED}\n")
    assert store.ids(["1234"]) == []


async def test_a_secret_of_one_run_is_a_word_like_any_other_in_those_known_before(store: Store) -> None:
    await put(store, run_object("r0", logs=""))
    key = await sending(store)
    await put(store, run_object("r0", logs="sk-1234\n"))
    await put(store, run_object("r1"), instead_of=key)
    await put(store, run_object("r2", logs="sk-1234\n"))
    assert [whole(store, each).logs for each in ("r0", "r2")] == ["sk-1234\n", "sk-1234\n"]


async def test_what_another_program_wrote_without_knowing_a_secret_is_mended(store: Store, path: Path) -> None:
    await put(store, run_object("r1"), instead_of=await sending(store))
    async with opened(path) as other:
        await put(other, run_object("r1", logs="with sk-1234 and more\n", output=["sk-", "1234"]))
    store.notice_others()
    await put(store, run_object("r1", logs="with sk-1234", output=["sk-"]))
    run = whole(fresh(store), "r1")
    assert (run.logs, run.prediction.output) == (f"with {REDACTED} and more\n", [REDACTED, ""])


async def test_a_secret_that_comes_in_two_parts_is_never_kept_in_part(store: Store) -> None:
    await put(store, run_object("r1", "starting"), instead_of=await sending(store))
    for logs in ("it is sk-", "it is sk-123", "it is sk-1234", "it is sk-1234, s", "it is sk-1234, so"):
        await put(store, run_object("r1", logs=logs, output=list(logs)))
        kept = whole(fresh(store), "r1")
        assert "sk-" not in kept.logs + "".join(kept.prediction.output)
    assert kept.logs == "".join(kept.prediction.output) == f"it is {REDACTED}, so"


# -- what a list told before the answer came ------


async def test_what_the_local_row_knew_stays_although_a_list_told_of_the_run_before(store: Store, path: Path) -> None:
    local = await local_row(store, "new-1", prompt="a heron")
    ours = {runs.KIND: "training", runs.DESTINATION: "me/mine"}
    await store.save(runs.noting(local, ours), asked=Asked('{"lifetime": "5m"}', store.database.program, "r0"))
    await store.note("new-1", tags=["dear"], note="the last one")
    await put(store, run_object("r1", "processing"))
    await put(store, run_object("r1", "starting"), instead_of="new-1")
    for seen in (store, fresh(store)):
        run = whole(seen, "r1")
        assert (run.status, run.seen_at) == ("processing", local.seen_at)
        assert {key: run.prediction.raw.get(key) for key in ours} == ours
        row = seen.row("r1")
        assert row is not None
        assert (row.tags.split(), row.note) == (["dear"], "the last one")
        asked = seen.database.asked(seen.scope, "r1")
        assert (asked.options, asked.made_from) == ('{"lifetime": "5m"}', "r0")


# -- what somebody else has hidden ------


@pytest.mark.parametrize(
    ("key", "hidden", "told"),
    [
        ("logs", f"key {REDACTED}, twice {REDACTED}", "key sk-never, twice sk-never"),
        ("output", [f"it is {REDACTED}", ""], ["it is sk-", "never"]),
        ("output", {"said": [REDACTED]}, {"said": ["sk-never"]}),
        ("error", f"cannot log in as {REDACTED}", "cannot log in as sk-never"),
    ],
)
async def test_what_the_sender_has_hidden_stays_hidden_from_who_does_not_know_it(
    store: Store, key: str, hidden: object, told: object
) -> None:
    await put(store, run_object("r1", "failed", **{key: hidden}))
    later = fresh(store)
    await put(later, run_object("r1", "failed", **{key: told}))
    assert whole(later, "r1").prediction.raw[key] == hidden
    assert whole(fresh(store), "r1").prediction.raw[key] == hidden


async def test_an_answer_that_hides_as_much_brings_the_rest(store: Store) -> None:
    await put(store, run_object("r1", "succeeded", logs=f"key {REDACTED}\n"))
    await put(store, run_object("r1", "succeeded", logs=f"key {REDACTED}\nand done\n"))
    assert whole(store, "r1").logs == f"key {REDACTED}\nand done\n"
