"""Unknown runs and the account's list: who is adopted, who was never created, who must be asked about."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replicate_tui.api.resources import Prediction
from replicate_tui.core.forms.inputs import REDACTED
from replicate_tui.core.history import runs
from replicate_tui.core.history.runs import Run
from replicate_tui.core.sending.reconcile import (
    LONGEST_SENDING,
    MARGIN,
    SETTLING,
    Matches,
    candidates_of,
    clock_skew,
    end_of_sending,
    in_doubt,
    lost,
    match,
    span,
)

T = 1_800_000_000.0
"""When the tests' runs are sent; their answers are lost 10 seconds later."""
LATER = T + 10 + SETTLING
HERON = {"prompt": "a heron"}
FILE = "https://api.replicate.com/v1/files/f1"


def unknown(key: str, inputs: dict[str, Any] | None = None, *, at: float = 0.0, took: float = 10.0) -> Run:
    run = sending(key, inputs, at=at)
    return lost(run, "no answer", since=T + at + took)


def sending(key: str, inputs: dict[str, Any] | None = None, *, at: float = 0.0) -> Run:
    return runs.ordered(f"new-{key}", "acme/painter", "1" * 64, HERON if inputs is None else inputs, now=T + at)


def listed(key: str, inputs: dict[str, Any] | None = None, *, at: float = 1.0, **values: Any) -> Prediction:
    raw = {
        "id": key,
        "status": "processing",
        "model": "acme/painter",
        "version": "hidden",
        "input": HERON if inputs is None else inputs,
        "created_at": datetime.fromtimestamp(T + at, UTC).isoformat(),
        "source": "api",
        **values,
    }
    return Prediction.of(raw)


def matched(
    rows: Sequence[Run],
    candidates: Sequence[Prediction],
    *claimed: str,
    seen_through: float = -math.inf,
    now: float = LATER,
    skew: float = 0.0,
) -> Matches:
    return match(rows, candidates, set(claimed), seen_through=seen_through, now=now, skew=skew)


def adopted(matches: Matches) -> dict[str, str]:
    return {key: each.id for key, each in matches.adopted.items()}


# -- the law ------


def test_as_many_as_are_found_are_adopted_oldest_to_oldest_and_the_rest_was_never_created() -> None:
    rows = [unknown("a", at=0), unknown("b", at=1), unknown("c", at=2)]
    matches = matched(rows, [listed("p2", at=5), listed("p1", at=4)], now=LATER + 2)
    assert adopted(matches) == {"new-a": "p1", "new-b": "p2"}
    assert matches.absent == {"new-c"}


def test_more_than_were_sent_leaves_all_to_the_person() -> None:
    matches = matched([unknown("a"), unknown("b")], [listed("p1"), listed("p2"), listed("p3")])
    assert matches.undecided == {"new-a": ("p1", "p2", "p3"), "new-b": ("p1", "p2", "p3")}
    assert not matches.adopted
    assert not matches.absent


def test_what_is_another_run_of_ours_or_was_made_on_the_website_is_none() -> None:
    matches = matched([unknown("a")], [listed("p1"), listed("p2", source="web")], "p1")
    assert matches.absent == {"new-a"}


def test_one_that_is_still_being_sent_may_be_what_was_found() -> None:
    rows = [unknown("a"), sending("b", at=5)]
    matches = matched(rows, [listed("p1", at=6)])
    assert matches.waiting == {"new-a"}
    assert not matches.adopted
    late = [unknown("a"), sending("b", at=1000)]
    assert adopted(matched(late, [listed("p1", at=6)])) == {"new-a": "p1"}, "it was created before the other was sent"


# -- when ------


def test_nothing_is_absent_while_it_may_still_arrive() -> None:
    assert matched([unknown("a")], [], now=LATER - 1).waiting == {"new-a"}
    assert matched([unknown("a")], [], now=LATER).absent == {"new-a"}


def test_without_knowing_when_the_answer_was_lost_it_may_be_as_late_as_can_be() -> None:
    run = runs.with_status(sending("a"), runs.UNKNOWN, None)
    assert matched([run], [], now=T + LONGEST_SENDING + SETTLING - 1).waiting == {"new-a"}
    assert matched([run], [], now=T + LONGEST_SENDING + SETTLING).absent == {"new-a"}


