"""Two programs on one history file: nothing twice, one budget, and each takes up what the other left behind."""

import random
from pathlib import Path

from tests.faults.accounting import account
from tests.faults.driving import started
from tests.faults.proxy import proxied
from tests.faults.test_throttled import LowCredit, numbers
from tests.local.serving import serving

ORDERS = 30
"""Of each of the two."""
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


async def test_two_programs_share_what_an_account_with_little_credit_may_send(tmp_path: Path) -> None:
    home, label = tmp_path / "home", "two programs, low credit"
    with serving(tmp_path, "--workers", "4") as server:
        async with (
            proxied(server.url, LowCredit()) as proxy,
            started(home, proxy.url, label, orders=ORDERS, models="hello") as one,
            started(home, proxy.url, label, orders=ORDERS, first=ORDERS, models="hello") as other,
        ):
            await one.done()
            await other.done()
            assert not one.count("error"), one.told()
            assert not other.count("error"), other.told()
        assert account(home, server, range(2 * ORDERS), label) == {"succeeded": 2 * ORDERS}
        # Each of them alone may send as fast as both together: were each to count for itself, half were refused.
        assert len(proxy.refused) < ORDERS, numbers(proxy.refused)
