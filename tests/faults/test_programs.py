"""Two programs on one history file: nothing twice, one budget, and each takes up what the other left behind."""

import json
import random
from pathlib import Path

from tests.faults.accounting import account
from tests.faults.driving import started
from tests.faults.orders import number_of
from tests.faults.proxy import Fault, low_credit, proxied
from tests.local.serving import serving

ORDERS = 30
"""Of each of the two."""
FEW = 3
PER_MINUTE = 600
"""The rate that one of them is told."""
SEED = 5


async def test_two_programs_that_are_killed_and_started_again_do_nothing_twice(tmp_path: Path) -> None:
    home, dice = tmp_path / "home", random.Random(SEED)
    moments = [dice.randrange(1, 4 * ORDERS) for _ in range(2)]
    label = f"two programs, seed {SEED}, killed after lines {moments}"
    with serving(tmp_path, "--workers", "4") as server:
        async with (
            started(home, server.url, label, orders=ORDERS) as one,
            started(home, server.url, label, orders=ORDERS, first=ORDERS) as other,
        ):
            for program, moment in zip((one, other), moments, strict=True):
                await program.saying(moment)
                await program.kill()
        async with started(home, server.url, label) as one_again, started(home, server.url, label) as other_again:
            await one_again.done()
            await other_again.done()
        ended = account(home, server, one.kept | other.kept, label)
        assert ended["succeeded"]


async def test_what_one_program_is_told_of_the_budget_holds_the_other_back(tmp_path: Path) -> None:
    home, label = tmp_path / "home", "two programs, low credit"
    told = Fault("refuse", seconds=1, reason=low_credit(PER_MINUTE))
    with serving(tmp_path, "--workers", "2") as server:
        async with (
            proxied(server.url, lambda request: told if request.creates and request.number == 1 else None) as proxy,
            started(home, proxy.url, label, orders=FEW, models="hello") as one,
        ):
            await one.until("run", str(FEW - 1), "succeeded")
            async with started(home, proxy.url, label, orders=ORDERS, first=FEW, models="hello") as other:
                await other.done()
                await one.done()
                assert not other.count("error"), other.told()
        assert account(home, server, range(FEW + ORDERS), label) == {"succeeded": FEW + ORDERS}
        assert len(proxy.refused) == 1
        # The other was never told itself; without a budget in common it would send all at once.
        moments = [each.at for each in proxy.creations if number_of(json.loads(each.body)["input"]) >= FEW]
        assert moments[-1] - moments[0] > 0.9 * (ORDERS - 1) * 60 / PER_MINUTE
