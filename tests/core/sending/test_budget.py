"""The request budget that programs on one history file share."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replicate_tui.api.limits import BELIEVED, LONGEST_WAIT, PUBLISHED, Bucket, Buckets, Kind, Rate
from replicate_tui.core.history.database import Database, DatabaseError
from replicate_tui.core.sending.budget import GRACE, Budget, SharedBuckets, open_limiter
from replicate_tui.core.settings import Flags, load
from tests.clocks import HeldClock
from tests.waiting import until

T = TypeVar("T")

HOST = "api.replicate.com"
TOKEN = "f00d"
LOW = Rate(6, 1)


class Watched(Database):
    """A history file that counts what it was asked to write, and refuses while the disk is `full`."""

    writes = 0
    full = False

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        self.writes += 1

        def checked(db: sqlite3.Connection) -> T:
            done = work(db)
            if self.full:
                raise sqlite3.OperationalError("database or disk is full")
            return done

        return await super().write(checked)

    async def written(self) -> None:
        """Return when all that was asked before is done."""
        await super().write(lambda db: None)


class FilesClock(HeldClock):
    """Time that stands until the test moves it on, for programs that write to files in threads of their own."""

    def __init__(self, files: list[Watched]) -> None:
        super().__init__()
        self.files = files

    async def settle(self) -> None:
        before, now = -1, 0
        while before != now:
            for file in self.files:
                await file.written()
            await super().settle()
            before, now = now, sum(file.writes for file in self.files)


class Desk:
    """Programs on one history file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files: list[Watched] = []
        self.time = FilesClock(self.files)
        self.limiters: list[SharedBuckets] = []
        self.tasks: list[asyncio.Task[float]] = []

    def program(self, rate: Rate = LOW, token: str = TOKEN) -> SharedBuckets:
        file = Watched.open(self.path)
        self.files.append(file)
        rates: dict[Kind, Rate] = {"create": rate, "other": rate}
        self.limiters.append(SharedBuckets(file, HOST, token, clock=self.time.clock, rates=rates))
        return self.limiters[-1]

    def waiting(self, limiter: SharedBuckets, number: int = 1) -> list["asyncio.Task[float]"]:
        tasks = [asyncio.create_task(limiter.admit("create")) for _ in range(number)]
        self.tasks += tasks
        return tasks

    def store(self, state: str | bytes) -> None:
        with sqlite3.connect(self.path) as connection:
            connection.execute("INSERT OR REPLACE INTO budgets VALUES (?, ?, 'create', ?)", (HOST, TOKEN, state))
        connection.close()

    def stored(self) -> dict[str, object]:
        with sqlite3.connect(self.path) as connection:
            [(state,)] = connection.execute("SELECT state FROM budgets WHERE kind = 'create'")
        connection.close()
        return dict(json.loads(state))

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for limiter in self.limiters:
            await limiter.close()
        for file in self.files:
            await file.close()


@pytest.fixture
async def desk(path: Path) -> AsyncIterator[Desk]:
    opened = Desk(path)
    yield opened
    await opened.close()


def gone(tasks: list["asyncio.Task[float]"]) -> int:
    return sum(task.done() for task in tasks)


# -- together ------


async def test_programs_together_keep_to_the_rate(desk: Desk) -> None:
    rate = Rate(60, 5)
    ours, theirs = desk.program(rate), desk.program(rate)
    mine, others = desk.waiting(ours, 15), desk.waiting(theirs, 15)
    await desk.time.settle()
    for second in range(26):
        assert gone(mine + others) in (5 + second, 4 + second), "the wall clock may cost a moment, never a token"
        assert ours.delay("create") == pytest.approx(theirs.delay("create"))
        await desk.time.advance(1)
    await desk.time.advance(1)
    assert {task.result() for task in mine + others} == {0.0}


