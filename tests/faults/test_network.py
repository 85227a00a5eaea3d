"""A network that goes, that loses answers, that is slow: nothing is sent twice because of it, and nothing is lost."""

import random
from pathlib import Path

from tests.faults.accounting import account
from tests.faults.driving import started
from tests.faults.proxy import Fault, Request, proxied
from tests.local.serving import serving
from tests.waiting import eventually

ORDERS = 40
SHARE = 0.3
"""How many of the requests something happens to."""


async def test_when_the_network_is_gone_for_a_while_all_runs_end_and_none_is_sent_twice(tmp_path: Path) -> None:
    home, label = tmp_path / "home", "the network is gone"
    with serving(tmp_path, "--workers", "4") as server:
        async with proxied(server.url) as proxy:

            def script(request: Request) -> None:
                if request.creates and request.number == ORDERS // 2:
                    proxy.silence()

            proxy.script = script
            async with started(home, proxy.url, label, orders=ORDERS) as program:
                # First nobody knows; then everybody does, for so long that it was tried again.
                await eventually(lambda: proxy.held, "a request on its way")
                await proxy.close()
                await program.until("connection", "offline", times=2)
                proxy.open()
                await program.done()
        ended = account(home, server, range(ORDERS), label)
        assert ended["succeeded"] >= ORDERS // 3


async def test_answers_that_are_lost_or_late_make_no_run_twice(tmp_path: Path) -> None:
    home, seed = tmp_path / "home", 11
    label, dice = f"faults by seed {seed}", random.Random(seed)

    def script(request: Request) -> Fault | None:
        if dice.random() > SHARE or (request.number > 2 * ORDERS and not request.creates):
            return None
        return dice.choice([Fault("cut"), Fault("forget"), Fault("hold", seconds=dice.random())])

    with serving(tmp_path, "--workers", "4") as server:
        async with (
            proxied(server.url, script) as proxy,
            started(home, proxy.url, label, orders=ORDERS) as program,
        ):
            await program.done()
            assert program.count("error") > 0, "no answer was lost"
        ended = account(home, server, range(ORDERS), label)
        assert ended["succeeded"] > ORDERS // 3
