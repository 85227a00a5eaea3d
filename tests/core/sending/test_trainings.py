"""Trainings on their way: kept as runs, sent to their own address, found again in their own list."""

import time
from datetime import UTC, datetime
from typing import Any

from replicate_tui.api.client import Client
from replicate_tui.api.resources import Prediction, Training
from replicate_tui.core import asking
from replicate_tui.core.history import runs
from replicate_tui.core.history.leases import Leases
from replicate_tui.core.history.merging import merge
from replicate_tui.core.history.store import Store
from replicate_tui.core.sending import likeness
from replicate_tui.core.sending.journal import Journal
from replicate_tui.core.sending.likeness import Likeness
from tests.core.scripted import Script, Scripted, says

RAW: dict[str, Any] = {
    "id": "t1",
    "status": "processing",
    "model": "acme/teller",
    "version": "v" * 64,
    "input": {"text": "https://a/b"},
}


def test_a_training_is_kept_as_a_run_and_told_as_the_api_tells_it() -> None:
    run = runs.Run(runs.of_training(Training.of(RAW), "me/mine"), None, time.time())
    assert run.is_training
    assert runs.row(run).kind == "training"
    assert runs.told(run) == RAW


def test_an_answer_that_does_not_say_so_leaves_it_a_training() -> None:
    known = runs.of_training(Training.of(RAW), "me/mine")
    merged = Prediction.of(merge(known.raw, {**RAW, "status": "succeeded"}))
    assert runs.is_training(merged)
    assert merged.raw[runs.DESTINATION] == "me/mine"


def test_what_stood_for_an_unanswered_training_hands_its_kind_on() -> None:
    local = {**RAW, "id": "new-1", "status": runs.UNKNOWN, runs.KIND: "training", runs.DESTINATION: "me/mine"}
    merged = merge(local, RAW)
    assert (merged[runs.KIND], merged[runs.DESTINATION]) == ("training", "me/mine")


def test_a_prediction_is_never_taken_for_an_unanswered_training() -> None:
    training, prediction = runs.of_training(Training.of(RAW)), Prediction.of(RAW)
    assert likeness.of_run(training, prediction) == Likeness.OTHER
    assert likeness.of_run(prediction, training) == Likeness.OTHER
    assert likeness.of_run(training, runs.of_training(Training.of({**RAW, "id": "t2"}))) == Likeness.SAME


def _sent(moment: float) -> runs.Run:
    run = runs.ordered("new-1", "acme/teller", RAW["version"], RAW["input"], now=moment, status=runs.UNKNOWN)
    return runs.noting(run, {runs.KIND: "training", runs.DESTINATION: "me/mine", runs.SENT_AT: moment})


def _lists(trainings: list[dict[str, object]], predictions: list[dict[str, object]]) -> Script:
    pages = {"/v1/trainings": trainings, "/v1/predictions": predictions}
    return lambda asked: says({"previous": None, "next": None, "results": pages[asked.path]})


async def test_an_unanswered_training_is_found_in_the_list_of_trainings(
    server: Scripted, client: Client, store: Store
) -> None:
    now = time.time()
    listed = {**RAW, "created_at": datetime.fromtimestamp(now, UTC).isoformat(), "source": "api"}
    server.script = _lists([listed], [{**listed, "id": "p1"}])
    await store.save(_sent(now))
    await Journal(client, store, Leases(store.database)).reconcile()
    found = store.run("t1")
    assert found is not None
    assert found.is_training
    assert found.prediction.raw[runs.DESTINATION] == "me/mine"
    assert store.run("new-1") is None


async def test_a_training_that_is_in_no_list_was_not_submitted_whatever_predictions_there_are(
    server: Scripted, client: Client, store: Store
) -> None:
    sent = time.time() - 3600
    listed = {**RAW, "id": "p1", "created_at": datetime.fromtimestamp(sent, UTC).isoformat(), "source": "api"}
    server.script = _lists([], [listed])
    await store.save(runs.noting(_sent(sent), {runs.UNKNOWN_SINCE: sent + 1}))
    await Journal(client, store, Leases(store.database)).reconcile()
    left = store.run("new-1")
    assert left is not None
    assert left.status == runs.NOT_SUBMITTED


async def test_a_training_is_asked_for_and_stopped_at_its_own_address(
    server: Scripted, client: Client, store: Store
) -> None:
    server.script = lambda asked: says(RAW)
    await store.put(runs.of_training(Training.of(RAW)), now=time.time())
    assert runs.is_training(await asking.fetch(client, store, "t1"))
    assert runs.is_training(await asking.cancel(client, store, "t1"))
    assert [asked.path for asked in server.asked] == ["/v1/trainings/t1", "/v1/trainings/t1/cancel"]