async def test_where_one_goes_at_a_time_programs_take_turns(desk: Desk) -> None:
    order: list[str] = []

    async def go(name: str, limiter: SharedBuckets) -> float:
        wait = await limiter.admit("create")
        order.append(name)
        return wait

    programs = {name: desk.program() for name in "abc"}
    desk.tasks += [asyncio.create_task(go(name, limiter)) for name, limiter in programs.items() for _ in range(4)]
    await desk.time.settle()
    assert len(order) == 1
    await desk.time.advance(111)
    assert Counter(order) == {"a": 4, "b": 4, "c": 4}
    assert all(set(order[turn : turn + 3]) == {"a", "b", "c"} for turn in (1, 4, 7)), order


async def test_who_came_first_does_not_keep_a_latecomer_waiting_for_long(desk: Desk) -> None:
    batch, screen = desk.program(), desk.program()
    desk.waiting(batch, 50)
    await desk.time.advance(15)
    [late] = desk.waiting(screen)
    await desk.time.advance(16)
    assert late.done()


async def test_within_a_program_waiting_is_in_turn(desk: Desk) -> None:
    tasks = desk.waiting(desk.program(), 5)
    for number in range(1, 6):
        await desk.time.settle()
        assert [task.done() for task in tasks] == [True] * number + [False] * (5 - number)
        await desk.time.advance(10.1)


