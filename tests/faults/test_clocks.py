"""A wall clock that is set forward or back in the middle of the work: nothing waits for hours, and nothing is lost."""

from pathlib import Path

import pytest

from tests.faults.accounting import account
from tests.faults.driving import started
from tests.faults.proxy import proxied
from tests.faults.test_throttled import LowCredit
from tests.local.serving import serving

ORDERS = 30
DAY = 86_400.0


@pytest.mark.parametrize("jump", [DAY, -DAY])
async def test_a_clock_that_jumps_loses_no_run_and_holds_nothing_up(tmp_path: Path, jump: float) -> None:
    home, label = tmp_path / "home", f"the clock jumps by {jump:.0f} s"
    with serving(tmp_path, "--workers", "4") as server:
        async with (
            proxied(server.url, LowCredit()) as proxy,
            started(home, proxy.url, label, orders=ORDERS) as program,
        ):
            # Some are sent, most wait in the queue: a pause that was asked for is under way.
            await program.until("run", times=2 * ORDERS)
            await program.command("clock", jump)
            await program.done()
            assert not program.count("error"), program.told()
        ended = account(home, server, range(ORDERS), label)
        assert ended["succeeded"] + ended["failed"] == ORDERS


@pytest.mark.parametrize("jump", [DAY, -DAY])
async def test_after_a_kill_a_program_with_another_clock_accounts_for_all(tmp_path: Path, jump: float) -> None:
    home, label = tmp_path / "home", f"killed, then the clock {jump:.0f} s away"
    with serving(tmp_path, "--workers", "4") as server:
        async with started(home, server.url, label, orders=ORDERS) as program:
            await program.until("run", times=ORDERS + ORDERS // 3)
            await program.kill()
        async with started(home, server.url, label, clock=jump) as after:
            await after.done()
        account(home, server, program.kept, label)
