"""A list that is mended is the list that a search would find."""

import random
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.api.resources import Prediction
from replicate_tui.core.history import filters, runs
from replicate_tui.core.history import listing as listing_module
from replicate_tui.core.history.listing import Listing
from replicate_tui.core.history.ordering import ORDERS, Order
from replicate_tui.core.history.store import Store
from tests.core.scripted import opened, run_object

NOW = 1_770_000_000.0


async def put(store: Store, run_id: str, status: str = "processing", *, at: float = 0.0, **values: Any) -> None:
    created = datetime.fromtimestamp(NOW + at, UTC).isoformat()
    await store.put(Prediction.of(run_object(run_id, status, created_at=created, **values)), now=NOW)


class Searches:
    """Counts how often all runs are searched."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        search = store.ids

        def counted(*arguments: Any, **options: Any) -> list[str]:
            self.count += 1
            return search(*arguments, **options)

        monkeypatch.setattr(store, "ids", counted)


async def test_runs_come_in_at_their_place_and_leave_without_a_search(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(store, "r1", at=10)
    await put(store, "r3", at=30)
    listing = Listing(store)
    assert listing.ids(["heron"]) == ["r3", "r1"]
    searches = Searches(store, monkeypatch)
    await put(store, "r2", at=20)
    await put(store, "other", at=25, input={"prompt": "a boat"})
    assert listing.ids(["heron"]) == ["r3", "r2", "r1"]
    await put(store, "other", "failed", at=25, input={"prompt": "a boat"}, error="no heron")
    assert listing.ids(["heron"]) == ["r3", "other", "r2", "r1"]
    assert searches.count == 0
    assert listing.ids(["processing"]) == ["r3", "r2", "r1"]
    assert searches.count == 1
    await put(store, "r2", "succeeded", at=20)
    assert listing.ids(["processing"]) == ["r3", "r1"]
    assert searches.count == 1


async def test_a_list_of_a_kind_takes_in_no_other(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    await put(store, "p1", at=10)
    await put(store, "t1", at=20, run_kind="training")
    predictions, trainings = Listing(store, "prediction"), Listing(store, "training")
    assert (predictions.ids(), trainings.ids()) == (["p1"], ["t1"])
    searches = Searches(store, monkeypatch)
    await put(store, "p2", at=30)
    await put(store, "t2", "failed", at=40, run_kind="training", error="no heron")
    assert (predictions.ids(), trainings.ids()) == (["p2", "p1"], ["t2", "t1"])
    assert searches.count == 0
    assert (predictions.ids(["no"]), trainings.ids(["no"])) == ([], ["t2"])
    assert store.ids() == ["t2", "p2", "t1", "p1"]


async def test_a_list_that_did_not_change_is_the_very_same(store: Store) -> None:
    await put(store, "r1")
    listing = Listing(store)
    before = listing.ids(["heron"])
    await put(store, "r1", "succeeded", logs="all\n")
    await put(store, "r2", input={"prompt": "a boat"})
    assert listing.ids(["heron"]) is before
    await put(store, "r3")
    assert before == ["r1"], "whoever holds the list sees no change in it"
    assert listing.ids(["heron"]) is not before


async def test_a_run_takes_the_place_of_its_local_row(store: Store) -> None:
    listing = Listing(store)
    await store.save(runs.ordered("new-1", "acme/painter", "v", {"prompt": "x"}, now=NOW))
    assert listing.ids() == ["new-1"]
    await store.put(Prediction.of(run_object("r1")), now=NOW, instead_of="new-1")
    assert listing.ids() == ["r1"]


async def test_after_many_changes_at_once_all_is_searched(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing_module, "MENDED_AT_ONCE", 4)
    listing = Listing(store)
    assert listing.ids() == []
    searches = Searches(store, monkeypatch)
    for number in range(5):
        await put(store, f"r{number}", at=number)
    assert listing.ids() == ["r4", "r3", "r2", "r1", "r0"]
    assert searches.count == 1


async def test_what_another_program_renamed_unnoticed_is_searched_anew(path: Path) -> None:
    async with opened(path) as ours, opened(path) as theirs:
        await theirs.save(runs.ordered("new-1", "acme/painter", "v", {"prompt": "x"}, now=NOW))
        listing = Listing(ours)
        assert listing.ids() == ["new-1"]
        await theirs.put(Prediction.of(run_object("r1")), now=NOW, instead_of="new-1")
        await put(ours, "r2", at=-1e6)
        assert list(listing.ids()) == ours.ids()


async def test_a_list_stays_true_through_whatever_happens(store: Store) -> None:
    dice = random.Random(11)
    lists = [(Listing(store), words) for words in ([], ["heron"], ["proc"], ["her", "succ"], ["->"])]
    for step in range(150):
        run_id = f"r{dice.randrange(40)}"
        status = dice.choice(["starting", "processing", "succeeded", "failed"])
        prompt = dice.choice(["a heron", "a boat", "heron -> boat"])
        known = store.run(run_id)
        at = known.prediction.created_at.timestamp() - NOW if known and known.prediction.created_at else step % 7 * 10.0
        await put(store, run_id, status, at=at, input={"prompt": prompt}, error=dice.choice([None, "no heron"]))
        if step % 3 == 0:
            for listing, words in lists:
                assert list(listing.ids(words)) == store.ids(words)


@pytest.mark.parametrize("column", ORDERS)
@pytest.mark.parametrize("descending", [False, True])
async def test_a_list_in_any_order_is_mended_as_it_would_be_found(
    store: Store, monkeypatch: pytest.MonkeyPatch, column: str, descending: bool
) -> None:
    dice = random.Random(7)
    listing, order = Listing(store), Order(column, descending)
    wanted = filters.parse("-status:failed")
    listing.ids(wanted=wanted, order=order)
    searches = Searches(store, monkeypatch)
    for step in range(40):
        run_id = f"r{step % 17}"
        status = dice.choice(["succeeded", "failed", "canceled", "odd"])
        done = datetime.fromtimestamp(NOW + step % 17 + dice.randrange(9), UTC).isoformat()
        model = dice.choice(["Zoo/a", "acme/b", "ácme/c", None])
        files = dice.choice([None, ["https://x.test/a.png"]])
        prompt = dice.choice(["ein Boot", "Ein Boot", "鹭", ""])
        values = {"completed_at": done, "model": model, "output": files, "input": {"prompt": prompt}}
        await put(store, run_id, status, at=step % 17, **values)
        mended = list(listing.ids(wanted=wanted, order=order))
        assert mended == Store.ids(store, wanted=wanted, order=order)
    assert searches.count == 0


async def test_what_depends_on_the_clock_is_searched_anew_after_a_while(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing, wanted = Listing(store), filters.parse("age<1h")
    await store.put(Prediction.of(run_object("r1", created_at=datetime.now(UTC).isoformat())), now=time.time())
    assert list(listing.ids(wanted=wanted)) == ["r1"]
    searches = Searches(store, monkeypatch)
    before = listing.ids(wanted=wanted)
    assert searches.count == 0
    monkeypatch.setattr(listing_module, "MOVED_AFTER", -1.0)
    assert listing.ids(wanted=wanted) is before, "the same runs are the same list"
    assert searches.count == 1
