"""One run of which the API tells what nobody can read: the others are shown all the same."""

import asyncio

import pytest

from replicate_tui.api.client import Client
from replicate_tui.core.history.store import Connection, Store
from tests.core.scripted import Asked, Reply, Said, Scripted, run_object, says
from tests.core.watched import NEVER, SOON, begun, last, paced, singles, watching
from tests.waiting import eventually

NONSENSE = (says([], 200), says({"id": "bad", "status": None}), Said(b"<html>welcome</html>", 200))


@pytest.mark.parametrize("answer", NONSENSE)
async def test_a_single_run_that_cannot_be_read_hides_no_other(
    server: Scripted, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch, answer: Reply
) -> None:
    paced(monkeypatch, followed=SOON, first_backoff=NEVER)
    history = await begun(server, store, run_object("bad"), run_object("good"))

    def script(asked: Asked) -> Reply:
        return answer if asked.path.endswith("/bad") else history(asked)

    server.script = script
    async with watching(client, store) as watcher:
        bad = asyncio.create_task(last(watcher, store, "bad"))
        good = asyncio.create_task(last(watcher, store, "good"))
        await eventually(lambda: singles(server).count("bad") > 2, "looks at the bad one")
        history.put(run_object("good", "succeeded", logs="all"))
        assert (await good).logs == "all"
        assert not bad.done()
        assert store.connection == Connection("online")
        history.put(run_object("bad", "succeeded"))
        server.script = history
        assert (await bad).status == "succeeded"
