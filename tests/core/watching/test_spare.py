"""What the watcher's requests leave to those that can wait."""

from collections.abc import Sequence

import pytest

from replicate_tui.core.watching.rounds import Due
from replicate_tui.core.watching.spare import BURST, LONGEST, RATE, Spare

NOW = 1000.0


async def wanted() -> None:
    """Something to refresh."""


async def other() -> None:
    """Something else."""


def waiting(number: int, at: float = 0.0) -> list[Due]:
    return [Due(at, wanted, can_wait=True)] * number


def given(spare: Spare, plan: Sequence[Due], seconds: float, step: float = 0.05) -> int:
    """How many go, of a plan that is always the same, within so many seconds."""
    return sum(len(spare.choose(plan, NOW + step * number)) for number in range(round(seconds / step)))


def test_what_cannot_wait_goes_when_it_is_due_and_not_before() -> None:
    spare = Spare()
    assert spare.choose([*[Due(NOW, wanted)] * 20, Due(NOW + 1, other)], NOW) == [wanted] * 20


def test_after_a_pause_a_few_that_can_wait_go_at_once() -> None:
    assert Spare().choose(waiting(20), NOW) == [wanted] * BURST


def test_of_those_that_can_wait_the_one_that_was_due_first_goes_first() -> None:
    spare = Spare()
    plan = [*waiting(BURST, at=5.0), Due(4.0, other, can_wait=True), Due(NOW + 1, wanted, can_wait=True)]
    assert spare.choose(plan, NOW) == [other, *[wanted] * (BURST - 1)]


def test_they_keep_the_rate() -> None:
    assert given(Spare(), waiting(20), 60.0) == pytest.approx(60 * RATE + BURST, abs=1)


def test_what_cannot_wait_counts_too() -> None:
    spare, seconds = Spare(), 60
    turns = [
        spare.choose([*([Due(0.0, other)] if number % 10 == 0 else []), *waiting(20)], NOW + number / 20)
        for number in range(20 * seconds)
    ]
    assert sum(turn.count(other) for turn in turns) == 2 * seconds
    assert sum(map(len, turns)) == pytest.approx(seconds * RATE, rel=0.1)


def test_one_that_can_wait_goes_at_times_although_the_others_leave_nothing() -> None:
    spare = Spare()
    turns = [spare.choose([*[Due(0.0, other)] * 10, *waiting(5)], NOW + second) for second in range(60)]
    assert sum(turn.count(wanted) for turn in turns) == pytest.approx(60 / LONGEST, abs=1)


def test_the_next_moment_is_when_something_goes() -> None:
    spare = Spare()
    spare.choose([*[Due(0.0, other)] * BURST, *waiting(1)], NOW)
    plan = [*waiting(3), Due(NOW + 50, other)]
    for _ in range(10):
        moment = spare.next_moment(plan)
        assert spare.choose(plan, moment - 0.01) == []
        assert spare.choose(plan, moment) == [wanted]


def test_without_a_plan_there_is_no_next_moment() -> None:
    assert Spare().next_moment([]) == float("inf")
    assert Spare().next_moment([Due(NOW, wanted), *waiting(1, at=NOW + 5)]) == NOW
