"""Commands learn whose an unknown token is, and are not held up by that."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.conftest import Server
from tests.core.scripted import HANG_UP, Asked, Reply, problem, run_object, says, scripted

ID = "k7x2m9qd5rrm80cn4wf9t0a6zc"
NEW = {"REPLICATE_API_TOKEN": "r8_another_of_the_tests"}


def history_file(home: Path) -> Path:
    return home / "data" / "profiles" / "default" / "history.db"


def found(run: Run, word: str, **environ: str) -> list[str]:
    done = run("history", "search", word, "--json", **environ)
    assert done.returncode == 0, done.stderr
    return [each["id"] for each in json.loads(done.stdout)]


def test_runs_of_an_old_token_are_there_with_the_new_one_after_one_command(run: Run, remote: Server) -> None:
    ran = run("run", "local/hello-world", "text=heron")
    assert ran.returncode == 0, ran.stderr
    assert found(run, "heron", **NEW) == []
    assert run("hardware", "list", **NEW).returncode == 0
    assert json.loads(ran.stdout)["id"] in found(run, "heron", **NEW)


def test_what_was_written_before_the_account_was_known_is_the_accounts_afterwards(
    run: Run, remote: Server, home: Path
) -> None:
    ran = run("run", "local/hello-world", "text=heron")
    assert ran.returncode == 0, ran.stderr
    with closing(sqlite3.connect(history_file(home))) as db:
        assert db.execute("SELECT DISTINCT account FROM runs").fetchall() == [("local",)]


@pytest.mark.parametrize("status", [None, 401, 500])
@pytest.mark.usefixtures("home")
async def test_a_command_that_cannot_learn_it_does_its_work_all_the_same(run: Run, status: int | None) -> None:
    held = asyncio.Event()

    async def script(asked: Asked) -> Reply:
        if asked.path != "/v1/account":
            return says(run_object(ID, "succeeded"))
        if status is not None:
            return problem(status)
        await held.wait()
        return HANG_UP

    async with scripted(script) as server:
        environ = {"REPLICATE_BASE_URL": server.url, "REPLICATE_API_TOKEN": "r8_of_the_tests"}
        done = await asyncio.to_thread(run, "prediction", "show", ID, **environ)
        assert not held.is_set(), "it ended although nobody answered"
        held.set()
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["id"] == ID


def test_a_budget_that_cannot_be_shared_is_told_once(run: Run, remote: Server, home: Path) -> None:
    assert run("hardware", "list").returncode == 0
    with closing(sqlite3.connect(history_file(home))) as db:
        db.execute("DROP TABLE budgets")
    done = run("model", "list")
    assert done.returncode == 0
    assert done.stderr.count("history.db cannot be written") == 1
