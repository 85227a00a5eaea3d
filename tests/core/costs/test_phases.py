"""Phases of a run: what each took, counted on whose clock."""

import pytest

from replicate_tui.core.costs.phases import KEPT_SIGHTINGS, Phase, Sightings, phases
from replicate_tui.core.costs.usual import Spread, UsualTimes
from tests.core.rows import a_row

NOW = 5000.0
ACTIVE = {"status": "starting", "started_at": None, "completed_at": None, "seconds": None}
PREDICTING = {"status": "processing", "completed_at": None, "seconds": None}


def told(found: tuple[Phase, ...]) -> list[tuple[str, float]]:
    return [(phase.name, round(phase.seconds, 6)) for phase in found]


def test_a_run_that_ended_waited_predicted_and_saved() -> None:
    found = phases(a_row(seconds=2.25), now=NOW)
    assert told(found) == [("queued, booting", 1.0), ("predicting", 2.25), ("saving", 0.75)]
    assert not any(phase.running for phase in found)


def test_saving_that_is_only_bookkeeping_is_not_told() -> None:
    assert told(phases(a_row(seconds=2.96), now=NOW)) == [("queued, booting", 1.0), ("predicting", 2.96)]


def test_each_phase_tells_what_it_usually_takes() -> None:
    usual = UsualTimes(Spread(0.5, 9.0), Spread(2.0, 4.0))
    waited, predicted, saved = phases(a_row(seconds=2.0), now=NOW, usual=usual)
    assert (waited.usual, predicted.usual, saved.usual) == (Spread(0.5, 9.0), Spread(2.0, 4.0), None)


def test_waiting_counts_from_our_own_first_sight_where_the_servers_clock_is_ahead() -> None:
    row = a_row(**ACTIVE, created_at=99_000.0, seen_at=4990.0)
    assert phases(row, now=NOW) == (Phase("queued, booting", 10.0, running=True),)


def test_predicting_counts_from_when_it_was_seen_to_begin() -> None:
    row = a_row(**PREDICTING, created_at=100.0, started_at=107.0, seen_at=4900.0)
    found = phases(row, now=NOW, since=4996.0)
    assert found == (Phase("queued, booting", 7.0), Phase("predicting", 4.0, running=True))


@pytest.mark.parametrize("created", [4990.0, 9990.0], ids=["as ours", "ahead"])
def test_predicting_that_nobody_saw_begin_counts_from_the_first_sight_and_the_wait(created: float) -> None:
    row = a_row(**PREDICTING, created_at=created, started_at=created + 7, seen_at=4990.0)
    assert told(phases(row, now=NOW)) == [("queued, booting", 7.0), ("predicting", 3.0)]


def test_what_was_begun_elsewhere_counts_from_when_it_began_there() -> None:
    waiting = a_row(**ACTIVE, created_at=4800.0, seen_at=4997.0)
    assert told(phases(waiting, now=NOW)) == [("queued, booting", 200.0)]
    predicting = a_row(**PREDICTING, created_at=4800.0, started_at=4820.0, seen_at=4997.0)
    assert told(phases(predicting, now=NOW)) == [("queued, booting", 20.0), ("predicting", 180.0)]


@pytest.mark.parametrize("since", [None, NOW + 60])
def test_a_clock_that_was_set_back_makes_no_negative_time(since: float | None) -> None:
    (phase,) = phases(a_row(**ACTIVE, created_at=NOW + 3600, seen_at=NOW + 3600), now=NOW, since=since)
    assert phase.seconds == 0.0


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"started_at": 900.0}, [("predicting", 3.0), ("saving", 101.0)]),
        ({"started_at": None}, [("predicting", 3.0)]),
        ({"seconds": None}, [("queued, booting", 1.0), ("predicting", 3.0)]),
        ({"seconds": -1.0}, [("queued, booting", 1.0), ("predicting", 3.0)]),
        ({"seconds": 77.0}, [("queued, booting", 1.0), ("predicting", 77.0)]),
        ({"completed_at": None, "seconds": None}, [("queued, booting", 1.0)]),
        ({"completed_at": 900.0, "seconds": None}, [("queued, booting", 1.0)]),
        ({"status": "aborted", "started_at": None, "seconds": None}, [("queued, booting", 4.0)]),
    ],
)
def test_odd_and_missing_stamps_of_runs_that_ended(
    values: dict[str, object], expected: list[tuple[str, float]]
) -> None:
    assert told(phases(a_row(**values), now=NOW)) == expected


def test_processing_without_a_start_is_predicting() -> None:
    row = a_row(**{**PREDICTING, "started_at": None}, created_at=4998.0, seen_at=4998.0)
    assert phases(row, now=NOW) == (Phase("predicting", 2.0, running=True),)


def test_a_run_that_was_not_sent_has_no_phases() -> None:
    for status in ("waiting", "uploading", "submitting", "unknown", "not submitted"):
        assert phases(a_row(**{**ACTIVE, "status": status}), now=NOW) == ()


def test_a_phase_counts_from_the_change_that_was_seen() -> None:
    seen = Sightings()
    waiting = a_row(**{**ACTIVE, "status": "waiting"}, seen_at=1000.0)
    seen.see(waiting, 1000.0)
    assert seen.see(a_row(**ACTIVE, seen_at=1000.0), 1060.0) == 1060.0
    assert seen.see(a_row(**ACTIVE, seen_at=1000.0), 1063.0) == 1060.0
    running = a_row(**PREDICTING, created_at=50.0, started_at=55.0, seen_at=1000.0)
    assert seen.see(running, 1066.0) == 1066.0
    assert seen.see(running, 1070.0) == 1066.0


def test_a_run_that_is_new_to_this_machine_counts_from_when_it_began() -> None:
    row = a_row(**PREDICTING, created_at=850.0, started_at=910.0, seen_at=1000.0)
    assert Sightings().see(row, 1000.0) == 910.0


def test_a_run_of_an_earlier_start_of_the_program_counts_from_its_first_sight() -> None:
    row = a_row(**PREDICTING, created_at=1050.0, started_at=1060.0, seen_at=1000.0)
    assert Sightings().see(row, 1100.0) == 1010.0


def test_sightings_of_runs_that_ended_or_are_too_many_are_let_go() -> None:
    seen = Sightings()
    for number in range(KEPT_SIGHTINGS + 50):
        seen.see(a_row(**ACTIVE, id=f"r{number}"), NOW)
    assert len(seen._seen) == KEPT_SIGHTINGS
    seen.see(a_row(id=f"r{KEPT_SIGHTINGS}"), NOW)
    assert len(seen._seen) == KEPT_SIGHTINGS - 1
