"""Faults at full length, and a program that waits as long as it does for everybody: nothing of it is shortened."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from tests.faults.accounting import account
from tests.faults.driving import started
from tests.faults.proxy import Fault, Proxy, Request, proxied
from tests.local.serving import serving

ORDERS = 40
PAUSE = 10.0
"""Seconds for which a server asks those to wait whom it refuses."""
PATIENCE = 3600.0
"""Seconds in which all is to be accounted for: what is unanswered is looked for seldom."""


@dataclass(frozen=True, slots=True)
class Lasted:
    """What was seen: how many runs ended in which status, and how many requests came while nothing was answered.

    `back` and `done` are seconds after the fault: until the program knew, and until all was accounted for.
    """

    ended: Counter[str]
    requests: int
    back: float
    done: float

    def __str__(self) -> str:
        words = f"{dict(self.ended)}; {self.requests} requests meanwhile; online again after {self.back:.1f} s"
        return f"{words}, all accounted for after {self.done:.1f} s"


async def cut_off(folder: Path, seconds: float) -> Lasted:
    """Cut the network for so long while half of the runs are on their way.

    Raises:
        AssertionError: a run was lost, submitted twice, or not saved; or the program did not come back.
    """

    async def cut(proxy: Proxy) -> None:
        await proxy.close()
        await asyncio.sleep(seconds)
        proxy.open()

    return await _through(folder, f"{seconds:.0f} s without a network", cut)


async def refused(folder: Path, seconds: float) -> Lasted:
    """Refuse everything for so long, as too many requests, from when half of the runs were sent.

    Raises:
        AssertionError: as `cut_off`.
    """

    async def refuse(proxy: Proxy) -> None:
        proxy.script = lambda request: Fault("refuse", seconds=PAUSE)
        await asyncio.sleep(seconds)
        proxy.script = lambda request: None

    return await _through(folder, f"{seconds:.0f} s of too many requests", refuse)


async def _through(folder: Path, label: str, fault: Callable[[Proxy], Awaitable[None]]) -> Lasted:
    home, half = folder / "home", asyncio.Event()

    def script(request: Request) -> None:
        if request.number > ORDERS // 2:
            half.set()

    with serving(folder, "--workers", "4") as server:
        async with (
            proxied(server.url, script) as proxy,
            started(home, proxy.url, label, orders=ORDERS, limit=PATIENCE) as program,
        ):
            await program.until("connection", "online")
            await half.wait()
            before = len(proxy.seen)
            await fault(proxy)
            over, requests = time.monotonic(), len(proxy.seen) - before
            await program.until("connection", "online", times=2)
            back = time.monotonic() - over
            await program.done()
            done = time.monotonic() - over
        return Lasted(account(home, server, range(ORDERS), label), requests, back, done)
