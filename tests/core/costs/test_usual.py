"""Usual times: from this account's own runs of a model."""

from typing import Any

import pytest

from replicate_tui.core.costs import usual as usual_module
from replicate_tui.core.costs.usual import FRESH, KEPT, NOTHING_USUAL, Spread, Usual, spread
from replicate_tui.core.history.database import Database, RunRow, Scope
from tests.clocks import LeapingClock
from tests.core.rows import keep, made_at
from tests.core.scripted import SCOPE

MODEL = "acme/painter"


def took(*seconds: float | None, **values: Any) -> list[RunRow]:
    return [made_at(1000.0 + 10 * at, id=f"r{at}", **({"seconds": each} | values)) for at, each in enumerate(seconds)]


def usual_of(database: Database, scope: Scope = SCOPE) -> Usual:
    return Usual(database, lambda: scope)


def test_the_middle_and_the_upper_end() -> None:
    assert spread([float(number) for number in range(1, 102)]) == Spread(51.0, 96.0)
    assert spread([4.0, 1.0, 2.0]) == Spread(2.0, pytest.approx(3.8))


async def test_of_too_few_runs_nothing_is_said(database: Database) -> None:
    await keep(database, *took(1.0, 2.0))
    usual = usual_of(database)
    assert usual.times(MODEL) == NOTHING_USUAL
    assert usual.predicting(MODEL) is None
    assert usual.predicting("") is None


async def test_a_models_usual_times_are_of_its_runs_that_succeeded(database: Database) -> None:
    await keep(database, *took(2.0, 3.0, 4.0))
    others = [
        made_at(5000.0, id="failed", status="failed", seconds=900.0),
        made_at(5001.0, id="other", model="acme/other", seconds=900.0),
        made_at(5002.0, id="training", kind="training", seconds=900.0),
    ]
    await keep(database, *others)
    await keep(database, made_at(5003.0, id="theirs", seconds=900.0), scope=Scope("api.test", "somebody"))
    times = usual_of(database).times(MODEL)
    assert times.predicting is not None
    assert times.predicting.p50 == 3.0
    assert times.starting == Spread(1.0, 1.0)
    assert usual_of(database).predicting(MODEL) == 3.0


async def test_the_latest_runs_count_and_older_ones_do_not(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    query = usual_module._QUERY.replace(f"LIMIT {usual_module.LATEST}", "LIMIT 3")
    monkeypatch.setattr(usual_module, "_QUERY", query)
    await keep(database, *took(100.0, 100.0, 100.0, 100.0, 1.0, 2.0, 3.0))
    assert usual_of(database).predicting(MODEL) == 2.0


async def test_without_metrics_the_stamps_tell_and_odd_ones_are_left_out(database: Database) -> None:
    await keep(database, *took(None, None, -5.0))
    odd = made_at(2000.0, id="odd", started_at=1500.0, completed_at=1400.0, seconds=None)
    await keep(database, odd)
    times = usual_of(database).times(MODEL)
    assert times.predicting == Spread(3.0, 3.0)
    assert times.starting == Spread(1.0, 1.0)


async def test_what_was_found_counts_for_a_while(database: Database) -> None:
    clock = LeapingClock()
    usual = Usual(database, lambda: SCOPE, lambda: clock.moment)
    await keep(database, *took(1.0, 2.0, 3.0))
    assert usual.predicting(MODEL) == 2.0
    await keep(database, *(made_at(9000.0 + at, id=f"new{at}", seconds=9.0) for at in range(9)))
    assert usual.predicting(MODEL) == 2.0
    clock.moment += FRESH + 1
    assert usual.predicting(MODEL) == 9.0


async def test_few_models_are_remembered_and_an_account_that_changes_is_noticed(database: Database) -> None:
    scopes = [SCOPE]
    usual = Usual(database, lambda: scopes[-1])
    await keep(database, *took(1.0, 2.0, 3.0))
    assert usual.predicting(MODEL) == 2.0
    scopes.append(Scope("api.test", "somebody"))
    assert usual.predicting(MODEL) is None
    for number in range(KEPT + 10):
        usual.times(f"acme/{number}")
    assert len(usual._kept) == KEPT
