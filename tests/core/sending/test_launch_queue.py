"""The queue in front of the POST: who goes when, and how it is changed while runs wait."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable

import pytest

from replicate_tui.api.limits import LONGEST_WAIT, Buckets, Rate
from replicate_tui.core.sending import launch_queue
from replicate_tui.core.sending.launch_queue import LaunchQueue, Removed
from tests.clocks import LeapingClock
from tests.waiting import eventually

SLOW = {"create": Rate(6, 1), "other": Rate(600, 600)}


class Gate:
    """A limiter that admits as many as it is told to."""

    def __init__(self) -> None:
        self.free = asyncio.Semaphore(0)
        self.asked = 0

    async def admit(self, kind: str) -> float:
        assert kind == "create"
        self.asked += 1
        await self.free.acquire()
        return 0.0

    def delay(self, kind: str) -> float:
        return 0.0 if not self.free.locked() else 10.0

    def answered(self, kind: str, remaining: int | None) -> None: ...

    def refused(self, kind: str, wait: float | None, reduced: Rate | None) -> None: ...

    def reset(self) -> None: ...


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
async def queue(gate: Gate) -> AsyncIterator[LaunchQueue]:
    async with running(LaunchQueue(gate)) as made:
        yield made


@contextlib.asynccontextmanager
async def running(made: LaunchQueue) -> AsyncIterator[LaunchQueue]:
    giving = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        giving.cancel()
        await asyncio.wait([giving])


class Runs:
    """Runs that wait for their turn; `gone` are those that had it."""

    def __init__(self, queue: LaunchQueue) -> None:
        self.queue = queue
        self.gone: list[str] = []
        self.refused: dict[str, str] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def enter(self, *keys: str) -> None:
        for key in keys:
            entered = asyncio.Event()
            self._tasks.append(asyncio.create_task(self._wait(key, entered)))
            await entered.wait()

    async def _wait(self, key: str, entered: asyncio.Event) -> None:
        with self.queue.place(key) as turn:
            entered.set()
            await self._had(key, turn)

    async def _had(self, key: str, turn: Awaitable[None]) -> None:
        try:
            await turn
        except Removed as error:
            self.refused[key] = str(error)
        else:
            self.gone.append(key)

    async def all_ended(self) -> None:
        await asyncio.gather(*self._tasks)


async def test_runs_go_in_the_order_they_came_as_there_is_room(queue: LaunchQueue, gate: Gate) -> None:
    runs = Runs(queue)
    await runs.enter("a", "b", "c")
    assert queue.waiting == ("a", "b", "c")
    for _ in range(3):
        gate.free.release()
    await runs.all_ended()
    assert runs.gone == ["a", "b", "c"]
    assert queue.waiting == ()


async def test_the_order_may_be_changed_until_the_moment_of_the_turn(queue: LaunchQueue, gate: Gate) -> None:
    runs = Runs(queue)
    await runs.enter("a", "b", "c", "d")
    queue.move("d", -9)
    queue.move("a", 1)
    queue.move("c", 9)
    queue.move("nobody", 1)
    assert queue.waiting == ("d", "b", "a", "c")
    for _ in range(4):
        gate.free.release()
    await runs.all_ended()
    assert runs.gone == ["d", "b", "a", "c"]


async def test_what_is_taken_out_does_not_go_and_its_turn_is_the_next_ones(queue: LaunchQueue, gate: Gate) -> None:
    runs = Runs(queue)
    await runs.enter("a", "b", "c")
    queue.remove("a", "c", "nobody")
    gate.free.release()
    await runs.all_ended()
    assert runs.gone == ["b"]
    assert set(runs.refused) == {"a", "c"}
    assert "nothing was sent" in runs.refused["a"]


async def test_a_pause_holds_everything_back_and_wastes_no_turn(queue: LaunchQueue, gate: Gate) -> None:
    runs = Runs(queue)
    await runs.enter("a", "b")
    queue.paused = True
    assert queue.delay is None
    gate.free.release()
    await eventually(gate.free.locked)
    assert runs.gone == []
    assert not queue.is_free
    queue.paused = False
    gate.free.release()
    await runs.all_ended()
    assert runs.gone == ["a", "b"]
    assert gate.asked == 2, "the turn that came in the pause is used after it"


async def test_one_that_leaves_gives_its_place_up(queue: LaunchQueue, gate: Gate) -> None:
    runs = Runs(queue)
    with contextlib.suppress(RuntimeError), queue.place("left"):
        await runs.enter("a")
        raise RuntimeError
    gate.free.release()
    await runs.all_ended()
    assert runs.gone == ["a"]


async def test_one_that_comes_back_goes_first(queue: LaunchQueue, gate: Gate) -> None:
    runs = Runs(queue)
    await runs.enter("a", "b")
    with queue.place("again", again=1) as turn:
        assert queue.waiting == ("again", "a", "b")
        gate.free.release()
        await turn
    queue.remove("a", "b")
    await runs.all_ended()


async def test_those_that_were_refused_together_come_back_in_the_order_of_their_turns(
    queue: LaunchQueue, gate: Gate
) -> None:
    runs = Runs(queue)
    turns: dict[str, int] = {}
    for key in ("first", "second", "third"):
        with queue.place(key) as turn:
            gate.free.release()
            turns[key] = await turn
    await runs.enter("new")
    with (
        queue.place("third", again=turns["third"]),
        queue.place("first", again=turns["first"]),
        queue.place("second", again=turns["second"]),
    ):
        assert queue.waiting == ("first", "second", "third", "new")
    queue.remove("new")
    await runs.all_ended()


async def test_every_change_is_told(queue: LaunchQueue, gate: Gate) -> None:
    told: list[tuple[tuple[str, ...], bool]] = []
    queue.changed = lambda: told.append((queue.waiting, queue.paused))
    runs = Runs(queue)
    await runs.enter("a", "b")
    queue.paused = True
    queue.move("b", -1)
    queue.paused = False
    gate.free.release()
    queue.remove("a")
    await runs.all_ended()
    assert told[:4] == [(("a",), False), (("a", "b"), False), (("a", "b"), True), (("b", "a"), True)]
    assert told[-1] == ((), False)


async def test_a_queue_under_a_slow_rate_is_worked_through_in_time_and_tells_how_long() -> None:
    clock = LeapingClock()
    async with running(LaunchQueue(Buckets(clock.clock, SLOW))) as queue:
        assert queue.is_free
        assert queue.delay is None
        runs = Runs(queue)
        await runs.enter(*(f"r{number:02}" for number in range(50)))
        await runs.all_ended()
    assert runs.gone == [f"r{number:02}" for number in range(50)]
    assert clock.moment == pytest.approx(49 * 10.0)


async def test_a_pause_longer_than_the_limiter_waits_for_is_waited_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch_queue, "LONGEST_NAP", 0.0)
    clock = LeapingClock()
    buckets = Buckets(clock.clock, SLOW)
    buckets.refused("create", 10 * LONGEST_WAIT, None)
    async with running(LaunchQueue(buckets)) as queue:
        runs = Runs(queue)
        await runs.enter("a")
        assert queue.delay == pytest.approx(10 * LONGEST_WAIT)
        assert runs.gone == []
        clock.moment += 10 * LONGEST_WAIT
        await runs.all_ended()
    assert runs.gone == ["a"]
