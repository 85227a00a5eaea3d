"""A server that says "too many requests": the queue works through, in order, and nothing is sent twice."""

import json
from collections.abc import Iterable
from pathlib import Path

from replicate_tui.local.http.allowance import Allowance
from replicate_tui.local.http.problems import Problem
from tests.faults.accounting import account
from tests.faults.driving import started
from tests.faults.orders import number_of
from tests.faults.proxy import Fault, Request, low_credit, proxied
from tests.local.serving import serving

ORDERS = 50
PER_MINUTE = 1200
"""The rate that the server announces while credit is low: Replicate's is 6."""
TOLERATED = 1.5
"""How much faster requests may come than it announced: they are not always equally long on their way."""
REFUSING = 3
"""Seconds for which a server refuses everything."""
PAUSE = 1
"""Seconds for which it asks those to wait whom it refuses."""


class LowCredit:
    """A server that takes one creation at a time, and says so when there are more."""

    def __init__(self) -> None:
        self._allowance = Allowance(TOLERATED * PER_MINUTE, 1, enforced=True)

    def __call__(self, request: Request) -> Fault | None:
        if not request.creates:
            return None
        try:
            self._allowance.spend()
        except Problem:
            return Fault("refuse", seconds=PAUSE, reason=low_credit(PER_MINUTE))
        return None


def numbers(requests: Iterable[Request]) -> list[int]:
    """The orders that these requests are of."""
    return [number_of(json.loads(each.body)["input"]) for each in requests]


async def test_a_queue_of_fifty_works_through_one_at_a_time_in_order(tmp_path: Path) -> None:
    home, label = tmp_path / "home", "low credit"
    with serving(tmp_path, "--workers", "4") as server:
        async with (
            proxied(server.url, LowCredit()) as proxy,
            started(home, proxy.url, label, orders=ORDERS, models="hello") as program,
        ):
            await program.done()
            assert not program.count("error"), program.told()
            assert proxy.refused, "nobody was told that credit is low"
        assert account(home, server, range(ORDERS), label) == {"succeeded": ORDERS}
        # What was on its way when the first refusal came is sent again by itself; all others go by the queue.
        refused = numbers(proxy.refused)
        waited = [number for number in numbers(proxy.creations) if number not in refused]
        assert len(waited) > ORDERS // 2
        assert waited == sorted(waited), "out of order"
        assert len(proxy.creations) < 2 * ORDERS, "it did not keep to the rate that it was told"


async def test_a_server_that_refuses_everything_for_a_while_is_waited_for(tmp_path: Path) -> None:
    home, label = tmp_path / "home", "429 for a while"
    begun: list[float] = []

    def script(request: Request) -> Fault | None:
        if not request.creates and not begun:
            return None
        begun.append(request.at)
        return Fault("refuse", seconds=PAUSE) if request.at < begun[0] + REFUSING else None

    with serving(tmp_path, "--workers", "4") as server:
        async with (
            proxied(server.url, script) as proxy,
            started(home, proxy.url, label, orders=ORDERS) as program,
        ):
            await program.done()
            assert not program.count("error"), program.told()
            assert proxy.refused[-1].at - proxy.refused[0].at > REFUSING / 2, "it was refused once only"
            assert len(proxy.refused) < ORDERS, "it asks again and again"
        ended = account(home, server, range(ORDERS), label)
        assert ended["succeeded"] + ended["failed"] == ORDERS
