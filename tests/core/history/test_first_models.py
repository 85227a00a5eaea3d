"""The first models of a history file that nobody has opened yet."""

from pathlib import Path

import pytest

from replicate_tui.core.history.database import Database
from replicate_tui.core.history.first_models import first_models
from replicate_tui.core.history.rows import ModelRow

HOST = "api.replicate.com"


async def test_the_most_run_come_first(tmp_path: Path) -> None:
    file = tmp_path / "it's 100% #1?" / "history.sqlite3"
    seen = [ModelRow(f"acme/m{number}", "", number, official=number == 8) for number in range(9)]
    twin = ModelRow("acme/a", "as often", 8, official=False)
    database = Database.open(file)
    try:
        await database.save_models(HOST, [(row, {}) for row in [*seen, twin]], 0.0)
        await database.save_models("elsewhere", [(ModelRow("acme/other", "", 99, official=False), {})], 0.0)
        assert first_models(file, HOST, 3) == [twin, seen[8], seen[7]], "while it is open"
        assert first_models(file, HOST, 99) == database.model_rows(HOST)
    finally:
        await database.close()
    assert first_models(file, HOST, 1) == [twin]
    assert first_models(file, "nowhere", 3) == []


@pytest.mark.parametrize("content", [None, b"", b"no database" * 99])
def test_a_file_that_cannot_be_read_holds_none_and_stays_as_it_is(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "history.sqlite3"
    if content is not None:
        file.write_bytes(content)
    assert first_models(file, HOST, 3) == []
    assert [each.read_bytes() for each in tmp_path.iterdir()] == ([] if content is None else [content])
