"""The watcher on a machine that slept, or whose clock was set: it looks at once, whatever it was waiting for."""

import asyncio
import time

import pytest

from replicate_tui.api.client import Client
from replicate_tui.core.history.store import Store
from replicate_tui.core.watching.waits import Clocks, Waits
from tests.core.scripted import Asked, History, Reply, Scripted, problem, run_object, says
from tests.core.watched import NEVER, SOON, begun, lists, paced, singles, watching
from tests.waiting import TIME_LIMIT, eventually

NIGHT = 8 * 3600.0


class Machine:
    """Clocks of a machine that may sleep: the wall clock goes on meanwhile, the monotonic one only on some systems."""

    def __init__(self) -> None:
        self.slept = 0.0
        self.counted = 0.0

    @property
    def clocks(self) -> Clocks:
        return Clocks(lambda: time.monotonic() + self.counted, lambda: time.time() + self.slept)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    paced(monkeypatch, slice=SOON, first_backoff=NEVER, longest_backoff=NEVER)
    return Machine()


@pytest.mark.parametrize("jump", [NIGHT, 6.0, -3600.0])
async def test_it_looks_at_once_although_the_next_try_was_far_away(
    server: Scripted, client: Client, store: Store, machine: Machine, jump: float
) -> None:
    await begun(server, store, run_object("r1", "succeeded"))
    await server.stop()
    async with watching(client, store, clocks=machine.clocks):
        await eventually(lambda: store.connection.state == "offline", "trouble")
        await server.start()
        machine.slept = jump
        await eventually(lambda: not store.active, "the run's end")
        await eventually(lambda: store.connection.state == "online", "the end of the round")


async def test_it_looks_at_once_although_the_server_asked_for_a_pause(
    server: Scripted, client: Client, store: Store, machine: Machine
) -> None:
    history = await begun(server, store, run_object("r1", "succeeded"))
    server.script = lambda asked: problem(429, "slow down", Retry_After="50")
    async with watching(client, store, clocks=machine.clocks):
        await eventually(lambda: store.connection.state == "throttled", "the throttle")
        server.script = history
        machine.slept = NIGHT
        await eventually(lambda: not store.active, "the run's end")


@pytest.mark.parametrize("counted", [0.0, NIGHT], ids=["a clock that stands", "a clock that goes on"])
async def test_lists_runs_and_what_is_kept_are_all_refreshed(
    server: Scripted,
    client: Client,
    store: Store,
    machine: Machine,
    monkeypatch: pytest.MonkeyPatch,
    counted: float,
) -> None:
    paced(monkeypatch, followed=NEVER, pages_active=NEVER, pages_idle=NEVER)
    history = await begun(server, store, run_object("r1"))
    server.script = lambda asked: says({"username": "acme"}) if asked.path == "/v1/account" else history(asked)

    def looks() -> tuple[int, int, int]:
        return len(lists(server)), len(singles(server)), len(server.paths("/v1/account"))

    async with watching(client, store, clocks=machine.clocks, listing=True) as watcher:
        with watcher.following("r1"), watcher.keeping(client.account, NEVER):
            await eventually(lambda: looks() == (1, 1, 1), "the first looks")
            machine.slept, machine.counted = NIGHT, counted
            await eventually(lambda: looks() == (2, 2, 2), "the second looks")


async def test_an_answer_that_was_under_way_is_not_waited_for(
    server: Scripted, client: Client, store: Store, machine: Machine
) -> None:
    history = await begun(server, store, run_object("r1", "succeeded"))
    asked_before = 0

    async def script(asked: Asked) -> Reply:
        nonlocal asked_before
        if not machine.slept:
            asked_before += 1
            await asyncio.Event().wait()
        return history(asked)

    server.script = script
    async with watching(client, store, clocks=machine.clocks):
        await eventually(lambda: asked_before, "a request")
        machine.slept = NIGHT
        await eventually(lambda: not store.active, "the run's end")
    assert asked_before == 1


async def test_a_clock_that_drifts_a_little_changes_nothing(
    server: Scripted, client: Client, store: Store, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced(monkeypatch, pages_idle=NEVER)
    server.script = lambda asked: says({"username": "acme"}) if asked.path == "/v1/account" else History()(asked)
    async with watching(client, store, clocks=machine.clocks, listing=True):
        await eventually(lambda: lists(server), "a page")
        for _ in range(10):
            machine.slept += 4.0
            before = machine.clocks.wall()
            await eventually(lambda: machine.clocks.wall() > before + 3 * SOON, "some slices")  # noqa: B023
    assert len(lists(server)) == 1


async def test_without_a_moment_nothing_wakes_up(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0

    def wall() -> float:
        nonlocal looks
        looks += 1
        return time.time()

    monkeypatch.setattr(asyncio, "timeout", None)
    awakened = asyncio.Event()
    waits = Waits(Clocks(wall=wall))
    before = looks
    waiting = asyncio.create_task(waits.until(None, awakened))
    asyncio.get_running_loop().call_later(3 * SOON, awakened.set)
    done, _ = await asyncio.wait({waiting}, timeout=TIME_LIMIT)
    assert done == {waiting}
    assert waiting.result() is False
    assert looks == before