def test_programs_of_their_own_processes_share_what_there_is(path: Path) -> None:
    program = (
        "import asyncio, sys; from pathlib import Path\n"
        "from replicate_tui.api.limits import Rate\n"
        "from replicate_tui.core.sending.budget import SharedBuckets\n"
        "from replicate_tui.core.history.database import Database\n"
        "async def main():\n"
        "    file = Database.open(Path(sys.argv[1]))\n"
        "    limiter = SharedBuckets(file, 'h', 't', rates={'create': Rate(0.01, 20)})\n"
        "    print(sum([not await limiter.admit('create') for _ in range(20)]))\n"
        "    await limiter.close()\n"
        "    await file.close()\n"
        "asyncio.run(main())\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", program, str(path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(2)]
    assert sum(int(each.communicate()[0]) for each in running) == 20


async def test_another_token_has_a_budget_of_its_own_and_so_has_each_kind(desk: Desk) -> None:
    ours, theirs = desk.program(), desk.program(token="beef")
    ours.refused("create", 50, None)
    await desk.time.settle()
    assert (ours.delay("create"), ours.delay("other"), theirs.delay("create")) == (50, 0, 0)
    assert await theirs.admit("create") == await ours.admit("other") == 0


# -- what the server tells ------


async def test_a_refusal_that_one_program_was_told_holds_the_other_back(desk: Desk) -> None:
    ours, theirs = desk.program(PUBLISHED["create"]), desk.program(PUBLISHED["create"])
    assert await theirs.admit("create") == 0
    ours.refused("create", 30, LOW)
    await desk.time.settle()
    tasks = desk.waiting(ours, 2) + desk.waiting(theirs, 2)
    await desk.time.settle()
    assert theirs.delay("create") == pytest.approx(30)
    await desk.time.advance(29)
    assert gone(tasks) == 0
    await desk.time.advance(2)
    assert gone(tasks) == 1
    await desk.time.advance(10)
    assert gone(tasks) == 2
    theirs.answered("create", 500)
    await desk.time.advance(12)
    assert gone(tasks) == 4


async def test_a_request_never_overtakes_the_refusal_before_it(desk: Desk) -> None:
    ours = desk.program(Rate(600, 600))
    ours.refused("create", 30, None)
    [task] = desk.waiting(ours)
    await desk.time.settle()
    assert not task.done()


async def test_a_longer_pause_than_a_minute_is_told_instead_of_waited_for(desk: Desk) -> None:
    ours, theirs = desk.program(), desk.program()
    ours.refused("create", 1e300, None)
    await desk.time.settle()
    assert await theirs.admit("create") == pytest.approx(BELIEVED)
    assert desk.stored()["line"] == {}


async def test_many_programs_in_line_are_no_pause_of_the_server(desk: Desk) -> None:
    tasks = [desk.waiting(desk.program())[0] for _ in range(12)]
    await desk.time.advance(112)
    assert [task.result() for task in tasks] == [0.0] * 12


async def test_a_program_that_starts_again_remembers(desk: Desk) -> None:
    before = desk.program(PUBLISHED["create"])
    before.refused("create", 300, LOW)
    await before.close()
    await desk.files[0].close()
    del desk.files[0], desk.limiters[0]
    after = desk.program(PUBLISHED["create"])
    assert after.delay("create") == pytest.approx(300)
    await desk.time.advance(300)
    assert await after.admit("create") == 0
    assert after.delay("create") == pytest.approx(10)


async def test_answers_that_tell_nothing_new_are_not_written(desk: Desk) -> None:
    ours = desk.program(Rate(600, 600))
    await ours.admit("create")
    [file] = desk.files
    before = file.writes
    for remaining in (None, 600, 599, 10_000):
        ours.answered("create", remaining)
    await desk.time.settle()
    assert file.writes == before
    ours.answered("create", 3)
    await desk.time.settle()
    assert file.writes == before + 1
    tasks = desk.waiting(ours, 10)
    await desk.time.settle()
    assert gone(tasks) == 3


async def test_refusals_in_a_row_last_longer_until_one_is_answered(desk: Desk) -> None:
    ours, theirs = desk.program(Rate(600, 600)), desk.program(Rate(600, 600))
    for limiter, pause in ((ours, 1), (theirs, 2), (ours, 4)):
        limiter.refused("create", None, None)
        limiter.refused("create", None, None)
        await desk.time.settle()
        assert ours.delay("create") == pytest.approx(pause)
        await desk.time.advance(pause)
    assert await theirs.admit("create") == 0
    theirs.answered("create", None)
    theirs.refused("create", None, None)
    await desk.time.settle()
    assert ours.delay("create") == pytest.approx(1)


async def test_another_server_is_not_held_responsible(desk: Desk) -> None:
    ours = desk.program(Rate(600, 600))
    ours.refused("create", 3000, LOW)
    ours.reset()
    tasks = desk.waiting(ours, 600)
    await desk.time.settle()
    assert gone(tasks) == 600


# -- who stops waiting, and who dies ------


@pytest.mark.parametrize("steps", range(8))
async def test_who_stops_waiting_takes_nothing(desk: Desk, steps: int) -> None:
    ours = desk.program()
    [task] = desk.waiting(ours)
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await desk.time.settle()
    assert ours.delay("create") == (0 if task.cancelled() else 10)


async def test_a_token_that_was_taken_for_nobody_is_given_back(desk: Desk) -> None:
    ours = desk.program()
    [file] = desk.files
    [task] = desk.waiting(ours)
    for _ in range(2):
        await asyncio.sleep(0)
    assert file.writes == 1
    until(lambda: ours.delay("create") == 10, "the token to be taken, while the loop cannot hear of it")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await desk.time.settle()
    assert task.cancelled()
    assert ours.delay("create") == 0


async def test_who_stops_waiting_leaves_the_line(desk: Desk) -> None:
    ours, theirs = desk.program(), desk.program()
    assert await ours.admit("create") == 0
    first, second = desk.waiting(ours)[0], desk.waiting(theirs)[0]
    await desk.time.settle()
    theirs.refused("create", 9, None)
    await desk.time.settle()
    assert len(desk.stored()["line"]) == 2  # type: ignore[arg-type]
    first.cancel()
    await desk.time.settle()
    assert list(desk.stored()["line"]) == [desk.files[1].program]  # type: ignore[call-overload]
    await desk.time.advance(10 + GRACE)
    assert second.result() == 0


def test_a_program_that_died_in_line_costs_the_next_a_moment() -> None:
    budget = Budget(Bucket.full(LOW, 0.0))
    budget, wait = budget.asked("a", 0.0)
    assert wait == 0
    budget, wait = budget.asked("dead", 0.0)
    assert wait == pytest.approx(10)
    budget, wait = budget.asked("b", 0.0)
    assert wait == pytest.approx(10 + GRACE)
    assert budget.asked("b", 10.5)[1] > 0, "it is not too late for the first"
    assert budget.asked("b", 10.01 + GRACE)[1] == 0
    assert budget.asked("c", 10.01 + GRACE)[1] > 0, "it is the turn of the one before"


def test_those_behind_one_who_waits_as_long_as_anybody_does_wait_too() -> None:
    budget = Budget(Bucket.full(LOW, 0.0).refused(LONGEST_WAIT, None, 0.0))
    budget, wait = budget.asked("a", 0.0)
    assert wait == LONGEST_WAIT
    budget, wait = budget.asked("b", 0.0)
    assert wait == LONGEST_WAIT
    assert list(budget.line) == ["a", "b"]


programs = st.sampled_from("abcd")


@given(st.lists(st.tuples(programs, st.floats(0, 30), st.booleans()), min_size=1, max_size=60))
def test_however_programs_ask_no_more_go_than_may_and_somebody_always_can(
    asking: list[tuple[str, float, bool]],
) -> None:
    rate = Rate(12, 3)
    budget, now, taken = Budget(Bucket.full(rate, 0.0)), 0.0, 0
    for program, passed, withdraws in asking:
        now += passed
        budget, wait = budget.asked(program, now)
        taken += not wait
        assert 0 <= wait <= LONGEST_WAIT
        assert taken <= rate.burst + now * rate.per_minute / 60 + 1e-3
        assert Budget.from_json(budget.as_json(), rate) is not None
        if withdraws and wait:
            budget = budget.withdrawn(program, 0, now)
            assert program not in budget.line
    now += 60
    assert budget.asked("e", now)[1] <= GRACE + 1e-6


# -- clocks, files ------


async def test_a_clock_that_was_set_back_lengthens_no_pause(desk: Desk) -> None:
    ours, theirs = desk.program(), desk.program()
    assert await ours.admit("create") == 0
    ours.refused("create", 30, None)
    await desk.time.settle()
    desk.time.moment -= 86_400
    assert theirs.delay("create") == pytest.approx(30)
    [task] = desk.waiting(theirs)
    await desk.time.advance(31)
    assert task.result() == 0


async def test_a_clock_that_was_set_back_while_somebody_waits_costs_one_wait(desk: Desk) -> None:
    ours, theirs = desk.program(), desk.program()
    assert await ours.admit("create") == 0
    tasks = desk.waiting(ours) + desk.waiting(theirs)
    await desk.time.settle()
    for file in desk.files:
        assert file.program in desk.stored()["line"]  # type: ignore[operator]
    budget = Budget.from_json(json.dumps(desk.stored()), LOW)
    assert budget is not None
    back = desk.time.moment - 86_400
    budget, wait = budget.asked("new", back)
    assert wait == pytest.approx(10)
    assert list(budget.line) == ["new"], "who waits by the former time comes again"
    assert gone(tasks) == 0


async def test_a_clock_that_was_set_forward_opens(desk: Desk) -> None:
    ours, theirs = desk.program(), desk.program()
    assert await ours.admit("create") == 0
    ours.refused("create", 3000, None)
    await desk.time.settle()
    desk.time.moment += 86_400
    assert theirs.delay("create") == 0
    assert await theirs.admit("create") == 0
    assert ours.delay("create") == pytest.approx(10)


@pytest.mark.parametrize(
    "state",
    [
        "",
        "nonsense",
        "null",
        "[]",
        "{}",
        '{"tokens": NaN, "filled_at": 0, "closed_until": 0, "refusals": 0, "reduced": null, "reduced_until": 0}',
        '{"tokens": 0, "filled_at": 0, "closed_until": 1e999, "refusals": 0, "reduced": null, "reduced_until": 0}',
        "[" * 100_000,
        b"\xff\xfe\xff",
        "9" * 5000,
    ],
)
async def test_a_state_that_nobody_can_read_counts_as_none(desk: Desk, state: str | bytes) -> None:
    ours = desk.program()
    desk.store(state)
    assert ours.delay("create") == 0
    assert await ours.admit("create") == 0
    assert ours.delay("create") == pytest.approx(10)
    assert ours.error is None


@pytest.mark.parametrize("line", [None, 7, ["a"], {"a": "b"}, {"a": 10**400}, {"a": float("nan")}, {"a": None}])
async def test_a_line_that_nobody_can_read_is_empty(desk: Desk, line: object) -> None:
    ours = desk.program()
    bucket = Bucket.full(LOW, desk.time.moment).without(1, desk.time.moment)
    desk.store(json.dumps(bucket.as_json() | {"line": line}))
    [task] = desk.waiting(ours)
    await desk.time.advance(10.1)
    assert task.result() == 0


async def test_while_the_file_cannot_be_written_requests_go_at_the_rate_of_this_process(desk: Desk) -> None:
    ours = desk.program()
    told: list[str] = []
    ours.tell = told.append
    [file] = desk.files
    file.full = True
    tasks = desk.waiting(ours, 3)
    await desk.time.settle()
    assert gone(tasks) == 1
    assert isinstance(ours.error, DatabaseError)
    await desk.time.advance(20.2)
    assert gone(tasks) == 3
    ours.refused("create", 40, None)
    await desk.time.settle()
    file.full = False
    ours.answered("create", 0)
    await desk.time.settle()
    assert ours.error is None
    assert [str(file.path) in words for words in told] == [True], "it is said once"
    assert 40 <= ours.delay("create") <= 50, "what was told meanwhile is not forgotten"
    assert desk.program().delay("create") == ours.delay("create")


async def test_what_another_program_was_told_meanwhile_counts_more_than_what_could_not_be_written(desk: Desk) -> None:
    ours, theirs = desk.program(Rate(600, 600)), desk.program(Rate(600, 600))
    desk.files[0].full = True
    assert await ours.admit("create") == 0
    await desk.time.advance(1)
    theirs.refused("create", 40, None)
    await desk.time.settle()
    desk.files[0].full = False
    [task] = desk.waiting(ours)
    await desk.time.settle()
    assert not task.done()


async def test_what_was_told_last_is_written_before_the_end(desk: Desk) -> None:
    ours, theirs = desk.program(), desk.program()
    ours.refused("create", 40, None)
    await ours.close()
    assert theirs.delay("create") == pytest.approx(40)


async def test_a_bug_in_a_write_that_nobody_waited_for_is_raised(path: Path) -> None:
    file = Database.open(path)
    limiter = SharedBuckets(file, HOST, TOKEN)
    await file.close()
    limiter.refused("create", 40, None)
    with pytest.raises(RuntimeError, match="shutdown"):
        await limiter.close()
    with pytest.raises(RuntimeError, match="shutdown"):
        await limiter.admit("create")


# -- sessions ------


async def test_a_sessions_limiter_shares_by_host_and_token_and_never_tells_the_token(
    tmp_path: Path, database: Database
) -> None:
    token = "r8_verysecretverysecretverysecretverysec"
    environment = {"REPLICATE_API_TOKEN": token, "HOME": str(tmp_path)}
    async with open_limiter(load(Flags(), environment), database) as limiter:
        assert await limiter.admit("create") == 0
        limiter.refused("create", 30, LOW)
    [(host, fingerprint, state)] = database.read("SELECT host, token, state FROM budgets", ())
    assert host == HOST
    assert token not in fingerprint + state
    assert len(fingerprint) == 16


async def test_the_local_servers_limiter_is_the_sessions_own(tmp_path: Path, database: Database) -> None:
    async with open_limiter(load(Flags(local=True), {"HOME": str(tmp_path)}), database) as limiter:
        assert isinstance(limiter, Buckets)
        assert await limiter.admit("create") == 0
    assert database.read("SELECT * FROM budgets", ()) == []
