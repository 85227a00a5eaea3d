"""Releases of deployments outlive what the API tells of them; files of every older version come to hold them."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.api.resources import Deployment
from replicate_tui.core.history.database import Database, Scope
from replicate_tui.core.history.migrations import MIGRATIONS
from replicate_tui.core.history.releases_seen import ReleasesSeen
from tests.core.rows import a_row

ACME = Scope("h", "acme")


def deployment(number: int | None, *, name: str = "prod", day: int = 1, most: int = 2) -> Deployment:
    """A deployment at a release, made on a day of January."""
    release: dict[str, Any] = {
        "number": number,
        "model": "acme/painter",
        "created_at": f"2026-01-{day:02}T00:00:00Z",
        "configuration": {"hardware": "cpu", "min_instances": 0, "max_instances": most},
    }
    return Deployment.of({"owner": "acme", "name": name, "current_release": release})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.db"


async def test_releases_before_the_current_one_are_told_latest_first(path: Path) -> None:
    database = Database.open(path)
    seen = ReleasesSeen(database, "h")
    for number in (1, 2, 4):
        await seen.remember([deployment(number, day=number, most=number)])
    await seen.remember([deployment(7, name="other")])
    assert [release.number for release in seen.before(deployment(4), 9)] == [2, 1]
    assert [release.number for release in seen.before(deployment(4), 1)] == [2]
    (first, *_) = seen.before(deployment(4), 9)
    assert first.configuration is not None
    assert first.configuration.max_instances == 2
    assert seen.before(deployment(1), 9) == []
    assert ReleasesSeen(database, "elsewhere").before(deployment(4), 9) == []
    await database.close()


async def test_what_is_known_is_not_written_again(path: Path) -> None:
    database = Database.open(path)
    seen = ReleasesSeen(database, "h")
    await seen.remember([deployment(1)])
    [(before,)] = database.read("SELECT seen_at FROM releases_seen", ())
    await seen.remember([deployment(1)])
    assert database.read("SELECT seen_at FROM releases_seen", ()) == [(before,)]
    await database.close()


async def test_a_deployment_made_anew_under_its_name_has_no_releases_of_the_one_before(path: Path) -> None:
    database = Database.open(path)
    seen = ReleasesSeen(database, "h")
    for number in (1, 2, 3):
        await seen.remember([deployment(number, day=number)])
    await seen.remember([deployment(1, day=20)])
    await seen.remember([deployment(2, day=21)])
    assert [release.created_at.day for release in seen.before(deployment(2), 9) if release.created_at] == [20]
    await seen.forget("acme/prod")
    assert seen.before(deployment(2), 9) == []
    await database.close()


async def test_a_deployment_that_tells_no_release_is_passed_over(path: Path) -> None:
    database = Database.open(path)
    seen = ReleasesSeen(database, "h")
    bare = Deployment.of({"owner": "acme", "name": "prod"})
    await seen.remember([bare, deployment(None)])
    assert seen.before(bare, 9) == []
    assert database.read("SELECT * FROM releases_seen", ()) == []
    await database.close()


async def test_its_runs_are_found_by_its_full_name_and_its_short_one(path: Path) -> None:
    database = Database.open(path)
    for number, name in enumerate(("acme/prod", "prod", "other", "")):
        row = a_row(id=f"run{number}", deployment=name, created_at=float(number))
        await database.save_run(ACME, row, {}, "")
    await database.save_run(Scope("h", "else"), a_row(id="foreign", deployment="prod"), {}, "")
    seen = ReleasesSeen(database, "h")
    assert seen.run_ids(ACME, deployment(1), 9) == ["run1", "run0"]
    assert seen.run_ids(ACME, deployment(1), 1) == ["run1"]
    await database.close()


async def test_runs_of_deployments_are_found_without_reading_all_others(path: Path) -> None:
    database = Database.open(path)
    statements: list[str] = []
    database._opened.reader.set_trace_callback(statements.append)
    ReleasesSeen(database, "h").run_ids(ACME, deployment(1), 9)
    database._opened.reader.set_trace_callback(None)
    plan = " ".join(str(row[-1]) for row in database.read(f"EXPLAIN QUERY PLAN {statements[-1]}", ()))
    assert "runs_by_deployment" in plan
    await database.close()


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
async def test_a_file_of_an_older_version_keeps_its_runs_and_comes_to_hold_releases(path: Path, version: int) -> None:
    connection = sqlite3.connect(path)
    for statement in [each for step in MIGRATIONS[:version] for each in step]:
        connection.execute(statement)
    connection.execute(
        "INSERT INTO runs (host, account, id, kind, status, model, version, what, error, created_at, files, removed, "
        "seen_at, raw, logs) "
        "VALUES ('h', 'acme', 'run', 'prediction', 'starting', '', '', '', '', 1.0, 0, 0, 1.0, ?, '')",
        ('{"deployment": "acme/prod"}',),
    )
    if version >= 3:  # from then on it has a column of its own
        connection.execute("UPDATE runs SET deployment = 'acme/prod'")
    connection.execute(f"PRAGMA user_version = {version}")
    connection.commit()
    connection.close()
    database = Database.open(path)
    seen = ReleasesSeen(database, "h")
    assert seen.run_ids(ACME, deployment(1), 9) == ["run"]
    await seen.remember([deployment(1)])
    assert [release.number for release in seen.before(deployment(2), 9)] == [1]
    await database.close()


async def test_deployments_seen_are_named_until_they_are_forgotten(path: Path) -> None:
    database = Database.open(path)
    seen = ReleasesSeen(database, "h")
    await seen.remember([deployment(1, name="b"), deployment(1, name="a"), deployment(2, name="a")])
    assert seen.names() == ["acme/a", "acme/b"]
    assert ReleasesSeen(database, "elsewhere").names() == []
    await seen.forget("acme/a")
    assert seen.names() == ["acme/b"]
    await database.close()
