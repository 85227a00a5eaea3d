"""Trainings on their way: kept as runs, sent to their own address, found again in their own list."""

import math
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
from replicate_tui.core.sending.reconcile import Matches, match, runs_elsewhere
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


# -- where the result goes ------


def _listed(key: str, moment: float, made: str = "") -> Prediction:
    ended = {"status": "succeeded", "output": {"version": f"{made}:{'f' * 64}", "weights": None}} if made else {}
    raw = {**RAW, "id": key, "created_at": datetime.fromtimestamp(moment, UTC).isoformat(), "source": "api", **ended}
    return runs.of_training(Training.of(raw))


def _lost(key: str, moment: float, to: str) -> runs.Run:
    noted = {"id": f"new-{key}", runs.DESTINATION: to, runs.UNKNOWN_SINCE: moment + 1}
    return runs.noting(_sent(moment), noted)


def _matched(rows: list[runs.Run], found: list[Prediction]) -> Matches:
    return match(rows, found, set(), seen_through=-math.inf, now=time.time())


def test_of_two_lost_trainings_for_two_models_the_one_that_is_there_is_asked_about() -> None:
    sent = time.time() - 600
    rows = [_lost("a", sent, "me/first"), _lost("b", sent + 1, "me/second")]
    matches = _matched(rows, [_listed("t1", sent + 2)])
    assert matches.undecided == {"new-a": ("t1",), "new-b": ("t1",)}
    assert not matches.absent


def test_two_lost_trainings_for_two_models_are_not_taken_for_each_other_when_both_are_there() -> None:
    sent = time.time() - 600
    rows = [_lost("a", sent, "me/first"), _lost("b", sent + 1, "me/second")]
    matches = _matched(rows, [_listed("t1", sent + 2), _listed("t2", sent + 3)])
    assert matches.undecided == {"new-a": ("t1", "t2"), "new-b": ("t1", "t2")}


def test_a_training_that_has_ended_tells_which_of_the_lost_ones_it_is() -> None:
    sent = time.time() - 600
    rows = [_lost("a", sent, "me/first"), _lost("b", sent + 1, "me/second")]
    matches = _matched(rows, [_listed("t1", sent + 2, "me/second")])
    assert {key: each.id for key, each in matches.adopted.items()} == {"new-b": "t1"}
    assert matches.absent == {"new-a"}


def test_what_an_ended_training_tells_leaves_the_other_for_the_other() -> None:
    sent = time.time() - 600
    rows = [_lost("a", sent, "me/first"), _lost("b", sent + 1, "me/second")]
    matches = _matched(rows, [_listed("t1", sent + 2), _listed("t2", sent + 3, "me/first")])
    assert {key: each.id for key, each in matches.adopted.items()} == {"new-a": "t2", "new-b": "t1"}


def test_lost_trainings_for_the_same_model_are_alike() -> None:
    sent = time.time() - 600
    rows = [_lost("a", sent, "me/first"), _lost("b", sent + 1, "me/first")]
    matches = _matched(rows, [_listed("t1", sent + 2)])
    assert {key: each.id for key, each in matches.adopted.items()} == {"new-a": "t1"}
    assert matches.absent == {"new-b"}


def test_a_person_cannot_say_that_a_training_is_one_whose_result_went_elsewhere() -> None:
    sent = time.time() - 600
    assert runs_elsewhere(_lost("a", sent, "me/first"), _listed("t1", sent, "me/second"))
    assert not runs_elsewhere(_lost("a", sent, "me/first"), _listed("t1", sent, "me/first"))
