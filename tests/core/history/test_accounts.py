"""Rows that change hands: a token's become its account's, and an account's those of its new name."""

import time
from dataclasses import replace

import pytest

from replicate_tui.api.resources import Prediction
from replicate_tui.core.history import accounts
from replicate_tui.core.history.database import Database
from replicate_tui.core.history.leases import Leases
from replicate_tui.core.history.scopes import Scope, scope_of
from replicate_tui.core.history.store import Store
from tests.core.scripted import SCOPE, run_object

TOKEN, OTHER = "f00d", "beef"
BY_TOKEN = Scope(SCOPE.host, TOKEN, TOKEN)
BY_OTHER = Scope(SCOPE.host, OTHER, OTHER)


async def put(store: Store, run_id: str, status: str = "processing", **values: object) -> None:
    await store.put(Prediction.of(run_object(run_id, status, **values)), now=time.time())


async def claim(database: Database, scope: Scope, top: float, cursor: str | None) -> None:
    values = (scope.host, scope.account, "prediction", top, top - 10.0, cursor)
    await database.write(lambda db: db.execute("INSERT INTO walks VALUES (?, ?, ?, ?, ?, ?)", values))


def claims(database: Database) -> list[tuple[object, ...]]:
    return database.read("SELECT account, top, cursor FROM walks ORDER BY top", ())


async def test_what_a_token_made_becomes_its_accounts_once_that_is_known(database: Database) -> None:
    await put(Store(database, BY_TOKEN), "r1")
    assert scope_of(database, SCOPE.host, TOKEN) == BY_TOKEN
    await accounts.adopt(database, BY_TOKEN, "acme")
    assert scope_of(database, SCOPE.host, TOKEN) == SCOPE
    assert (database.run_ids(SCOPE), database.run_ids(BY_TOKEN)) == (["r1"], [])


async def test_what_was_read_of_the_list_stays_read_under_the_accounts_name(database: Database) -> None:
    await claim(database, BY_TOKEN, 100.0, "c1")
    await claim(database, BY_TOKEN, 50.0, "c2")
    await claim(database, SCOPE, 50.0, None)
    await claim(database, BY_OTHER, 20.0, "c3")
    await accounts.adopt(database, BY_TOKEN, "acme")
    assert claims(database) == [(OTHER, 20.0, "c3"), ("acme", 50.0, "c2"), ("acme", 100.0, "c1")]


async def test_a_renamed_account_keeps_its_history_and_so_do_its_other_tokens(database: Database) -> None:
    for whose in (BY_TOKEN, BY_OTHER):
        await accounts.adopt(database, whose, "acme")
    store = Store(database, scope_of(database, SCOPE.host, TOKEN))
    await put(store, "r1")
    await claim(database, store.scope, 100.0, "c1")
    await store.adopt("emca")
    assert (store.scope.account, store.ids(), store.active) == ("emca", ["r1"], {"r1"})
    assert claims(database) == [("emca", 100.0, "c1")]
    assert scope_of(database, SCOPE.host, OTHER).account == "emca"
    assert database.run_ids(SCOPE) == []


async def test_the_rows_of_another_account_and_of_another_host_stay_where_they_are(database: Database) -> None:
    elsewhere = Scope("other.test", "acme")
    await accounts.adopt(database, BY_TOKEN, "acme")
    await accounts.adopt(database, BY_OTHER, "bob")
    for whose, run_id in ((SCOPE, "r1"), (Scope(SCOPE.host, "bob"), "r2"), (elsewhere, "r3")):
        await put(Store(database, whose), run_id)
    await accounts.adopt(database, scope_of(database, SCOPE.host, TOKEN), "emca")
    assert database.run_ids(replace(SCOPE, account="emca")) == ["r1"]
    assert database.run_ids(scope_of(database, SCOPE.host, OTHER)) == ["r2"]
    assert database.run_ids(elsewhere) == ["r3"]


async def test_nothing_moves_when_the_earlier_name_is_another_accounts_by_now(database: Database) -> None:
    for whose in (BY_TOKEN, BY_OTHER):
        await accounts.adopt(database, whose, "acme")
    store = Store(database, scope_of(database, SCOPE.host, TOKEN))
    await put(store, "r1")
    await store.adopt("emca", moved=False)
    assert (store.ids(), store.active) == ([], frozenset())
    assert database.run_ids(scope_of(database, SCOPE.host, OTHER)) == ["r1"]


async def test_who_had_the_name_before_keeps_the_rows_until_it_asks(database: Database) -> None:
    await accounts.adopt(database, BY_TOKEN, "acme")
    await accounts.adopt(database, BY_OTHER, "bob")
    await put(Store(database, SCOPE), "r1")
    await put(Store(database, Scope(SCOPE.host, "bob")), "r2")
    await accounts.adopt(database, scope_of(database, SCOPE.host, TOKEN), "bob", displaced=True)
    assert database.run_ids(scope_of(database, SCOPE.host, TOKEN)) == ["r1"]
    assert scope_of(database, SCOPE.host, OTHER) == BY_OTHER
    await accounts.adopt(database, BY_OTHER, "robert")
    assert database.run_ids(Scope(SCOPE.host, "robert")) == ["r2"]


async def test_a_failure_in_the_middle_changes_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("in the middle")

    await put(Store(database, BY_TOKEN), "r1")
    monkeypatch.setattr(accounts, "_share_leases", fails)
    with pytest.raises(RuntimeError):
        await accounts.adopt(database, BY_TOKEN, "acme")
    assert scope_of(database, SCOPE.host, TOKEN) == BY_TOKEN
    assert database.run_ids(BY_TOKEN) == ["r1"]


async def test_what_is_done_for_the_account_is_done_for_it_by_its_new_name(database: Database) -> None:
    leases = Leases(database)
    await leases.take(f"reconcile:{SCOPE.host}:{TOKEN}")
    await leases.take(f"reconcile:other.test:{TOKEN}")
    await accounts.adopt(database, BY_TOKEN, "acme")
    assert leases.held_by(f"reconcile:{SCOPE.host}:acme") == leases.holder
    assert leases.held_by("reconcile:other.test:acme") is None


async def test_another_program_goes_on_with_the_new_name_and_writes_nothing_under_the_old(database: Database) -> None:
    slow = Store(database, BY_TOKEN)
    await put(slow, "r1", logs="half\n")
    quick = Store(database, BY_TOKEN)
    await quick.adopt("acme")
    await put(slow, "r1", "succeeded", logs="half\nall\n")
    await slow.set_folder("r1", None)
    assert database.run_ids(BY_TOKEN) == []
    told: list[str] = []
    slow.subscribe(told.append)
    slow.notice_others()
    assert (slow.scope, slow.ids(), slow.active) == (SCOPE, ["r1"], frozenset())
    assert told == [""]
    row = Store(database, SCOPE).row("r1")
    assert row is not None
    assert row.status == "succeeded"


async def test_a_state_is_advanced_although_the_row_changed_hands(database: Database) -> None:
    slow = Store(database, BY_TOKEN)
    await put(slow, "r1", "starting")
    await Store(database, BY_TOKEN).adopt("acme")
    run = slow.run("r1")
    assert run is not None
    ended = replace(run, prediction=Prediction.of(run_object("r1", "succeeded")))
    assert await slow.advance(ended, "starting")
