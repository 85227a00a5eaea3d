"""A look into a history file from outside: what a screen lists first."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from replicate_tui.core.history.database import Database
from replicate_tui.core.history.glance import glance
from replicate_tui.core.history.rows import ModelRow

HOST = "api.replicate.com"


def most_run(file: Path, host: str, most: int) -> list[ModelRow] | None:
    with glance(file, host, "") as seen:
        return None if seen is None else seen.most_run(most)


async def test_the_most_run_come_first(tmp_path: Path) -> None:
    file = tmp_path / "it's 100% #1?" / "history.sqlite3"
    seen = [ModelRow(f"acme/m{number}", "", number, official=number == 8) for number in range(9)]
    twin = ModelRow("acme/a", "as often", 8, official=False)
    database = Database.open(file)
    try:
        await database.save_models(HOST, [(row, {}) for row in [*seen, twin]], 0.0)
        await database.save_models("elsewhere", [(ModelRow("acme/other", "", 99, official=False), {})], 0.0)
        assert most_run(file, HOST, 3) == [twin, seen[8], seen[7]], "while it is open"
        assert most_run(file, HOST, 99) == database.model_rows(HOST)
    finally:
        await database.close()
    before = set(file.parent.iterdir())
    assert most_run(file, HOST, 1) == [twin]
    assert most_run(file, "nowhere", 3) == []
    assert set(file.parent.iterdir()) == before, "nothing is left beside it"


@pytest.mark.parametrize("content", [None, b"", b"no database" * 99])
def test_a_file_that_cannot_be_read_holds_none_and_stays_as_it_is(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "history.sqlite3"
    if content is not None:
        file.write_bytes(content)
    assert most_run(file, HOST, 3) is None
    assert [each.read_bytes() for each in tmp_path.iterdir()] == ([] if content is None else [content])


async def test_a_file_of_another_version_of_the_program_is_not_looked_into(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite3"
    await Database.open(file).close()
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA user_version = 9999")
    assert most_run(file, HOST, 3) is None
