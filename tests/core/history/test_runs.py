"""What is known of a run, joined from partial answers."""

from typing import Any

import pytest

from replicate_tui.api.resources import Prediction
from replicate_tui.core.forms.inputs import REDACTED
from replicate_tui.core.history import runs
from replicate_tui.core.history.merging import merge
from replicate_tui.core.history.runs import Run

ID = "k7x2m9qd5rrm80cn4wf9t0a6zc"


def raw(**values: Any) -> dict[str, Any]:
    return {"id": ID, "status": "processing", "model": "acme/painter", "input": {"prompt": "a heron"}, **values}


@pytest.mark.parametrize("status", ["processing", "succeeded"])
def test_a_log_of_which_the_server_keeps_only_the_end_is_kept_whole(status: str) -> None:
    log = "".join(f"step {number} of a long log\n" for number in range(100_000))
    known = raw(status="processing", logs="")
    for begin in range(0, len(log), 300_000):
        known = merge(known, raw(status="processing", logs=log[max(0, begin - 100_000) : begin + 300_000]))
    assert merge(known, raw(status=status, logs=log[-50_000:]))["logs"] == log


def test_a_log_that_another_look_tells_otherwise_counts_as_it_is_at_the_end() -> None:
    known = raw(status="processing", logs="one\ntwo\n")
    assert merge(known, raw(status="succeeded", logs="one\r\ntwo\r\n"))["logs"] == "one\r\ntwo\r\n"


def trained(**values: Any) -> Run:
    return Run(Prediction.of(raw(**{runs.KIND: "training", **values})), None, 0.0)


def test_a_training_is_about_the_model_that_its_result_goes_to() -> None:
    asked = trained(**{runs.DESTINATION: "me/mine"})
    assert (runs.row(asked).what, runs.destination(asked.prediction)) == ("me/mine", "me/mine")
    assert runs.found_by(asked).prompt == "me/mine\na heron"
    begun_elsewhere = trained(status="succeeded", output={"version": "me/other:abc", "weights": "https://a/w"})
    assert runs.row(begun_elsewhere).what == "me/other"
    assert runs.row(trained()).what == ""
    assert runs.row(Run(Prediction.of(raw()), None, 0.0)).what == "a heron"


def test_a_list_item_without_logs_keeps_the_known_ones() -> None:
    assert merge(raw(logs="one\n"), raw())["logs"] == "one\n"
    assert merge(raw(logs="one\n"), raw(logs=None))["logs"] == "one\n"


def test_a_late_answer_does_not_make_a_finished_run_active_again() -> None:
    known = raw(status="succeeded", output="done")
    assert merge(known, raw(status="processing", output=None)) == known


@pytest.mark.parametrize("late", ["queued", "starting"])
def test_an_answer_from_before_it_was_processing_takes_a_run_nowhere_back(late: str) -> None:
    known = raw(status="processing", started_at="2026-01-01T00:00:01Z", logs="one\n", output=["a"])
    merged = merge(known, raw(status=late, started_at=None, output=None, logs="", urls={"get": "u"}))
    assert merged == {**known, "urls": {"get": "u"}}


def test_states_go_forward_and_those_that_nobody_documents_are_taken_as_they_come() -> None:
    for known, new in [("queued", "starting"), ("starting", "processing"), ("processing", "paused-in-2031")]:
        assert merge(raw(status=known), raw(status=new))["status"] == new
    assert merge(raw(status="paused-in-2031"), raw(status="starting"))["status"] == "starting"


def test_a_partial_output_never_shrinks_while_the_run_goes_on() -> None:
    assert merge(raw(output=["a", "b"]), raw(output=["a"]))["output"] == ["a", "b"]
    assert merge(raw(output=["a"]), raw(output=["a", "b"]))["output"] == ["a", "b"]


def test_the_final_output_replaces_the_partial_one_even_when_it_is_shorter() -> None:
    assert merge(raw(output=["a", "b"]), raw(status="succeeded", output=["ab"]))["output"] == ["ab"]


def test_what_the_api_removed_is_kept_and_the_removal_is_told() -> None:
    known = raw(status="succeeded", output=["https://x/1.png"], logs="seed 1\n")
    merged = merge(known, raw(status="succeeded", input={}, output=None, logs="", data_removed=True))
    assert (merged["output"], merged["logs"], merged["input"]) == (known["output"], known["logs"], known["input"])
    assert merged["data_removed"] is True


def test_a_hidden_secret_stays_hidden() -> None:
    known = raw(input={"prompt": "x", "api_key": REDACTED})
    assert merge(known, raw(input={"prompt": "x", "api_key": "sk-open"}))["input"]["api_key"] == REDACTED


def test_the_api_object_takes_the_place_of_our_own_row() -> None:
    ours = runs.ordered("new-1", "acme/painter", "v1", {"prompt": "x"}, now=1_700_000_000.0)
    theirs = raw(status="starting", version="hidden", urls={"get": "u"})
    assert merge(ours.prediction.raw, theirs) == theirs


@pytest.mark.parametrize(
    ("status", "extra", "active", "over"),
    [
        ("starting", {}, True, False),
        ("processing", {}, True, False),
        ("succeeded", {}, False, True),
        ("failed", {}, False, True),
        ("canceled", {}, False, True),
        ("aborted", {}, False, True),
        ("paused-in-2031", {}, True, False),
        ("archived-in-2031", {"completed_at": "2026-01-01T00:00:00Z"}, False, True),
        (runs.SUBMITTING, {}, False, False),
        (runs.UNKNOWN, {}, False, True),
        (runs.NOT_SUBMITTED, {}, False, True),
    ],
)
def test_which_states_are_worth_asking_about(status: str, extra: dict[str, Any], active: bool, over: bool) -> None:
    run = Run(Prediction.of(raw(status=status, **extra)), None, 0.0)
    assert (run.active, run.over) == (active, over)


def test_a_row_shows_the_prompt_on_one_harmless_line() -> None:
    hostile = raw(input={"seed": 1, "prompt": "two\nlines \x1b]0;title\x07[/b]"}, error="bad\x1b[31m\nworse")
    row = runs.row(Run(Prediction.of(hostile), None, 5.0))
    assert row.what == "two lines [/b]"
    assert row.error == "bad"
    assert row.created_at == 5.0


def test_running_time_of_a_run_that_was_begun_elsewhere_counts_from_its_creation() -> None:
    run = Run(Prediction.of(raw(created_at="2026-01-01T00:00:00Z")), None, seen_at=1_767_225_777.0)
    assert runs.elapsed(runs.row(run), now=1_767_225_780.0) == 180.0


def test_running_time_counts_from_our_first_sight_where_the_servers_clock_is_ahead() -> None:
    run = Run(Prediction.of(raw(created_at="2035-01-01T00:00:00Z")), None, seen_at=1_000.0)
    assert runs.elapsed(runs.row(run), now=1_012.5) == 12.5


def test_a_finished_run_took_from_creation_to_completion() -> None:
    done = raw(status="succeeded", created_at="2026-01-01T00:00:00.500Z", completed_at="2026-01-01T00:00:03Z")
    assert runs.elapsed(runs.row(Run(Prediction.of(done), None, 0.0))) == 2.5


@pytest.mark.parametrize(("told", "source"), [({"source": "web"}, "web"), ({"source": "api"}, "api"), ({}, "")])
def test_a_row_says_where_a_run_was_made(told: dict[str, Any], source: str) -> None:
    assert runs.row(Run(Prediction.of(raw(**told)), None, 0.0)).source == source
