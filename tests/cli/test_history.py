"""History: what this machine knows of earlier runs, without a network."""

import asyncio
import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.core import credentials
from replicate_tui.core.costs.hardware_seen import HardwareSeen
from replicate_tui.core.history.accounts import adopt
from replicate_tui.core.history.database import Database, RunText, Scope
from tests.cli.conftest import Run, command
from tests.cli.test_run import _read_all
from tests.core.rows import made_at

HOST = "api.unreachable.test"
TOKEN = "r8_of_the_tests"
HOSTILE = "a heron\x1b[2J \u202eat dusk"


@pytest.fixture(autouse=True)
def history(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A history of three runs at an API that nobody reaches."""
    monkeypatch.setenv("REPLICATE_BASE_URL", f"https://{HOST}")
    monkeypatch.setenv("REPLICATE_API_TOKEN", TOKEN)
    asyncio.run(_fill(home / "data" / "profiles" / "default" / "history.db"))


async def _fill(path: Path) -> None:
    now = time.time()
    scope = Scope(HOST, "acme")
    database = Database.open(path)
    try:
        await adopt(database, Scope(HOST, credentials.fingerprint(TOKEN)), "acme")
        await HardwareSeen(database, HOST).remember_model("acme/painter", "gpu-t4")
        for row, prompt in (
            (made_at(now - 2, id="r1", what=HOSTILE, seconds=2.0), HOSTILE),
            (made_at(now - 1, id="r2", what="a boat", seconds=4.0), "a boat"),
            (made_at(now, id="r3", what="a boat", model="acme/writer"), "a boat at dawn"),
        ):
            raw = {"id": row.id, "model": row.model, "status": row.status, "input": {"prompt": prompt}}
            await database.save_run(scope, row, raw, "", found_by=RunText(prompt=prompt))
    finally:
        await database.close()


def on_a_terminal(*arguments: str) -> tuple[int, str]:
    """The exit code, and all that a terminal got."""
    pty = pytest.importorskip("pty")
    parent, child = pty.openpty()
    environ = {**os.environ, "NO_COLOR": "1"}
    with subprocess.Popen(command(*arguments), stdout=child, stderr=child, env=environ) as process:
        os.close(child)
        shown = _read_all(parent)
    return process.returncode, shown


def answered(run: Run, *arguments: str) -> Any:
    done = run("history", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_search_finds_runs_that_hold_every_word(run: Run) -> None:
    assert [found["id"] for found in answered(run, "search", "boat")] == ["r3", "r2"]
    assert [found["id"] for found in answered(run, "search", "boat", "dawn")] == ["r3"]
    assert [found["id"] for found in answered(run, "search", "writer boat", "--json")] == ["r3"]
    assert answered(run, "search", "zebra") == []


def test_a_search_that_is_cut_short_says_so(run: Run) -> None:
    done = run("history", "search", "boat", "--limit", "1")
    assert [found["id"] for found in json.loads(done.stdout)] == ["r3"]
    assert "--limit" in done.stderr
    assert "--limit" not in run("history", "search", "boat", "--limit", "2").stderr


def test_on_a_terminal_a_search_is_a_table_without_what_acts_on_it() -> None:
    code, shown = on_a_terminal("history", "search", "heron")
    assert code == 0
    assert "acme/painter" in shown
    assert "heron at dusk" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "no run holds" in on_a_terminal("history", "search", "zebra")[1]


def test_costs_by_model_day_and_run(run: Run) -> None:
    dearest, other = answered(run, "cost", "--by", "model")
    assert dearest == {"what": "acme/painter", "runs": 2, "priced": 2, "usd": pytest.approx(0.00135), "unpriced": 0}
    assert other == {"what": "acme/writer", "runs": 1, "priced": 0, "usd": None, "unpriced": 1}
    days = answered(run, "cost", "--days", "2")
    assert sum(day["runs"] for day in days) == 3
    by_run = answered(run, "cost", "--by", "run", "--days", "2", "--json")
    assert [line["what"] for line in by_run] == ["r3", "r2", "r1"]
    assert by_run[0]["basis"] == "its hardware is not known"


def test_costs_tell_what_they_rest_on_apart_from_the_data(run: Run, home: Path) -> None:
    (home / "config").mkdir()
    (home / "config" / "config.toml").write_text('[prices]\n"acme/writer" = 0.5\n')
    done = run("history", "cost", "--by", "model")
    assert json.loads(done.stdout)[0]["usd"] == 0.5
    assert "≈ $0.50 for 3 runs" in done.stderr
    assert "price list of mid 2025" in done.stderr


@pytest.mark.parametrize("by", ["model", "day", "run"])
def test_on_a_terminal_costs_are_a_table(by: str) -> None:
    code, shown = on_a_terminal("history", "cost", "--by", by, "--days", "2")
    assert code == 0
    assert shown.startswith("id " if by == "run" else by)
    assert "≈ cost" in shown.splitlines()[0]
    assert "≈ $0.0" in shown
    assert "for 2 runs, and 1 unpriced" in " ".join(shown.split())


def test_on_this_machine_nothing_costs(run: Run) -> None:
    done = run("history", "cost", "--local")
    assert json.loads(done.stdout) == []
    assert done.stderr == "runs on this machine cost nothing\n"


def test_a_history_that_cannot_be_used_is_one_line_and_an_exit_code(run: Run, home: Path) -> None:
    folder = home / "data" / "profiles" / "other"
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("a file where a folder belongs")
    (home / "config").mkdir()
    (home / "config" / "config.toml").write_text("[profiles.other]\n")
    done = run("history", "search", "x", "--profile", "other")
    assert (done.returncode, done.stdout) == (2, "")
    assert "history.db" in done.stderr


@pytest.mark.parametrize("arguments", [("search",), ("cost", "--days", "0"), ("cost", "--by", "moon")])
def test_wrong_use_is_refused(run: Run, arguments: tuple[str, ...]) -> None:
    assert run("history", *arguments).returncode == 2
