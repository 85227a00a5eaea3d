"""The rate limits: what goes at once, what waits and for how long, and what the server's word changes."""

import asyncio
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replicate_tui.api.limits import BELIEVED, NARROWED, PUBLISHED, Bucket, Buckets, Kind, Rate, reduced_rate
from tests.clocks import HeldClock

LOW_CREDIT = (
    "Request was throttled. Your rate limit for creating predictions is reduced to 6 requests per minute with a "
    "burst of 1 requests while you have less than $5.0 in credit. Your rate limit resets in ~5s."
)


async def admitted(buckets: Buckets, kind: Kind, number: int) -> list["asyncio.Task[float]"]:
    return [asyncio.create_task(buckets.admit(kind)) for _ in range(number)]


def gone(tasks: list["asyncio.Task[float]"]) -> int:
    return sum(task.done() for task in tasks)


async def left(tasks: list["asyncio.Task[float]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize(("kind", "burst", "per_second"), [("create", 600, 10), ("other", 3000, 50)])
async def test_a_burst_goes_at_once_and_the_rest_at_the_rate(kind: Kind, burst: int, per_second: int) -> None:
    time = HeldClock()
    buckets = Buckets(time.clock)
    tasks = await admitted(buckets, kind, burst + 3 * per_second)
    await time.settle()
    assert gone(tasks) == burst
    assert buckets.delay(kind) == pytest.approx(1 / per_second)
    await time.advance(1)
    assert gone(tasks) == burst + per_second
    await time.advance(1.95)
    assert gone(tasks) == burst + 3 * per_second - (1 if per_second < 20 else 3)
    await time.advance(1)
    assert gone(tasks) == len(tasks)
    assert {task.result() for task in tasks} == {0.0}


async def test_a_bucket_is_never_fuller_than_full() -> None:
    time = HeldClock()
    buckets = Buckets(time.clock)
    await time.advance(10_000)
    tasks = await admitted(buckets, "create", 700)
    await time.settle()
    assert gone(tasks) == 600
    await left(tasks)


async def test_creations_never_delay_the_others() -> None:
    time = HeldClock()
    buckets = Buckets(time.clock)
    buckets.refused("create", 50, None)
    creations = await admitted(buckets, "create", 100)
    others = await admitted(buckets, "other", 100)
    await time.settle()
    assert (gone(creations), gone(others)) == (0, 100)
    assert buckets.delay("other") == 0
    await left(creations)


async def test_waiting_is_in_turn() -> None:
    time = HeldClock()
    buckets = Buckets(time.clock, {"create": Rate(60, 1)})
    order: list[int] = []

    async def go(number: int) -> None:
        await buckets.admit("create")
        order.append(number)

    tasks = [asyncio.create_task(go(number)) for number in range(5)]
    await time.advance(10)
    await asyncio.gather(*tasks)
    assert order == [0, 1, 2, 3, 4]


async def test_who_stops_waiting_takes_nothing() -> None:
    time = HeldClock()
    buckets = Buckets(time.clock, {"create": Rate(60, 1)})
    await buckets.admit("create")
    waiting = await admitted(buckets, "create", 3)
    await time.settle()
    await left(waiting[:2])
    await time.advance(1)
    assert waiting[2].result() == 0.0


async def test_a_refusal_closes_the_bucket_for_those_that_wait_already_too() -> None:
    time = HeldClock()
    buckets = Buckets(time.clock, {"create": Rate(60, 1)})
    await buckets.admit("create")
    waiting = await admitted(buckets, "create", 2)
    await time.settle()
    buckets.refused("create", 30, None)
    assert buckets.delay("create") == pytest.approx(30)
    await time.advance(29.9)
    assert gone(waiting) == 0
    await time.advance(0.2)
    assert gone(waiting) == 1
    await time.advance(1)
    assert gone(waiting) == 2


async def test_a_shorter_refusal_opens_nothing_earlier() -> None:
    buckets = Buckets(HeldClock().clock)
    buckets.refused("other", 40, None)
    buckets.refused("other", 1, None)
    assert buckets.delay("other") == pytest.approx(40)


async def test_refusals_without_a_time_last_longer_each_time_but_a_volley_counts_once() -> None:
    time = HeldClock()
    buckets = Buckets(time.clock)
    for expected in (1, 2, 4, 8, 16, 32, 60, 60):
        for _ in range(50):
            buckets.refused("other", None, None)
        assert buckets.delay("other") == pytest.approx(expected)
        await time.advance(expected)
    buckets.answered("other", None)
    buckets.refused("other", None, None)
    assert buckets.delay("other") == pytest.approx(1)


async def test_a_longer_pause_than_a_minute_is_told_instead_of_waited_for() -> None:
    buckets = Buckets(HeldClock().clock)
    buckets.refused("create", 3600, None)
    assert await buckets.admit("create") == pytest.approx(3600)
    assert await buckets.admit("other") == 0


@pytest.mark.parametrize("bogus", [BELIEVED + 1, 250_000_000_000.0, 1e300])
async def test_a_bogus_pause_ends(bogus: float) -> None:
    time = HeldClock()
    buckets = Buckets(time.clock)
    buckets.refused("create", bogus, None)
    assert buckets.delay("create") == pytest.approx(BELIEVED)
    await time.advance(BELIEVED)
    assert await buckets.admit("create") == 0


async def test_another_server_is_not_held_responsible() -> None:
    time = HeldClock()
    buckets = Buckets(time.clock)
    buckets.refused("create", 3000, Rate(6, 1))
    buckets.answered("other", 0)
    buckets.reset()
    tasks = await admitted(buckets, "create", 600) + await admitted(buckets, "other", 3000)
    await time.settle()
    assert gone(tasks) == 3600


async def test_a_lower_rate_holds_until_the_server_shows_more() -> None:
    time = HeldClock()
    buckets = Buckets(time.clock)
    buckets.refused("create", 5, Rate(6, 1))
    tasks = await admitted(buckets, "create", 20)
    await time.advance(5)
    assert gone(tasks) == 1
    await time.advance(20)
    assert gone(tasks) == 3
    buckets.answered("create", 0)
    await time.advance(10)
    assert gone(tasks) == 4
    buckets.answered("create", 599)
    await time.advance(10.1)
    assert gone(tasks) == 20


async def test_a_lower_rate_does_not_hold_for_ever() -> None:
    time = HeldClock()
    buckets = Buckets(time.clock)
    buckets.refused("create", 5, Rate(6, 1))
    await time.advance(NARROWED + 61)
    tasks = await admitted(buckets, "create", 500)
    await time.settle()
    assert gone(tasks) == 500


async def test_what_the_server_has_left_is_all_there_is() -> None:
    time = HeldClock()
    buckets = Buckets(time.clock)
    buckets.answered("create", 3)
    buckets.answered("create", 59_999)
    tasks = await admitted(buckets, "create", 10)
    await time.settle()
    assert gone(tasks) == 3
    await time.advance(0.75)
    assert gone(tasks) == 10


@pytest.mark.parametrize(
    ("sentence", "rate"),
    [
        (LOW_CREDIT, Rate(6, 1)),
        ("reduced to 1.5 requests per minute with a burst of 2 requests", Rate(1.5, 2)),
        ("Request was throttled. Expected available in 1 second.", None),
        ("reduced to 0 requests per minute with a burst of 1", None),
        ("reduced to 6 requests per minute with a burst of 0", None),
        (f"reduced to {'9' * 400} requests per minute with a burst of 1", None),
    ],
)
def test_a_lower_rate_is_read_from_the_sentence(sentence: str, rate: Rate | None) -> None:
    assert reduced_rate(sentence) == rate


def test_the_published_limits() -> None:
    assert {kind: rate.per_minute for kind, rate in PUBLISHED.items()} == {"create": 600, "other": 3000}


SLOW = Rate(6, 1)
EPOCH = 1_800_000_000.0


def test_a_bucket_outlives_its_program() -> None:
    bucket = Bucket.full(PUBLISHED["create"], EPOCH).refused(None, None, EPOCH).refused(40, SLOW, EPOCH)
    kept = Bucket.from_json(json.loads(json.dumps(bucket.as_json())), PUBLISHED["create"])
    assert kept == bucket
    assert kept.delay(EPOCH + 10) == pytest.approx(30)
    assert kept.without(1, EPOCH + 40).delay(EPOCH + 40) == pytest.approx(10)


@pytest.mark.parametrize(
    "foreign",
    [
        None,
        [],
        "full",
        {},
        *(
            Bucket.full(SLOW, EPOCH).as_json() | {name: odd}
            for name in ("tokens", "filled_at", "closed_until", "reduced_until", "refusals")
            for odd in (None, "1", [], float("nan"), float("inf"), 10**400, {})
            if (name, odd) != ("refusals", 10**400)
        ),
    ],
)
def test_what_is_no_bucket_is_told_apart(foreign: object) -> None:
    assert Bucket.from_json(foreign, SLOW) is None


@pytest.mark.parametrize("reduced", [None, 6, [6], [6, 0], [0, 1], [-6, 1], [float("nan"), 1], ["6", "1"], [6, 1, 1]])
def test_a_bucket_does_without_a_rate_that_nobody_can_keep_to(reduced: object) -> None:
    told = Bucket.full(SLOW, EPOCH).as_json() | {"reduced": reduced, "reduced_until": EPOCH + 60}
    bucket = Bucket.from_json(told, SLOW)
    assert bucket is not None
    assert bucket.rate == SLOW


def test_a_clock_that_was_set_back_leaves_pauses_as_long_as_they_were() -> None:
    bucket = Bucket.full(SLOW, EPOCH).without(1, EPOCH).refused(30, SLOW, EPOCH)
    assert bucket.delay(EPOCH - 86_400) == pytest.approx(30)
    back = bucket.at(EPOCH - 86_400)
    assert back.delay(EPOCH - 86_400 + 29) == pytest.approx(1)
    assert back.without(1, EPOCH - 86_370).delay(EPOCH - 86_370) == pytest.approx(10)


def test_a_clock_that_was_set_forward_closes_nothing() -> None:
    bucket = Bucket.full(SLOW, EPOCH).without(1, EPOCH).refused(3000, SLOW, EPOCH)
    assert bucket.delay(EPOCH + 86_400) == 0
    assert bucket.at(EPOCH + 86_400).tokens == 1


moments = st.floats(-1e12, 1e12)
changes = st.one_of(
    st.tuples(st.just("take")),
    st.tuples(st.just("answered"), st.none() | st.integers(0, 10**9)),
    st.tuples(
        st.just("refused"),
        st.none() | st.floats(0, 1e300),
        st.none() | st.builds(Rate, st.floats(1e-3, 1e9), st.integers(1, 10**9)),
    ),
)


@given(st.lists(st.tuples(moments, changes), max_size=20), moments)
def test_whatever_is_told_and_however_the_clock_jumps_a_bucket_opens_again(
    told: list[tuple[float, tuple[str, ...]]], end: float
) -> None:
    bucket = Bucket.full(PUBLISHED["create"], 0.0)
    for now, (change, *values) in told:
        if change != "take":
            bucket = getattr(bucket, change)(*values, now)
        elif not bucket.delay(now):
            bucket = bucket.without(1, now)
        assert -1e-5 <= bucket.tokens <= max(bucket.rate.burst, 1)
        assert Bucket.from_json(bucket.as_json(), bucket.published) == replace(bucket, tokens=max(0.0, bucket.tokens))
    assert 0 <= bucket.delay(end) <= BELIEVED + NARROWED