def test_a_clock_that_was_set_back_keeps_nothing_waiting_for_long() -> None:
    run = lost(sending("a"), None, since=T - 3600)
    matches = matched([run], [listed("p1", at=-3599)], now=T - 3600)
    assert adopted(matches) == {"new-a": "p1"}
    assert matched([run], [], now=T - 7200).absent == {"new-a"}


def test_nothing_is_absent_before_the_list_was_read_back_to_when_it_was_sent() -> None:
    assert matched([unknown("a")], [], seen_through=T - MARGIN + 1).waiting == {"new-a"}
    assert matched([unknown("a")], [], seen_through=T - MARGIN).absent == {"new-a"}


@pytest.mark.parametrize("at", [-MARGIN - 1, 10 + MARGIN + 1])
def test_what_was_created_at_another_time_is_none(at: float) -> None:
    assert matched([unknown("a")], [listed("p1", at=at)]).absent == {"new-a"}


@pytest.mark.parametrize("skew", [3600.0, -3600.0])
def test_a_server_whose_clock_differs_is_understood(skew: float) -> None:
    there = [listed("p1", at=skew + 1)]
    assert adopted(matched([unknown("a")], there, skew=skew)) == {"new-a": "p1"}
    assert adopted(matched([unknown("a")], [listed("p1")], skew=skew)) == {"new-a": "p1"}, "our clock may be right now"


def test_a_list_is_read_further_back_where_the_servers_clock_is_behind() -> None:
    assert matched([unknown("a")], [], seen_through=T - MARGIN, skew=-60.0).waiting == {"new-a"}
    assert matched([unknown("a")], [], seen_through=T - MARGIN - 60, skew=-60.0).absent == {"new-a"}


def test_the_clocks_differ_at_least_by_what_cannot_be_in_the_future() -> None:
    assert clock_skew(T + 50, T, [-10.0]) == 50
    assert clock_skew(T - 50, T, [3.0, -10.0, 40.0]) == -10
    assert clock_skew(T - 50, T, [3.0, 900.0]) == 0, "they waited so long to be sent"
    assert clock_skew(None, T, []) == 0


def test_alike_runs_of_different_times_are_matched_each_with_its_own() -> None:
    rows = [unknown("a"), unknown("b", at=5000)]
    matches = matched(rows, [listed("p1", at=5001)], now=T + 9000)
    assert adopted(matches) == {"new-b": "p1"}
    assert matches.absent == {"new-a"}


def test_one_time_with_too_many_is_not_made_up_for_by_another_with_too_few() -> None:
    rows = [unknown("a", took=5000), unknown("b", at=4000), unknown("c", at=4000)]
    matches = matched(rows, [listed("p1"), listed("p2"), listed("p3", at=4001)], now=T + 9000)
    assert set(matches.undecided) == {"new-a", "new-b", "new-c"}
    assert matches.undecided["new-b"] == ("p3",)


# -- what cannot be told apart ------


def test_runs_of_different_files_are_adopted_only_if_all_are_there() -> None:
    rows = [unknown("a", {"image": "@a.png"}), unknown("b", {"image": "@b.png"})]
    both = matched(rows, [listed("p1", {"image": FILE}), listed("p2", {"image": FILE}, at=2)])
    assert adopted(both) == {"new-a": "p1", "new-b": "p2"}
    one = matched(rows, [listed("p1", {"image": FILE})])
    assert one.undecided == {"new-a": ("p1",), "new-b": ("p1",)}
    assert matched(rows, []).absent == {"new-a", "new-b"}


def test_the_very_same_input_is_preferred() -> None:
    rows = [unknown("a", {"image": "@a.png"}), unknown("b", {"image": FILE})]
    matches = matched(rows, [listed("p1", {"image": FILE})])
    assert adopted(matches) == {"new-b": "p1"}
    assert matches.absent == {"new-a"}


def test_while_one_without_input_may_be_it_nothing_is_adopted_nor_absent() -> None:
    gone = listed("p1", {}, data_removed=True)
    matches = matched([unknown("a")], [gone])
    assert matches.undecided == {"new-a": ("p1",)}
    assert matched([unknown("a")], [gone], now=LATER - 1).waiting == {"new-a"}, "the real one may still appear"
    with_one = matched([unknown("a"), unknown("b", at=1)], [gone, listed("p2")], now=LATER + 1)
    assert adopted(with_one) == {"new-a": "p2"}
    assert with_one.undecided == {"new-b": ("p1",)}


