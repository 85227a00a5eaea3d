"""Favourite models, and those that ran lately."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from replicate_tui.api.resources import Prediction
from replicate_tui.core.history.database import Database
from replicate_tui.core.history.store import Store
from replicate_tui.core.models.favourites import Favourites
from replicate_tui.core.models.recent import RecentModels, recent_models
from tests.core.rows import keep, made_at
from tests.core.scripted import SCOPE, run_object


async def test_favourites_are_kept_the_latest_first(database: Database, path: Path) -> None:
    favourites = Favourites(database, "api.test")
    await favourites.add("acme/painter", 1.0)
    await favourites.add("acme/writer", 2.0)
    await favourites.add("acme/painter", 3.0)
    again = Database.open(path)
    try:
        assert Favourites(again, "api.test").all() == ("acme/writer", "acme/painter")
        assert Favourites(again, "other.test").all() == ()
    finally:
        await again.close()
    await favourites.remove("acme/writer")
    await favourites.remove("acme/nobody")
    assert favourites.all() == ("acme/painter",)


async def test_they_are_read_once_and_again_when_another_program_wrote(
    database: Database, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    favourites = Favourites(database, "api.test")
    await favourites.add("acme/painter", 1.0)
    assert favourites.all() == ("acme/painter",)
    asked = []
    read = database.read

    def counted(query: str, values: Sequence[Any]) -> Any:
        asked.append(query)
        return read(query, values)

    monkeypatch.setattr(database, "read", counted)
    assert favourites.all() == favourites.all() == ("acme/painter",)
    assert asked == []
    other = Database.open(path)
    try:
        await Favourites(other, "api.test").add("acme/writer", 2.0)
    finally:
        await other.close()
    database.changed_by_others(SCOPE)
    assert favourites.all() == ("acme/writer", "acme/painter")


async def test_a_name_that_no_file_can_hold_is_kept_as_well_as_it_can_be(database: Database) -> None:
    favourites = Favourites(database, "api.test")
    await favourites.add("acme/\ud800")
    assert len(favourites.all()) == 1
    await favourites.remove("acme/\ud800")
    assert favourites.all() == ()


async def test_models_that_ran_lately_come_once_each_the_last_one_first(database: Database) -> None:
    ran = ("b/two", "a/one", "b/two", "", "c/three", "a/one")
    await keep(database, *(made_at(float(at), id=f"r{at}", model=model) for at, model in enumerate(ran)))
    assert recent_models(database, SCOPE) == ("a/one", "c/three", "b/two")
    assert recent_models(database, SCOPE, most=1) == ("a/one",)


async def test_models_that_ran_lately_are_read_again_only_once_a_run_came(store: Store) -> None:
    recent = RecentModels(store)
    await store.put(Prediction.of(run_object("r1", model="a/one")), now=1.0)
    with patch.object(store.database, "read", wraps=store.database.read) as read:
        assert [recent.all() for _ in range(3)] == [("a/one",)] * 3
        assert read.call_count == 1
    await store.put(Prediction.of(run_object("r2", model="b/two")), now=2.0)
    assert set(recent.all()) == {"a/one", "b/two"}
