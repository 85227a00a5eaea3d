"""Whose a token is, as a scripted API tells it, and what becomes of the rows."""

import asyncio

import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.resources import Prediction
from replicate_tui.core.history import accounts
from replicate_tui.core.history.database import Database
from replicate_tui.core.history.scopes import Scope, scope_of
from replicate_tui.core.history.store import Store
from replicate_tui.core.ownership import Ownership
from tests.core.scripted import HANG_UP, SCOPE, Asked, History, Reply, Scripted, problem, run_object, says

HOST = SCOPE.host
MINE, OTHER = "f00d", "beef"


class Api(History):
    """Tells runs, and the account's name."""

    name = "alice"

    def __call__(self, asked: Asked) -> Reply:
        return says({"username": self.name}) if asked.path == "/v1/account" else super().__call__(asked)


@pytest.fixture
def api(server: Scripted) -> Api:
    server.script = api = Api()
    return api


async def put(database: Database, account: str, run_id: str) -> None:
    await Store(database, Scope(HOST, account)).put(Prediction.of(run_object(run_id, "succeeded")), now=1.0)


async def known(database: Database, token: str, account: str) -> None:
    await accounts.adopt(database, Scope(HOST, token, token), account)


def owner(client: Client, database: Database) -> Ownership:
    return Ownership(client, Store(database, scope_of(database, HOST, MINE)))


def ids(database: Database, token: str) -> list[str]:
    return database.run_ids(scope_of(database, HOST, token))


async def test_a_renamed_account_is_known_by_its_new_name_with_all_its_runs(
    client: Client, database: Database, api: Api, server: Scripted
) -> None:
    await known(database, MINE, "alice")
    await put(database, "alice", "r1")
    api.name = "carol"
    owned = owner(client, database)
    assert owned.name == "alice"
    await owned.ask()
    assert owned.name == "carol"
    assert ids(database, MINE) == ["r1"]
    assert len(server.asked) == 1, "a name that no other token has is nobody else's"


async def test_two_tokens_of_one_account_keep_one_history_when_it_is_renamed(
    client: Client, database: Database, api: Api
) -> None:
    for token in (MINE, OTHER):
        await known(database, token, "alice")
    await put(database, "alice", "r1")
    api.put(run_object("r1", "succeeded"))
    api.name = "carol"
    await owner(client, database).ask()
    assert ids(database, MINE) == ids(database, OTHER) == ["r1"]


async def test_a_newer_token_that_knows_the_new_name_already_shares_one_history(
    client: Client, database: Database, api: Api
) -> None:
    await known(database, MINE, "alice")
    await known(database, OTHER, "carol")
    await put(database, "alice", "r1")
    await put(database, "carol", "r2")
    api.put(run_object("r1", "succeeded"), run_object("r2", "succeeded"))
    api.name = "carol"
    await owner(client, database).ask()
    assert sorted(ids(database, MINE)) == sorted(ids(database, OTHER)) == ["r1", "r2"]


async def test_two_accounts_are_never_mixed_although_one_took_the_others_name(
    client: Client, database: Database, api: Api
) -> None:
    await known(database, MINE, "alice")
    await known(database, OTHER, "bob")
    await put(database, "alice", "r1")
    await put(database, "bob", "r2")
    api.put(run_object("r1", "succeeded"))  # r2 is another account's: 404
    api.name = "bob"
    await owner(client, database).ask()
    assert (ids(database, MINE), ids(database, OTHER)) == (["r1"], ["r2"])


async def test_a_name_that_another_account_took_keeps_that_ones_runs(
    client: Client, database: Database, api: Api
) -> None:
    for token in (MINE, OTHER):
        await known(database, token, "alice")
    await put(database, "alice", "r2")
    api.name = "carol"
    await owner(client, database).ask()
    assert (ids(database, MINE), ids(database, OTHER)) == ([], ["r2"])


async def test_while_it_cannot_be_told_whose_the_runs_are_nothing_moves(
    client: Client, database: Database, server: Scripted, api: Api
) -> None:
    await known(database, MINE, "alice")
    await known(database, OTHER, "alice")
    await put(database, "alice", "r1")
    api.name = "carol"
    server.script = lambda asked: problem(503) if "predictions" in asked.path else api(asked)
    owned = owner(client, database)
    await owned.try_once()
    assert owned.name == "alice"
    assert ids(database, MINE) == ["r1"]


@pytest.mark.parametrize("reply", [HANG_UP, problem(401), problem(500), says([]), says({"username": None})])
async def test_one_try_without_an_answer_raises_nothing_and_changes_nothing(
    client: Client, database: Database, server: Scripted, reply: Reply
) -> None:
    server.script = lambda asked: reply
    owned = owner(client, database)
    await owned.try_once()
    assert owned.name == ""
    await owned.answered(60.0)


async def test_an_answer_is_waited_for_no_longer_than_was_asked(
    client: Client, database: Database, server: Scripted
) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_: Asked) -> Reply:
        asked.set()
        await go_on.wait()
        return says({"username": "alice"})

    server.script = slow
    owned = owner(client, database)
    trying = asyncio.create_task(owned.try_once())
    await asked.wait()
    await owned.answered(0.01)
    assert owned.name == ""
    go_on.set()
    await owned.answered(60.0)
    assert owned.name == "alice"
    await trying