def test_one_with_more_inputs_or_of_no_time_is_left_to_the_person() -> None:
    more, timeless = listed("p1", {**HERON, "steps": 4}), listed("p2", created_at=None)
    assert matched([unknown("a")], [more]).undecided == {"new-a": ("p1",)}
    assert matched([unknown("a")], [timeless]).undecided == {"new-a": ("p2",)}


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"width": 1000}, {"width": 1024}),
        ({"guidance": 7.123456789}, {"guidance": 7.1234568}),
        ({"image": "https://x.test/a.png"}, {"image": FILE}),
        ({}, {"steps": 4}),
        ({"token": "r8_x"}, {"token": "[REDACTED]"}),
        ({"note": "many words"}, {"note": "many\u2026"}),
    ],
)
def test_one_whose_input_differs_in_part_is_left_to_the_person(sent: dict[str, Any], told: dict[str, Any]) -> None:
    row = unknown("a", {**HERON, **sent})
    matches = matched([row], [listed("p1", {**HERON, **told})])
    assert matches.undecided == {"new-a": ("p1",)}
    assert matched([row], [listed("p1", {**HERON, **told}, at=10 + MARGIN + 1)]).absent == {"new-a"}
    assert matched([row], [listed("p1", {"prompt": "an owl", **told})]).absent == {"new-a"}


def test_the_very_same_one_is_adopted_before_those_that_differ_in_part() -> None:
    seeds = [unknown(str(seed), {**HERON, "seed": seed}) for seed in range(3)]
    found = [listed(f"p{seed}", {**HERON, "seed": seed}) for seed in (0, 2)]
    matches = matched(seeds, found)
    assert adopted(matches) == {"new-0": "p0", "new-2": "p2"}
    assert matches.absent == {"new-1"}, "what differs in part is another's"
    matches = matched(seeds, [*found, listed("odd", {**HERON, "seed": 1.5})])
    assert adopted(matches) == {"new-0": "p0", "new-2": "p2"}
    assert matches.undecided == {"new-1": ("odd",)}


def test_what_may_be_of_one_that_is_still_being_sent_is_no_question_yet() -> None:
    rows = [unknown("a", {**HERON, "seed": 1}), sending("b", {**HERON, "seed": 2})]
    assert matched(rows, [listed("p1", {**HERON, "seed": 2})]).waiting == {"new-a"}
    assert matched(rows, [listed("p1", {**HERON, "seed": 3})]).waiting == {"new-a"}


def test_secrets_that_we_hid_are_no_difference() -> None:
    row = unknown("a", {**HERON, "api_key": REDACTED})
    assert adopted(matched([row], [listed("p1", {**HERON, "api_key": "[hidden]"})])) == {"new-a": "p1"}


# -- what is kept in a row ------


def test_a_row_keeps_since_when_it_is_unknown_and_what_it_may_be() -> None:
    run = unknown("a")
    assert (run.status, run.prediction.error) == (runs.UNKNOWN, "no answer")
    assert run.prediction.raw[runs.UNKNOWN_SINCE] == T + 10
    doubtful = in_doubt(run, ("p1", "p2"), "which?")
    assert candidates_of(doubtful) == ("p1", "p2")
    assert not runs.told(doubtful).keys() & {runs.UNKNOWN_SINCE, runs.CANDIDATES}
    assert doubtful.prediction.raw[runs.UNKNOWN_SINCE] == T + 10
    assert candidates_of(run) == ()
    assert candidates_of(runs.with_status(doubtful, runs.NOT_SUBMITTED, None)) == ()


def test_the_moment_of_sending_is_the_row_s_own_and_bounds_its_end() -> None:
    run = sending("a")
    assert end_of_sending(run) == math.inf
    raw = {**run.prediction.raw, runs.SENT_AT: T + 500}
    sent = Run(Prediction.of(raw), None, T)
    assert end_of_sending(sent) == T + 500 + LONGEST_SENDING
    assert span(lost(sent, None, since=T + 600)) == (T + 500 - MARGIN, T + 600 + MARGIN)


# -- whatever is given ------

INPUTS = st.sampled_from(
    [
        HERON,
        {"prompt": "an owl"},
        {"image": "@a.png"},
        {"image": "@b.png"},
        {"image": FILE},
        {**HERON, "steps": 4},
        {**HERON, "steps": 5},
    ]
)
MOMENTS = st.integers(-300, 1500)


