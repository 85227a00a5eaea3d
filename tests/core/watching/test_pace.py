"""How often a run is looked at: bounds that hold for every age and every usual time."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replicate_tui.core.watching import pace
from replicate_tui.core.watching.pace import FASTEST, SLOWEST, followed

AGES = st.floats(0, 1e6)
USUAL = st.floats(0.1, 1e5)


@settings(deadline=None)
@given(AGES, st.none() | st.floats())
def test_no_look_is_sooner_or_later_than_the_bounds(age: float, usual: float | None) -> None:
    assert FASTEST <= followed(age, usual) <= SLOWEST


@settings(deadline=None)
@given(AGES, AGES)
def test_the_older_the_slower(one: float, other: float) -> None:
    younger, older = sorted((one, other))
    assert followed(younger) <= followed(older)


@pytest.mark.parametrize(("age", "interval"), [(0, 0.5), (15, 0.5), (60, 2.0), (150, 5.0), (3600, 5.0)])
def test_a_young_run_is_looked_at_often_and_an_old_one_seldom(age: float, interval: float) -> None:
    assert followed(age) == interval


@settings(deadline=None)
@given(USUAL, st.floats(0.9, 1.9))
def test_near_its_usual_end_a_run_is_looked_at_within_a_twentieth_of_its_usual_time(usual: float, part: float) -> None:
    assert followed(part * usual, usual) <= max(FASTEST, usual / 20)


@settings(deadline=None)
@given(AGES, USUAL)
def test_knowing_the_usual_time_never_makes_a_look_later(age: float, usual: float) -> None:
    assert followed(age, usual) <= followed(age)


@settings(deadline=None)
@given(USUAL)
def test_no_look_leaps_far_into_the_time_of_the_usual_end(usual: float) -> None:
    age = 0.0
    while age < 0.8 * usual:
        before, age = age, age + followed(age, usual)
        if age > 0.8 * usual:
            assert age - 0.8 * usual <= max(FASTEST, before + FASTEST - 0.8 * usual) + 1e-9
        if before > 1000:
            return


@pytest.mark.parametrize("usual", [0.0, -1.0, math.inf, math.nan])
def test_a_usual_time_that_is_none_does_not_count(usual: float) -> None:
    assert [followed(age, usual) for age in (0, 60, 600)] == [followed(age) for age in (0, 60, 600)]


def test_the_list_is_read_more_often_while_anything_is_active() -> None:
    assert pace.pages(active=True) == 2.0
    assert pace.pages(active=False) > 2.0
