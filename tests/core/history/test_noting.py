"""What a person notes of runs outlives what the API tells; deleted copies do not come back."""

import time
from pathlib import Path

import pytest

from replicate_tui.api.resources import Prediction
from replicate_tui.core.history import noting, runs
from replicate_tui.core.history.database import Asked
from replicate_tui.core.history.saved_filters import SavedFilters
from replicate_tui.core.history.store import Store
from tests.core.scripted import opened, run_object


async def put(store: Store, run_id: str, status: str = "succeeded") -> None:
    await store.put(Prediction.of(run_object(run_id, status)), now=time.time())


async def test_tags_and_note_stay_while_the_run_goes_on(store: Store) -> None:
    await put(store, "r1", "processing")
    await store.note("r1", tags=["Draft", "#bird", "draft"])
    await store.note("r1", note="for the cover")
    await put(store, "r1", "succeeded")
    row = store.row("r1")
    assert row is not None
    assert (noting.read_tags(row.tags), row.note, row.status) == (("draft", "bird"), "for the cover", "succeeded")
    assert store.database.run_rows(store.scope, ["r1"])["r1"] == row


async def test_a_run_keeps_its_notes_when_the_api_gives_it_an_id(store: Store) -> None:
    await store.save(runs.ordered("new-1", "acme/painter", "v", {}, now=1.0), asked=Asked("", "us", "r0"))
    await store.note("new-1", tags=["draft"])
    await store.put(Prediction.of(run_object("r1")), now=2.0, instead_of="new-1")
    row = store.row("r1")
    assert row is not None
    assert noting.read_tags(row.tags) == ("draft",)
    assert store.lineage("r1").made_from == "r0"
    assert store.lineage("r0").made == ("r1",)


async def test_another_program_notices_notes_and_deletions(path: Path) -> None:
    async with opened(path) as ours, opened(path) as theirs:
        await put(ours, "r1")
        await put(ours, "r2")
        theirs.notice_others()
        assert theirs.row("r1") is not None
        assert theirs.row("r2") is not None
        changed: list[str] = []
        theirs.subscribe(changed.append)
        await ours.note("r1", tags=["draft"])
        await ours.forget(["r2"])
        theirs.notice_others()
        row = theirs.row("r1")
        assert row is not None
        assert row.tags == " draft"
        assert theirs.row("r2") is None
        assert sorted(changed) == ["r1", "r2"]


async def test_a_deleted_run_does_not_come_back_and_one_that_goes_on_is_not_deleted(store: Store) -> None:
    await put(store, "r1")
    await put(store, "r2", "processing")
    assert await store.forget(["r1", "r2", "nobody"]) == 1
    await put(store, "r1")
    assert store.ids() == ["r2"]
    assert store.run("r1") is None
    assert store.ids(["heron"]) == ["r2"], "nothing of it is found by its words"


async def test_what_is_typed_as_tags_is_made_into_words() -> None:
    assert noting.read_tags(" #Draft, bird;x  draft\n") == ("draft", "bird;x")
    assert noting.kept_tags(["a b", "c"]) == " a b c"
    assert noting.read_tags("") == ()


async def test_filters_are_kept_by_name(store: Store) -> None:
    kept = SavedFilters(store.database)
    await kept.keep("Failed lately", "status:failed age<2d")
    await kept.keep("birds", "heron")
    await kept.keep("birds", "heron OR")
    assert kept.all() == {"birds": "heron OR", "Failed lately": "status:failed age<2d"}
    await kept.delete("birds")
    assert list(kept.all()) == ["Failed lately"]
    with pytest.raises(ValueError, match="needs a name"):
        await kept.keep("  ", "heron")