@st.composite
def row_lists(draw: st.DrawFn) -> list[Run]:
    rows = []
    for number in range(draw(st.integers(0, 5))):
        inputs, at = draw(INPUTS), draw(MOMENTS)
        is_sent = draw(st.booleans()) and draw(st.booleans())
        row = sending(str(number), inputs, at=at) if is_sent else unknown(str(number), inputs, at=at)
        rows.append(row)
    return rows


@st.composite
def candidate_lists(draw: st.DrawFn) -> list[Prediction]:
    return [
        listed(
            f"p{number}",
            {} if (removed := draw(st.integers(0, 5)) == 0) else draw(INPUTS),
            at=draw(MOMENTS),
            data_removed=removed,
            source=draw(st.sampled_from(["api", "api", "api", "web"])),
        )
        for number in range(draw(st.integers(0, 6)))
    ]


CLAIMED = st.sets(st.sampled_from([f"p{number}" for number in range(6)]), max_size=2)
THROUGH = st.sampled_from([-math.inf, T + 300, math.inf])
NOW = st.sampled_from([T + 30, T + 900, T + 5000])


@given(row_lists(), candidate_lists(), CLAIMED, THROUGH, NOW)
def test_each_row_is_one_thing_and_each_candidate_at_most_one_rows(
    rows: list[Run], candidates: list[Prediction], claimed: set[str], seen_through: float, now: float
) -> None:
    matches = matched(rows, candidates, *claimed, seen_through=seen_through, now=now)
    kinds = [set(matches.adopted), set(matches.absent), set(matches.undecided), set(matches.waiting)]
    assert sorted(key for kind in kinds for key in kind) == sorted(r.id for r in rows if r.status == runs.UNKNOWN)
    ids = [each.id for each in matches.adopted.values()]
    assert len(ids) == len(set(ids))
    assert not claimed & {*ids, *(each for some in matches.undecided.values() for each in some)}
    assert all(matches.undecided.values())
    if seen_through == math.inf:
        assert not matches.absent


@given(row_lists(), candidate_lists(), NOW)
def test_no_other_input_is_ever_adopted_and_nothing_is_absent_that_something_fits(
    rows: list[Run], candidates: list[Prediction], now: float
) -> None:
    matches = matched(rows, candidates, now=now)
    by_id = {run.id: run for run in rows}
    for key, prediction in matches.adopted.items():
        ours = by_id[key].prediction.input
        # A file may have been given an address meanwhile.
        assert prediction.input in ([ours] if "prompt" in ours else [ours, {"image": FILE}])
        assert prediction.source == "api"
        first, last = span(by_id[key])
        assert prediction.created_at is not None
        assert first <= prediction.created_at.timestamp() <= last
    taken = {each.id for each in matches.adopted.values()}
    for key in matches.absent:
        ours = by_id[key].prediction.input
        same = [each for each in candidates if each.input == ours and each.source == "api" and each.id not in taken]
        first, last = span(by_id[key])
        assert not [each for each in same if each.created_at and first <= each.created_at.timestamp() <= last]


@given(row_lists(), candidate_lists(), CLAIMED, THROUGH, NOW, st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_told_does_not_matter(
    rows: list[Run],
    candidates: list[Prediction],
    claimed: set[str],
    seen_through: float,
    now: float,
    random: Any,
) -> None:
    one = matched(rows, candidates, *claimed, seen_through=seen_through, now=now)
    random.shuffle(rows)
    random.shuffle(candidates)
    assert matched(rows, candidates, *claimed, seen_through=seen_through, now=now) == one


@given(st.integers(1, 6), st.integers(0, 8), st.booleans())
def test_k_unknown_and_n_found(k: int, n: int, read_through: bool) -> None:
    rows = [unknown(str(number), at=number) for number in range(k)]
    candidates = [listed(f"p{number}", at=number) for number in range(n)]
    matches = matched(rows, candidates, seen_through=-math.inf if read_through else math.inf, now=LATER + k)
    left = k - n if n <= k else 0
    assert len(matches.adopted) == (n if n <= k else 0)
    assert len(matches.absent) == (left if read_through else 0)
    assert len(matches.waiting) == (0 if read_through else left)
    assert len(matches.undecided) == (0 if n <= k else k)
